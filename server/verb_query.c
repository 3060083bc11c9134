/* query: what is in the store, for who may see all of it. */
#include "server/table.h"
#include "server/verbs.h"
#include "sync/base/text.h"

enum { QUERY_ROWS_MAX = 100000, QUERY_MS_MAX = 30000 };

static void put_column(struct table *t, struct db_query *q, int i)
{
    struct buf b;

    switch (db_column_kind(q, i)) {
    case DB_NULL: table_put(t, ""); break;
    case DB_INT:
    case DB_REAL:
    case DB_TEXT: table_put(t, db_text_at(q, i)); break;
    case DB_BLOB:
        b = buf_make(1 << 20);
        text_put_hex(&b, db_blob_at(q, i));
        table_put(t, buf_text(&b));
        buf_free(&b);
        break;
    }
}

static enum rc ask(const char *dir, struct store *s, const char *sql, bool json,
                   struct err *err)
{
    const char *heads[TABLE_COLUMNS_MAX + 1] = {NULL};
    struct db_query *q;
    struct table t;
    int i, n;
    enum rc rc;

    db_guard(s->db, (struct db_guard){QUERY_ROWS_MAX, QUERY_MS_MAX});
    rc = db_query_adhoc(s->db, sql, &q, err);
    if (rc != RC_OK)
        return rc;
    n = db_column_count(q);
    n = n > TABLE_COLUMNS_MAX ? TABLE_COLUMNS_MAX : n;
    for (i = 0; i < n; i++)
        heads[i] = db_column_name(q, i);
    table_init(&t, heads);
    while (db_row(q))
        for (i = 0; i < n; i++)
            put_column(&t, q, i);
    rc = db_done(q, err);
    if (rc == RC_OK)
        rc = verb_show(dir, "query", &t, json, err);
    table_free(&t);
    return rc;
}

int verb_query(int argc, char **argv)
{
    const char *rest[2];
    bool json = false;
    struct option_spec spec[] = {{"json", NULL, &json}};
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 1, rest, 2, &n) || n != 2)
        return verb_usage(argv[0]);
    if (store_open(rest[0], STORE_READ, NULL, &s, &err) != RC_OK)
        return verb_failed(&err);
    rc = ask(rest[0], &s, rest[1], json, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
