/*
 * desk.h - what the pages of leads, privacy officers, analysts and
 * administrators ask for and do: one function per call, from a JSON object to
 * a JSON object over the store.
 *
 * Who calls has been found out; what that entitles them to is decided here as
 * for devices: by role (the table of calls), area, and `see` and `write` of
 * types and fields.  A call that changes a record makes a changeset like any
 * other (own_device.h).  Nothing here knows of HTTP.
 */
#pragma once

#include <jansson.h>

#include "server/access.h"
#include "server/conf.h"
#include "server/store.h"

enum { DESK_BYTES_MAX = 256 * 1024 /* of one request */ };

struct desk {
    struct store *store; /* foreign; the writer's, for a call that writes */
    const char *dir;     /* foreign; of the server */
    const struct server_conf *conf;
    const struct device *who; /* foreign; number 0 */
    uint32_t passkey;
    uint8_t pin[DIGEST_BYTES]; /* of the server's key */
    enum lang lang;
    uint64_t now_ms;
    struct arena *mem; /* foreign; as long as the call */
    /* For the access log: a call says what it read or changed, in `line`, or
     * in as many as it takes (desk_shows(), desk_names()). */
    struct access_line *line;
    struct access_line *touched; /* area, type and what of it alone */
    size_t touched_n, touched_cap;
    bool *wrote; /* see desk_writes() */
};

/* A call that writes says so before it does: what is refused before that costs
 * others nothing. */
void desk_writes(struct desk *d);

typedef enum rc desk_run(struct desk *d, const json_t *in, json_t *out,
                         struct err *err);

struct desk_call {
    const char *name;
    role_set roles;
    const char *act; /* in the access log; NULL: reads nothing of anybody */
    enum desk_way {
        DESK_READS,
        DESK_SLOW,  /* reads, on a thread on which nobody's sync waits */
        DESK_WRITES /* on the writer's thread, in its transaction */
    } way;
    desk_run *run;
};

/* NULL: there is no such call. */
const struct desk_call *desk_find(const char *name);
const struct desk_call *desk_nth(size_t i); /* NULL: past the last */

/* -- for the calls (desk_*.c) ------------------------------------------------
 */

/* RC_INVALID: it is not there, or no text. */
MUST_USE enum rc desk_text(const json_t *in, const char *key, const char **out,
                           struct err *err);
const char *desk_text_or(const json_t *in, const char *key, const char *none);
/* The area under "area", which is theirs. */
MUST_USE enum rc desk_area(const struct desk *d, const json_t *in,
                           uint32_t *out, struct err *err);
/* The type under "type", which they may see. */
MUST_USE enum rc desk_type(const struct desk *d, const json_t *in,
                           const struct shape_type **out, struct err *err);
/* For the access log, with lines that tell who had access to a record
 * (access_who.h): it shows this one among others; it is about this one. */
void desk_shows(struct desk *d, const struct record *r);
void desk_names(struct desk *d, const struct rows_name *name);
/* May they see records of this type?  Not those that are kept apart
 * (sync/shape.h): those stay on the devices of who has them. */
bool desk_sees(const struct desk *d, const struct shape_type *t);
json_t *desk_bytes(struct bytes b); /* a text */
json_t *desk_when(uint64_t ms);     /* ms, or null for 0 */
/* A lead is told of who works in their areas, and changes workers and externals
 * who work there alone; an administrator all. */
bool desk_knows(const struct desk *d, const struct account *a);
bool desk_manages(const struct desk *d, const struct account *a);

/* The calls. */
desk_run desk_me, desk_sign_out_all;
desk_run desk_types, desk_list, desk_show, desk_reviews, desk_save,
    desk_related;
desk_run desk_questions;
desk_run desk_bundle, desk_types_check, desk_types_publish;
desk_run desk_people, desk_invite, desk_passkeys, desk_passkey_revoke;
desk_run desk_subject_find, desk_subject_export, desk_subject_erase,
    desk_subject_correct, desk_deletions, desk_unconfirmed, desk_access;
desk_run desk_devices, desk_device_report, desk_device_revoke;
