#include "server/search.h"

#include <stdlib.h>
#include <string.h>

#include "server/search_int.h"
#include "sync/limits.h"
#include "sync/seek.h"
#include "sync/sys/seeker.h"

/* Records that an answer looks through by itself. */
enum { TAIL_MAX = 20000 };

/* -- looking for -------------------------------------------------------- */

struct finding {
    struct store *s;
    const struct search_ask *ask;
    struct arena *mem; /* of the answer */
    struct search_found out;
    size_t skip;
    struct notes tail;    /* what the index does not hold yet */
    struct noted **by_id; /* the same, sorted */
    struct err *err;
};

/* False: enough. */
static bool take_hit(struct finding *f, const struct shape_type *type,
                     const struct id *id, struct bytes around)
{
    if (f->skip > 0) {
        f->skip--;
        return true;
    }
    if (f->out.n == f->ask->limit) {
        f->out.more = true;
        return false;
    }
    f->out.hits[f->out.n++] = (struct search_hit){
        .type = type, .id = *id, .around = arena_bytes(f->mem, around)};
    return true;
}

static int by_id(const void *a, const void *b)
{
    const struct noted *const *x = a, *const *y = b;

    return memcmp((*x)->id.b, (*y)->id.b, ID_BYTES);
}

static enum rc read_tail(struct finding *f)
{
    uint64_t cursor = 0;
    size_t i;
    enum rc rc = search_cursor(f->s->db, f->ask->area, &cursor, f->err);

    if (rc == RC_OK)
        rc = notes_read(&f->tail, f->s, f->ask->type, f->ask->area, cursor,
                        f->err);
    if (rc == RC_OK && f->tail.full)
        rc = err_set(f->err, RC_BUSY,
                     MSG("the server is still reading what came in; ask again"
                         " in a minute"));
    if (rc != RC_OK)
        return rc;
    f->by_id = arena_new(&f->tail.mem, (f->tail.n + 1) * sizeof *f->by_id);
    for (i = 0; i < f->tail.n; i++)
        f->by_id[i] = &f->tail.p[i];
    qsort(f->by_id, f->tail.n, sizeof *f->by_id, by_id);
    return RC_OK;
}

static bool on_tail(void *ctx, int64_t place, struct bytes around)
{
    struct finding *f = ctx;
    const struct noted *n = &f->tail.p[place - 1];

    return take_hit(f, n->type, &n->id, around);
}

static enum rc find_in_tail(struct finding *f)
{
    struct buf words = buf_make(8 * SEEK_BYTES_MAX);
    struct seeker *seeker = NULL;
    size_t i;
    enum rc rc = seeker_new(&seeker, f->err);

    for (i = 0; rc == RC_OK && i < f->tail.n; i++)
        if (f->tail.p[i].text.n > 0)
            rc = seeker_add(seeker, (int64_t)i + 1, f->tail.p[i].text, f->err);
    if (rc == RC_OK && seek_question(f->ask->words, NULL, &words))
        rc = seeker_find(seeker, buf_view(&words), on_tail, f, f->err);
    seeker_free(seeker);
    buf_free(&words);
    return rc;
}

static bool take_row(struct finding *f, struct db_query *q)
{
    const struct shape_type *type =
        shape_type_named(f->s->shape, db_blob(q, "type"));
    struct bytes id = db_blob(q, "record");
    struct noted key = {0}, *at = &key;

    if (type == NULL || id.n != ID_BYTES)
        return true;
    memcpy(key.id.b, id.p, ID_BYTES);
    if (bsearch(&at, f->by_id, f->tail.n, sizeof *f->by_id, by_id) != NULL)
        return true; /* it has changed since */
    return take_hit(f, type, &key.id, db_blob(q, "around"));
}

static enum rc find_in_index(struct finding *f)
{
    struct buf words = buf_make(8 * SEEK_BYTES_MAX);
    char scope[SCOPE_BYTES];
    struct db_query *q = db_query(
        f->s->db,
        SQL("SELECT d.type AS type, d.record AS record,"
            " snippet(search, 1, char(171), char(187), char(8230), 16)"
            " AS around FROM search JOIN searched d ON d.doc = search.rowid"
            " WHERE search MATCH :words AND d.area = :area"
            " AND (:type = '' OR d.type = :type) ORDER BY search.rowid DESC"));

    if (seek_question(f->ask->words, search_scope(f->ask->area, scope), &words))
        db_bind_text_bytes(q, "words", buf_view(&words));
    db_bind_i64(q, "area", f->ask->area);
    db_bind_text(q, "type", f->ask->type == NULL ? "" : f->ask->type->name);
    while (db_row(q) && take_row(f, q))
        ;
    buf_free(&words);
    return db_done(q, f->err);
}

static enum rc may_ask(const struct search_ask *ask, struct err *err)
{
    struct buf words = buf_make(8 * SEEK_BYTES_MAX);
    bool any;

    if (ask->words.n > SEEK_BYTES_MAX)
        return err_set(err, RC_LIMIT,
                       MSG("too many words to look for; name a few"));
    any = seek_question(ask->words, NULL, &words);
    buf_free(&words);
    return any ? RC_OK
               : err_set(err, RC_INVALID,
                         MSG("there is no word to look for in that"));
}

static enum rc area_version(struct store *s, uint32_t area, uint64_t *out,
                            struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT version FROM area"
                                             " WHERE number = :area"));

    db_bind_i64(q, "area", area);
    *out = db_row(q) ? (uint64_t)db_i64(q, "version") : 0;
    return db_done(q, err);
}

enum rc search_find(struct store *s, const struct search_ask *ask,
                    struct arena *mem, struct search_found *out,
                    struct err *err)
{
    struct finding f = {
        .s = s, .ask = ask, .mem = mem, .skip = ask->skip, .err = err};
    enum rc rc = may_ask(ask, err);

    if (rc == RC_OK)
        rc = db_begin_read(s->db, err);
    if (rc != RC_OK)
        return rc;
    f.out.hits = arena_new(mem, (ask->limit + 1) * sizeof *f.out.hits);
    notes_init(&f.tail, TAIL_MAX);
    rc = area_version(s, ask->area, &f.out.version, err);
    if (rc == RC_OK)
        rc = read_tail(&f);
    if (rc == RC_OK && f.tail.n > 0)
        rc = find_in_tail(&f);
    if (rc == RC_OK && !f.out.more)
        rc = find_in_index(&f);
    notes_free(&f.tail);
    rc = db_end(s->db, rc, err);
    if (rc == RC_OK)
        *out = f.out;
    return rc;
}
