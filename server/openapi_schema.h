/* openapi_schema.h - what answers look like, as schemas of OpenAPI 3.0; for
 * openapi.c. */
#pragma once

#include <jansson.h>

#include "server/question.h"

/* "votes-by-round" -> "VotesByRound", in `mem`. */
const char *schema_name(struct arena *mem, const char *name);
/* All of them, by name: components/schemas. */
json_t *schema_all(struct arena *mem);
json_t *schema_ref(struct arena *mem, const char *kind, const char *name);
