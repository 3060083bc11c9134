/* The published tables as one database (publish.h): for whoever asks in SQL. */
#include <stdio.h>
#include <string.h>

#include "schema/emit.h"
#include "server/publish_int.h"
#include "sync/sys/file.h"

enum { FIGURES_PAGE_BYTES = 4096, FIGURES_BYTES_MAX = 1 << 30 };

static const char tables[] =
    /* What each column is; `kind` is text, code, period, integer, decimal,
     * figure, below or status. */
    "CREATE TABLE explanations ("
    " \"table\" TEXT NOT NULL, \"column\" TEXT NOT NULL, kind TEXT NOT NULL,"
    " key INTEGER NOT NULL, nl TEXT NOT NULL, en TEXT NOT NULL,"
    " PRIMARY KEY (\"table\", \"column\")) WITHOUT ROWID;"
    "CREATE TABLE statuses (status TEXT NOT NULL PRIMARY KEY, nl TEXT NOT"
    " NULL, en TEXT NOT NULL) WITHOUT ROWID;"
    "INSERT INTO statuses VALUES"
    " ('F', 'bekendgemaakt, afgerond op een veelvoud van 5',"
    "  'told, rounded to a multiple of 5'),"
    " ('C', 'kleiner dan de drempel, mogelijk 0',"
    "  'below the threshold, may be 0'),"
    " ('D', 'achtergehouden; dat zegt niets over het aantal',"
    "  'withheld; that says nothing of the count');";

enum rc publish_db_open(struct publication *p, struct err *err)
{
    struct db_options o = {.create = true, .page_size = FIGURES_PAGE_BYTES};
    enum rc rc = db_open(":memory:", o, &p->figures, err);

    return rc == RC_OK ? db_script(p->figures, tables, err) : rc;
}

/* -- a table ------------------------------------------------------------- */

static const char *const kind_words[] = {
    [COLUMN_TEXT] = "text",       [COLUMN_CODE] = "code",
    [COLUMN_PERIOD] = "period",   [COLUMN_INTEGER] = "integer",
    [COLUMN_DECIMAL] = "decimal", [COLUMN_FIGURE] = "figure",
    [COLUMN_BELOW] = "below",     [COLUMN_STATUS] = "status",
};

static const char *sql_kind(enum column_kind k)
{
    switch (k) {
    case COLUMN_INTEGER:
    case COLUMN_FIGURE:
    case COLUMN_BELOW: return "INTEGER";
    case COLUMN_DECIMAL: return "REAL";
    case COLUMN_TEXT:
    case COLUMN_CODE:
    case COLUMN_PERIOD:
    case COLUMN_STATUS: break;
    }
    return "TEXT";
}

static void put_table(const char *name, const struct dataset *d,
                      struct buf *sql)
{
    size_t i;

    buf_puts(sql, "CREATE TABLE ");
    emit_sql_name(sql, name);
    for (i = 0; i < d->columns_n; i++) {
        buf_puts(sql, i == 0 ? " (" : ", ");
        emit_sql_name(sql, d->columns[i].name);
        buf_printf(sql, " %s", sql_kind(d->columns[i].kind));
    }
    buf_puts(sql, ");\n");
}

/* The same for people: a figure as it is read (120, 0-4, "."). */
static void put_view(const char *name, const struct dataset *d, struct buf *sql)
{
    struct buf view = buf_make(256);
    size_t i;

    buf_printf(&view, "%s_readable", name);
    buf_puts(sql, "CREATE VIEW ");
    emit_sql_name(sql, buf_text(&view));
    for (i = 0; i < d->columns_n; i++) {
        const struct dataset_column *c = &d->columns[i];

        if (c->kind == COLUMN_BELOW)
            continue;
        buf_puts(sql, i == 0 ? " AS SELECT " : ", ");
        if (c->kind != COLUMN_FIGURE) {
            emit_sql_name(sql, c->name);
            continue;
        }
        buf_puts(sql, "CASE ");
        emit_sql_name(sql, c[2].name);
        buf_puts(sql, " WHEN 'F' THEN CAST(");
        emit_sql_name(sql, c->name);
        buf_puts(sql, " AS TEXT) WHEN 'C' THEN '0-' || (");
        emit_sql_name(sql, c[1].name);
        buf_puts(sql, " - 1) WHEN 'D' THEN '.' END AS ");
        emit_sql_name(sql, c->name);
    }
    buf_puts(sql, " FROM ");
    emit_sql_name(sql, name);
    buf_puts(sql, ";\n");
    buf_free(&view);
}

static enum rc explain(struct db *db, const char *name,
                       const struct dataset_column *c, struct err *err)
{
    struct db_query *q = db_query(
        db, SQL("INSERT INTO explanations VALUES (:table, :column, :kind, :key,"
                " :nl, :en)"));

    db_bind_text(q, "table", name);
    db_bind_text(q, "column", c->name);
    db_bind_text(q, "kind", kind_words[c->kind]);
    db_bind_i64(q, "key", c->key);
    db_bind_text(q, "nl", c->title.nl);
    db_bind_text(q, "en", c->title.en);
    return db_done(db_run_at(q), err);
}

static bool has_figures(const struct dataset *d)
{
    size_t i;

    for (i = 0; i < d->columns_n; i++)
        if (d->columns[i].kind == COLUMN_FIGURE)
            return true;
    return false;
}

static enum rc make_table(struct publication *p, const char *name,
                          const struct dataset *d, struct err *err)
{
    struct buf sql = buf_make(SIZE_MAX);
    enum rc rc;
    size_t i;

    put_table(name, d, &sql);
    if (has_figures(d))
        put_view(name, d, &sql);
    rc = db_script(p->figures, buf_text(&sql), err);
    for (i = 0; rc == RC_OK && i < d->columns_n; i++)
        rc = explain(p->figures, name, &d->columns[i], err);
    buf_free(&sql);
    return rc;
}

/* -- its rows ------------------------------------------------------------ */

/* One text per table, however many files it has: a connection keeps each. */
static const char *insert_of(const struct publication *p, const char *name)
{
    size_t i;

    for (i = 0; i < p->inserts_n; i++)
        if (strcmp(p->inserts[i].table, name) == 0)
            return p->inserts[i].sql;
    return NULL;
}

static void add_insert(struct publication *p, const char *name,
                       const struct dataset *d)
{
    struct buf sql = buf_make(SIZE_MAX);
    size_t i;

    buf_puts(&sql, "INSERT INTO ");
    emit_sql_name(&sql, name);
    for (i = 0; i < d->columns_n; i++)
        buf_printf(&sql, "%s?", i == 0 ? " VALUES (" : ", ");
    buf_puts(&sql, ")");
    if (p->inserts_n == p->inserts_cap) {
        p->inserts_cap = 2 * p->inserts_cap + 16;
        p->inserts =
            mem_resize(p->inserts, p->inserts_cap * sizeof *p->inserts);
    }
    p->inserts[p->inserts_n++] = (struct publish_insert){
        arena_text(&p->mem, name, strlen(name)),
        arena_text(&p->mem, (const char *)sql.p, sql.n)};
    buf_free(&sql);
}

static enum rc put_rows(struct publication *p, const char *name,
                        const struct dataset *d, struct err *err)
{
    const char *sql = insert_of(p, name);
    enum rc rc = RC_OK;
    size_t row, i;

    for (row = 0; rc == RC_OK && row < dataset_rows(d); row++) {
        struct db_query *q = db_query_text(p->figures, sql);

        for (i = 0; i < d->columns_n; i++) {
            const char *text = dataset_cell(d, row, i);

            if (text == NULL)
                db_bind_null_at(q, (int)i + 1);
            else
                db_bind_text_at(q, (int)i + 1, bytes_of(text));
        }
        rc = db_done(db_run_at(q), err);
    }
    return rc;
}

enum rc publish_db_add(struct publication *p, const char *name,
                       const struct dataset *d, struct err *err)
{
    enum rc rc = db_begin(p->figures, err);

    if (rc != RC_OK)
        return rc;
    if (insert_of(p, name) == NULL) {
        rc = make_table(p, name, d, err);
        add_insert(p, name, d);
    }
    if (rc == RC_OK)
        rc = put_rows(p, name, d, err);
    return db_end(p->figures, rc, err);
}

/* -- the file ------------------------------------------------------------ */

enum rc publish_db_put(struct publication *p, struct err *err)
{
    static const struct label title = {"Alle cijfers", "All figures"};
    static const struct label about = {
        "Alle tabellen in een databestand van SQLite, om met SQL te bevragen.",
        "All tables in one database file of SQLite, to be asked in SQL."};
    const char *path =
        arena_printf(&p->mem, "%s/" PUBLISH_FIGURES ".part", p->dir);
    struct buf file = {0};
    enum rc rc = file_remove(path, err); /* what a crash left */

    if (rc == RC_OK)
        rc = db_export(p->figures, path, err);
    if (rc == RC_OK)
        rc = file_read(path, FIGURES_BYTES_MAX, &file, err);
    if (rc == RC_OK)
        rc = file_remove(path, err);
    if (rc == RC_OK)
        publish_put(p, publish_folder(p, "", &title, &about), PUBLISH_FIGURES,
                    "application/vnd.sqlite3", buf_view(&file));
    buf_free(&file);
    return rc;
}
