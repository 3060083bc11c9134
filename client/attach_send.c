#include "client/attach_send.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sync/limits.h"
#include "sync/sys/clock.h"

/* -- handing in --------------------------------------------------------- */

struct waiting {
    char sha256[DIGEST_HEX_CHARS + 1];
    uint32_t area;
    uint64_t bytes;
    bool any;
};

static enum rc next_waiting(struct local *l, struct waiting *w, struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT sha256, area, bytes FROM attachment"
                            " WHERE sent = 0 ORDER BY bytes, sha256 LIMIT 1"));

    w->any = db_row(q);
    if (w->any) {
        snprintf(w->sha256, sizeof w->sha256, "%s", db_text(q, "sha256"));
        w->area = (uint32_t)db_i64(q, "area");
        w->bytes = (uint64_t)db_i64(q, "bytes");
    }
    return db_done(q, err);
}

static enum rc mark_sent(struct local *l, const struct waiting *w,
                         struct err *err)
{
    struct db_query *q = db_query(l->db, SQL("UPDATE attachment SET sent = 1"
                                             " WHERE sha256 = :sha256"
                                             " AND area = :area"));

    db_bind_text(q, "sha256", w->sha256);
    db_bind_i64(q, "area", w->area);
    return db_done(db_run_at(q), err);
}

static enum rc piece_at(struct local *l, const char *sha256, uint64_t at,
                        struct arena *mem, struct bytes *out, struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT at, body FROM piece WHERE sha256 = :sha256"
                            " AND at <= :at ORDER BY at DESC LIMIT 1"));
    uint64_t from = 0;
    enum rc rc;

    *out = (struct bytes){0};
    db_bind_text(q, "sha256", sha256);
    db_bind_i64(q, "at", (int64_t)at);
    if (db_row(q)) {
        from = (uint64_t)db_i64(q, "at");
        *out = arena_bytes(mem, db_blob(q, "body"));
    }
    rc = db_done(q, err);
    if (rc != RC_OK)
        return rc;
    if (at - from >= out->n)
        return err_set(err, RC_CORRUPT, "a piece of an attachment is missing");
    out->p += at - from;
    out->n -= (size_t)(at - from);
    return RC_OK;
}

static enum rc send_piece(struct transport *t, const struct waiting *w,
                          struct bytes piece, struct call *c, struct pace *pace,
                          uint64_t *at, struct err *err)
{
    uint64_t began_ms = clock_mono_ms();
    char offset[48], length[48];
    const char *headers[] = {offset, length, NULL};
    struct buf answer = {0};
    uint64_t have = UINT64_MAX;
    enum rc rc;

    snprintf(offset, sizeof offset, "Upload-Offset: %" PRIu64, *at);
    snprintf(length, sizeof length, "Upload-Length: %" PRIu64, w->bytes);
    c->method = "PATCH";
    c->headers = headers;
    c->body = piece;
    rc = transport_call(t, c, &answer, &have, err);
    buf_free(&answer);
    if (rc == RC_OK)
        pace_took(pace, clock_mono_ms() - began_ms);
    else
        pace_failed(pace);
    if (rc != RC_OK)
        return rc;
    if (have > w->bytes)
        return err_set(err, RC_CORRUPT,
                       "the server lost count of an"
                       " attachment");
    *at = have;
    return RC_OK;
}

static enum rc send_one(struct local *l, struct transport *t,
                        const struct waiting *w, struct call *c,
                        struct pace *pace, struct attach_tally *tally,
                        struct err *err)
{
    struct arena mem = {0};
    struct buf answer = {0};
    struct bytes piece;
    uint64_t at = 0, before;
    enum rc rc;

    c->method = "HEAD";
    rc = transport_call(t, c, &answer, &at, err);
    buf_free(&answer);
    if (rc == RC_NOTFOUND) { /* nothing of it is there yet */
        at = 0;
        rc = RC_OK;
    }
    /* One piece at least, even an empty one: only the answer to a piece says
     * that the whole is there, checked and under its name. */
    while (rc == RC_OK) {
        piece = (struct bytes){0};
        before = at;
        if (at < w->bytes)
            rc = piece_at(l, w->sha256, at, &mem, &piece, err);
        if (piece.n > pace->bytes)
            piece.n = pace->bytes;
        if (rc == RC_OK)
            rc = send_piece(t, w, piece, c, pace, &at, err);
        if (rc == RC_OK && at > before)
            tally->bytes += at - before;
        arena_reset(&mem);
        if (at == w->bytes)
            break;
    }
    arena_free(&mem);
    return rc == RC_OK ? mark_sent(l, w, err) : rc;
}

enum rc attach_send(struct local *l, struct transport *t, const char *token,
                    struct pace *pace, struct attach_tally *tally,
                    struct err *err)
{
    struct waiting w;
    char path[160];
    enum rc rc;

    while ((rc = next_waiting(l, &w, err)) == RC_OK && w.any) {
        struct call c = {.path = path,
                         .type = "application/octet-stream",
                         .token = token,
                         .now_ms = clock_wall_ms(),
                         .answer_max = 4096};

        snprintf(path, sizeof path, "/v1/areas/%" PRIu32 "/attachments/%s",
                 w.area, w.sha256);
        rc = send_one(l, t, &w, &c, pace, tally, err);
        if (rc != RC_OK)
            return rc;
        tally->files++;
    }
    return rc;
}
