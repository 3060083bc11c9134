#include "client/agent.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client/agent_key.h"
#include "client/attach_send.h"
#include "client/conversation.h"
#include "client/local_pins.h"
#include "client/transport.h"
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
    struct agent_progress before; /* of the conversations that have ended */
    struct attach_tally attached;
    bool recalled; /* see recalled() */
};

static struct moment now(void)
{
    struct moment at = {.now_ms = clock_wall_ms()};

    random_bytes(&at.random, sizeof at.random);
    return at;
}

static struct agent_progress progress(const struct agent *a)
{
    return (struct agent_progress){
        .pushed = a->before.pushed + a->talk.session.pushed,
        .pulled = a->before.pulled + a->talk.session.pulled,
        .attachments = a->attached.files};
}

static void tell_progress(const struct agent *a)
{
    struct agent_progress p = progress(a);

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
                     .accept = q->accept,
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

static void sit_out(const struct agent *a, const struct err *why, uint32_t ms)
{
    struct timespec t = {.tv_sec = ms / 1000,
                         .tv_nsec = (long)(ms % 1000) * 1000000};

    if (a->o->waiting != NULL)
        a->o->waiting(a->o->ctx, why, ms);
    nanosleep(&t, NULL);
}

static enum conversation_next wait_on(struct agent *a)
{
    sit_out(a, &a->talk.err, a->talk.wait_ms);
    return conversation_waited(&a->talk, now());
}

static uint32_t device_of(const struct agent *a)
{
    return a->talk.session.self.device;
}

static enum rc open_agent(struct agent *a, struct err *err)
{
    struct arena mem = {0};
    const char *url = "", *salt = "";
    struct server_pins pins;
    enum rc rc = conversation_open(&a->talk, a->l, a->o->tries_max, err);

    a->talk.session.self.pin = vault_has_pin(a->vault);
    if (rc == RC_OK)
        rc = local_get(a->l, "url", &mem, &url, err);
    if (rc == RC_OK)
        rc = local_get(a->l, "salt", &mem, &salt, err);
    if (rc == RC_OK)
        rc = pins_read(a->l, &pins, err);
    if (rc == RC_OK)
        rc = transport_open(url, pins.now, &a->t, err);
    if (rc == RC_OK)
        transport_salt_set(a->t, salt);
    if (rc == RC_OK && pins.has_next)
        transport_also(a->t, pins.next);
    arena_free(&mem);
    snprintf(a->keyid, sizeof a->keyid, "device-%" PRIu32, device_of(a));
    return rc;
}

/* The key to sign with.  A change of it that was cut off is finished first; if
 * that does not come off, the one that was is still good, or the next sync
 * tries again. */
static enum rc take_key(struct agent *a, struct err *err)
{
    struct err late;
    enum rc rc = agent_key_finish(a->t, device_of(a), a->vault, &late);

    (void)rc;
    return vault_sign_key(a->vault, &a->key, err);
}

/* Once: the server may have our next key in force, and its answer was lost; or,
 * put back from a backup, know the one before. */
static bool recalled(struct agent *a)
{
    struct err none;

    if (a->recalled)
        return false;
    a->recalled = true;
    if (vault_second(a->vault) != SECOND_NEXT)
        return agent_key_recall(a->t, device_of(a), a->vault, &none) == RC_OK;
    if (agent_key_finish(a->t, device_of(a), a->vault, &none) != RC_OK)
        return false;
    sign_key_free(a->key);
    a->key = NULL;
    return vault_sign_key(a->vault, &a->key, &none) == RC_OK;
}

/* Every welcome renews the lease, however the sync ends. */
static enum rc renew(struct agent *a, struct err *err)
{
    if (!a->talk.leased)
        return RC_OK;
    a->talk.leased = false;
    return vault_lease(a->vault, a->talk.server_ms, a->talk.lease_s, err);
}

static enum rc count_lost(struct local *l, struct wipe_order *o,
                          struct err *err)
{
    struct local_counts counts = {0};
    enum rc rc = local_count(l, &counts, err);

    o->lost = counts.waiting;
    return rc;
}

static enum rc take_pins(struct local *l, struct wipe_order *o, struct err *err)
{
    struct server_pins pins = {0};
    enum rc rc = pins_read(l, &pins, err);

    memcpy(o->pin, pins.now, sizeof o->pin);
    memcpy(o->next, pins.next, sizeof o->next);
    o->has_next = pins.has_next;
    return rc;
}

/* The order to wipe: our server gave it, as its key proves. */
static enum rc wipe(struct agent *a, struct err *err)
{
    struct arena mem = {0};
    const char *dir = arena_text(&mem, a->l->dir, strlen(a->l->dir));
    struct wipe_order o = {
        .url = "", .device = a->talk.session.self.device, .key = a->key};
    enum rc rc;

    /* What the store cannot tell keeps nothing from being destroyed. */
    if (local_get(a->l, "url", &mem, &o.url, err) != RC_OK ||
        take_pins(a->l, &o, err) != RC_OK)
        o.url = ""; /* then nobody is told */
    if (count_lost(a->l, &o, err) != RC_OK)
        o.lost = 0;
    local_close(a->l);
    rc = agent_wipe(dir, &o, err);
    arena_free(&mem);
    return rc;
}

static enum rc converse(struct agent *a, struct err *err)
{
    enum conversation_next next;
    enum rc rc = RC_OK;

    a->before = progress(a);
    next = conversation_start(&a->talk, now());
    while (rc == RC_OK &&
           (next == CONVERSATION_ASK || next == CONVERSATION_WAIT)) {
        next = next == CONVERSATION_ASK ? ask(a) : wait_on(a);
        rc = renew(a, err);
        tell_progress(a);
    }
    if (rc != RC_OK || next == CONVERSATION_DONE)
        return rc;
    if (next == CONVERSATION_WIPE)
        return wipe(a, err);
    *err = a->talk.err;
    return err->code;
}

/* The attachments; after a fault the conversation begins anew, for over a thin
 * line a token runs out before a photo is through. */
static enum rc hand_in(struct agent *a, struct err *err)
{
    struct pace pace = pace_begin(attachment_piece_bytes);
    unsigned tries = 0;
    enum rc rc;

    for (;;) {
        uint64_t had = a->attached.bytes;
        uint32_t wait_ms;

        rc = converse(a, err);
        if (rc == RC_AUTH && recalled(a))
            continue;
        if (rc != RC_OK)
            return rc;
        rc = attach_send(a->l, a->t, a->talk.token, &pace, &a->attached, err);
        tell_progress(a);
        if (rc == RC_OK || rc == RC_FULL ||
            (rc != RC_AUTH && !rc_retryable(rc)))
            return rc;
        tries = a->attached.bytes > had ? 1 : tries + 1;
        if ((a->o->tries_max != 0 && tries >= a->o->tries_max) ||
            err->wait_ms > retry_ms_max)
            return rc;
        wait_ms = err->wait_ms + backoff_ms(tries, now().random);
        sit_out(a, err, wait_ms);
    }
}

/* What the server wants our nonces to begin with; a store that does not take
 * it has one call more to make next time. */
static void keep_salt(const struct agent *a)
{
    struct arena mem = {0};
    const char *had;
    struct err none;

    if (a->t != NULL && a->l->db != NULL &&
        local_get(a->l, "salt", &mem, &had, &none) == RC_OK &&
        strcmp(had, transport_salt(a->t)) != 0) {
        enum rc rc = local_put(a->l, "salt", transport_salt(a->t), &none);

        (void)rc;
    }
    arena_free(&mem);
}

/* Alone, with the line open; the caller ends with leave(). */
static enum rc enter(struct agent *a, int *lock, struct err *err)
{
    char path[1024];
    enum rc rc;

    snprintf(path, sizeof path, "%s/sync.lock", a->l->dir);
    rc = file_lock(path, lock, err);
    return rc == RC_OK ? open_agent(a, err) : rc;
}

static void leave(struct agent *a, int lock)
{
    keep_salt(a);
    file_unlock(lock);
    transport_close(a->t);
    sign_key_free(a->key);
    conversation_close(&a->talk);
    free(a);
}

static enum rc next_key(struct agent *a, struct err *err)
{
    struct sign_key *key;
    enum rc rc = RC_OK;

    if (vault_second(a->vault) != SECOND_NEXT) {
        key = sign_key_new();
        rc = vault_next_set(a->vault, key, err);
        sign_key_free(key);
    }
    if (rc == RC_OK)
        rc = agent_key_finish(a->t, device_of(a), a->vault, err);
    return rc;
}

enum rc agent_rekey(struct local *l, struct vault *vault, struct err *err)
{
    static const struct agent_options alone;
    struct agent *a = mem_new(sizeof *a);
    int lock = -1;
    enum rc rc;

    a->l = l;
    a->vault = vault;
    a->o = &alone;
    rc = enter(a, &lock, err);
    if (rc == RC_OK)
        rc = next_key(a, err);
    leave(a, lock);
    return rc;
}

enum rc agent_sync(struct local *l, struct vault *vault,
                   const struct agent_options *o, struct agent_progress *out,
                   struct err *err)
{
    struct agent *a = mem_new(sizeof *a);
    int lock = -1;
    enum rc rc;

    a->l = l;
    a->vault = vault;
    a->o = o;
    rc = enter(a, &lock, err);
    if (rc == RC_OK)
        rc = take_key(a, err);
    if (rc == RC_OK)
        rc = hand_in(a, err);
    if (rc == RC_OK)
        rc = local_put_u64(l, "synced_ms", clock_wall_ms(), err);
    *out = progress(a);
    leave(a, lock);
    return rc;
}
