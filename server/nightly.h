/*
 * nightly.h - retention by a timer, while the server serves.
 *
 * It looks through the records with a reading connection and hands what is due
 * to the merger in small pieces, so that no push waits for more than one.
 * Killed at any point it has done whole pieces; the rest is due the next time.
 */
#pragma once

#include "server/retention.h"
#include "server/server.h"

/* Is it time?  Once a day at `hour` by Dutch time, and as soon as there is a
 * server again if that was missed; `last_ms` 0: it never ran. */
bool nightly_due(unsigned hour, uint64_t last_ms, uint64_t now_ms);

/* When it last ran to its end, by the store; 0: never. */
MUST_USE enum rc nightly_last(struct store *s, uint64_t *out_ms,
                              struct err *err);

/* All of it.  Between two pieces `stop` may end it early. */
MUST_USE enum rc nightly_run(struct merger *m, struct store *reader,
                             uint64_t now_ms, bool (*stop)(void *ctx),
                             void *ctx, struct retained *out, struct err *err);
