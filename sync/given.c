#include "sync/given.h"

struct value given_names(const struct record *r, struct arena *mem)
{
    size_t f = r->type->given_to;
    struct value names;
    bool review;

    assert(r->type->apart);
    merge_show(&r->type->fields[f], &r->fields[f], mem, &names, &review);
    return names;
}

struct record given_recalled(const struct record *r, struct arena *mem)
{
    struct record out = record_new(r->type, &r->id, r->area, mem);

    out.version = r->version;
    out.recalled = true;
    return out;
}
