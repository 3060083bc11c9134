#include "server/access_who.h"

#include <stdlib.h>
#include <string.h>

#include "server/apart.h"
#include "server/journal.h"
#include "sync/limits.h"
#include "sync/sys/pack.h"

struct written { /* one changeset of the record */
    uint32_t device;
    uint64_t number, version; /* version 0: kept aside */
};

struct access_who {
    struct store *s; /* foreign */
    struct rows_name name;
    char id[ID_TEXT_CHARS + 1];
    struct written *list; /* own */
    size_t n, cap;
};

/* -- the versions of a record ------------------------------------------- */

static void keep(struct access_who *w, struct written one)
{
    if (w->n == w->cap) {
        w->cap = 2 * w->cap + 16;
        w->list = mem_resize(w->list, w->cap * sizeof *w->list);
    }
    w->list[w->n++] = one;
}

static enum rc take_batch(struct store *s, struct access_who *w,
                          struct bytes body, struct bytes ack, struct err *err)
{
    struct arena mem = {0};
    struct message batch = {0}, answer = {0};
    struct buf plain = {0};
    size_t i;
    enum rc rc = pack_expand(body, message_bytes_max, &plain, err);

    if (rc == RC_OK)
        rc = wire_get(buf_view(&plain), s->shape, &mem, &batch, err);
    if (rc == RC_OK)
        rc = wire_get(ack, NULL, &mem, &answer, err);
    if (rc == RC_OK &&
        (batch.kind != MESSAGE_BATCH || answer.kind != MESSAGE_ACK))
        rc = err_set(err, RC_CORRUPT, "the journal holds something else");
    for (i = 0; rc == RC_OK && i < batch.as.batch.changesets_n; i++) {
        const struct changeset *c = &batch.as.batch.changesets[i];
        uint64_t number = batch.as.batch.first + i;

        if (id_eq(&c->record, &w->name.id))
            keep(w, (struct written){batch.as.batch.device, number,
                                     journal_version(&answer.as.ack, number)});
    }
    buf_free(&plain);
    arena_free(&mem);
    return rc;
}

/* Of one that is kept apart the row says all there is to know here. */
static enum rc take_sealed(struct access_who *w, struct db_query *q,
                           struct err *err)
{
    uint64_t number = (uint64_t)db_i64(q, "first");
    struct arena mem = {0};
    struct message answer = {0};
    enum rc rc = wire_get(db_blob(q, "ack"), NULL, &mem, &answer, err);

    if (rc == RC_OK && answer.kind != MESSAGE_ACK)
        rc = err_set(err, RC_CORRUPT, "the journal holds something else");
    for (; rc == RC_OK && number <= (uint64_t)db_i64(q, "last"); number++)
        keep(w, (struct written){(uint32_t)db_i64(q, "device"), number,
                                 journal_version(&answer.as.ack, number)});
    arena_free(&mem);
    return rc;
}

static enum rc take_journal(struct store *s, struct access_who *w,
                            struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT device, first, last, body, ack, sealed"
                            " FROM batch WHERE area = :area ORDER BY link"));
    struct err inner;
    struct id record;
    enum rc rc = RC_OK, closed;

    db_bind_i64(q, "area", w->name.area);
    while (rc == RC_OK && db_row(q))
        if (!journal_sealed(q, &record))
            rc = take_batch(s, w, db_blob(q, "body"), db_blob(q, "ack"), err);
        else if (id_eq(&record, &w->name.id))
            rc = take_sealed(w, q, err);
    closed = db_done(q, rc == RC_OK ? err : &inner);
    return rc == RC_OK ? closed : rc;
}

/* The version it has now may be that of an erasure. */
static enum rc take_row(struct store *s, struct access_who *w, struct err *err)
{
    struct arena mem = {0};
    struct record r;
    enum rc rc = rows_load(s->rows, w->name.type, w->name.area, &w->name.id,
                           &mem, &r, err);

    if (rc == RC_OK)
        keep(w, (struct written){0, 0, r.version});
    arena_free(&mem);
    return rc;
}

enum rc access_who_open(struct store *s, const struct rows_name *name,
                        struct access_who **out, struct err *err)
{
    struct access_who *w = mem_new(sizeof *w);
    enum rc rc;

    w->s = s;
    w->name = *name;
    id_text(&name->id, w->id);
    rc = take_journal(s, w, err);
    if (rc == RC_OK)
        rc = take_row(s, w, err);
    if (rc == RC_OK)
        *out = w;
    else
        access_who_close(w);
    return rc;
}

void access_who_close(struct access_who *w)
{
    if (w == NULL)
        return;
    free(w->list);
    free(w);
}

/* -- a line and a record ------------------------------------------------ */

static bool role_of(const char *word, enum role *out)
{
    int r;

    for (r = 0; r < ROLES_N; r++)
        if (strcmp(word, role_word((enum role)r)) == 0) {
            *out = (enum role)r;
            return true;
        }
    return false;
}

static bool may_see(const struct access_who *w, const struct access_said *a)
{
    const struct shape_type *t = w->name.type;
    enum apart_standing standing = APART_READS;
    struct err err;
    enum role role;

    /* Whom it cannot ask about it names. */
    if (t->apart && apart_standing(w->s, &w->name.id, bytes_of(a->user),
                                   &standing, &err) != RC_OK)
        standing = APART_READS;
    return role_of(a->role, &role) && (t->see >> role & 1U) != 0 &&
           standing != APART_NOBODY;
}

static bool within(const struct access_who *w, const struct access_said *a)
{
    size_t i;

    for (i = 0; i < w->n; i++) {
        const struct written *one = &w->list[i];

        if (a->range == ACCESS_VERSIONS && one->version > a->low &&
            one->version <= a->high)
            return true;
        if (a->range == ACCESS_NUMBERS && one->device == a->device &&
            one->number >= a->low && one->number <= a->high)
            return true;
    }
    return false;
}

const char *access_who_did(const struct access_who *w,
                           const struct access_said *a)
{
    if (strcmp(a->record, w->id) == 0)
        return a->act;
    if (a->area != w->name.area || strcmp(a->result, "ok") != 0 ||
        (a->type[0] != '\0' && strcmp(a->type, w->name.type->name) != 0) ||
        !within(w, a))
        return NULL;
    if (a->range == ACCESS_NUMBERS)
        return "changed";
    return may_see(w, a) ? "read" : NULL;
}

/* -- who ---------------------------------------------------------------- */

struct parties {
    const struct access_who *who;
    struct arena *mem;
    struct access_party *list; /* own, until it is done */
    size_t n, cap;
};

static size_t fields_for(const struct shape_type *t, const char *word)
{
    enum role role;
    size_t n = 0, i;
    bool known = role_of(word, &role);

    for (i = 1; i < t->fields_n; i++)
        n += !known || t->fields[i].see >> role & 1U;
    return n;
}

static struct access_party *party(struct parties *p, const char *user,
                                  const char *role, const char *did)
{
    struct access_party *one;
    size_t i;

    for (i = 0; i < p->n; i++)
        if (strcmp(p->list[i].user, user) == 0 &&
            strcmp(p->list[i].role, role) == 0 &&
            strcmp(p->list[i].did, did) == 0)
            return &p->list[i];
    if (p->n == p->cap) {
        p->cap = 2 * p->cap + 16;
        p->list = mem_resize(p->list, p->cap * sizeof *p->list);
    }
    one = &p->list[p->n++];
    *one = (struct access_party){.user = arena_text(p->mem, user, strlen(user)),
                                 .role = arena_text(p->mem, role, strlen(role)),
                                 .did = arena_text(p->mem, did, strlen(did)),
                                 .fields = fields_for(p->who->name.type, role)};
    return one;
}

static enum rc add_line(void *ctx, const struct access_said *a, struct err *err)
{
    struct parties *p = ctx;
    const char *did = access_who_did(p->who, a);
    bool system = a->user[0] == '\0';
    const char *user =
        system ? a->login[0] != '\0' ? a->login : a->os : a->user;
    struct access_party *one;

    (void)err;
    if (did == NULL)
        return RC_OK;
    one = party(p, user, system ? "system" : a->role, did);
    one->last = arena_text(p->mem, a->at, strlen(a->at));
    if (one->times++ == 0)
        one->first = one->last;
    return RC_OK;
}

enum rc access_parties(const char *dir, struct store *s,
                       const struct rows_name *name, struct arena *mem,
                       struct access_party **out, size_t *n, struct err *err)
{
    struct access_who *w = NULL;
    struct parties p = {.mem = mem};
    enum rc rc = access_who_open(s, name, &w, err);

    p.who = w;
    if (rc == RC_OK)
        rc = access_read(dir, add_line, &p, err);
    if (rc == RC_OK && p.n > 0) {
        *out = arena_new(mem, p.n * sizeof **out);
        memcpy(*out, p.list, p.n * sizeof **out);
    }
    if (rc == RC_OK)
        *n = p.n;
    free(p.list);
    access_who_close(w);
    return rc;
}
