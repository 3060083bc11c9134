/* disclosure_plan.h - changes that belong together: a record more or less, or
 * another label on one, so that records and labels still fit.  For
 * disclosure_audit.c alone. */
#pragma once

#include "server/disclosure_world.h"

/* What makes `c` true.  False: that cannot be done there. */
bool plan_swap(struct world *w, const struct change *c, struct plan *out);
bool plan_record(struct world *w, const struct change *c, struct plan *out);
/* A change where labels and records do not fit. */
bool plan_refit(struct world *w, size_t fit, struct plan *out);
