/*
 * local_pins.h - by which keys this device knows its server.
 *
 * One is in force; the server may announce the one that is to take its place,
 * and then both will do.  Kept in the store, so nobody changes them without its
 * key.
 */
#pragma once

#include "client/local.h"

struct server_pins {
    uint8_t now[32], next[32];
    bool has_next;
};

/* RC_CORRUPT: there is none; enrol anew. */
MUST_USE enum rc pins_read(struct local *l, struct server_pins *out,
                           struct err *err);
/* The server of this pin it is from now on; what another announced is void. */
MUST_USE enum rc pins_enrolled(struct local *l, const uint8_t pin[32],
                               struct err *err);
/* What a welcome says of them.  It came over a line with one of those known,
 * so what it says is to be believed. */
MUST_USE enum rc pins_welcome(struct local *l, const struct welcome *w,
                              struct err *err);
/* What a hello tells the server: which next key this device knows. */
MUST_USE enum rc pins_told(struct local *l, struct session_self *out,
                           struct err *err);
