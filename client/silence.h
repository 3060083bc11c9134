/*
 * silence.h - how long no byte has come through on the sockets of a call.
 *
 * How long a call takes says nothing over a thin line.  And what was handed to
 * the kernel has not come through: it may take minutes to leave.  So the kernel
 * is asked what came in and what the other side has confirmed.  Time is an
 * argument.
 */
#pragma once

#include "sync/base/def.h"

enum { SILENCE_SOCKETS_MAX = 8 };

struct silence {
    int sockets[SILENCE_SOCKETS_MAX]; /* foreign */
    size_t n;
    uint64_t moved;    /* bytes, both ways */
    uint64_t since_ms; /* when it was last seen to grow */
};

void silence_open(struct silence *s, int fd); /* before it is connected */
void silence_close(struct silence *s, int fd);
void silence_begin(struct silence *s, uint64_t now_ms); /* of a call */
/* How long it has been silent.  `now_ms` is taken before the call, so that
 * what moves meanwhile counts. */
uint64_t silence_ms(struct silence *s, uint64_t now_ms);
