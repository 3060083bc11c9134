/* The statements of one table. */
#include "schema/rows_sql.h"

#include "schema/emit.h"

enum { SQL_BYTES_MAX = 64 * 1024 };

static const char *const fixed[COLUMNS_FIXED_N] = {
    [COLUMN_ID] = "id",           [COLUMN_AREA] = "area",
    [COLUMN_VERSION] = "version", [COLUMN_CREATED_MS] = "created_ms",
    [COLUMN_DELETED] = "deleted", [COLUMN_REVIEW] = "review",
    [COLUMN_META] = "meta",
};

int rows_column(size_t f)
{
    return COLUMNS_FIXED_N + (int)f - 1;
}

static const char *column_name(const struct shape_type *t, int column)
{
    return column < COLUMNS_FIXED_N
               ? fixed[column]
               : t->fields[column - COLUMNS_FIXED_N + 1].name;
}

static void put_columns(struct buf *out, const struct shape_type *t)
{
    int i, n = rows_column(t->fields_n);

    for (i = 0; i < n; i++) {
        buf_puts(out, i ? ", " : "");
        emit_sql_name(out, column_name(t, i));
    }
}

static const char *taken(struct buf *b, struct arena *mem)
{
    const char *text = arena_text(mem, (const char *)b->p, b->n);

    assert(!b->full);
    buf_clear(b);
    return text;
}

static const char *make_select(struct buf *b, const struct shape_type *t,
                               const char *rest, struct arena *mem)
{
    buf_puts(b, "SELECT ");
    put_columns(b, t);
    buf_puts(b, " FROM ");
    emit_sql_name(b, t->table);
    buf_puts(b, rest);
    return taken(b, mem);
}

static const char *make_save(struct buf *b, const struct shape_type *t,
                             struct arena *mem)
{
    int i, n = rows_column(t->fields_n);

    buf_puts(b, "INSERT INTO ");
    emit_sql_name(b, t->table);
    buf_puts(b, " (");
    put_columns(b, t);
    buf_puts(b, ") VALUES (");
    for (i = 0; i < n; i++)
        buf_puts(b, i ? ", ?" : "?");
    buf_puts(b, ") ON CONFLICT (\"area\", \"id\") DO UPDATE SET ");
    for (i = COLUMN_VERSION; i < n; i++) {
        buf_puts(b, i > COLUMN_VERSION ? ", " : "");
        emit_sql_name(b, column_name(t, i));
        buf_puts(b, " = excluded.");
        emit_sql_name(b, column_name(t, i));
    }
    return taken(b, mem);
}

void rows_sql_make(const struct shape_type *t, struct arena *mem,
                   struct rows_sql *out)
{
    struct buf b = buf_make(SQL_BYTES_MAX);

    out->load = make_select(&b, t, " WHERE \"area\" = ? AND \"id\" = ?", mem);
    out->changed = make_select(&b, t,
                               " WHERE \"area\" = ? AND \"version\" > ?"
                               " ORDER BY \"version\"",
                               mem);
    out->latest = make_select(
        &b, t, " WHERE \"area\" = ? ORDER BY \"version\" DESC", mem);
    out->save = make_save(&b, t, mem);
    buf_puts(&b, "DELETE FROM ");
    emit_sql_name(&b, t->table);
    buf_puts(&b, " WHERE \"area\" = ? AND \"id\" = ?");
    out->remove = taken(&b, mem);
    buf_puts(&b, "SELECT MIN(\"area\") FROM ");
    emit_sql_name(&b, t->table);
    buf_puts(&b, " WHERE \"area\" > ?");
    out->next_area = taken(&b, mem);
    out->reviews = make_select(
        &b, t, " WHERE \"review\" > 0 ORDER BY \"area\", \"id\"", mem);
    out->all = make_select(&b, t, " ORDER BY \"area\", \"id\"", mem);
    buf_puts(&b, "SELECT \"area\", \"id\" FROM ");
    emit_sql_name(&b, t->table);
    buf_puts(&b, " WHERE substr(hex(\"id\"), -length(?1)) = ?1");
    out->ending = taken(&b, mem);
    buf_free(&b);
}
