/* Whole stores searched for words that must not be in them (world.h). */
#include <string.h>

#include "tests/sim/world_int.h"

static bool has(struct bytes in, const char *text)
{
    size_t n = strlen(text), i;

    for (i = 0; i + n <= in.n; i++)
        if (memcmp(in.p + i, text, n) == 0)
            return true;
    return false;
}

static void search_table(struct world *w, struct device_sim *d,
                         const char *table, const char *text)
{
    struct db_query *q;
    struct err err;
    int i;

    if (db_query_adhoc(d->l.db,
                       arena_printf(&w->scratch, "SELECT * FROM \"%s\"", table),
                       &q, &err) != RC_OK)
        broken(w, "%s cannot be searched: %s", table, err.text);
    while (db_row(q))
        for (i = 0; i < db_column_count(q); i++) {
            enum db_kind kind = db_column_kind(q, i);

            if ((kind == DB_TEXT || kind == DB_BLOB) &&
                has(db_blob_at(q, i), text))
                broken(w, "%s still has \"%s\" in %s.%s, withdrawn from it",
                       d->user, text, table, db_column_name(q, i));
        }
    if (db_done(q, &err) != RC_OK)
        broken(w, "%s cannot be searched: %s", table, err.text);
}

void search_device(struct world *w, struct device_sim *d, const char *text)
{
    struct db_query *q;
    const char *tables[128];
    size_t n = 0, i;
    struct err err;

    if (db_query_adhoc(d->l.db,
                       "SELECT name FROM sqlite_master WHERE type = 'table'",
                       &q, &err) != RC_OK)
        broken(w, "tables cannot be listed: %s", err.text);
    while (n < countof(tables) && db_row(q))
        tables[n++] = arena_printf(&w->scratch, "%s", db_text_at(q, 0));
    if (db_done(q, &err) != RC_OK || n == 0)
        broken(w, "tables cannot be listed: %s", err.text);
    for (i = 0; i < n; i++)
        search_table(w, d, tables[i], text);
}
