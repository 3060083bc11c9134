/*
 * access_key.h - what an analyst's program signs in with: a key of an account.
 *
 * curl, Excel and Power BI cannot sign as a device does, so an account may have
 * keys for them: 256 random bits, shown once and kept as a digest.  A key opens
 * the calls that answer protected figures and no other (NEED_ANALYST), until
 * its day is over, it is revoked, its account has ended or its role may not ask
 * any more; all of which is read for every single call.
 */
#pragma once

#include "server/store.h"
#include "sync/sys/httpd.h"

/* "stoep_" and 32 bytes in base64url: nobody takes it for a session, and who
 * looks through files for secrets finds it. */
#define ACCESS_KEY_START "stoep_"
enum { ACCESS_KEY_CHARS = sizeof ACCESS_KEY_START - 1 + 43 };

/* May such a role ask for protected figures? */
bool access_key_role(enum role role);

/* A new key of an account; `text` gets it with a NUL.  `ends_ms` 0: no end.
 * RC_DENIED: the role of the account may not ask. */
MUST_USE enum rc access_key_make(struct store *s, const struct account *a,
                                 uint64_t now_ms, uint64_t ends_ms,
                                 char text[ACCESS_KEY_CHARS + 1],
                                 uint32_t *number, struct err *err);
/* RC_NOTFOUND: there is no such key in use. */
MUST_USE enum rc access_key_revoke(struct store *s, uint32_t number,
                                   uint64_t now_ms, struct err *err);

struct access_key {
    uint32_t number;
    struct bytes user;
    enum role role;
    uint64_t made_ms, ends_ms, revoked_ms; /* 0: no end, not */
};
/* All of them by number, in `mem`. */
MUST_USE enum rc access_keys(struct store *s, struct arena *mem,
                             struct access_key **out, size_t *n,
                             struct err *err);

/* Does this request show an access key, or something that is to be one: HTTP
 * Basic (user name and key), or Bearer with a key? */
bool access_key_shown(struct httpd_request *r);
/* Whose key it is: user, role and end of `device`, which has no number and no
 * areas; in the request's arena.  RC_AUTH: none that may work now. */
MUST_USE enum rc access_key_who(struct store *s, struct httpd_request *r,
                                uint64_t now_ms, struct device *device,
                                uint32_t *number, struct err *err);
