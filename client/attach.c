#include "client/attach.h"

#include "client/picture.h"
#include "sync/limits.h"
#include "sync/sys/file.h"

static enum rc add_piece(struct local *l, const char *sha256, size_t at,
                         struct bytes body, struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("INSERT INTO piece(sha256, at, body)"
                            " VALUES (:sha256, :at, :body)"
                            " ON CONFLICT (sha256, at) DO NOTHING"));

    db_bind_text(q, "sha256", sha256);
    db_bind_i64(q, "at", (int64_t)at);
    db_bind_blob(q, "body", body);
    return db_done(db_run_at(q), err);
}

/* In the column `sent`: 1 is what was handed in. */
enum { HELD = -1, WAITS = 0 };

static enum rc add(struct local *l, struct bytes body, uint32_t area, int how,
                   const char *sha256, struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("INSERT INTO attachment(sha256, area, bytes, sent)"
                            " VALUES (:sha256, :area, :bytes, :how)"
                            " ON CONFLICT (sha256, area) DO UPDATE"
                            " SET sent = max(sent, excluded.sent)"));
    size_t at;
    enum rc rc;

    db_bind_text(q, "sha256", sha256);
    db_bind_i64(q, "area", area);
    db_bind_i64(q, "bytes", (int64_t)body.n);
    db_bind_i64(q, "how", how);
    rc = db_done(db_run_at(q), err);
    for (at = 0; rc == RC_OK && at < body.n; at += attachment_piece_bytes) {
        size_t n = body.n - at;

        if (n > attachment_piece_bytes)
            n = attachment_piece_bytes;
        rc = add_piece(l, sha256, at, (struct bytes){body.p + at, n}, err);
    }
    return rc;
}

static enum rc keep(struct local *l, struct bytes body, uint32_t area, int how,
                    enum lang lang, char *sha256, struct err *err)
{
    struct buf clean = {0};
    struct digest d;
    enum rc rc = picture_strip(body, lang, &clean, err);

    if (rc != RC_OK)
        return rc;
    d = digest_of(buf_view(&clean));
    digest_hex(&d, sha256);
    rc = db_begin(l->db, err);
    if (rc == RC_OK)
        rc = db_end(l->db, add(l, buf_view(&clean), area, how, sha256, err),
                    err);
    buf_free(&clean);
    return rc;
}

enum rc attach_hold(struct local *l, struct bytes body, uint32_t area,
                    enum lang lang, char *sha256, struct err *err)
{
    return keep(l, body, area, HELD, lang, sha256, err);
}

/* Whatever area the draft was begun in: another may have been chosen. */
enum rc attach_release(struct local *l, struct bytes sha256, uint32_t area,
                       struct err *err)
{
    struct db_query *q = db_query(
        l->db, SQL("UPDATE OR REPLACE attachment SET area = :area, sent = 0"
                   " WHERE sha256 = :sha256 AND sent = -1"));

    db_bind_text_bytes(q, "sha256", sha256);
    db_bind_i64(q, "area", area);
    return db_done(db_run_at(q), err);
}

enum rc attach_sweep(struct local *l, struct err *err)
{
    enum rc rc =
        db_run(l->db,
               SQL("DELETE FROM attachment WHERE sent = -1 AND NOT EXISTS"
                   " (SELECT 1 FROM draft WHERE instr(answer, sha256) > 0)"),
               err);

    return rc == RC_OK ? db_run(l->db,
                                SQL("DELETE FROM piece WHERE sha256 NOT IN"
                                    " (SELECT sha256 FROM attachment)"),
                                err)
                       : rc;
}

enum rc attach_add(struct local *l, const char *path, uint32_t area,
                   enum lang lang, char *sha256, struct err *err)
{
    struct buf body;
    enum rc rc = file_read(path, attachment_bytes_max, &body, err);

    if (rc != RC_OK)
        return rc;
    rc = keep(l, buf_view(&body), area, WAITS, lang, sha256, err);
    buf_free(&body);
    return rc == RC_OK ? rc : err_wrap(err, rc, "%s", path);
}

enum rc attach_load(struct local *l, const char *sha256, struct buf *out,
                    struct err *err)
{
    struct db_query *q =
        db_query(l->db, SQL("SELECT body FROM piece WHERE sha256 = :sha256"
                            " ORDER BY at"));
    struct buf b = buf_make(attachment_bytes_max);
    enum rc rc;

    db_bind_text(q, "sha256", sha256);
    while (db_row(q)) {
        struct bytes piece = db_blob(q, "body");

        buf_put(&b, piece.p, piece.n);
    }
    rc = db_done(q, err);
    if (rc == RC_OK && b.n == 0)
        rc = err_set(err, RC_NOTFOUND, MSG("this photo is not on this device"));
    if (rc == RC_OK)
        *out = b;
    else
        buf_free(&b);
    return rc;
}
