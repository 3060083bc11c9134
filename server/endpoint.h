/*
 * endpoint.h - every call that the server answers, in one table, with what it
 * needs of who makes it; and the one gate through which each call goes.
 *
 * A handler names its row and calls endpoint_enter() before anything else: who
 * calls is found out, then whether the role may, then whether the area is
 * theirs.  What a call then reads or writes is decided once more, record by
 * record and field by field, in sync/serve.h and conversation.h.
 */
#pragma once

#include "server/access.h"
#include "server/auth.h"

struct server;

enum endpoint_id {
    ENDPOINT_HEALTH,
    ENDPOINT_PIN,
    ENDPOINT_OPENAPI,
    ENDPOINT_SECURITY,
    ENDPOINT_COLUMNS,
    ENDPOINT_OPEN311,
    ENDPOINT_OPEN311_ONE,
    ENDPOINT_ENROL,
    ENDPOINT_SESSION,
    ENDPOINT_WIPED,
    ENDPOINT_KEY,
    ENDPOINT_PUSH,
    ENDPOINT_PULL,
    ENDPOINT_CHAIN,
    ENDPOINT_TYPES,
    ENDPOINT_REGIONS,
    ENDPOINT_SEARCH,
    ENDPOINT_FILE_HEAD,
    ENDPOINT_FILE_PATCH,
    ENDPOINT_FILE_GET,
    ENDPOINT_QUESTIONS,
    ENDPOINT_ASK,
    ENDPOINT_ODATA,
    ENDPOINT_ODATA_ROOT,
    ENDPOINT_ODATA_METADATA,
    ENDPOINT_ODATA_SET,
    ENDPOINT_ODATA_COUNT,
    /* From here on: browsers. */
    ENDPOINT_HOME,
    ENDPOINT_ASSET,
    ENDPOINT_COMMON,
    ENDPOINT_LIB,
    ENDPOINT_MISSING,
    ENDPOINT_CHALLENGE,
    ENDPOINT_PASSKEY,
    ENDPOINT_SIGN_IN,
    ENDPOINT_SIGN_OUT,
    ENDPOINT_DESK,
    ENDPOINTS_N
};

enum endpoint_need {
    NEED_NOTHING,
    NEED_CODE,      /* a one-time code, signed with the new key */
    NEED_SIGNATURE, /* of the device */
    NEED_EITHER,    /* the same, or with the key that it announced */
    NEED_TOKEN,
    NEED_BOTH,    /* a token, and a signature of the same device */
    NEED_ANALYST, /* a token, or an access key (access_key.h) */
    NEED_PASSKEY, /* used just now: read from the body, by the handler */
    NEED_SESSION, /* of a browser */
};

enum endpoint_roles {
    ROLES_ALL,
    ROLES_READING, /* serve_reads() */
    ROLES_LEAD,
    ROLES_SEE_FILES, /* some attachment is for them, by the declarations */
    ROLES_WRITE_FILES,
    ROLES_ASK,   /* access_key_role() */
    ROLES_PAGES, /* passkey_role(); and then by the call, see desk.h */
};

enum endpoint_area {
    AREA_NOT_NAMED, /* or in the body, and judged there */
    AREA_IN_QUERY,  /* ?area=N */
    AREA_IN_PATH,   /* the first segment */
};

struct endpoint {
    struct httpd_route route; /* first; one for each question if `asks` */
    const char *act;          /* the word for it in the access log */
    enum endpoint_need need;
    bool withdrawn; /* also for a device that was withdrawn, if it signed */
    bool ours;      /* made by a page of this server alone (browser.h) */
    enum endpoint_roles roles;
    enum endpoint_area area;
    bool odata; /* refused as OData has it, too */
    bool asks;  /* the `*` of its path stands for the name of a question */
};

extern const struct endpoint endpoints[ENDPOINTS_N];

/* May this role make this call, whatever it names? */
bool endpoint_may(const struct endpoint *e, const struct shape *shape,
                  enum role role);

/* What is listened to, in `mem`: all rows, written out for every question. */
void endpoint_routes(struct arena *mem, struct httpd_route **out, size_t *n);

/* One call under way. */
struct visit {
    const struct endpoint *endpoint;
    uint64_t now_ms;
    struct device device; /* in the request's arena; none: number 0 */
    struct proof proof;   /* if it was signed */
    bool by_next;         /* with the key announced */
    bool shows_key;       /* an access key, or what is to be one */
    uint32_t key;         /* its number, and `device` has none; or 0 */
    uint32_t passkey;     /* of the session, or used; and `device` has no
                             number */
    uint32_t area;        /* 0: none named */
};

/* RC_AUTH: not known, or no longer; RC_DENIED: known, and not for them;
 * RC_INVALID: no area is named.  Areas that do not exist are those of others.
 * *out says what was found out also after a fault. */
/* RC_BUSY: too much from this address or of this device (limits.h), and how
 * long to wait. */
MUST_USE enum rc endpoint_enter(struct server *srv, struct httpd_request *r,
                                enum endpoint_id id, struct visit *out,
                                struct err *err);

/* Whoever holds this passkey makes it. */
struct passkey;
void visit_passkey(struct visit *v, const struct passkey *p);

/* What the access log is to say of this call; the handler adds what was read
 * or changed.  As long as the request. */
struct access_line visit_line(const struct visit *v, struct httpd_request *r);
/* Answer with a fault, and note it. */
void visit_refuse(struct server *srv, struct httpd_request *r,
                  const struct visit *v, const struct err *err);
