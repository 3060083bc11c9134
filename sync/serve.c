#include "sync/serve.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/msg.h"
#include "sync/limits.h"

bool caller_has_area(const struct caller *c, uint32_t area)
{
    size_t i;

    for (i = 0; i < c->areas_n; i++)
        if (c->areas[i] == area)
            return true;
    return false;
}

bool serve_reads(enum role role)
{
    return role != ROLE_ANALYST && role != ROLE_ADMIN;
}

void serve_init(struct serve *s, const struct shape *shape,
                const struct caller *caller)
{
    *s = (struct serve){
        .shape = shape, .caller = *caller, .doing = SERVE_LISTEN};
}

static struct serve_action doing(struct serve *s, enum serve_action_kind kind)
{
    s->doing = kind;
    return (struct serve_action){.kind = kind};
}

static struct serve_action refuse(struct serve *s, const struct err *err)
{
    struct serve_action a = doing(s, SERVE_REFUSE);

    a.err = *err;
    return a;
}

/* -- a batch ------------------------------------------------------------ */

static const char *verdict(const struct serve *s, const struct changeset *c,
                           const char *fault, struct arena *mem)
{
    struct err err;
    size_t i;

    if (fault != NULL)
        return fault;
    if (!(c->type->write & 1U << s->caller.role))
        return arena_printf(mem, "a %s may not write a %s",
                            role_word(s->caller.role), c->type->name);
    if (changeset_check(c, &err) != RC_OK)
        return arena_text(mem, err.text, strlen(err.text));
    for (i = 0; i < c->writes_n; i++) {
        const struct shape_field *f = &c->type->fields[c->writes[i].field];

        /* Who cannot see it would write over what nobody showed them. */
        if (!(f->see & 1U << s->caller.role))
            return arena_printf(mem, "a %s may not write %s of a %s",
                                role_word(s->caller.role), f->name,
                                c->type->name);
    }
    return NULL;
}

static struct serve_action take_batch(struct serve *s, const struct batch *b,
                                      struct arena *mem)
{
    const char **verdicts = arena_new(mem, b->changesets_n * sizeof *verdicts);
    struct serve_action a;
    struct id record;
    struct err err;
    bool alone;
    size_t i;

    if (batch_apart(b, &record, &alone) && !alone) {
        /* It may not know yet that they are. */
        err_set(&err,
                bytes_eq(b->types, bytes_of(s->shape->version)) ? RC_INVALID
                                                                : RC_OUTDATED,
                "what is kept apart comes in a batch of its own");
        return refuse(s, &err);
    }
    if (b->device != s->caller.device) {
        err_set(&err, RC_DENIED,
                "device %" PRIu32 " handed in changesets of device %" PRIu32,
                s->caller.device, b->device);
        return refuse(s, &err);
    }
    for (i = 0; i < b->changesets_n; i++)
        if (!caller_has_area(&s->caller, b->area))
            verdicts[i] = MSG("this device has no rights in this area");
        else
            verdicts[i] = verdict(s, &b->changesets[i], b->faults[i], mem);
    s->batch_first = b->first;
    s->batch_last = b->first + b->changesets_n - 1;
    a = doing(s, SERVE_MERGE);
    a.batch = b;
    a.verdicts = verdicts;
    return a;
}

enum rc serve_place(uint64_t last, const struct batch *b, size_t *repeated,
                    struct err *err)
{
    if (b->first > last + 1)
        return err_set(err, RC_OUTDATED,
                       "changesets %" PRIu64 " to %" PRIu64
                       " of device %" PRIu32 " are missing",
                       last + 1, b->first - 1, b->device);
    *repeated = (size_t)(last + 1 - b->first);
    if (*repeated > b->changesets_n)
        *repeated = b->changesets_n;
    return RC_OK;
}

enum rc serve_forked(uint32_t device, uint64_t number, struct err *err)
{
    return err_set(err, RC_CONFLICT,
                   "number %" PRIu64 " of device %" PRIu32
                   " came in before with other content: two copies of one"
                   " store are in use; enrol this one anew",
                   number, device);
}

/* -- the other calls ---------------------------------------------------- */

static struct serve_action read_on(struct serve *s)
{
    struct serve_action a = doing(s, SERVE_READ);

    a.pull = s->pull;
    return a;
}

static struct serve_action called(struct serve *s, const struct message *m,
                                  struct arena *mem)
{
    struct err err;

    switch (m->kind) {
    case MESSAGE_HELLO:
        if (m->as.hello.device == s->caller.device)
            return doing(s, SERVE_OPEN);
        err_set(&err, RC_DENIED,
                "device %" PRIu32 " gave itself out for device %" PRIu32,
                s->caller.device, m->as.hello.device);
        return refuse(s, &err);
    case MESSAGE_BATCH: return take_batch(s, &m->as.batch, mem);
    case MESSAGE_PULL:
        s->pull = m->as.pull;
        if (!serve_reads(s->caller.role)) {
            err_set(&err, RC_DENIED, "a %s is given counts, and no records",
                    role_word(s->caller.role));
            return refuse(s, &err);
        }
        if (caller_has_area(&s->caller, s->pull.area))
            return read_on(s);
        err_set(&err, RC_DENIED, "this device has no rights in area %" PRIu32,
                s->pull.area);
        return refuse(s, &err);
    case MESSAGE_WELCOME:
    case MESSAGE_ACK:
    case MESSAGE_STATES:
    case MESSAGE_WIPE:
    case MESSAGE_WIPED: /* belongs to no session */
    case MESSAGE_REGIONS:
    case MESSAGE_KINDS_END: break;
    }
    err_set(&err, RC_INVALID, "a client does not send this kind of message");
    return refuse(s, &err);
}

static struct serve_action answer(struct serve *s, const struct serve_event *e)
{
    struct serve_action a = doing(s, SERVE_SEND);

    s->more = false;
    if (e->kind == SERVE_OPENED) {
        a.answer.kind = MESSAGE_WELCOME;
        a.answer.as.welcome = *e->welcome;
    } else if (e->kind == SERVE_MERGED) {
        /* Never an answer to what was not asked. */
        if (e->ack->ranges_n == 0 ||
            e->ack->ranges[0].first != s->batch_first ||
            e->ack->ranges[e->ack->ranges_n - 1].last != s->batch_last)
            abort();
        a.answer.kind = MESSAGE_ACK;
        a.answer.as.ack = *e->ack;
    } else {
        a.answer.kind = MESSAGE_STATES;
        a.answer.as.states = *e->states;
        s->pull.after = e->states->upto;
        s->more = e->states->more;
    }
    return a;
}

/* The actions that each event may end. */
#define AT(name) (1U << SERVE_##name)
static const unsigned ends[] = {
    [SERVE_CALLED] = AT(LISTEN),
    [SERVE_OPENED] = AT(OPEN),
    [SERVE_MERGED] = AT(MERGE),
    [SERVE_STATES] = AT(READ),
    [SERVE_SENT] = AT(SEND),
    [SERVE_FAILED] = ~(AT(LISTEN) | AT(END) | AT(REFUSE)),
};
#undef AT

struct serve_action serve_step(struct serve *s, const struct serve_event *e,
                               struct arena *mem)
{
    if (!(ends[e->kind] & 1U << s->doing))
        abort(); /* the caller's bug */
    switch (e->kind) {
    case SERVE_CALLED: return called(s, e->message, mem);
    case SERVE_OPENED:
    case SERVE_MERGED:
    case SERVE_STATES: return answer(s, e);
    case SERVE_SENT: return s->more ? read_on(s) : doing(s, SERVE_END);
    case SERVE_FAILED: return refuse(s, e->err);
    }
    abort();
}
