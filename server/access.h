/*
 * access.h - the access log: who read or changed what, when, from where, with
 * which result.  Never what was read: no content, no words that were looked
 * for.
 *
 * What is read is given out only once its line is with the system
 * (access_note), so that a killed process leaves no reading unseen; it goes to
 * the disk within a second.  A full disk therefore ends reading.  What was
 * handed in stands in the journal with its signature, and a refusal gives
 * nothing away: for those a line is tried (access_try), and what could not be
 * written is counted and said with the next line that can.
 */
#pragma once

#include "sync/base/err.h"
#include "sync/sys/digest.h"

struct access; /* a log being written; safe from any thread */

struct access_line {
    const char *act; /* "pull", "grant", ... : one word for what was done */
    enum rc rc;      /* how it went */
    /* Who: an account on a device, */
    struct bytes user;
    const char *role;
    uint32_t device, claims; /* `claims`: says it is, and did not prove it */
    uint32_t key;            /* or with an access key of the account */
    uint32_t passkey;        /* or in a browser, with a passkey */
    const char *from;        /* the address; NULL: the command line, and who
                                is the user of the system */
    /* What; 0 and NULL: does not apply. */
    uint32_t area;
    const char *type, *record, *file; /* file: SHA-256 of an attachment */
    const char *on;                   /* an account, a device, a version ... */
    enum access_range {
        ACCESS_NO_RANGE,
        ACCESS_VERSIONS, /* of the area: low < v <= high */
        ACCESS_NUMBERS,  /* of the device: low <= n <= high */
    } range;
    uint64_t low, high;
    bool counted;
    uint64_t hits; /* records given, rows, changesets kept aside */
};

MUST_USE enum rc access_open(const char *dir, struct access **out,
                             struct err *err);
void access_close(struct access *a); /* to the disk first; NULL is fine */

/* RC_FULL, RC_IO: the line was not written; do not give out what it is about.
 */
MUST_USE enum rc access_note(struct access *a, const struct access_line *l,
                             struct err *err);
void access_try(struct access *a, const struct access_line *l);
/* A call that nobody known made; many in a minute become one line. */
void access_stranger(struct access *a, const struct access_line *l);

/* For the command line: opened, written, on the disk. */
MUST_USE enum rc access_say(const char *dir, const struct access_line *l,
                            struct err *err);
