/*
 * code.h - the one-time code that enrols a device.
 *
 *     4KQ7M-0YTCD-...-B3
 *
 * It carries a secret that proves the holder was invited and the beginning of
 * the server's pin, so the device knows which server it is meant for before it
 * tells it anything.  42 characters of Crockford's base32 and two that check
 * them, in groups of five.  People type it: upper and lower case, O and 0, I,
 * L and 1 are the same; spaces and dashes do not matter.  Every single wrong
 * character and every swap of two neighbours is found.
 */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/err.h"

enum {
    CODE_SECRET_BYTES = 10,
    CODE_PIN_BYTES = 16, /* the first of the 32 of a pin */
    CODE_TEXT_BYTES = 64 /* a written code and its NUL fit */
};

struct code {
    uint8_t secret[CODE_SECRET_BYTES];
    uint8_t pin[CODE_PIN_BYTES];
};

/* Returns `out`, CODE_TEXT_BYTES of room. */
const char *code_write(const struct code *c, char *out);
/* RC_INVALID: what is wrong with it, in words for who typed it. */
MUST_USE enum rc code_read(struct bytes typed, struct code *out,
                           struct err *err);
