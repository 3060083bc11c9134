/*
 * contact.h - when a device was last heard of, what it said then and what it
 * was told: what there is to say of one that is lost (held.h).
 *
 * Written by the way, in the transactions of others (merger.h): if that fails
 * the next contact says it again.
 */
#pragma once

#include "server/store.h"

/* A device said hello and was given a lease; one that was withdrawn was told to
 * wipe itself. */
MUST_USE enum rc contact_hello(struct store *s, const struct device *d,
                               const struct hello *said, uint64_t lease_s,
                               uint64_t now_ms, struct err *err);

/* A device asks for what comes after `cursor`: it has pulled up to there. */
MUST_USE enum rc contact_note(struct store *s, uint32_t device, uint32_t area,
                              uint64_t cursor, uint64_t now_ms,
                              struct err *err);

/* It was sent all up to `version`, and may have it. */
MUST_USE enum rc contact_sent(struct store *s, uint32_t device, uint32_t area,
                              uint64_t version, struct err *err);

/* It has destroyed what it held; the first time counts. */
MUST_USE enum rc contact_wiped(struct store *s, const struct wiped *w,
                               uint64_t now_ms, struct err *err);

/* When a device was last heard of, in any way. */
MUST_USE enum rc contact_last(struct store *s, uint32_t device, uint64_t *ms,
                              struct err *err);
