/* People: who may do what where, and the codes with which they begin. */
#include <string.h>

#include "server/desk.h"
#include "server/invite.h"
#include "server/passkey_store.h"
#include "server/qr.h"
#include "server/withdrawn.h"
#include "sync/base/msg.h"
#include "sync/limits.h"

/* -- whom
 * ----------------------------------------------------------------------- */

static size_t shared_areas(const struct desk *d, const struct account *a)
{
    size_t i, n = 0;

    for (i = 0; i < a->areas_n; i++)
        n += caller_has_area(&d->who->caller, a->areas[i]);
    return n;
}

bool desk_knows(const struct desk *d, const struct account *a)
{
    return d->who->caller.role == ROLE_ADMIN || shared_areas(d, a) > 0;
}

bool desk_manages(const struct desk *d, const struct account *a)
{
    if (d->who->caller.role == ROLE_ADMIN)
        return true;
    return d->who->caller.role == ROLE_LEAD &&
           (a->role == ROLE_WORKER || a->role == ROLE_EXTERNAL) &&
           a->areas_n > 0 && shared_areas(d, a) == a->areas_n;
}

/* -- the list
 * --------------------------------------------------------------------- */

static json_t *account_json(const struct desk *d, const struct account *a)
{
    json_t *areas = json_array();
    size_t i;

    for (i = 0; i < a->areas_n; i++)
        json_array_append_new(areas, json_integer(a->areas[i]));
    return json_pack("{s:o, s:s, s:o, s:o, s:o, s:o, s:I, s:b, s:b}", "user",
                     desk_bytes(a->user), "role", role_word(a->role), "areas",
                     areas, "worker_type", desk_bytes(a->worker_type), "rules",
                     desk_when(a->rules_ms), "ends", desk_when(a->ends_ms),
                     "devices", (json_int_t)a->devices, "ended",
                     a->ends_ms != 0 && a->ends_ms < d->now_ms, "manages",
                     desk_manages(d, a));
}

/* The types of worker there are, for a form. */
static json_t *worker_types(const struct desk *d)
{
    const struct shape *s = d->store->shape;
    json_t *list = json_array();
    size_t i, k;

    for (i = 0; i < s->lists_n; i++)
        for (k = 0; strcmp(s->lists[i].name, "worker-type") == 0 &&
                    k < s->lists[i].choices_n;
             k++) {
            const struct shape_choice *c = &s->lists[i].choices[k];

            json_array_append_new(
                list, json_pack("{s:s, s:{s:s, s:s}}", "code", c->code, "label",
                                "nl", c->label.nl, "en", c->label.en));
        }
    return list;
}

static enum rc all_areas(struct desk *d, json_t *list, struct err *err)
{
    struct area_info *areas;
    size_t n, i;
    enum rc rc = store_areas(d->store, d->mem, &areas, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        if (d->who->caller.role == ROLE_ADMIN ||
            caller_has_area(&d->who->caller, areas[i].number))
            json_array_append_new(list,
                                  json_pack("{s:I, s:o, s:o}", "number",
                                            (json_int_t)areas[i].number, "slug",
                                            desk_bytes(areas[i].slug), "name",
                                            desk_bytes(areas[i].name)));
    return rc;
}

enum rc desk_people(struct desk *d, const json_t *in, json_t *out,
                    struct err *err)
{
    json_t *list = json_array(), *areas = json_array();
    struct account *all;
    size_t n, i;
    enum rc rc = store_accounts(d->store, d->mem, &all, &n, err);

    (void)in;
    json_object_set_new(out, "people", list);
    json_object_set_new(out, "areas", areas);
    json_object_set_new(out, "worker_types", worker_types(d));
    for (i = 0; rc == RC_OK && i < n; i++)
        if (desk_knows(d, &all[i]))
            json_array_append_new(list, account_json(d, &all[i]));
    d->line->counted = true;
    d->line->hits = json_array_size(list);
    return rc == RC_OK ? all_areas(d, areas, err) : rc;
}

/* -- an invitation
 * ------------------------------------------------------------------ */

static const char *given(const json_t *in, const char *key)
{
    const char *text = desk_text_or(in, key, "");

    return text[0] == '\0' ? NULL : text;
}

static const char *area_list(struct desk *d, const json_t *in)
{
    struct buf b = buf_make(64 * 1024);
    const char *out = NULL;
    json_t *one;
    size_t i;

    json_array_foreach(json_object_get(in, "areas"), i, one)
    {
        buf_printf(&b, "%s%s", i > 0 ? "," : "",
                   json_is_string(one) ? json_string_value(one) : "");
    }
    if (b.n > 0)
        out = arena_text(d->mem, buf_text(&b), b.n);
    buf_free(&b);
    return out;
}

/* What it was, if there is one, and what it became are both theirs to give. */
static enum rc may_invite(struct desk *d, const char *user, struct err *err)
{
    struct account a;
    enum rc rc = store_account(d->store, user, d->mem, &a, err);

    if (rc == RC_NOTFOUND || (rc == RC_OK && desk_manages(d, &a)))
        return RC_OK;
    return rc == RC_OK ? err_set(err, RC_DENIED,
                                 MSG("only an administrator gives this"))
                       : rc;
}

static enum rc put_code(const struct invitation *i, json_t *out,
                        struct err *err)
{
    struct buf svg = buf_make(1 << 20);
    enum rc rc = RC_OK;

    json_object_set_new(out, "code", json_string(i->code));
    json_object_set_new(out, "expires", desk_when(i->expires_ms));
    if (i->link[0] != '\0') {
        json_object_set_new(out, "link", json_string(i->link));
        rc = qr_svg(i->link, &svg, err);
        json_object_set_new(out, "svg", desk_bytes(buf_view(&svg)));
    }
    buf_free(&svg);
    return rc;
}

static enum rc invited(struct desk *d, const struct wish *w,
                       struct invitation *i, json_t *out, struct err *err)
{
    enum rc rc = may_invite(d, w->user, err);

    if (rc != RC_OK)
        return rc;
    desk_writes(d);
    rc = invite(d->store, w, d->conf, d->pin, i, err);
    if (rc == RC_OK && !desk_manages(d, &i->account))
        rc = err_set(err, RC_DENIED, MSG("only an administrator gives this"));
    return rc == RC_OK ? put_code(i, out, err) : rc;
}

enum rc desk_invite(struct desk *d, const json_t *in, json_t *out,
                    struct err *err)
{
    struct wish w = {.dir = d->dir,
                     .role = given(in, "role"),
                     .areas = area_list(d, in),
                     .url = d->conf->url[0] == '\0' ? given(in, "url") : NULL,
                     .until = given(in, "until"),
                     .type = given(in, "worker_type"),
                     .rules = given(in, "rules")};
    struct invitation i = {.now_ms = d->now_ms,
                           .expires_ms =
                               d->now_ms + UINT64_C(1000) * code_age_s_max};
    enum rc rc = desk_text(in, "user", &w.user, err);

    if (rc == RC_OK) {
        d->line->on = arena_printf(d->mem, "%s %s %s", w.user,
                                   w.role == NULL ? "" : w.role,
                                   w.areas == NULL ? "" : w.areas);
        rc = invited(d, &w, &i, out, err);
    }
    arena_free(&i.mem);
    return rc;
}

/* -- passkeys
 * ------------------------------------------------------------------------ */

enum rc desk_passkeys(struct desk *d, const json_t *in, json_t *out,
                      struct err *err)
{
    json_t *list = json_array();
    uint32_t *numbers;
    struct passkey p;
    size_t n, i;
    enum rc rc = passkey_numbers(d->store, d->mem, &numbers, &n, err);

    (void)in;
    json_object_set_new(out, "passkeys", list);
    for (i = 0; rc == RC_OK && i < n; i++) {
        rc = passkey_load(d->store, numbers[i], d->mem, &p, err);
        if (rc == RC_OK)
            json_array_append_new(
                list,
                json_pack("{s:I, s:o, s:s, s:o, s:o, s:o, s:o}", "passkey",
                          (json_int_t)p.number, "user", desk_bytes(p.user),
                          "role", role_word(p.caller.role), "name",
                          desk_bytes(p.name), "made", desk_when(p.enrolled_ms),
                          "seen", desk_when(p.seen_ms), "revoked",
                          desk_when(p.revoked_ms)));
    }
    d->line->counted = true;
    d->line->hits = n;
    return rc;
}

enum rc desk_passkey_revoke(struct desk *d, const json_t *in, json_t *out,
                            struct err *err)
{
    json_int_t number = json_integer_value(json_object_get(in, "passkey"));

    (void)out;
    if (number <= 0 || number > UINT32_MAX)
        return err_set(err, RC_INVALID, "there is no such passkey");
    d->line->on = arena_printf(d->mem, "%lld", (long long)number);
    desk_writes(d);
    return withdraw_passkey(d->dir, d->store, (uint32_t)number, d->now_ms, err);
}
