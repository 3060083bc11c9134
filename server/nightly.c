#include "server/nightly.h"

#include "sync/civil.h"

static const uint64_t hour_ms = 3600000;

bool nightly_due(unsigned hour, uint64_t last_ms, uint64_t now_ms)
{
    uint64_t since = now_ms > last_ms ? now_ms - last_ms : 0;

    if (last_ms != 0 && since >= 30 * hour_ms)
        return true;
    return since >= 20 * hour_ms &&
           civil_of((int64_t)(now_ms / 1000)).hour == hour;
}

enum rc nightly_last(struct store *s, uint64_t *out_ms, struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT value FROM state"
                                             " WHERE key = 'retention_ms'"));

    *out_ms = db_row(q) ? (uint64_t)db_i64(q, "value") : 0;
    return db_done(q, err);
}

/* -- a piece, on the merger's thread ------------------------------------ */

struct piece {
    struct retention *r;
    const struct rows_name *names; /* n of them; 0: it is done */
    size_t n;
    struct retained out;
};

static enum rc ran(struct store *s, uint64_t now_ms, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("INSERT INTO state(key, value) VALUES ('retention_ms', :now)"
                   " ON CONFLICT (key) DO UPDATE SET value = excluded.value"));

    db_bind_i64(q, "now", (int64_t)now_ms);
    return db_done(db_run_at(q), err);
}

static enum rc run_piece(struct store *s, void *arg, struct err *err)
{
    struct piece *p = arg;

    p->out = (struct retained){0};
    return p->n == 0 ? ran(s, p->r->now_ms, err)
                     : retention_do(p->r, s, p->names, p->n, &p->out, err);
}

static enum rc do_piece(struct merger *m, struct retention *r,
                        const struct rows_name *names, size_t n,
                        struct retained *out, struct err *err)
{
    struct piece p = {.r = r, .names = names, .n = n};
    enum rc rc = merger_do(m, run_piece, &p, err);

    out->records += p.out.records;
    out->fields += p.out.fields;
    return rc;
}

/* -- all of it ---------------------------------------------------------- */

enum rc nightly_run(struct merger *m, struct store *reader, uint64_t now_ms,
                    bool (*stop)(void *ctx), void *ctx, struct retained *out,
                    struct err *err)
{
    struct retention r;
    size_t t, i;
    bool stopped = false;
    enum rc rc = retention_begin(&r, reader, now_ms, err);

    *out = (struct retained){0};
    for (t = 0; rc == RC_OK && !stopped && t < reader->shape->types_n; t++) {
        rc = retention_look(&r, retention_nth(reader->shape, t), err);
        for (i = 0; rc == RC_OK && !stopped && i < r.due_n;
             i += RETENTION_PIECE) {
            size_t n =
                r.due_n - i < RETENTION_PIECE ? r.due_n - i : RETENTION_PIECE;

            rc = do_piece(m, &r, &r.due[i], n, out, err);
            stopped = stop(ctx);
        }
    }
    if (rc == RC_OK && !stopped)
        rc = do_piece(m, &r, NULL, 0, out, err);
    retention_free(&r);
    return rc;
}
