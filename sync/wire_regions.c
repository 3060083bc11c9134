/* The neighbourhoods of a town as a message (wire_parts.h). */
#include <string.h>

#include "sync/geo.h"
#include "sync/limits.h"
#include "sync/shape_text.h"
#include "sync/wire_parts.h"

void wire_put_regions(struct buf *out, const struct regions_told *told)
{
    size_t i;

    wire_pack_text(out, told->version);
    wire_pack_array(out, told->regions_n);
    for (i = 0; i < told->regions_n; i++) {
        wire_pack_array(out, 3);
        wire_pack_text(out, told->regions[i].code);
        wire_pack_text(out, told->regions[i].name);
        wire_pack_bin(out, told->regions[i].outline);
    }
}

static bool lawful(const struct region_told *r)
{
    return shape_is_code(r->code) && memcmp(r->code.p + 4, "BU", 2) == 0 &&
           r->name.n > 0 && geo_valid(r->outline);
}

void wire_get_regions(struct wire_reader *r, struct arena *mem,
                      struct regions_told *out)
{
    struct wire_reader list, one;
    struct region_told *p;
    size_t i;

    out->version = wire_take_text(r, name_bytes_max);
    list = wire_take_array(r, regions_max);
    p = arena_new(mem, list.n * sizeof *p);
    out->regions = p;
    out->regions_n = list.n;
    for (i = 0; i < out->regions_n && !list.bad; i++) {
        one = wire_take_array(&list, 3);
        p[i].code = wire_take_text(&one, name_bytes_max);
        p[i].name = wire_take_text(&one, value_bytes_max);
        p[i].outline = wire_take_bin(&one);
        if (!one.bad && (!lawful(&p[i]) ||
                         (i > 0 && bytes_cmp(p[i - 1].code, p[i].code) >= 0)))
            one.bad = true;
        wire_reader_end(&one, &list);
    }
    wire_reader_end(&list, r);
}
