/* odata_doc.h - what an OData service says of itself: its tables (the service
 * document, JSON Format 4.0, 5) and their properties (CSDL 4.0). */
#pragma once

#include "server/odata_sets.h"

#define ODATA_NAMESPACE "stoep"

/* `root`: the address of the service, with a '/' at its end. */
void odata_service(const struct odata_set *sets, size_t n, const char *root,
                   enum lang lang, struct buf *out);
void odata_metadata(const struct odata_set *sets, size_t n, struct buf *out);
