#include "sync/session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sync/limits.h"

void session_init(struct session *s, const struct session_self *self)
{
    *s = (struct session){.self = *self, .doing = SESSION_DONE};
}

static struct session_action doing(struct session *s,
                                   enum session_action_kind kind)
{
    s->doing = kind;
    return (struct session_action){.kind = kind};
}

static struct session_action hello(struct session *s)
{
    struct session_action a = doing(s, SESSION_SAY_HELLO);

    a.hello = (struct hello){.device = s->self.device,
                             .epoch = s->self.epoch,
                             .types = bytes_of(s->self.types),
                             .pin = s->self.pin,
                             .next = {s->self.next, s->self.next_n}};
    return a;
}

static struct session_action stop(struct session *s, const struct err *err)
{
    struct session_action a = doing(s, SESSION_STOP);

    a.err = *err;
    return a;
}

/* A fault: open the conversation anew after a while, or give up.  Where it
 * goes on is in the store. */
static struct session_action fault(struct session *s, const struct err *err,
                                   uint32_t random)
{
    struct session_action a;
    bool again = rc_retryable(err->code) && err->code != RC_FULL;

    /* The token ran out, or the record types or rights changed, under way: a
     * new welcome says how things stand. */
    if (s->doing != SESSION_SAY_HELLO &&
        (err->code == RC_AUTH || err->code == RC_OUTDATED))
        again = true;
    if ((s->doing == SESSION_PULL || s->doing == SESSION_READ_ON) &&
        err->code == RC_DENIED)
        again = true;
    s->tries++;
    if (!again || (s->self.tries_max != 0 && s->tries >= s->self.tries_max))
        return stop(s, err);
    if (err->wait_ms > retry_ms_max) /* nobody sits that out */
        return stop(s, err);
    a = doing(s, SESSION_WAIT);
    a.wait_ms = err->wait_ms + backoff_ms(s->tries, random);
    a.err = *err;
    return a;
}

static struct session_action load(struct session *s)
{
    struct session_action a = doing(s, SESSION_LOAD);

    a.from = s->from;
    return a;
}

/* The next area, or the end. */
static struct session_action pull(struct session *s)
{
    struct session_action a;

    if (s->area == s->areas_n)
        return doing(s, SESSION_DONE);
    a = doing(s, SESSION_PULL);
    a.area = s->areas[s->area];
    return a;
}

/* -- what each event means ---------------------------------------------- */

static struct session_action save_welcome(struct session *s,
                                          const struct welcome *w)
{
    struct session_action a = doing(s, SESSION_SAVE_WELCOME);
    size_t i;

    a.welcome = w;
    a.restart = (s->self.epoch != 0 && w->epoch != s->self.epoch) ||
                w->last < s->self.acked;
    s->self.epoch = w->epoch;
    if (s->self.acked > w->last)
        s->self.acked = w->last;
    s->from = s->self.acked + 1;
    s->areas_n = w->areas_n;
    s->area = 0;
    for (i = 0; i < w->areas_n; i++)
        s->areas[i] = w->areas[i].number;
    return a;
}

static struct session_action welcomed(struct session *s,
                                      const struct session_event *e)
{
    const struct welcome *w = e->welcome;
    struct session_action a;
    struct err err;

    if (w->last > s->self.last) {
        err_set(&err, RC_CONFLICT,
                "device %" PRIu32 " has handed in up to number %" PRIu64
                ", but this store knows only up to %" PRIu64
                ": it is an old copy; enrol it anew",
                s->self.device, w->last, s->self.last);
        return stop(s, &err);
    }
    if (w->areas_n > sizeof s->areas / sizeof s->areas[0]) {
        err_set(&err, RC_LIMIT, "too many areas for one device");
        return stop(s, &err);
    }
    if (bytes_eq(w->types, bytes_of(s->self.types)))
        return save_welcome(s, w);
    if (w->types.n >= sizeof s->self.types) {
        err_set(&err, RC_CORRUPT, "the server names no version of its types");
        return stop(s, &err);
    }
    s->welcome = w;
    a = doing(s, SESSION_GET_TYPES);
    a.types = w->types;
    return a;
}

static struct session_action typed(struct session *s)
{
    const struct welcome *w = s->welcome;

    memcpy(s->self.types, w->types.p, w->types.n);
    s->self.types[w->types.n] = '\0';
    return save_welcome(s, w);
}

static struct session_action loaded(struct session *s, const struct batch *b,
                                    uint32_t random)
{
    struct session_action a;
    struct err err;

    if (b->changesets_n == 0)
        return pull(s);
    if (b->first != s->from) {
        err_set(&err, RC_NOTFOUND,
                "the server asks for changeset %" PRIu64
                ", which this device no longer keeps; enrol it anew",
                s->from);
        return fault(s, &err, random);
    }
    s->batch_first = b->first;
    s->batch_last = b->first + b->changesets_n - 1;
    /* Saved while the conversation was under way. */
    if (s->batch_last > s->self.last)
        s->self.last = s->batch_last;
    a = doing(s, SESSION_PUSH);
    a.batch = b;
    return a;
}

static struct session_action acked(struct session *s, const struct ack *ack,
                                   uint32_t random)
{
    struct session_action a;
    struct err err;

    if (ack->device != s->self.device || ack->ranges_n == 0 ||
        ack->ranges[0].first != s->batch_first ||
        ack->ranges[ack->ranges_n - 1].last != s->batch_last) {
        err_set(&err, RC_CORRUPT,
                "the server acknowledged other changesets than it was sent");
        return fault(s, &err, random);
    }
    a = doing(s, SESSION_SAVE_ACK);
    a.ack = ack;
    return a;
}

static struct session_action stated(struct session *s, const struct states *st,
                                    uint32_t random)
{
    struct session_action a;
    struct err err;

    if (st->area != s->areas[s->area]) {
        err_set(&err, RC_CORRUPT, "the server sent another area than asked");
        return fault(s, &err, random);
    }
    s->more = st->more;
    s->pulled += st->records_n;
    s->news = st->records_n > 0;
    a = doing(s, SESSION_APPLY);
    a.states = st;
    a.area = st->area;
    return a;
}

static struct session_action applied(struct session *s)
{
    struct session_action a;

    if (s->more) {
        a = doing(s, SESSION_READ_ON);
        a.area = s->areas[s->area];
        return a;
    }
    s->area++;
    return pull(s);
}

static struct session_action ack_saved(struct session *s)
{
    s->pushed += s->batch_last - s->batch_first + 1;
    s->self.acked = s->batch_last;
    s->from = s->batch_last + 1;
    return load(s);
}

/* What the action said is on disk.  Progress is what need not be said again: a
 * welcome is none, nor is an area with nothing new. */
static struct session_action saved(struct session *s)
{
    if (s->doing == SESSION_SAVE_ACK || s->news)
        s->tries = 0;
    s->news = false;
    if (s->doing == SESSION_GET_TYPES)
        return typed(s);
    if (s->doing == SESSION_SAVE_WELCOME)
        return load(s);
    if (s->doing == SESSION_SAVE_ACK)
        return ack_saved(s);
    assert(s->doing == SESSION_APPLY);
    return applied(s);
}

/* The actions that each event may end. */
#define AT(name) (1U << SESSION_##name)
static const unsigned ends[] = {
    [SESSION_START] = AT(DONE) | AT(STOP),
    [SESSION_WELCOMED] = AT(SAY_HELLO),
    [SESSION_WITHDRAWN] = AT(SAY_HELLO),
    [SESSION_SAVED] =
        AT(GET_TYPES) | AT(SAVE_WELCOME) | AT(SAVE_ACK) | AT(APPLY),
    [SESSION_LOADED] = AT(LOAD),
    [SESSION_ACKED] = AT(PUSH),
    [SESSION_STATES] = AT(PULL) | AT(READ_ON),
    [SESSION_WAITED] = AT(WAIT),
    [SESSION_FAILED] = ~(AT(DONE) | AT(STOP) | AT(WIPE)),
};
#undef AT

struct session_action session_step(struct session *s,
                                   const struct session_event *e)
{
    if (!(ends[e->kind] & 1U << s->doing))
        abort(); /* the caller's bug: see session.h */
    switch (e->kind) {
    case SESSION_START:
        s->tries = 0;
        s->pushed = s->pulled = 0;
        return hello(s);
    case SESSION_WELCOMED: return welcomed(s, e);
    case SESSION_WITHDRAWN: return doing(s, SESSION_WIPE);
    case SESSION_SAVED: return saved(s);
    case SESSION_LOADED: return loaded(s, e->batch, e->random);
    case SESSION_ACKED: return acked(s, e->ack, e->random);
    case SESSION_STATES: return stated(s, e->states, e->random);
    case SESSION_WAITED: return hello(s);
    case SESSION_FAILED: return fault(s, e->err, e->random);
    }
    abort();
}
