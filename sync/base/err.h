/*
 * err.h - one way to fail.
 *
 * A function that can fail returns an enum rc and takes `struct err *err` as
 * its last parameter.  Whoever finds the fault calls err_set(); callers add
 * what they were doing with err_wrap() and return the code unchanged.
 */
#pragma once

#include "sync/base/def.h"

/*  code      text                    worth trying again unchanged? */
#define RC_LIST(X)                                                \
    X(OK, "ok", false)                                            \
    X(INVALID, "invalid input", false) /* mend the input */       \
    X(CORRUPT, "damaged data", false)                             \
    X(CONFLICT, "conflicting change", false)                      \
    X(NOTFOUND, "not found", false)                               \
    X(AUTH, "not signed in", false)        /* sign in (again) */  \
    X(DENIED, "not allowed", false)        /* ask for rights */   \
    X(OUTDATED, "version mismatch", false) /* upgrade one side */ \
    X(EXPIRED, "term run out", false)      /* sync to renew it */ \
    X(LIMIT, "limit exceeded", false)                             \
    X(FULL, "no space left", true)                                \
    X(IO, "storage failure", false)                               \
    X(BUSY, "resource busy", true)                                \
    X(NETWORK, "network failure", true)

enum rc {
#define X(name, text, retry) RC_##name,
    RC_LIST(X)
#undef X
};

enum { ERR_TEXT_BYTES = 400 };

struct err {
    enum rc code;
    char text[ERR_TEXT_BYTES]; /* "outermost: ...: innermost"; NUL-terminated,
                                  cut at a whole UTF-8 character */
};

/* Record a fault and return `code`, so callers can write
 * `return err_set(err, RC_IO, ...)`.  `err` may be NULL. */
enum rc err_set(struct err *err, enum rc code, const char *fmt, ...)
    PRINTF(3, 4);

/* Prefix the recorded text with what the caller was doing. */
enum rc err_wrap(struct err *err, enum rc code, const char *fmt, ...)
    PRINTF(3, 4);

const char *rc_text(enum rc code);
bool rc_retryable(enum rc code); /* worth trying again unchanged? */
