#include "client/agent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/attach.h"
#include "client/transport.h"
#include "client/vault.h"
#include "sync/base/text.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/file.h"
#include "sync/sys/pack.h"
#include "sync/sys/random.h"

enum { PATH_BYTES = 256, LEVEL = 9 };

struct agent {
    struct local *l;
    const struct agent_options *o;
    struct transport *t;
    struct sign_key *key;
    char keyid[32];
    char token[token_bytes_max + 1];
    struct session session;
    struct session_action next;
    /* What an action points to lives until the one after it. */
    struct arena mem[2];
    unsigned turn;
    struct err err;
};

static struct arena *fresh(struct agent *a)
{
    a->turn ^= 1;
    arena_reset(&a->mem[a->turn]);
    return &a->mem[a->turn];
}

/* -- telling the session ------------------------------------------------ */

static void step(struct agent *a, struct session_event e)
{
    struct agent_progress p;

    random_bytes(&e.random, sizeof e.random);
    a->next = session_step(&a->session, &e);
    p = (struct agent_progress){.pushed = a->session.pushed,
                                .pulled = a->session.pulled};
    if (a->o->progress != NULL)
        a->o->progress(a->o->ctx, &p);
}

static void done(struct agent *a, enum rc rc, enum session_event_kind kind)
{
    if (rc == RC_OK)
        step(a, (struct session_event){.kind = kind});
    else
        step(a, (struct session_event){.kind = SESSION_FAILED, .err = &a->err});
}

/* -- calls -------------------------------------------------------------- */

static struct bytes encode(const struct message *m, struct arena *mem)
{
    struct buf b = buf_make(message_bytes_max);
    struct bytes out;

    wire_put(&b, m);
    out = arena_bytes(mem, buf_view(&b));
    buf_free(&b);
    return out;
}

/* Send a body, get a message back. */
static enum rc ask(struct agent *a, struct call *c, enum message_kind want,
                   struct arena *mem, struct message *out)
{
    struct buf answer;
    enum rc rc;

    c->key = a->key;
    c->keyid = a->keyid;
    c->now_ms = clock_wall_ms();
    c->answer_max = message_bytes_max;
    rc = transport_call(a->t, c, &answer, NULL, &a->err);
    if (rc != RC_OK)
        return rc;
    rc = wire_get(arena_bytes(mem, buf_view(&answer)), a->l->shape, mem, out,
                  &a->err);
    buf_free(&answer);
    if (rc == RC_OK && out->kind != want)
        rc = err_set(&a->err, RC_CORRUPT, "the server gave another answer");
    return rc;
}

static void say_hello(struct agent *a)
{
    struct arena *mem = fresh(a);
    struct message m = {.kind = MESSAGE_HELLO, .as.hello = a->next.hello};
    struct call c = {.method = "POST",
                     .path = "/v1/session",
                     .type = "application/vnd.stoep+msgpack"};
    struct message answer;
    enum rc rc;

    c.body = encode(&m, mem);
    rc = ask(a, &c, MESSAGE_WELCOME, mem, &answer);
    if (rc != RC_OK) {
        done(a, rc, SESSION_WELCOMED);
        return;
    }
    snprintf(a->token, sizeof a->token, "%.*s", (int)answer.as.welcome.token.n,
             (const char *)answer.as.welcome.token.p);
    step(a, (struct session_event){.kind = SESSION_WELCOMED,
                                   .welcome = &answer.as.welcome});
    /* The session may keep it for one action more. */
    if (a->next.welcome != NULL || a->session.welcome != NULL) {
        struct welcome *keep = arena_new(mem, sizeof *keep);

        *keep = answer.as.welcome;
        if (a->next.welcome != NULL)
            a->next.welcome = keep;
        if (a->session.welcome != NULL)
            a->session.welcome = keep;
    }
}

static void get_types(struct agent *a)
{
    char path[PATH_BYTES];
    struct call c = {.method = "GET",
                     .path = path,
                     .token = a->token,
                     .now_ms = clock_wall_ms(),
                     .answer_max = types_bundle_bytes_max};
    struct buf answer, bundle;
    enum rc rc;

    snprintf(path, sizeof path, "/v1/types/%.*s", (int)a->next.types.n,
             (const char *)a->next.types.p);
    rc = transport_call(a->t, &c, &answer, NULL, &a->err);
    if (rc == RC_OK) {
        rc = pack_expand(buf_view(&answer), types_bundle_bytes_max, &bundle,
                         &a->err);
        buf_free(&answer);
        if (rc == RC_OK) {
            rc = local_types_set(a->l, buf_view(&bundle), &a->err);
            buf_free(&bundle);
        }
    }
    if (rc == RC_INVALID)
        rc = err_set(&a->err, RC_CORRUPT,
                     "this program is too old for the record types of the"
                     " server: install a newer one");
    done(a, rc, SESSION_SAVED);
}

static void load(struct agent *a)
{
    struct arena *mem = fresh(a);
    struct batch *b = arena_new(mem, sizeof *b);
    enum rc rc = local_batch(a->l, a->next.from, mem, b, &a->err);

    if (rc == RC_OK)
        step(a, (struct session_event){.kind = SESSION_LOADED, .batch = b});
    else
        done(a, rc, SESSION_LOADED);
}

static void push(struct agent *a)
{
    const struct batch *b = a->next.batch;
    struct arena *mem = fresh(a);
    struct message m = {.kind = MESSAGE_BATCH, .as.batch = *b};
    struct message *answer = arena_new(mem, sizeof *answer);
    struct buf packed = buf_make(message_bytes_max);
    struct call c = {.method = "POST",
                     .path = "/v1/push",
                     .type = "application/vnd.stoep+msgpack",
                     .coding = "zstd",
                     .token = a->token};
    enum rc rc = pack_compress(encode(&m, mem), LEVEL, &packed, &a->err);

    c.body = buf_view(&packed);
    if (rc == RC_OK)
        rc = ask(a, &c, MESSAGE_ACK, mem, answer);
    buf_free(&packed);
    if (rc == RC_OK)
        step(a, (struct session_event){.kind = SESSION_ACKED,
                                       .ack = &answer->as.ack});
    else
        done(a, rc, SESSION_ACKED);
}

/* -- pulls: pieces come while the call is under way --------------------- */

static enum rc on_piece(void *ctx, struct bytes piece, struct err *err)
{
    struct agent *a = ctx;
    struct arena *mem = fresh(a);
    struct message m;
    struct buf plain;
    enum rc rc;

    if (a->next.kind != SESSION_PULL && a->next.kind != SESSION_READ_ON)
        return err_set(err, RC_CORRUPT, "more came than was asked for");
    rc = pack_expand(piece, message_bytes_max, &plain, err);
    if (rc != RC_OK)
        return rc;
    rc = wire_get(buf_view(&plain), a->l->shape, mem, &m, err);
    if (rc == RC_OK && m.kind != MESSAGE_STATES)
        rc = err_set(err, RC_CORRUPT, "the server gave another answer");
    if (rc == RC_OK) {
        step(a, (struct session_event){.kind = SESSION_STATES,
                                       .states = &m.as.states});
        if (a->next.kind == SESSION_APPLY) {
            rc = local_apply(a->l, &m.as.states, clock_wall_ms(), mem, err);
            if (rc == RC_OK)
                step(a, (struct session_event){.kind = SESSION_SAVED});
        }
    }
    buf_free(&plain);
    return rc;
}

static void pull(struct agent *a)
{
    uint32_t area = a->next.area;
    uint64_t cursor = 0;
    char path[PATH_BYTES];
    struct call c = {.method = "GET",
                     .path = path,
                     .token = a->token,
                     .now_ms = clock_wall_ms(),
                     .piece = on_piece,
                     .ctx = a};
    enum rc rc = local_cursor(a->l, area, &cursor, &a->err);

    snprintf(path, sizeof path, "/v1/pull?area=%" PRIu32 "&after=%" PRIu64,
             area, cursor);
    if (rc == RC_OK)
        rc = transport_call(a->t, &c, NULL, NULL, &a->err);
    if (rc == RC_OK && (a->next.kind == SESSION_READ_ON ||
                        (a->next.kind == SESSION_PULL && a->next.area == area)))
        rc = err_set(&a->err, RC_NETWORK, "the pull ended too early");
    /* It may have stopped by itself, in on_piece(). */
    if (rc != RC_OK && a->next.kind != SESSION_STOP &&
        a->next.kind != SESSION_WAIT)
        done(a, rc, SESSION_SAVED);
}

/* -- the rest ----------------------------------------------------------- */

static void wait_ms(struct agent *a)
{
    struct timespec t = {.tv_sec = a->next.wait_ms / 1000,
                         .tv_nsec = (long)(a->next.wait_ms % 1000) * 1000000};

    if (a->o->waiting != NULL)
        a->o->waiting(a->o->ctx, &a->next.err, a->next.wait_ms);
    nanosleep(&t, NULL);
    step(a, (struct session_event){.kind = SESSION_WAITED});
}

static void act(struct agent *a)
{
    enum rc rc;

    switch (a->next.kind) {
    case SESSION_SAY_HELLO: say_hello(a); return;
    case SESSION_GET_TYPES: get_types(a); return;
    case SESSION_SAVE_WELCOME:
        rc = local_welcome(a->l, a->next.welcome, a->next.restart, &a->err);
        done(a, rc, SESSION_SAVED);
        return;
    case SESSION_LOAD: load(a); return;
    case SESSION_PUSH: push(a); return;
    case SESSION_SAVE_ACK:
        rc = local_ack(a->l, a->next.ack, clock_wall_ms(), fresh(a), &a->err);
        done(a, rc, SESSION_SAVED);
        return;
    case SESSION_PULL: pull(a); return;
    case SESSION_WAIT: wait_ms(a); return;
    case SESSION_APPLY:
    case SESSION_READ_ON:
    case SESSION_DONE:
    case SESSION_STOP: break;
    }
    abort(); /* these are dealt with elsewhere */
}

static enum rc read_pin(struct local *l, uint8_t pin[32], struct err *err)
{
    struct arena mem = {0};
    const char *hex;
    enum rc rc = local_get(l, "pin", &mem, &hex, err);

    if (rc == RC_OK && !text_take_hex(bytes_of(hex), pin, 32))
        rc = err_set(err, RC_CORRUPT,
                     "the store has lost the pin of its"
                     " server; enrol anew");
    arena_free(&mem);
    return rc;
}

static enum rc open_agent(struct agent *a, struct err *err)
{
    struct session_self self;
    struct arena mem = {0};
    const char *url = "";
    uint8_t pin[32];
    enum rc rc = local_self(a->l, &self, err);

    if (rc == RC_OK && self.device == 0)
        rc = err_set(err, RC_AUTH, MSG("this device is not enrolled yet"));
    if (rc == RC_OK)
        rc = local_get(a->l, "url", &mem, &url, err);
    if (rc == RC_OK)
        rc = read_pin(a->l, pin, err);
    if (rc == RC_OK)
        rc = vault_load(a->l->dir, &a->key, err);
    if (rc == RC_OK)
        rc = transport_open(url, pin, &a->t, err);
    arena_free(&mem);
    if (rc != RC_OK)
        return rc;
    self.tries_max = a->o->tries_max;
    snprintf(a->keyid, sizeof a->keyid, "device-%" PRIu32, self.device);
    session_init(&a->session, &self);
    return RC_OK;
}

static enum rc converse(struct agent *a, struct agent_progress *out,
                        struct err *err)
{
    enum rc rc = RC_OK;

    step(a, (struct session_event){.kind = SESSION_START});
    while (a->next.kind != SESSION_DONE && a->next.kind != SESSION_STOP)
        act(a);
    out->pushed = a->session.pushed;
    out->pulled = a->session.pulled;
    if (a->next.kind == SESSION_STOP) {
        *err = a->next.err;
        return err->code;
    }
    rc = attach_send(a->l, a->t, a->token, clock_wall_ms(), &out->attachments,
                     err);
    if (rc == RC_OK)
        rc = local_put_u64(a->l, "synced_ms", clock_wall_ms(), err);
    return rc;
}

enum rc agent_sync(struct local *l, const struct agent_options *o,
                   struct agent_progress *out, struct err *err)
{
    struct agent *a = mem_new(sizeof *a);
    char path[1024];
    int lock = -1;
    enum rc rc;

    *out = (struct agent_progress){0};
    a->l = l;
    a->o = o;
    snprintf(path, sizeof path, "%s/sync.lock", l->dir);
    rc = file_lock(path, &lock, err);
    if (rc == RC_OK)
        rc = open_agent(a, err);
    if (rc == RC_OK)
        rc = converse(a, out, err);
    file_unlock(lock);
    transport_close(a->t);
    sign_key_free(a->key);
    arena_free(&a->mem[0]);
    arena_free(&a->mem[1]);
    free(a);
    return rc;
}
