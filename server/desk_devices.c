/* Devices: which there are, what is on one, and their end. */
#include "server/contact.h"
#include "server/desk.h"
#include "server/held.h"
#include "server/withdrawn.h"

static const char *state_of(const struct device *d, uint64_t now_ms)
{
    if (d->wiped_ms != 0)
        return "wiped";
    if (d->told_ms != 0)
        return "told";
    if (d->revoked_ms != 0)
        return "withdrawn";
    return d->ends_ms != 0 && d->ends_ms < now_ms ? "ended" : "in use";
}

static enum rc account_of(struct desk *d, const struct device *one,
                          struct account *out, struct err *err)
{
    return store_account(
        d->store, arena_text(d->mem, (const char *)one->user.p, one->user.n),
        d->mem, out, err);
}

static const struct account *find_account(const struct account *all, size_t n,
                                          struct bytes user)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (bytes_eq(all[i].user, user))
            return &all[i];
    return NULL;
}

static json_t *device_json(struct desk *d, const struct device *one,
                           uint64_t contact_ms, bool manages)
{
    return json_pack(
        "{s:I, s:o, s:s, s:o, s:o, s:o, s:o, s:s, s:s, s:o, s:o, s:o, s:I,"
        " s:b}",
        "device", (json_int_t)one->caller.device, "user", desk_bytes(one->user),
        "role", role_word(one->caller.role), "name", desk_bytes(one->name),
        "enrolled", desk_when(one->enrolled_ms), "contact",
        desk_when(contact_ms), "lease", desk_when(one->lease_ms), "pin",
        one->pin < 0    ? "unknown"
        : one->pin == 1 ? "yes"
                        : "no",
        "state", state_of(one, d->now_ms), "revoked",
        desk_when(one->revoked_ms), "told", desk_when(one->told_ms), "wiped",
        desk_when(one->wiped_ms), "lost", (json_int_t)one->lost, "manages",
        manages);
}

static enum rc numbers(struct desk *d, uint32_t **out, size_t *n,
                       struct err *err)
{
    struct db_query *q = db_query(
        d->store->db, SQL("SELECT number, (SELECT count(*) FROM device)"
                          " AS n FROM device ORDER BY number"));

    *out = NULL;
    *n = 0;
    while (db_row(q)) {
        if (*out == NULL)
            *out = arena_new(d->mem, (size_t)db_i64(q, "n") * sizeof **out);
        (*out)[(*n)++] = (uint32_t)db_i64(q, "number");
    }
    return db_done(q, err);
}

enum rc desk_devices(struct desk *d, const json_t *in, json_t *out,
                     struct err *err)
{
    json_t *list = json_array();
    uint64_t contact_ms = 0;
    struct account *accounts;
    const struct account *account;
    struct device one;
    uint32_t *all;
    size_t n, accounts_n, i;
    enum rc rc = numbers(d, &all, &n, err);

    (void)in;
    json_object_set_new(out, "devices", list);
    if (rc == RC_OK)
        rc = store_accounts(d->store, d->mem, &accounts, &accounts_n, err);
    for (i = 0; rc == RC_OK && i < n; i++) {
        rc = store_device(d->store, all[i], d->mem, &one, err);
        if (rc != RC_OK)
            break;
        account = find_account(accounts, accounts_n, one.user);
        if (account == NULL || !desk_knows(d, account))
            continue;
        rc = contact_last(d->store, all[i], &contact_ms, err);
        if (rc == RC_OK)
            json_array_append_new(list, device_json(d, &one, contact_ms,
                                                    desk_manages(d, account)));
    }
    d->line->counted = true;
    d->line->hits = json_array_size(list);
    return rc;
}

/* One that they know of. */
static enum rc named(struct desk *d, const json_t *in, bool manages,
                     struct device *out, struct err *err)
{
    json_int_t number = json_integer_value(json_object_get(in, "device"));
    struct account a;
    enum rc rc;

    if (number <= 0 || number > UINT32_MAX)
        return err_set(err, RC_INVALID, "there is no such device");
    d->line->on = arena_printf(d->mem, "%lld", (long long)number);
    rc = store_device(d->store, (uint32_t)number, d->mem, out, err);
    if (rc == RC_OK)
        rc = account_of(d, out, &a, err);
    if (rc == RC_OK && !(manages ? desk_manages(d, &a) : desk_knows(d, &a)))
        rc = err_set(err, RC_DENIED, "this device is not of your people");
    return rc;
}

static json_t *area_json(const struct held_area *a)
{
    json_t *types = json_array();
    size_t i;
    int c;

    for (i = 0; i < a->types_n; i++) {
        const struct held_type *t = &a->types[i];
        json_t *with = json_object();

        for (c = 0; c < PRIVACY_N; c++)
            json_object_set_new(with, privacy_word((enum privacy)c),
                                json_integer((json_int_t)t->with[c]));
        json_array_append_new(
            types, json_pack("{s:{s:s, s:s}, s:I, s:I, s:o}", "label", "nl",
                             t->type->label.nl, "en", t->type->label.en,
                             "records", (json_int_t)t->records, "own",
                             (json_int_t)t->own, "holding", with));
    }
    return json_pack("{s:o, s:b, s:o, s:I, s:o}", "area", desk_bytes(a->slug),
                     "granted", a->granted, "asked", desk_when(a->at_ms),
                     "removed", (json_int_t)a->removed, "types", types);
}

enum rc desk_device_report(struct desk *d, const json_t *in, json_t *out,
                           struct err *err)
{
    json_t *areas = json_array(), *j;
    struct device one;
    struct held h;
    size_t i;
    enum rc rc = named(d, in, false, &one, err);

    if (rc == RC_OK)
        rc = held_by(d->store, one.caller.device, d->mem, &h, err);
    if (rc == RC_OK) {
        j = device_json(d, &h.device, h.contact_ms, false);
        json_object_update(out, j);
        json_decref(j);
        for (i = 0; i < h.areas_n; i++)
            json_array_append_new(areas, area_json(&h.areas[i]));
    }
    json_object_set_new(out, "areas", areas);
    return rc;
}

enum rc desk_device_revoke(struct desk *d, const json_t *in, json_t *out,
                           struct err *err)
{
    struct device one;
    enum rc rc = named(d, in, true, &one, err);

    (void)out;
    if (rc != RC_OK)
        return rc;
    desk_writes(d);
    return withdraw(d->dir, d->store, one.caller.device, d->now_ms, err);
}
