/*
 * register.h - the register of processing activities (GDPR article 30) and a
 * draft of the impact assessment (article 35), as they follow from the record
 * types in force.
 *
 * What only the organisation knows (its name, its officer, its decisions) is
 * left open, to be filled in by hand.
 */
#pragma once

#include "sync/shape.h"

/* Append it as Markdown. */
void register_put(struct buf *out, const struct shape *s, enum lang lang);
const char *register_title(enum lang lang);
