#include "server/browser.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sync/base/msg.h"
#include "sync/base/text.h"
#include "sync/sys/digest.h"
#include "sync/sys/random.h"
#include "sync/sys/secret.h"

enum {
    SESSIONS_MAX = 4096,
    OF_ONE_PASSKEY_MAX = 8,
    USED_MAX = 4096, /* challenges, in five minutes */
    TOKEN_BYTES = 32,
    TOKEN_CHARS = 43,
    CHALLENGE_AGE_MS = 5 * 60 * 1000,
    CHALLENGE_HEAD = 8 + 16, /* until when, and chance */
    CHALLENGE_BYTES = CHALLENGE_HEAD + DIGEST_BYTES
};

#define COOKIE "__Host-stoep"

struct session {
    struct digest token; /* of it */
    uint32_t passkey;    /* 0: free */
    uint64_t began_ms, seen_ms;
};

struct browsers {
    uint8_t *secret; /* own; of the challenges */
    pthread_mutex_t lock;
    struct session sessions[SESSIONS_MAX];
    struct used {
        struct digest challenge;
        uint64_t until_ms;
    } used[USED_MAX];
};

struct browsers *browsers_new(void)
{
    struct browsers *b = mem_new(sizeof *b);

    b->secret = secret_new(DIGEST_BYTES);
    random_bytes(b->secret, DIGEST_BYTES);
    pthread_mutex_init(&b->lock, NULL);
    return b;
}

void browsers_free(struct browsers *b)
{
    if (b == NULL)
        return;
    pthread_mutex_destroy(&b->lock);
    secret_free(b->secret, DIGEST_BYTES);
    free(b);
}

/* -- where ------------------------------------------------------------------
 */

static bool is_localhost(const char *authority)
{
    static const char name[] = "localhost";
    size_t n = sizeof name - 1;

    return strncmp(authority, name, n) == 0 &&
           (authority[n] == '\0' || authority[n] == ':');
}

enum rc browser_place(const char *url, struct httpd_request *r,
                      const char **origin, const char **site, struct err *err)
{
    static const char scheme[] = "https://";
    struct arena *mem = httpd_arena(r);
    size_t n = sizeof scheme - 1;

    if (strncmp(url, scheme, n) != 0) {
        if (!is_localhost(httpd_authority(r)))
            return err_set(err, RC_INVALID,
                           "browsers need to know this server by its name: set"
                           " `url` in stoepd.conf to https://...");
        url = arena_printf(mem, "%s%s", scheme, httpd_authority(r));
    }
    *origin = arena_text(mem, url, n + strcspn(url + n, "/"));
    *site = arena_text(mem, url + n, strcspn(url + n, "/:"));
    return RC_OK;
}

enum rc browser_ours(struct httpd_request *r, const char *origin, bool changes,
                     struct err *err)
{
    const char *from = httpd_header_in(r, "origin"),
               *site = httpd_header_in(r, "sec-fetch-site");
    bool fine = site == NULL || strcmp(site, "same-origin") == 0;

    if (!changes)
        fine = fine || strcmp(site, "none") == 0; /* typed by its user */
    else
        fine = fine && from != NULL && strcmp(from, origin) == 0;
    return fine ? RC_OK
                : err_set(err, RC_DENIED,
                          MSG("this call did not come from a page of this"
                              " server"));
}

/* -- challenges --------------------------------------------------------------
 */

static struct digest challenge_mac(const struct browsers *b, const uint8_t *p)
{
    return digest_hmac((struct bytes){b->secret, DIGEST_BYTES},
                       (struct bytes){p, CHALLENGE_HEAD});
}

struct bytes browser_challenge(struct browsers *b, uint64_t now_ms,
                               struct arena *mem)
{
    uint8_t *p = arena_new(mem, CHALLENGE_BYTES);
    uint64_t until = now_ms + CHALLENGE_AGE_MS;
    struct digest mac;
    int i;

    for (i = 0; i < 8; i++)
        p[i] = (uint8_t)(until >> 8 * (7 - i));
    random_bytes(p + 8, CHALLENGE_HEAD - 8);
    mac = challenge_mac(b, p);
    memcpy(p + CHALLENGE_HEAD, mac.b, sizeof mac.b);
    return (struct bytes){p, CHALLENGE_BYTES};
}

/* Under the lock. */
static enum rc use_up(struct browsers *b, const struct digest *challenge,
                      uint64_t until_ms, uint64_t now_ms, struct err *err)
{
    struct used *room = NULL;
    size_t i;

    for (i = 0; i < USED_MAX; i++) {
        struct used *u = &b->used[i];

        if (u->until_ms < now_ms)
            room = u;
        else if (digest_eq(&u->challenge, challenge))
            return err_set(err, RC_AUTH, "this came in before");
    }
    if (room == NULL)
        return err_set(err, RC_BUSY, MSG("too many people sign in at once"));
    *room = (struct used){*challenge, until_ms};
    return RC_OK;
}

enum rc browser_challenge_take(struct browsers *b, struct bytes challenge,
                               uint64_t now_ms, struct err *err)
{
    struct digest said, is;
    uint64_t until = 0;
    int i;
    enum rc rc;

    if (challenge.n != CHALLENGE_BYTES)
        return err_set(err, RC_AUTH, "this challenge is not ours");
    is = challenge_mac(b, challenge.p);
    memcpy(said.b, challenge.p + CHALLENGE_HEAD, sizeof said.b);
    for (i = 0; i < 8; i++)
        until = until << 8 | challenge.p[i];
    if (!digest_eq(&said, &is) || until < now_ms)
        return err_set(err, RC_AUTH,
                       MSG("this took too long; please try once more"));
    is = digest_of(challenge);
    pthread_mutex_lock(&b->lock);
    rc = use_up(b, &is, until, now_ms, err);
    pthread_mutex_unlock(&b->lock);
    return rc;
}

/* -- sessions ----------------------------------------------------------------
 */

/* The value of our cookie, or NULL. */
static const char *cookie(struct httpd_request *r, size_t *n)
{
    static const char name[] = COOKIE "=";
    const char *p = httpd_header_in(r, "cookie");

    while (p != NULL) {
        p += strspn(p, " ;");
        if (strncmp(p, name, sizeof name - 1) == 0) {
            p += sizeof name - 1;
            *n = strcspn(p, ";, ");
            return p;
        }
        p = strchr(p, ';');
    }
    return NULL;
}

bool browser_shown(struct httpd_request *r)
{
    size_t n;

    return cookie(r, &n) != NULL;
}

/* A free place; else that of the one that was idle longest: of the same
 * passkey, if that has its share. */
static struct session *place_for(struct browsers *b, uint32_t passkey)
{
    struct session *room = NULL, *idle = NULL, *own = NULL;
    size_t i, n = 0;

    for (i = 0; i < SESSIONS_MAX; i++) {
        struct session *s = &b->sessions[i];

        if (s->passkey == 0) {
            room = s;
            continue;
        }
        if (idle == NULL || s->seen_ms < idle->seen_ms)
            idle = s;
        if (s->passkey == passkey && ++n > 0 &&
            (own == NULL || s->seen_ms < own->seen_ms))
            own = s;
    }
    if (n >= OF_ONE_PASSKEY_MAX)
        return own;
    return room != NULL ? room : idle;
}

const char *browser_open(struct browsers *b, uint32_t passkey, uint64_t now_ms,
                         struct arena *mem)
{
    struct buf text = buf_make(TOKEN_CHARS + 1);
    uint8_t token[TOKEN_BYTES];
    const char *out;
    struct session *s;

    random_bytes(token, sizeof token);
    text_put_base64url(&text, (struct bytes){token, sizeof token});
    pthread_mutex_lock(&b->lock);
    s = place_for(b, passkey);
    *s = (struct session){digest_of(buf_view(&text)), passkey, now_ms, now_ms};
    pthread_mutex_unlock(&b->lock);
    out = arena_text(mem, buf_text(&text), text.n);
    mem_wipe(token, sizeof token);
    mem_wipe(text.p, text.n);
    buf_free(&text);
    return out;
}

void browser_give(struct httpd_request *r, const char *token, uint64_t life_s)
{
    httpd_header(r, "Set-Cookie",
                 arena_printf(httpd_arena(r),
                              COOKIE "=%s; Path=/; Max-Age=%llu; Secure;"
                                     " HttpOnly; SameSite=Strict",
                              token, (unsigned long long)life_s));
}

/* Under the lock. */
static struct session *found(struct browsers *b, struct httpd_request *r)
{
    size_t n = 0, i;
    const char *text = cookie(r, &n);
    struct digest token;

    if (text == NULL || n != TOKEN_CHARS)
        return NULL;
    token = digest_of((struct bytes){(const uint8_t *)text, n});
    for (i = 0; i < SESSIONS_MAX; i++)
        if (b->sessions[i].passkey != 0 &&
            digest_eq(&b->sessions[i].token, &token))
            return &b->sessions[i];
    return NULL;
}

enum rc browser_who(struct browsers *b, struct httpd_request *r,
                    uint64_t now_ms, uint64_t idle_s, uint64_t life_s,
                    uint32_t *passkey, uint64_t *began_ms, struct err *err)
{
    struct session *s;
    bool good = false;

    pthread_mutex_lock(&b->lock);
    s = found(b, r);
    if (s != NULL && (now_ms >= s->seen_ms + 1000 * idle_s ||
                      now_ms >= s->began_ms + 1000 * life_s)) {
        *s = (struct session){.passkey = 0};
    } else if (s != NULL) {
        s->seen_ms = now_ms;
        *passkey = s->passkey;
        *began_ms = s->began_ms;
        good = true;
    }
    pthread_mutex_unlock(&b->lock);
    return good ? RC_OK
                : err_set(err, RC_AUTH,
                          MSG("you are not signed in, or no longer"));
}

void browser_close(struct browsers *b, struct httpd_request *r)
{
    struct session *s;

    pthread_mutex_lock(&b->lock);
    s = found(b, r);
    if (s != NULL)
        *s = (struct session){.passkey = 0};
    pthread_mutex_unlock(&b->lock);
    httpd_header(r, "Set-Cookie",
                 COOKIE "=; Path=/; Max-Age=0; Secure; HttpOnly;"
                        " SameSite=Strict");
}
