#include "sync/wire.h"

#include <inttypes.h>
#include <stdlib.h>

#include "sync/base/msg.h"
#include "sync/limits.h"
#include "sync/wire_parts.h"

/* -- writing ------------------------------------------------------------ */

static void put_head(struct buf *out, size_t elements, enum message_kind kind)
{
    wire_pack_array(out, elements);
    wire_pack_u64(out, WIRE_VERSION);
    wire_pack_u64(out, (uint64_t)kind);
}

static void put_hello(struct buf *out, const struct hello *h)
{
    put_head(out, 7, MESSAGE_HELLO);
    wire_pack_u64(out, h->device);
    wire_pack_u64(out, h->epoch);
    wire_pack_text(out, h->types);
    wire_pack_bool(out, h->pin);
    wire_pack_bin(out, h->next);
}

static void put_welcome(struct buf *out, const struct welcome *w)
{
    size_t i;

    put_head(out, 14, MESSAGE_WELCOME);
    wire_pack_u64(out, w->epoch);
    wire_pack_u64(out, w->last);
    wire_pack_u64(out, w->now_ms);
    wire_pack_text(out, w->types);
    wire_pack_text(out, w->token);
    wire_pack_text(out, w->user);
    wire_pack_text(out, bytes_of(role_word(w->role)));
    wire_pack_u64(out, w->lease_s);
    wire_pack_array(out, w->areas_n);
    for (i = 0; i < w->areas_n; i++) {
        wire_pack_array(out, 7);
        wire_pack_u64(out, w->areas[i].number);
        wire_pack_text(out, w->areas[i].slug);
        wire_pack_text(out, w->areas[i].name);
        wire_pack_text(out, w->areas[i].code);
        wire_pack_u64(out, w->areas[i].version);
        wire_pack_u64(out, w->areas[i].links);
        wire_pack_bin(out, w->areas[i].chain);
    }
    wire_pack_bin(out, w->pin);
    wire_pack_bin(out, w->next);
    wire_pack_text(out, w->regions);
}

static void put_ack(struct buf *out, const struct ack *a)
{
    size_t i;

    put_head(out, 6, MESSAGE_ACK);
    wire_pack_u64(out, a->device);
    wire_pack_u64(out, a->area);
    wire_pack_array(out, a->ranges_n);
    for (i = 0; i < a->ranges_n; i++) {
        wire_pack_array(out, 3);
        wire_pack_u64(out, a->ranges[i].first);
        wire_pack_u64(out, a->ranges[i].last);
        wire_pack_u64(out, a->ranges[i].version);
    }
    wire_pack_array(out, a->parked_n);
    for (i = 0; i < a->parked_n; i++) {
        wire_pack_array(out, 2);
        wire_pack_u64(out, a->parked[i].number);
        wire_pack_text(out, a->parked[i].reason);
    }
}

static void put_pull(struct buf *out, const struct pull *p)
{
    put_head(out, 4, MESSAGE_PULL);
    wire_pack_u64(out, p->area);
    wire_pack_u64(out, p->after);
}

void wire_put(struct buf *out, const struct message *m)
{
    switch (m->kind) {
    case MESSAGE_HELLO: put_hello(out, &m->as.hello); break;
    case MESSAGE_WELCOME: put_welcome(out, &m->as.welcome); break;
    case MESSAGE_BATCH:
        put_head(out, WIRE_BATCH_ELEMENTS, MESSAGE_BATCH);
        wire_put_batch(out, &m->as.batch);
        break;
    case MESSAGE_ACK: put_ack(out, &m->as.ack); break;
    case MESSAGE_PULL: put_pull(out, &m->as.pull); break;
    case MESSAGE_WIPE:
        put_head(out, 3, MESSAGE_WIPE);
        wire_pack_u64(out, m->as.wipe.device);
        break;
    case MESSAGE_WIPED:
        put_head(out, 4, MESSAGE_WIPED);
        wire_pack_u64(out, m->as.wiped.device);
        wire_pack_u64(out, m->as.wiped.lost);
        break;
    case MESSAGE_REGIONS:
        put_head(out, WIRE_REGIONS_ELEMENTS, MESSAGE_REGIONS);
        wire_put_regions(out, &m->as.regions);
        break;
    /* not covered: states are made record by record, see wire_states_end() */
    case MESSAGE_STATES:
    case MESSAGE_KINDS_END: abort();
    }
}

void wire_states_begin(struct wire_states *s, const struct shape *shape)
{
    *s = (struct wire_states){.shape = shape,
                              .body = buf_make(message_bytes_max)};
}

void wire_states_add(struct wire_states *s, const struct record *r,
                     struct arena *scratch)
{
    wire_put_record(&s->body, s->shape, r, scratch);
    s->n++;
    s->version = r->version;
}

void wire_states_end(struct wire_states *s, uint32_t area, uint64_t upto,
                     bool more, struct buf *out)
{
    put_head(out, WIRE_STATES_ELEMENTS, MESSAGE_STATES);
    wire_pack_u64(out, area);
    wire_pack_u64(out, upto);
    wire_pack_bool(out, more);
    wire_pack_text(out, bytes_of(s->shape->version));
    wire_pack_array(out, s->n);
    buf_put(out, s->body.p, s->body.n);
    out->full |= s->body.full;
    buf_clear(&s->body);
    s->n = 0;
}

void wire_states_free(struct wire_states *s)
{
    buf_free(&s->body);
}

/* -- reading ------------------------------------------------------------ */

static struct bytes take_name(struct wire_reader *r)
{
    return wire_take_text(r, name_bytes_max);
}

/* SHA-256 of a public key, or nothing. */
static struct bytes take_pin(struct wire_reader *r)
{
    struct bytes pin = wire_take_bin(r);

    if (pin.n != 0 && pin.n != pin_bytes)
        r->bad = true;
    return pin;
}

static void get_hello(struct wire_reader *r, struct hello *h)
{
    h->device = (uint32_t)wire_take_u64(r, UINT32_MAX);
    h->epoch = wire_take_u64(r, UINT64_MAX);
    h->types = take_name(r);
    h->pin = wire_take_bool(r);
    h->next = take_pin(r);
}

static enum role take_role(struct wire_reader *r)
{
    enum role role = role_named(take_name(r));

    r->bad |= role == ROLES_N;
    return role == ROLES_N ? ROLE_WORKER : role;
}

static void get_welcome(struct wire_reader *r, struct arena *mem,
                        struct welcome *w)
{
    struct wire_reader list, one;
    struct area_info *areas;
    size_t i;

    w->epoch = wire_take_u64(r, UINT64_MAX);
    w->last = wire_take_u64(r, INT64_MAX);
    w->now_ms = wire_take_u64(r, INT64_MAX);
    w->types = take_name(r);
    w->token = wire_take_text(r, token_bytes_max);
    w->user = take_name(r);
    w->role = take_role(r);
    w->lease_s = wire_take_u64(r, lease_s_max);
    list = wire_take_array(r, areas_per_device_max);
    areas = arena_new(mem, list.n * sizeof *areas);
    w->areas = areas;
    w->areas_n = list.n;
    for (i = 0; i < w->areas_n; i++) {
        one = wire_take_array(&list, 7);
        areas[i].number = (uint32_t)wire_take_u64(&one, UINT32_MAX);
        areas[i].slug = take_name(&one);
        areas[i].name = wire_take_text(&one, value_bytes_max);
        areas[i].code = take_name(&one);
        areas[i].version = wire_take_u64(&one, INT64_MAX);
        areas[i].links = wire_take_u64(&one, INT64_MAX);
        areas[i].chain = wire_take_bin(&one);
        if (areas[i].chain.n != (areas[i].links == 0 ? 0 : 32))
            one.bad = true;
        wire_reader_end(&one, &list);
    }
    wire_reader_end(&list, r);
    w->pin = take_pin(r);
    w->next = take_pin(r);
    w->regions = take_name(r);
}

static void get_ranges(struct wire_reader *r, struct arena *mem, struct ack *a)
{
    struct wire_reader list = wire_take_array(r, batch_changesets_max), one;
    struct ack_range *p = arena_new(mem, list.n * sizeof *p);
    size_t i;

    a->ranges = p;
    a->ranges_n = list.n;
    for (i = 0; i < a->ranges_n; i++) {
        one = wire_take_array(&list, 3);
        p[i].first = wire_take_u64(&one, INT64_MAX);
        p[i].last = wire_take_u64(&one, INT64_MAX);
        p[i].version = wire_take_u64(&one, INT64_MAX);
        if (p[i].last < p[i].first ||
            (i > 0 && p[i].first != p[i - 1].last + 1))
            one.bad = true;
        wire_reader_end(&one, &list);
    }
    wire_reader_end(&list, r);
}

static void get_parked(struct wire_reader *r, struct arena *mem, struct ack *a)
{
    struct wire_reader list = wire_take_array(r, batch_changesets_max), one;
    struct ack_parked *p = arena_new(mem, list.n * sizeof *p);
    size_t i;

    a->parked = p;
    a->parked_n = list.n;
    for (i = 0; i < a->parked_n; i++) {
        one = wire_take_array(&list, 2);
        p[i].number = wire_take_u64(&one, INT64_MAX);
        p[i].reason = wire_take_text(&one, value_bytes_max);
        wire_reader_end(&one, &list);
    }
    wire_reader_end(&list, r);
}

static void get_ack(struct wire_reader *r, struct arena *mem, struct ack *a)
{
    a->device = (uint32_t)wire_take_u64(r, UINT32_MAX);
    a->area = (uint32_t)wire_take_u64(r, UINT32_MAX);
    get_ranges(r, mem, a);
    get_parked(r, mem, a);
}

static enum rc get_body(struct wire_reader *r, const struct shape *shape,
                        struct arena *mem, struct message *m, struct err *err)
{
    switch (m->kind) {
    case MESSAGE_HELLO: get_hello(r, &m->as.hello); return RC_OK;
    case MESSAGE_WELCOME: get_welcome(r, mem, &m->as.welcome); return RC_OK;
    case MESSAGE_BATCH:
        wire_get_batch(r, shape, mem, &m->as.batch);
        return RC_OK;
    case MESSAGE_ACK: get_ack(r, mem, &m->as.ack); return RC_OK;
    case MESSAGE_PULL:
        m->as.pull.area = (uint32_t)wire_take_u64(r, UINT32_MAX);
        m->as.pull.after = wire_take_u64(r, INT64_MAX);
        return RC_OK;
    case MESSAGE_STATES:
        return wire_get_states(r, shape, mem, &m->as.states, err);
    case MESSAGE_WIPE:
        m->as.wipe.device = (uint32_t)wire_take_u64(r, UINT32_MAX);
        return RC_OK;
    case MESSAGE_WIPED:
        m->as.wiped.device = (uint32_t)wire_take_u64(r, UINT32_MAX);
        m->as.wiped.lost = wire_take_u64(r, INT64_MAX);
        return RC_OK;
    case MESSAGE_REGIONS:
        wire_get_regions(r, mem, &m->as.regions);
        return RC_OK;
    case MESSAGE_KINDS_END: break;
    }
    abort(); /* get_opened() lets no other kind through */
}

/* Opened: the head says whether the rest may be read. */
static enum rc get_opened(struct wire_reader *r, const struct shape *shape,
                          struct arena *mem, struct message *m, struct err *err)
{
    uint64_t version = wire_take_u64(r, UINT64_MAX);
    uint64_t kind;
    enum rc rc;

    if (!r->bad && version != WIRE_VERSION)
        return err_set(err, RC_OUTDATED,
                       "the other side speaks version %" PRIu64
                       " of the protocol, this program version %d:"
                       " bring the older one up to date",
                       version, WIRE_VERSION);
    kind = wire_take_u64(r, MESSAGE_KINDS_END - 1);
    if (r->bad || kind < MESSAGE_HELLO)
        return err_set(err, RC_CORRUPT, "this is no message of Stoep");
    m->kind = (enum message_kind)kind;
    if (shape == NULL && (kind == MESSAGE_BATCH || kind == MESSAGE_STATES))
        return err_set(err, RC_INVALID, "a message of this kind is not due");
    rc = get_body(r, shape, mem, m, err);
    if (rc == RC_OK && (r->bad || r->n > 0))
        rc = err_set(err, RC_CORRUPT, "a damaged message of kind %" PRIu64,
                     kind);
    return rc;
}

const char ack_no_consent[] = MSG("there is no consent for this");
const char ack_emptied[] =
    MSG("what this was written to was emptied meanwhile");

enum rc wire_get(struct bytes in, const struct shape *shape, struct arena *mem,
                 struct message *out, struct err *err)
{
    struct wire_message m;
    struct message read = {0};
    enum rc rc;

    if (in.n > message_bytes_max)
        return err_set(err, RC_LIMIT, "a message of %zu bytes (at most %d)",
                       in.n, message_bytes_max);
    if (wire_message_open(&m, in))
        rc = get_opened(&m.r, shape, mem, &read, err);
    else
        rc = err_set(err, RC_CORRUPT, "a message that is cut or damaged");
    wire_message_close(&m);
    if (rc == RC_OK)
        *out = read;
    return rc;
}
