/*
 * open311.h - released signals as Open311 GeoReport v2 writes them
 * (http://wiki.open311.org/GeoReport_v2/), as JSON and as XML.
 *
 * Pure but for the store that released_all() reads.
 */
#pragma once

#include "server/released.h"

enum { OPEN311_REQUESTS_MAX = 1000, OPEN311_DAYS = 90 };

enum open311_format { OPEN311_JSON, OPEN311_XML };

struct open311_query {
    const char *ids, *codes, *statuses; /* lists with commas; or NULL */
    uint64_t from_ms, until_ms;         /* when it was asked; both included */
};

/* RC_INVALID: not a moment as W3C writes them (2026-11-19T00:00:00Z). */
MUST_USE enum rc open311_time(const char *name, const char *text, uint64_t *out,
                              struct err *err);

/* Does it fit?  A query by ids knows no dates. */
bool open311_wants(const struct open311_query *q, const struct released *r);

void open311_services(const struct shape_choice *const *themes, size_t n,
                      enum open311_format format, struct buf *out);
void open311_requests(const struct released *const *list, size_t n,
                      const struct server_conf *conf,
                      enum open311_format format, struct buf *out);
