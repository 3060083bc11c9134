#include "sync/sys/seeker.h"

#include <stdlib.h>

#include "sync/seek.h"

struct seeker {
    struct db *db; /* own */
};

enum rc seeker_new(struct seeker **out, struct err *err)
{
    struct db_options o = {.create = true};
    struct seeker *s = mem_new(sizeof *s);
    enum rc rc = db_open(":memory:", o, &s->db, err);

    if (rc == RC_OK)
        rc = db_begin(s->db, err);
    if (rc == RC_OK)
        rc = db_script(
            s->db,
            "CREATE VIRTUAL TABLE seek USING fts5(text, " SEEK_TOKENS ")", err);
    if (rc == RC_OK)
        *out = s;
    else
        seeker_free(s);
    return rc;
}

void seeker_free(struct seeker *s)
{
    if (s == NULL)
        return;
    db_close(s->db);
    free(s);
}

enum rc seeker_add(struct seeker *s, int64_t place, struct bytes text,
                   struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("INSERT INTO seek(rowid, text)"
                                             " VALUES (:place, :text)"));

    db_bind_i64(q, "place", place);
    db_bind_text_bytes(q, "text", text);
    return db_done(db_run_at(q), err);
}

enum rc seeker_find(struct seeker *s, struct bytes question,
                    seeker_visit *visit, void *ctx, struct err *err)
{
    struct db_query *q = db_query(
        s->db,
        SQL("SELECT rowid AS place,"
            " snippet(seek, 0, char(171), char(187), char(8230), 16) AS around"
            " FROM seek WHERE seek MATCH :question ORDER BY rowid DESC"));

    db_bind_text_bytes(q, "question", question);
    while (db_row(q) && visit(ctx, db_i64(q, "place"), db_blob(q, "around")))
        ;
    return db_done(q, err);
}
