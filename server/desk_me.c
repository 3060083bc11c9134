/* Who is signed in, and what for (desk.h). */
#include "server/desk.h"
#include "server/passkey_store.h"

static enum rc my_areas(struct desk *d, json_t *to, struct err *err)
{
    struct area_info *all;
    size_t n, i;
    enum rc rc = store_areas(d->store, d->mem, &all, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        if (caller_has_area(&d->who->caller, all[i].number))
            json_array_append_new(to,
                                  json_pack("{s:I, s:o, s:o}", "number",
                                            (json_int_t)all[i].number, "slug",
                                            desk_bytes(all[i].slug), "name",
                                            desk_bytes(all[i].name)));
    return rc;
}

/* What the pages show of these, they look up here. */
static void my_calls(const struct desk *d, json_t *to)
{
    const struct desk_call *c;
    size_t i;

    for (i = 0; (c = desk_nth(i)) != NULL; i++)
        if (c->roles >> d->who->caller.role & 1U)
            json_array_append_new(to, json_string(c->name));
}

enum rc desk_me(struct desk *d, const json_t *in, json_t *out, struct err *err)
{
    json_t *areas = json_array(), *calls = json_array();
    enum rc rc;

    (void)in;
    json_object_set_new(out, "user", desk_bytes(d->who->user));
    json_object_set_new(out, "role",
                        json_string(role_word(d->who->caller.role)));
    json_object_set_new(out, "ends", desk_when(d->who->ends_ms));
    json_object_set_new(out, "areas", areas);
    json_object_set_new(out, "calls", calls);
    my_calls(d, calls);
    rc = my_areas(d, areas, err);
    return rc;
}

enum rc desk_sign_out_all(struct desk *d, const json_t *in, json_t *out,
                          struct err *err)
{
    (void)in;
    (void)out;
    desk_writes(d);
    return passkey_end_sessions(d->store, d->passkey, d->now_ms, err);
}
