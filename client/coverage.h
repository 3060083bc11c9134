/*
 * coverage.h - how far a street round came: how many of its doors were visited
 * and what came of the last visit.  Never which door: no address leaves this
 * file.
 *
 * From what is on this device; of rounds that are closed their doors may be
 * gone.
 */
#pragma once

#include "client/app.h"

enum { COVERAGE_RESULTS_MAX = 64 };

struct coverage { /* of one round; in the arena of the app */
    struct id route;
    uint32_t area;
    const char *title;
    size_t doors;        /* addresses of its streets, and others visited */
    size_t do_not_visit; /* of them */
    size_t visited;      /* of them, at least once */
    size_t visits;       /* attempts */
    /* By the choices of `list`: doors by the result of their last visit. */
    const struct shape_list *list;
    size_t results[COVERAGE_RESULTS_MAX];
};

/* Of all rounds on this device, or of one area (0: all), by title.  The caller
 * frees *out. */
MUST_USE enum rc coverage_all(struct app *a, uint32_t area,
                              struct coverage **out, size_t *n,
                              struct err *err);

/* Does a round with these streets go by this one?  It names a street, or a
 * street and some of its numbers. */
bool coverage_on_street(const struct value *streets, struct bytes street);
