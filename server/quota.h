/*
 * quota.h - how much of something somebody may do in a minute.
 *
 * A bucket each that runs empty evenly: whoever stays below the limit is never
 * held up, and who was above it waits as long as it takes to run off.  They
 * are kept in a table of one size for ever; when it is full, who did least is
 * forgotten.  Whose it is goes by an address or by a device that has proven
 * itself, never by what somebody claims to be: so nobody uses up the share of
 * another.
 */
#pragma once

#include "sync/base/buf.h"

enum { QUOTA_SLOTS = 1 << 14 };

enum quota_of {
    QUOTA_REQUESTS,
    QUOTA_BYTES, /* handed in */
    QUOTA_SIGN_INS,
    QUOTA_CODES,
};

struct quota; /* shared by all loops; safe from any thread */

struct quota *quota_new(void);
void quota_free(struct quota *q); /* NULL is fine */

/* May `who` do `amount` more, of `per_minute` (0: no limit)?  Returns 0, and
 * counts it; or how many ms to wait.  What is more than a whole minute's worth
 * may be done at once by who did nothing before. */
uint32_t quota_take(struct quota *q, enum quota_of of, struct bytes who,
                    uint64_t amount, uint64_t per_minute, uint64_t now_ms);
/* The same without counting it. */
uint32_t quota_look(struct quota *q, enum quota_of of, struct bytes who,
                    uint64_t per_minute, uint64_t now_ms);

/* Of an address, what is one and the same to us: an IPv4 address, of IPv6 the
 * network of 64 bits that one household or one host has.  Into `out`, 16
 * bytes. */
struct bytes quota_address(const char *remote, uint8_t out[16]);
