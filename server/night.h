/*
 * night.h - what a server does by night, on a thread of its own: records that
 * are kept too long go, what may be told is decided anew and published.
 *
 * It takes minutes.  Meanwhile nothing waits for it: it reads with a connection
 * of its own and hands what is written to the merger in pieces, at the lowest
 * priority that the system knows.
 */
#pragma once

#include "server/server.h"

struct night;

/* Looks once a minute whether it is time; NULL if the settings want none of it.
 * `s` outlives it, and all its threads leave signals alone. */
struct night *night_begin(struct server *s);
/* Ends what it does at the next piece; that is kept.  NULL is fine. */
void night_end(struct night *n);
