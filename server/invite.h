/*
 * invite.h - somebody is given a role, areas and a one-time code: by the
 * command line and by a page.
 */
#pragma once

#include "server/conf.h"
#include "server/store.h"
#include "sync/code.h"

enum {
    INVITE_URL_BYTES = 320,
    INVITE_LINK_BYTES = INVITE_URL_BYTES + CODE_TEXT_BYTES
};

struct wish { /* as typed; NULL: not said */
    const char *dir, *user, *role, *areas, *days, *until, *type, *rules,
        *replaces, *url, *png;
    bool qr, browser, json;
};

struct invitation {
    struct arena mem;            /* own */
    struct account account;      /* as it is to be */
    uint64_t now_ms, expires_ms; /* set by the caller */
    uint32_t replaces;           /* 0: none */
    char code[CODE_TEXT_BYTES];
    char link[INVITE_LINK_BYTES]; /* address and code; "": no address is
                                     known */
};

/* Make or change the account and give it a code.  `pin` is the server's
 * (tls.h).  RC_INVALID, RC_NOTFOUND, RC_LIMIT say what is wrong with the wish.
 */
MUST_USE enum rc invite(struct store *s, const struct wish *w,
                        const struct server_conf *conf, const uint8_t *pin,
                        struct invitation *i, struct err *err);
