/* Making tables, and bringing older ones up to a newer shape. */
#include <stdlib.h>
#include <string.h>

#include "schema/emit.h"
#include "schema/rows_sql.h"

enum { SCRIPT_BYTES_MAX = 1024 * 1024 };

struct columns { /* of a table as it is; names in an arena */
    const char **p;
    size_t n;
};

static bool has_column(const struct columns *c, const char *name)
{
    size_t i;

    for (i = 0; i < c->n; i++)
        if (strcmp(c->p[i], name) == 0)
            return true;
    return false;
}

static enum rc read_columns(struct db *db, const char *table, struct arena *mem,
                            struct columns *out, struct err *err)
{
    struct buf sql = buf_make(SCRIPT_BYTES_MAX);
    struct db_query *q;
    int i, n;
    enum rc rc;

    buf_puts(&sql, "SELECT * FROM ");
    emit_sql_name(&sql, table);
    buf_puts(&sql, " WHERE 1 = 0");
    rc = db_query_adhoc(db, buf_text(&sql), &q, err);
    if (rc == RC_OK) {
        n = db_column_count(q);
        out->p = arena_new(mem, (size_t)n * sizeof *out->p);
        for (i = 0; i < n; i++) {
            const char *name = db_column_name(q, i);

            out->p[out->n++] = arena_text(mem, name, strlen(name));
        }
        rc = db_done(q, err);
    }
    buf_free(&sql);
    return rc;
}

/* The column that held this field under a former name, or NULL. */
static const char *former_column(const struct columns *have,
                                 const struct shape_field *f)
{
    size_t i;

    for (i = 0; i < f->was_n; i++)
        if (has_column(have, f->was[i]))
            return f->was[i];
    return NULL;
}

static void add_or_rename(struct buf *out, const struct shape_type *t,
                          const struct shape_field *f, const char *former)
{
    buf_puts(out, "ALTER TABLE ");
    emit_sql_name(out, t->table);
    if (former != NULL) {
        buf_puts(out, " RENAME COLUMN ");
        emit_sql_name(out, former);
        buf_puts(out, " TO ");
        emit_sql_name(out, f->name);
    } else {
        buf_puts(out, " ADD COLUMN ");
        emit_sql_name(out, f->name);
        buf_printf(out, " %s", emit_sql_kind(f));
    }
    buf_puts(out, ";\n");
}

static enum rc update_table(struct db *db, const struct shape_type *t,
                            struct arena *mem, struct err *err)
{
    struct buf script = buf_make(SCRIPT_BYTES_MAX);
    struct columns have = {0};
    size_t i;
    enum rc rc = read_columns(db, t->table, mem, &have, err);

    for (i = FIELD_DELETED + 1; rc == RC_OK && i < t->fields_n; i++) {
        const struct shape_field *f = &t->fields[i];

        if (!has_column(&have, f->name))
            add_or_rename(&script, t, f, former_column(&have, f));
    }
    if (rc == RC_OK && script.n > 0)
        rc = db_script(db, buf_text(&script), err);
    buf_free(&script);
    return rc;
}

/* A type that was renamed keeps its rows. */
static enum rc rename_table(struct db *db, const struct shape_type *t,
                            const char *former, struct arena *mem,
                            struct err *err)
{
    struct buf script = buf_make(SCRIPT_BYTES_MAX);
    char *old = arena_text(mem, former, strlen(former));
    struct columns none = {0};
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; old[i] != '\0'; i++)
        if (old[i] == '-')
            old[i] = '_';
    if (read_columns(db, t->table, mem, &none, NULL) != RC_OK &&
        read_columns(db, old, mem, &none, NULL) == RC_OK) {
        buf_puts(&script, "ALTER TABLE ");
        emit_sql_name(&script, old);
        buf_puts(&script, " RENAME TO ");
        emit_sql_name(&script, t->table);
        /* Its indexes are made anew, under the new name. */
        buf_printf(&script,
                   ";\nDROP INDEX IF EXISTS \"%s_by_version\";\n"
                   "DROP INDEX IF EXISTS \"%s_to_review\";\n",
                   old, old);
        rc = db_script(db, buf_text(&script), err);
    }
    buf_free(&script);
    return rc;
}

enum rc rows_create_tables(struct db *db, const struct shape *shape,
                           struct err *err)
{
    struct buf script = buf_make(SCRIPT_BYTES_MAX);
    struct arena mem = {0};
    size_t i, j;
    enum rc rc = db_begin(db, err);

    if (rc != RC_OK)
        return rc;
    for (i = 0; i < shape->types_n; i++)
        for (j = 0; rc == RC_OK && j < shape->types[i].was_n; j++)
            rc = rename_table(db, &shape->types[i], shape->types[i].was[j],
                              &mem, err);
    emit_sql(&script, shape);
    buf_puts(&script, rows_mention_table);
    if (rc == RC_OK)
        rc = db_script(db, buf_text(&script), err);
    for (i = 0; rc == RC_OK && i < shape->types_n; i++)
        rc = update_table(db, &shape->types[i], &mem, err);
    rc = db_end(db, rc, err);
    if (rc != RC_OK)
        rc = err_wrap(err, rc, "making the tables of the record types");
    buf_free(&script);
    arena_free(&mem);
    return rc;
}
