/*
 * err.h - one way to fail.
 *
 * A function that can fail returns an enum rc and takes `struct err *err` as
 * its last parameter.  Whoever finds the fault calls err_set(); callers add
 * what they were doing with err_wrap() and return the code unchanged.
 */
#pragma once

#include "sync/base/def.h"

/*  code      word        text                    worth trying again
 * unchanged?  The word is the code as programs read it: it never changes. */
#define RC_LIST(X)                                                            \
    X(OK, "ok", "ok", false)                                                  \
    X(INVALID, "invalid", "invalid input", false) /* mend the input */        \
    X(CORRUPT, "corrupt", "damaged data", false)                              \
    X(CONFLICT, "conflict", "conflicting change", false)                      \
    X(NOTFOUND, "notfound", "not found", false)                               \
    X(AUTH, "auth", "not signed in", false)            /* sign in (again) */  \
    X(DENIED, "denied", "not allowed", false)          /* ask for rights */   \
    X(OUTDATED, "outdated", "version mismatch", false) /* upgrade one side */ \
    X(EXPIRED, "expired", "term run out", false)       /* sync to renew it */ \
    X(LIMIT, "limit", "limit exceeded", false)                                \
    X(FULL, "full", "no space left", true)                                    \
    X(IO, "io", "storage failure", false)                                     \
    X(BUSY, "busy", "resource busy", true)                                    \
    X(NETWORK, "network", "network failure", true)

enum rc {
#define X(name, word, text, retry) RC_##name,
    RC_LIST(X)
#undef X
};

enum { ERR_TEXT_BYTES = 400 };

struct err {
    enum rc code;
    const char *reason; /* a word for programs where `code` says too little;
                           lives for ever; NULL: none */
    uint32_t wait_ms;   /* what the other side asks for before the next try */
    char text[ERR_TEXT_BYTES]; /* "outermost: ...: innermost"; NUL-terminated,
                                  cut at a whole UTF-8 character */
};

/* Record a fault (without a reason or a wait) and return `code`, so callers can
 * write `return err_set(err, RC_IO, ...)`.  `err` may be NULL. */
enum rc err_set(struct err *err, enum rc code, const char *fmt, ...)
    PRINTF(3, 4);

/* Prefix the recorded text with what the caller was doing. */
enum rc err_wrap(struct err *err, enum rc code, const char *fmt, ...)
    PRINTF(3, 4);

const char *rc_word(enum rc code);
/* RC_OK: there is no such word. */
enum rc rc_of_word(const char *word);
const char *rc_text(enum rc code);
bool rc_retryable(enum rc code); /* worth trying again unchanged? */
