#include "client/conversation.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/where.h"
#include "client/witness.h"
#include "sync/sys/pack.h"

enum { LEVEL = 9 };

static const char wire_type[] = "application/vnd.stoep+msgpack";

static struct arena *fresh(struct conversation *c)
{
    c->turn ^= 1;
    arena_reset(&c->mem[c->turn]);
    return &c->mem[c->turn];
}

/* -- telling the session ------------------------------------------------ */

static void step(struct conversation *c, struct session_event e,
                 struct moment at)
{
    e.random = at.random;
    c->next = session_step(&c->session, &e);
}

static void fail(struct conversation *c, struct moment at)
{
    step(c, (struct session_event){.kind = SESSION_FAILED, .err = &c->err}, at);
}

static void done(struct conversation *c, enum rc rc,
                 enum session_event_kind kind, struct moment at)
{
    if (rc == RC_OK)
        step(c, (struct session_event){.kind = kind}, at);
    else
        fail(c, at);
}

/* -- what is asked ------------------------------------------------------ */

static struct bytes encode(const struct message *m, struct arena *mem)
{
    struct buf b = buf_make(message_bytes_max);
    struct bytes out;

    wire_put(&b, m);
    out = arena_bytes(mem, buf_view(&b));
    buf_free(&b);
    return out;
}

static void ask_hello(struct conversation *c)
{
    struct message m = {.kind = MESSAGE_HELLO, .as.hello = c->next.hello};

    c->question = (struct question){.method = "POST",
                                    .path = "/v1/session",
                                    .type = wire_type,
                                    .sign = true,
                                    .body = encode(&m, fresh(c)),
                                    .accept = wire_type,
                                    .answer_max = message_bytes_max};
}

static void ask_types(struct conversation *c)
{
    c->question = (struct question){.method = "GET",
                                    .token = true,
                                    .accept = "application/zstd",
                                    .answer_max = types_bundle_bytes_max};
    snprintf(c->question.path, sizeof c->question.path, "/v1/types/%.*s",
             (int)c->next.types.n, (const char *)c->next.types.p);
}

static enum rc ask_push(struct conversation *c, struct moment at)
{
    struct message m = {.kind = MESSAGE_BATCH, .as.batch = *c->next.batch};
    struct arena *mem = fresh(c);
    struct buf packed = buf_make(message_bytes_max);
    enum rc rc = pack_compress(encode(&m, mem), LEVEL, &packed, &c->err);

    c->question = (struct question){.method = "POST",
                                    .path = "/v1/push",
                                    .type = wire_type,
                                    .coding = "zstd",
                                    .token = true,
                                    .sign = true,
                                    .body = arena_bytes(mem, buf_view(&packed)),
                                    .accept = wire_type,
                                    .answer_max = message_bytes_max};
    buf_free(&packed);
    c->asked_ms = at.now_ms;
    return rc;
}

static enum rc ask_pull(struct conversation *c)
{
    uint64_t cursor = 0;
    enum rc rc = local_cursor(c->l, c->next.area, &cursor, &c->err);

    c->unread = true;
    c->question = (struct question){.method = "GET",
                                    .token = true,
                                    .stream = true,
                                    .accept = "application/vnd.stoep.states"};
    snprintf(c->question.path, sizeof c->question.path,
             "/v1/pull?area=%" PRIu32 "&after=%" PRIu64, c->next.area, cursor);
    return rc;
}

/* Once all is done: has the town other neighbourhoods than are here?  What goes
 * wrong is left to the next sync, as below. */
static bool learn(struct conversation *c)
{
    const char *version = "";

    c->learning = !c->learnt &&
                  where_due(c->l, fresh(c), &version, &c->err) == RC_OK &&
                  version[0] != '\0';
    if (!c->learning)
        return false;
    c->question = (struct question){.method = "GET",
                                    .token = true,
                                    .accept = "application/zstd",
                                    .answer_max = regions_bytes_max};
    snprintf(c->question.path, sizeof c->question.path, "/v1/regions/%s",
             version);
    return true;
}

/* When all is done: does the server's journal follow from what it was?  What
 * goes wrong here is left to the next sync. */
static enum conversation_next prove(struct conversation *c)
{
    uint64_t after = 0;

    c->proving = 0;
    if (c->proved || witness_due(c->l, &c->proving, &after, &c->err) != RC_OK ||
        c->proving == 0)
        return CONVERSATION_DONE;
    c->question = (struct question){.method = "GET",
                                    .token = true,
                                    .accept = "application/octet-stream",
                                    .answer_max = message_bytes_max};
    snprintf(c->question.path, sizeof c->question.path,
             "/v1/chain?area=%" PRIu32 "&after=%" PRIu64, c->proving, after);
    return CONVERSATION_ASK;
}

/* -- what the store does ------------------------------------------------ */

static void load(struct conversation *c, struct moment at)
{
    struct arena *mem = fresh(c);
    struct batch *b = arena_new(mem, sizeof *b);
    enum rc rc =
        local_batch(c->l, c->next.from, c->pace.bytes, mem, b, &c->err);

    if (rc == RC_OK)
        step(c, (struct session_event){.kind = SESSION_LOADED, .batch = b}, at);
    else
        fail(c, at);
}

/* Do what the session wants until it wants something from outside. */
static enum conversation_next go_on(struct conversation *c, struct moment at)
{
    enum rc rc;

    for (;;) {
        switch (c->next.kind) {
        case SESSION_SAVE_WELCOME:
            rc = local_welcome(c->l, c->next.welcome, c->next.restart, &c->err);
            c->leased = rc == RC_OK;
            done(c, rc, SESSION_SAVED, at);
            break;
        case SESSION_LOAD: load(c, at); break;
        case SESSION_SAVE_ACK:
            rc = local_ack(c->l, c->next.ack, c->server_ms, fresh(c), &c->err);
            done(c, rc, SESSION_SAVED, at);
            break;
        case SESSION_APPLY:
            rc = local_apply(c->l, c->next.states, at.now_ms, &c->mem[c->turn],
                             &c->err);
            done(c, rc, SESSION_SAVED, at);
            break;
        case SESSION_SAY_HELLO: ask_hello(c); return CONVERSATION_ASK;
        case SESSION_GET_TYPES: ask_types(c); return CONVERSATION_ASK;
        case SESSION_PUSH:
            if (ask_push(c, at) == RC_OK)
                return CONVERSATION_ASK;
            fail(c, at);
            break;
        case SESSION_PULL:
            if (ask_pull(c) == RC_OK)
                return CONVERSATION_ASK;
            fail(c, at);
            break;
        case SESSION_READ_ON: return CONVERSATION_ASK; /* it is under way */
        case SESSION_WAIT:
            c->err = c->next.err;
            c->wait_ms = c->next.wait_ms;
            return CONVERSATION_WAIT;
        case SESSION_DONE: return learn(c) ? CONVERSATION_ASK : prove(c);
        case SESSION_STOP: c->err = c->next.err; return CONVERSATION_STOP;
        case SESSION_WIPE: return CONVERSATION_WIPE;
        }
    }
}

/* -- what came back ----------------------------------------------------- */

static enum rc other_answer(struct conversation *c)
{
    return err_set(&c->err, RC_CORRUPT, "the server gave another answer");
}

static enum rc read_message(struct conversation *c, struct bytes in,
                            enum message_kind want, struct arena *mem,
                            struct message *out)
{
    enum rc rc = wire_get(in, c->l->shape, mem, out, &c->err);

    if (rc == RC_OK && out->kind != want)
        rc = other_answer(c);
    return rc;
}

/* The session keeps the welcome until the record types are there. */
static void hear_welcome(struct conversation *c, struct bytes answer,
                         struct moment at)
{
    struct arena *mem = fresh(c);
    struct message *m = arena_new(mem, sizeof *m);
    const struct welcome *w = &m->as.welcome;

    enum rc rc =
        wire_get(arena_bytes(mem, answer), c->l->shape, mem, m, &c->err);

    if (rc == RC_OK && m->kind == MESSAGE_WIPE &&
        m->as.wipe.device == c->session.self.device) {
        step(c, (struct session_event){.kind = SESSION_WITHDRAWN}, at);
        return;
    }
    if (rc == RC_OK && m->kind != MESSAGE_WELCOME)
        rc = other_answer(c);
    if (rc != RC_OK) {
        fail(c, at);
        return;
    }
    snprintf(c->token, sizeof c->token, "%.*s", (int)w->token.n,
             (const char *)w->token.p);
    c->server_ms = w->now_ms;
    c->lease_s = w->lease_s;
    step(c, (struct session_event){.kind = SESSION_WELCOMED, .welcome = w}, at);
}

static void hear_types(struct conversation *c, struct bytes answer,
                       struct moment at)
{
    struct buf bundle;
    enum rc rc = pack_expand(answer, types_bundle_bytes_max, &bundle, &c->err);

    if (rc == RC_OK) {
        rc = local_types_set(c->l, buf_view(&bundle), &c->err);
        buf_free(&bundle);
    }
    if (rc == RC_INVALID)
        rc = err_set(&c->err, RC_CORRUPT,
                     "this program is too old for the record types of the"
                     " server: install a newer one");
    done(c, rc, SESSION_SAVED, at);
}

static void hear_ack(struct conversation *c, struct bytes answer,
                     struct moment at)
{
    struct arena *mem = fresh(c);
    struct message *m = arena_new(mem, sizeof *m);

    if (at.now_ms >= c->asked_ms) /* or the clock was put back */
        pace_took(&c->pace, at.now_ms - c->asked_ms);
    if (read_message(c, arena_bytes(mem, answer), MESSAGE_ACK, mem, m) == RC_OK)
        step(c,
             (struct session_event){.kind = SESSION_ACKED, .ack = &m->as.ack},
             at);
    else
        fail(c, at);
}

static void hear_regions(struct conversation *c, struct bytes answer)
{
    c->learning = false;
    c->learnt = where_take(c->l, answer, &c->err) != RC_OK;
}

enum conversation_next conversation_answer(struct conversation *c,
                                           struct bytes answer,
                                           struct moment at)
{
    if (c->next.kind == SESSION_SAY_HELLO)
        hear_welcome(c, answer, at);
    else if (c->next.kind == SESSION_GET_TYPES)
        hear_types(c, answer, at);
    else if (c->next.kind == SESSION_PUSH)
        hear_ack(c, answer, at);
    else if (c->learning)
        hear_regions(c, answer);
    else if (c->proving != 0)
        c->proved = witness_take(c->l, c->proving, answer, &c->err) != RC_OK;
    else
        abort(); /* nothing was asked */
    return go_on(c, at);
}

/* -- pulls: pieces come while the call is under way --------------------- */

static bool pulling(const struct conversation *c)
{
    return c->next.kind == SESSION_PULL || c->next.kind == SESSION_READ_ON;
}

static void hear_states(struct conversation *c, struct bytes piece,
                        struct moment at)
{
    struct arena *mem = fresh(c);
    struct message *m = arena_new(mem, sizeof *m);
    struct buf plain;
    enum rc rc = pack_expand(piece, message_bytes_max, &plain, &c->err);

    if (rc == RC_OK) {
        rc = read_message(c, arena_bytes(mem, buf_view(&plain)), MESSAGE_STATES,
                          mem, m);
        buf_free(&plain);
    }
    if (rc == RC_OK)
        step(c,
             (struct session_event){.kind = SESSION_STATES,
                                    .states = &m->as.states},
             at);
    else
        fail(c, at);
}

/* The last piece leads to the next pull, or to the end: that is for
 * conversation_end() to hand out. */
enum rc conversation_piece(struct conversation *c, struct bytes piece,
                           struct moment at, struct err *err)
{
    if (!pulling(c) || (c->next.kind == SESSION_PULL && !c->unread))
        return err_set(err, RC_CORRUPT, "more came than was asked for");
    c->unread = false;
    hear_states(c, piece, at);
    if (c->next.kind == SESSION_APPLY) {
        enum rc rc = local_apply(c->l, c->next.states, at.now_ms,
                                 &c->mem[c->turn], &c->err);

        done(c, rc, SESSION_SAVED, at);
    }
    if (c->next.kind != SESSION_WAIT && c->next.kind != SESSION_STOP)
        return RC_OK;
    *err = c->next.err;
    return err->code;
}

enum conversation_next conversation_end(struct conversation *c,
                                        struct moment at)
{
    bool early = c->next.kind == SESSION_READ_ON ||
                 (c->next.kind == SESSION_PULL && c->unread);

    if (early) {
        err_set(&c->err, RC_NETWORK, "the pull ended too early");
        fail(c, at);
    }
    return go_on(c, at);
}

/* -- the rest ----------------------------------------------------------- */

enum conversation_next conversation_failed(struct conversation *c,
                                           const struct err *err,
                                           struct moment at)
{
    /* A pull may have ended by itself, in conversation_piece(). */
    bool under_way = c->next.kind == SESSION_SAY_HELLO ||
                     c->next.kind == SESSION_GET_TYPES ||
                     c->next.kind == SESSION_PUSH || pulling(c);

    if (c->next.kind == SESSION_PUSH)
        pace_failed(&c->pace);
    if (under_way) {
        c->err = *err;
        fail(c, at);
    } else if (c->learning) {
        c->learning = false;
        c->learnt = true;
    } else if (c->proving != 0) {
        c->proved = true;
    }
    return go_on(c, at);
}

enum conversation_next conversation_waited(struct conversation *c,
                                           struct moment at)
{
    step(c, (struct session_event){.kind = SESSION_WAITED}, at);
    return go_on(c, at);
}

enum conversation_next conversation_start(struct conversation *c,
                                          struct moment at)
{
    step(c, (struct session_event){.kind = SESSION_START}, at);
    return go_on(c, at);
}

enum rc conversation_open(struct conversation *c, struct local *l,
                          unsigned tries_max, struct err *err)
{
    struct session_self self = {0};
    enum rc rc = local_self(l, &self, err);

    *c = (struct conversation){.l = l, .pace = pace_begin(batch_bytes_target)};
    if (rc == RC_OK && self.device == 0)
        rc = err_set(err, RC_AUTH, MSG("this device is not enrolled yet"));
    self.tries_max = tries_max;
    session_init(&c->session, &self);
    return rc;
}

void conversation_close(struct conversation *c)
{
    arena_free(&c->mem[0]);
    arena_free(&c->mem[1]);
}
