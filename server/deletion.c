#include "server/deletion.h"

#include <inttypes.h>

#include "sync/civil.h"

#define X(name, word) [DELETION_##name] = word,
static const char *const words[] = {DELETION_REASONS(X)};
#undef X

enum rc deletion_add(struct store *s, const struct deletion *d, uint64_t now_ms,
                     struct err *err)
{
    struct db_query *q = db_query(
        s->db,
        SQL("INSERT INTO deletion(at_ms, why, type, class, what, n,"
            " oldest_ms, newest_ms, note) VALUES (:now, :why, :type, :class,"
            " :what, 1, :from, :from, :note)"
            " ON CONFLICT (at_ms, why, type, class, what, note) DO UPDATE SET"
            " n = deletion.n + 1,"
            " oldest_ms = CASE WHEN excluded.oldest_ms < deletion.oldest_ms"
            " THEN excluded.oldest_ms ELSE deletion.oldest_ms END,"
            " newest_ms = CASE WHEN excluded.newest_ms > deletion.newest_ms"
            " THEN excluded.newest_ms ELSE deletion.newest_ms END"));

    db_bind_i64(q, "now", (int64_t)now_ms);
    db_bind_text(q, "why", words[d->why]);
    db_bind_text(q, "type", d->type->name);
    db_bind_text(q, "class", d->class->name);
    db_bind_text(q, "what", d->record ? "record" : "fields");
    db_bind_i64(q, "from", (int64_t)(d->from_ms == 0 ? now_ms : d->from_ms));
    db_bind_text(q, "note", d->note == NULL ? "" : d->note);
    return db_done(db_run_at(q), err);
}

static void put_day(struct table *t, int64_t ms)
{
    struct civil c = civil_of(ms / 1000);

    table_printf(t, "%04d-%02u-%02u", c.year, c.month, c.day);
}

enum rc deletion_table(struct store *s, struct table *out, struct err *err)
{
    static const char *const heads[] = {"at",   "why", "type",   "class",
                                        "what", "#n",  "oldest", "newest",
                                        "note", NULL};
    struct db_query *q =
        db_query(s->db, SQL("SELECT at_ms, why, type, class, what, n,"
                            " oldest_ms, newest_ms, note FROM deletion"
                            " ORDER BY at_ms, why, type, class, what"));

    table_init(out, heads);
    while (db_row(q)) {
        put_day(out, db_i64(q, "at_ms"));
        table_put(out, db_text(q, "why"));
        table_put(out, db_text(q, "type"));
        table_put(out, db_text(q, "class"));
        table_put(out, db_text(q, "what"));
        table_printf(out, "%" PRId64, db_i64(q, "n"));
        put_day(out, db_i64(q, "oldest_ms"));
        put_day(out, db_i64(q, "newest_ms"));
        table_put(out, db_text(q, "note"));
    }
    return db_done(q, err);
}
