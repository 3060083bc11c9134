/* Tables, and the one place where identifiers are quoted. */
#include "schema/emit.h"

void emit_sql_name(struct buf *out, const char *name)
{
    buf_puts(out, "\"");
    for (; *name != '\0'; name++) {
        if (*name == '"')
            buf_puts(out, "\"");
        buf_put(out, name, 1);
    }
    buf_puts(out, "\"");
}

const char *emit_sql_kind(const struct shape_field *f)
{
    if (f->set)
        return "TEXT";
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_MONEY: return "BIGINT";
    case FIELD_REF: return "BLOB";
    case FIELD_TEXT:
    case FIELD_PROSE:
    case FIELD_CHOICE:
    case FIELD_DATE:
    case FIELD_TIME:
    case FIELD_POINT:
    case FIELD_CODE:
    case FIELD_WORKER:
    case FIELD_ATTACHMENT:
    case FIELD_KINDS_N: break;
    }
    return "TEXT";
}

/* An index named after its table; `suffix` has no quotes in it. */
static void emit_index(struct buf *out, const struct shape_type *t,
                       const char *suffix, const char *what)
{
    buf_puts(out, "CREATE INDEX IF NOT EXISTS ");
    buf_printf(out, "\"%s_%s\" ON ", t->table, suffix);
    emit_sql_name(out, t->table);
    buf_printf(out, " %s;\n", what);
}

void emit_sql_table(struct buf *out, const struct shape_type *t)
{
    size_t i;

    buf_puts(out, "CREATE TABLE IF NOT EXISTS ");
    emit_sql_name(out, t->table);
    buf_puts(out, " (\n"
                  "    \"id\" BLOB NOT NULL,\n"
                  "    \"area\" BIGINT NOT NULL,\n"
                  "    \"version\" BIGINT NOT NULL,\n"
                  "    \"created_ms\" BIGINT NOT NULL,\n"
                  "    \"deleted\" BIGINT NOT NULL,\n"
                  "    \"review\" BIGINT NOT NULL,\n"
                  "    \"meta\" BLOB NOT NULL,\n");
    for (i = FIELD_DELETED + 1; i < t->fields_n; i++) {
        buf_puts(out, "    ");
        emit_sql_name(out, t->fields[i].name);
        buf_printf(out, " %s,\n", emit_sql_kind(&t->fields[i]));
    }
    buf_puts(out, "    PRIMARY KEY (\"area\", \"id\")\n);\n");
    emit_index(out, t, "by_version", "(\"area\", \"version\")");
    emit_index(out, t, "to_review", "(\"area\") WHERE \"review\" > 0");
}

void emit_sql(struct buf *out, const struct shape *s)
{
    size_t i;

    for (i = 0; i < s->types_n; i++) {
        if (i > 0)
            buf_puts(out, "\n");
        emit_sql_table(out, &s->types[i]);
    }
}
