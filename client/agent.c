#include "client/agent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/attach.h"
#include "client/conversation.h"
#include "client/transport.h"
#include "sync/base/text.h"
#include "sync/sys/clock.h"
#include "sync/sys/file.h"
#include "sync/sys/random.h"

struct agent {
    struct local *l;
    struct vault *vault;
    const struct agent_options *o;
    struct transport *t;
    struct sign_key *key;
    char keyid[32];
    struct conversation talk;
};

static struct moment now(void)
{
    struct moment at = {.now_ms = clock_wall_ms()};

    random_bytes(&at.random, sizeof at.random);
    return at;
}

static void tell_progress(const struct agent *a)
{
    struct agent_progress p = {.pushed = a->talk.session.pushed,
                               .pulled = a->talk.session.pulled};

    if (a->o->progress != NULL)
        a->o->progress(a->o->ctx, &p);
}

static enum rc on_piece(void *ctx, struct bytes piece, struct err *err)
{
    struct agent *a = ctx;
    enum rc rc = conversation_piece(&a->talk, piece, now(), err);

    tell_progress(a);
    return rc;
}

static enum conversation_next ask(struct agent *a)
{
    const struct question *q = &a->talk.question;
    bool stream = q->stream;
    struct call c = {.method = q->method,
                     .path = q->path,
                     .body = q->body,
                     .type = q->type,
                     .coding = q->coding,
                     .token = q->token ? a->talk.token : NULL,
                     .key = q->sign ? a->key : NULL,
                     .keyid = q->sign ? a->keyid : NULL,
                     .answer_max = q->answer_max,
                     .piece = stream ? on_piece : NULL,
                     .ctx = a,
                     .now_ms = clock_wall_ms()};
    enum conversation_next next;
    struct buf answer;
    struct err err;

    if (transport_call(a->t, &c, stream ? NULL : &answer, NULL, &err) != RC_OK)
        return conversation_failed(&a->talk, &err, now());
    if (stream)
        return conversation_end(&a->talk, now());
    next = conversation_answer(&a->talk, buf_view(&answer), now());
    buf_free(&answer);
    return next;
}

static enum conversation_next sit_out(struct agent *a)
{
    struct timespec t = {.tv_sec = a->talk.wait_ms / 1000,
                         .tv_nsec = (long)(a->talk.wait_ms % 1000) * 1000000};

    if (a->o->waiting != NULL)
        a->o->waiting(a->o->ctx, &a->talk.err, a->talk.wait_ms);
    nanosleep(&t, NULL);
    return conversation_waited(&a->talk, now());
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
    struct arena mem = {0};
    const char *url = "";
    uint8_t pin[32];
    enum rc rc = conversation_open(&a->talk, a->l, a->o->tries_max, err);

    if (rc == RC_OK)
        rc = local_get(a->l, "url", &mem, &url, err);
    if (rc == RC_OK)
        rc = read_pin(a->l, pin, err);
    if (rc == RC_OK)
        rc = vault_sign_key(a->vault, &a->key, err);
    if (rc == RC_OK)
        rc = transport_open(url, pin, &a->t, err);
    arena_free(&mem);
    snprintf(a->keyid, sizeof a->keyid, "device-%" PRIu32,
             a->talk.session.self.device);
    return rc;
}

static enum rc converse(struct agent *a, struct agent_progress *out,
                        struct err *err)
{
    enum conversation_next next = conversation_start(&a->talk, now());
    enum rc rc;

    while (next == CONVERSATION_ASK || next == CONVERSATION_WAIT) {
        next = next == CONVERSATION_ASK ? ask(a) : sit_out(a);
        tell_progress(a);
    }
    out->pushed = a->talk.session.pushed;
    out->pulled = a->talk.session.pulled;
    if (next == CONVERSATION_STOP) {
        *err = a->talk.err;
        return err->code;
    }
    rc = attach_send(a->l, a->t, a->talk.token, clock_wall_ms(),
                     &out->attachments, err);
    if (rc == RC_OK)
        rc = local_put_u64(a->l, "synced_ms", clock_wall_ms(), err);
    return rc;
}

enum rc agent_sync(struct local *l, struct vault *vault,
                   const struct agent_options *o, struct agent_progress *out,
                   struct err *err)
{
    struct agent *a = mem_new(sizeof *a);
    char path[1024];
    int lock = -1;
    enum rc rc;

    *out = (struct agent_progress){0};
    a->l = l;
    a->vault = vault;
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
    conversation_close(&a->talk);
    free(a);
    return rc;
}
