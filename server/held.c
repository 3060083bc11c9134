#include "server/held.h"

#include <stdlib.h>
#include <string.h>

#include "server/apart.h"
#include "server/contact.h"
#include "server/journal.h"
#include "sync/limits.h"
#include "sync/sys/pack.h"

struct piece { /* a changeset of a record, or all of them together */
    struct id record;
    const struct shape_type *type;
    unsigned classes; /* bits */
    bool own;
};

struct gathering {
    struct store *s;
    const struct device *device;
    struct held_area *area;
    struct piece *list; /* own */
    size_t n, cap;
    struct arena mem; /* of one batch */
    struct err *err;
};

/* -- one changeset ------------------------------------------------------ */

static void add(struct gathering *g, const struct piece *p)
{
    if (g->n == g->cap) {
        g->cap = 2 * g->cap + 1024;
        g->list = mem_resize(g->list, g->cap * sizeof *g->list);
    }
    g->list[g->n++] = *p;
}

/* Was it ever given to this account?  What it was to forget may be there yet.
 */
static bool was_given(struct gathering *g, const struct id *record)
{
    enum apart_standing standing;
    struct err err;

    return apart_standing(g->s, record, g->device->user, &standing, &err) !=
               RC_OK ||
           standing != APART_NOBODY;
}

static void look_at(struct gathering *g, const struct changeset *c,
                    uint64_t version)
{
    role_set role = 1U << g->device->told;
    struct piece p = {.record = c->record,
                      .type = c->type,
                      .own = c->device == g->device->caller.device};
    size_t i;

    if (c->type == NULL || c->writes_n == 0)
        return; /* cannot be read any more; or erased */
    if (!p.own &&
        (version == 0 || version > g->area->sent || (c->type->see & role) == 0))
        return;
    if (!p.own && c->type->apart && !was_given(g, &c->record))
        return;
    for (i = 0; i < c->writes_n; i++) {
        const struct shape_field *f = &c->type->fields[c->writes[i].field];

        if (c->writes[i].field != FIELD_DELETED &&
            c->writes[i].value.kind != VALUE_NULL &&
            (p.own || (f->see & role) != 0))
            p.classes |= 1U << f->privacy;
    }
    add(g, &p);
}

static enum rc look_into(struct gathering *g, struct bytes body,
                         struct bytes ack)
{
    struct message batch, answer;
    struct buf plain = {0};
    enum rc rc = pack_expand(body, message_bytes_max, &plain, g->err);
    size_t i;

    if (rc == RC_OK)
        rc = wire_get(buf_view(&plain), g->s->shape, &g->mem, &batch, g->err);
    if (rc == RC_OK)
        rc = wire_get(ack, NULL, &g->mem, &answer, g->err);
    for (i = 0; rc == RC_OK && i < batch.as.batch.changesets_n; i++) {
        const struct changeset *c = &batch.as.batch.changesets[i];

        look_at(g, c, journal_version(&answer.as.ack, c->number));
    }
    buf_free(&plain);
    arena_reset(&g->mem);
    return rc;
}

/* -- all of them together ----------------------------------------------- */

static int by_type_and_record(const void *a, const void *b)
{
    const struct piece *p = a, *q = b;

    if (p->type != q->type)
        return p->type < q->type ? -1 : 1;
    return memcmp(p->record.b, q->record.b, ID_BYTES);
}

static void count(struct held_type *t, const struct piece *p)
{
    unsigned c;

    t->records++;
    t->own += p->own;
    for (c = 0; c < PRIVACY_N; c++)
        t->with[c] += p->classes >> c & 1U;
}

static void fold(struct gathering *g, struct arena *mem)
{
    struct held_area *a = g->area;
    size_t i = 0;

    a->types = arena_new(mem, (g->s->shape->types_n + 1) * sizeof *a->types);
    if (g->n > 0)
        qsort(g->list, g->n, sizeof *g->list, by_type_and_record);
    while (i < g->n) {
        struct piece all = g->list[i++];

        while (i < g->n && by_type_and_record(&all, &g->list[i]) == 0) {
            all.classes |= g->list[i].classes;
            all.own |= g->list[i++].own;
        }
        if (a->types_n == 0 || a->types[a->types_n - 1].type != all.type)
            a->types[a->types_n++].type = all.type;
        count(&a->types[a->types_n - 1], &all);
    }
}

static enum rc gather(struct store *s, const struct device *d,
                      struct held_area *area, struct arena *mem,
                      struct err *err)
{
    struct gathering g = {.s = s, .device = d, .area = area, .err = err};
    struct db_query *q =
        db_query(s->db, SQL("SELECT device, first, area, body, ack, sealed"
                            " FROM batch WHERE area = :area"));
    enum rc rc = RC_OK, done;

    db_bind_i64(q, "area", area->number);
    while (rc == RC_OK && db_row(q)) {
        struct buf body = buf_make(message_bytes_max);

        rc = journal_body(s, q, &body, err);
        if (rc == RC_OK)
            rc = look_into(&g, buf_view(&body), db_blob(q, "ack"));
        else if (rc == RC_NOTFOUND)
            rc = RC_OK; /* what nobody can read is not counted */
        buf_free(&body);
    }
    done = db_done(q, rc == RC_OK ? err : NULL);
    if (rc == RC_OK)
        rc = done;
    if (rc == RC_OK)
        fold(&g, mem);
    free(g.list);
    arena_free(&g.mem);
    return rc;
}

/* -- areas -------------------------------------------------------------- */

/* Erased or emptied, and it has not asked for what came after that. */
static enum rc removed(struct store *s, uint32_t area, uint64_t cursor,
                       uint64_t *out, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT count(*) AS n FROM"
                   " (SELECT record FROM erasure WHERE area = :area"
                   " AND version > :cursor UNION SELECT record FROM emptying"
                   " WHERE area = :area AND version > :cursor) AS gone"));

    db_bind_i64(q, "area", area);
    db_bind_i64(q, "cursor", (int64_t)cursor);
    if (db_row(q))
        *out = (uint64_t)db_i64(q, "n");
    return db_done(q, err);
}

/* Every area it was ever sent, or handed in to. */
static enum rc areas_of(struct store *s, struct held *h, struct arena *mem,
                        uint64_t **cursors, struct err *err)
{
    struct db_query *q = db_query(
        s->db,
        SQL("SELECT a.number AS number, a.slug AS slug,"
            " coalesce(c.cursor, 0) AS cursor, coalesce(c.sent, 0) AS sent,"
            " coalesce(c.at_ms, 0) AS at_ms FROM area a"
            " LEFT JOIN contact c ON c.area = a.number AND c.device = :device"
            " WHERE c.device IS NOT NULL OR EXISTS (SELECT 1 FROM batch b"
            " WHERE b.device = :device AND b.area = a.number)"
            " ORDER BY a.number"));
    size_t most = 4 * areas_per_device_max;

    h->areas = arena_new(mem, most * sizeof *h->areas);
    *cursors = arena_new(mem, most * sizeof **cursors);
    db_bind_i64(q, "device", h->device.caller.device);
    while (h->areas_n < most && db_row(q)) {
        struct held_area *a = &h->areas[h->areas_n];
        uint64_t cursor = (uint64_t)db_i64(q, "cursor");

        a->number = (uint32_t)db_i64(q, "number");
        a->slug = arena_bytes(mem, db_blob(q, "slug"));
        a->sent = (uint64_t)db_i64(q, "sent");
        if (a->sent < cursor)
            a->sent = cursor;
        a->at_ms = (uint64_t)db_i64(q, "at_ms");
        a->granted = caller_has_area(&h->device.caller, a->number);
        (*cursors)[h->areas_n++] = cursor;
    }
    return db_done(q, err);
}

enum rc held_by(struct store *s, uint32_t device, struct arena *mem,
                struct held *out, struct err *err)
{
    struct held h = {0};
    uint64_t *cursors = NULL;
    size_t i;
    enum rc rc = store_device(s, device, mem, &h.device, err);

    if (rc == RC_OK)
        rc = contact_last(s, device, &h.contact_ms, err);
    if (rc == RC_OK)
        rc = areas_of(s, &h, mem, &cursors, err);
    for (i = 0; rc == RC_OK && i < h.areas_n; i++) {
        rc =
            removed(s, h.areas[i].number, cursors[i], &h.areas[i].removed, err);
        if (rc == RC_OK)
            rc = gather(s, &h.device, &h.areas[i], mem, err);
    }
    if (rc == RC_OK)
        *out = h;
    return rc;
}
