/* The neighbourhoods as devices are told of them (regions.h). */
#include <inttypes.h>
#include <string.h>

#include "server/regions.h"
#include "sync/limits.h"
#include "sync/shape_text.h"

enum rc regions_told_version(struct store *s, struct arena *mem,
                             struct bytes *out, struct err *err)
{
    int64_t version = 0;
    enum rc rc = regions_version(s, &version, err);

    if (rc != RC_OK)
        return rc;
    /* The epoch, too: a server that was put back from a backup counts anew. */
    *out = version == 0 ? (struct bytes){0}
                        : bytes_of(arena_printf(mem, "%016" PRIx64 "-%" PRId64,
                                                s->epoch, version));
    return RC_OK;
}

/* Of what the field of a record can hold; others stay here. */
static void tell(const struct regions *r, struct arena *mem,
                 struct regions_told *out)
{
    struct region_told *p = arena_new(mem, (r->places_n + 1) * sizeof *p);
    size_t i;

    for (i = 0; i < r->places_n; i++) {
        const struct place *at = &r->places[i];
        struct bytes code =
            bytes_of(arena_printf(mem, "%04u%s", r->year, at->code));

        if (at->outline.n > 0 && shape_is_code(code))
            p[out->regions_n++] =
                (struct region_told){code, bytes_of(at->name), at->outline};
    }
    out->regions = p;
}

enum rc regions_told(struct store *s, struct arena *mem,
                     struct regions_told *out, struct err *err)
{
    struct regions r = {0};
    struct regions_told told = {0};
    enum rc rc = regions_told_version(s, mem, &told.version, err);

    if (rc == RC_OK)
        rc = regions_load(s, 0, mem, &r, err);
    if (rc == RC_NOTFOUND) /* none of any year */
        rc = RC_OK;
    if (rc != RC_OK)
        return rc;
    tell(&r, mem, &told);
    *out = told;
    return RC_OK;
}
