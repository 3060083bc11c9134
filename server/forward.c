#include "server/forward.h"

#include <stdlib.h>
#include <string.h>

#include "server/forward_body.h"

enum rc forward_check(const struct server_conf *conf, struct err *err)
{
    const char *url = conf->forward_url;

    if (!released_offered(conf))
        return err_set(err, RC_INVALID,
                       "set open311_jurisdiction and open311_destination:"
                       " without them no signal is released");
    if (!forward_is_known(conf->forward_as))
        return err_set(err, RC_INVALID,
                       "forward_as: \"%s\" is not open311 or signalen",
                       conf->forward_as);
    if (strncmp(url, "https://", 8) != 0 &&
        strncmp(url, "http://127.0.0.1:", 17) != 0)
        return err_set(err, RC_INVALID,
                       "forward_url: \"%s\" is no address of a receiver, such"
                       " as https://town.example/open311/requests.json",
                       url);
    if (strcmp(conf->forward_as, "signalen") == 0 &&
        conf->forward_category[0] == '\0')
        return err_set(err, RC_INVALID,
                       "set forward_category: the address of the category that"
                       " signals get in Signalen");
    return RC_OK;
}

/* -- what is kept -------------------------------------------------------- */

static const char *copy(struct db_query *q, const char *column,
                        struct arena *mem)
{
    const char *text = db_text(q, column);

    return arena_text(mem, text, strlen(text));
}

enum rc forward_list(struct store *s, struct arena *mem, struct forwarded **out,
                     size_t *n, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT record, area, number, fault, noted_ms, sent_ms,"
                   " tries, unsure FROM forwarded ORDER BY noted_ms, record"));
    struct forwarded *list = NULL;
    size_t cap = 0;

    *n = 0;
    while (db_row(q)) {
        struct bytes id = db_blob(q, "record");
        struct forwarded f = {.area = (uint32_t)db_i64(q, "area"),
                              .number = copy(q, "number", mem),
                              .fault = copy(q, "fault", mem),
                              .noted_ms = (uint64_t)db_i64(q, "noted_ms"),
                              .sent_ms = (uint64_t)db_i64(q, "sent_ms"),
                              .tries = (unsigned)db_i64(q, "tries"),
                              .unsure = db_i64(q, "unsure") != 0};

        if (id.n == sizeof f.id.b)
            memcpy(f.id.b, id.p, id.n);
        if (*n == cap) {
            cap = 2 * cap + 64;
            list = mem_resize(list, cap * sizeof *list);
        }
        list[(*n)++] = f;
    }
    *out = arena_new(mem, (*n + 1) * sizeof **out);
    if (*n > 0)
        memcpy(*out, list, *n * sizeof **out);
    free(list);
    return db_done(q, err);
}

static enum rc note(struct store *s, const struct released *r, uint64_t now_ms,
                    struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("INSERT INTO forwarded(record, area, number, fault,"
                            " noted_ms, sent_ms, tries, unsure)"
                            " VALUES (:record, :area, '', '', :now, 0, 0, 0)"));

    db_bind_blob(q, "record", id_bytes(&r->id));
    db_bind_i64(q, "area", r->area);
    db_bind_i64(q, "now", (int64_t)now_ms);
    return db_done(db_run_at(q), err);
}

static enum rc keep(struct store *s, const struct forwarded *f, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("UPDATE forwarded SET number = :number, fault = :fault,"
                   " sent_ms = :sent, tries = :tries, unsure = :unsure"
                   " WHERE record = :record"));

    db_bind_text(q, "number", f->number);
    db_bind_text(q, "fault", f->fault);
    db_bind_i64(q, "sent", (int64_t)f->sent_ms);
    db_bind_i64(q, "tries", f->tries);
    db_bind_i64(q, "unsure", f->unsure);
    db_bind_blob(q, "record", id_bytes(&f->id));
    return db_done(db_run_at(q), err);
}

static const struct released *released_as(const struct released *all, size_t n,
                                          const struct id *id)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (id_eq(&all[i].id, id))
            return &all[i];
    return NULL;
}

static bool is_noted(const struct forwarded *list, size_t n,
                     const struct id *id)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (id_eq(&list[i].id, id))
            return true;
    return false;
}

enum rc forward_due(struct store *s, const struct server_conf *conf,
                    struct arena *mem, struct released **out, size_t *n,
                    struct err *err)
{
    struct forwarded *noted;
    struct released *all;
    size_t noted_n, all_n, i;
    enum rc rc = forward_list(s, mem, &noted, &noted_n, err);

    if (rc == RC_OK)
        rc = released_all(s, conf, mem, &all, &all_n, err);
    if (rc != RC_OK)
        return rc;
    *out = arena_new(mem, (all_n + 1) * sizeof **out);
    for (i = 0, *n = 0; i < all_n; i++)
        if (all[i].open && !is_noted(noted, noted_n, &all[i].id))
            (*out)[(*n)++] = all[i];
    return RC_OK;
}

/* -- sending ------------------------------------------------------------- */

struct sending {
    struct store *s;
    const struct server_conf *conf;
    const char *key;
    const struct forward_way *way;
    uint64_t now_ms;
    struct arena *mem;
};

static enum rc post(const struct sending *g, struct bytes body,
                    struct forwarded *f, struct err *err)
{
    struct buf answer = buf_make(FORWARD_ANSWER_BYTES_MAX);
    char id[ID_TEXT_CHARS + 1];
    struct forward_post p = {.url = g->conf->forward_url,
                             .type = forward_type(g->conf->forward_as),
                             .idempotency = id_text(&f->id, id),
                             .body = body};
    const char *number;
    long status = 0;
    enum rc rc = g->way->post(g->way->ctx, &p, &status, &answer, err);

    number = rc == RC_OK ? forward_number(buf_view(&answer), g->mem) : NULL;
    buf_free(&answer);
    if (rc != RC_OK)
        return rc;
    if (status / 100 != 2)
        return err_set(err, RC_DENIED, "the receiver answered %ld", status);
    if (number == NULL)
        return err_set(err, RC_CORRUPT,
                       "the receiver answered %ld and does not say how it calls"
                       " the signal",
                       status);
    f->number = number;
    return RC_OK;
}

/* One signal.  `unsure` stands in the store while it is out, so that a process
 * that ends then leaves that behind. */
static enum rc send_one(const struct sending *g, const struct released *r,
                        struct forwarded *f, struct forward_done *done,
                        struct err *err)
{
    struct buf body = buf_make(64 * 1024);
    struct err own;
    enum rc sent = forward_body(g->conf, g->key, r, &body, &own), rc;

    f->tries++;
    f->unsure |= sent == RC_OK;
    f->fault = "";
    rc = keep(g->s, f, err);
    if (rc == RC_OK && sent == RC_OK)
        sent = post(g, buf_view(&body), f, &own);
    buf_free(&body);
    if (rc != RC_OK)
        return rc;
    if (sent == RC_OK)
        f->sent_ms = g->now_ms;
    else
        f->fault = arena_text(g->mem, own.text, strlen(own.text));
    /* A refusal is an answer. */
    f->unsure = sent == RC_NETWORK || sent == RC_CORRUPT;
    done->sent += sent == RC_OK;
    done->failed += sent != RC_OK;
    return keep(g->s, f, err);
}

enum rc forward_run(struct store *s, const struct server_conf *conf,
                    const char *key, const struct forward_way *way,
                    uint64_t now_ms, struct forward_done *out, struct err *err)
{
    struct arena mem = {0};
    struct sending g = {s, conf, key, way, now_ms, &mem};
    struct released *due, *all = NULL;
    struct forwarded *list = NULL;
    size_t n = 0, all_n = 0, list_n = 0, i;
    enum rc rc = forward_due(s, conf, &mem, &due, &n, err);

    *out = (struct forward_done){0, 0};
    for (i = 0; rc == RC_OK && i < n; i++)
        rc = note(s, &due[i], now_ms, err);
    if (rc == RC_OK)
        rc = released_all(s, conf, &mem, &all, &all_n, err);
    if (rc == RC_OK)
        rc = forward_list(s, &mem, &list, &list_n, err);
    for (i = 0; rc == RC_OK && i < list_n; i++) {
        const struct released *r = released_as(all, all_n, &list[i].id);

        if (list[i].number[0] == '\0' && r != NULL)
            rc = send_one(&g, r, &list[i], out, err);
    }
    arena_free(&mem);
    return rc;
}
