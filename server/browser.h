/*
 * browser.h - browsers: from which page they call, the challenges they are
 * given, and the sessions they have.
 *
 * A session is 256 bits of chance in a cookie that no script can read and no
 * other site can make the browser send.  Kept is its digest, in memory: who
 * restarts the server ends all sessions.  Whose it is goes by the passkey that
 * opened it, and that is read from the store for every call.
 */
#pragma once

#include "sync/base/err.h"
#include "sync/sys/httpd.h"

struct browsers; /* shared by all loops; safe from any thread */

struct browsers *browsers_new(void);
void browsers_free(struct browsers *b); /* NULL is fine */

/* -- where ------------------------------------------------------------------
 */

/* The page from which calls come: "https://stoep.example:8443", and its host.
 * RC_INVALID: the address of this server is not set (`url`), and it is not
 * called as localhost. */
MUST_USE enum rc browser_place(const char *url, struct httpd_request *r,
                               const char **origin, const char **site,
                               struct err *err);

/* Is this call made by our own page?  What changes something has to say so
 * (`changes`); what reads is refused if it says otherwise.  RC_DENIED. */
MUST_USE enum rc browser_ours(struct httpd_request *r, const char *origin,
                              bool changes, struct err *err);

/* -- challenges --------------------------------------------------------------
 */

/* In `mem`; good for five minutes and once. */
struct bytes browser_challenge(struct browsers *b, uint64_t now_ms,
                               struct arena *mem);
/* After what it is signed in was found good.  RC_AUTH: not given out here, too
 * old or used. */
MUST_USE enum rc browser_challenge_take(struct browsers *b,
                                        struct bytes challenge, uint64_t now_ms,
                                        struct err *err);

/* -- sessions ----------------------------------------------------------------
 */

/* A session of its own; what the cookie is to hold, in `mem`. */
const char *browser_open(struct browsers *b, uint32_t passkey, uint64_t now_ms,
                         struct arena *mem);
/* Give it to the browser with the answer to `r`; on its loop. */
void browser_give(struct httpd_request *r, const char *token, uint64_t life_s);
/* The session whose cookie a call brings.  RC_AUTH: none, or it is over: after
 * `idle_s` without a call, or `life_s` after it began.  That it went on is
 * noted. */
MUST_USE enum rc browser_who(struct browsers *b, struct httpd_request *r,
                             uint64_t now_ms, uint64_t idle_s, uint64_t life_s,
                             uint32_t *passkey, uint64_t *began_ms,
                             struct err *err);
/* End it, and have the browser forget its cookie. */
void browser_close(struct browsers *b, struct httpd_request *r);
/* Does a call bring the cookie of a session, whether it is good or not? */
bool browser_shown(struct httpd_request *r);
