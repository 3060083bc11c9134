#include "server/desk.h"

#include <string.h>

#include "server/passkey_store.h"

#define OF(role) (1U << ROLE_##role)
enum {
    ALL = OF(LEAD) | OF(ANALYST) | OF(PRIVACY) | OF(ADMIN),
};

static const struct desk_call calls[] = {
    {"me", ALL, NULL, DESK_READS, desk_me},
    {"sign-out-all", ALL, "sign-out.all", DESK_WRITES, desk_sign_out_all},
    {"types", ALL, NULL, DESK_READS, desk_types},
    {"questions", OF(LEAD) | OF(ANALYST) | OF(PRIVACY), NULL, DESK_READS,
     desk_questions},
    {"people", OF(LEAD) | OF(ADMIN) | OF(PRIVACY), "accounts", DESK_READS,
     desk_people},
    {"invite", OF(LEAD) | OF(ADMIN), "grant", DESK_WRITES, desk_invite},
    {"passkeys", OF(ADMIN) | OF(PRIVACY), "passkeys", DESK_READS,
     desk_passkeys},
    {"passkey-revoke", OF(ADMIN), "revoke.passkey", DESK_WRITES,
     desk_passkey_revoke},
    {"devices", OF(LEAD) | OF(ADMIN) | OF(PRIVACY), "devices", DESK_READS,
     desk_devices},
    {"device-report", OF(LEAD) | OF(ADMIN) | OF(PRIVACY), "devices.report",
     DESK_READS, desk_device_report},
    {"device-revoke", OF(LEAD) | OF(ADMIN), "revoke", DESK_WRITES,
     desk_device_revoke},
    {"subject-find", OF(PRIVACY), "subject.find", DESK_SLOW, desk_subject_find},
    {"subject-export", OF(PRIVACY), "subject.export", DESK_SLOW,
     desk_subject_export},
    {"subject-erase", OF(PRIVACY), "subject.erase", DESK_WRITES,
     desk_subject_erase},
    {"subject-correct", OF(PRIVACY), "subject.correct", DESK_WRITES,
     desk_subject_correct},
    {"deletions", OF(PRIVACY), "retention register", DESK_READS,
     desk_deletions},
    {"unconfirmed", OF(PRIVACY), "subject.unconfirmed", DESK_READS,
     desk_unconfirmed},
    {"access", OF(PRIVACY), "access", DESK_SLOW, desk_access},
    {"bundle", OF(ADMIN), NULL, DESK_READS, desk_bundle},
    {"types-check", OF(ADMIN), NULL, DESK_SLOW, desk_types_check},
    {"types-publish", OF(ADMIN), "types.set", DESK_WRITES, desk_types_publish},
    {"list", OF(LEAD) | OF(PRIVACY), "list", DESK_READS, desk_list},
    {"show", OF(LEAD) | OF(PRIVACY), "show", DESK_READS, desk_show},
    {"related", OF(LEAD), "related", DESK_READS, desk_related},
    {"reviews", OF(LEAD), "reviews", DESK_READS, desk_reviews},
    {"save", OF(LEAD), "save", DESK_WRITES, desk_save},
};

const struct desk_call *desk_nth(size_t i)
{
    return i < countof(calls) ? &calls[i] : NULL;
}

const struct desk_call *desk_find(const char *name)
{
    size_t i;

    for (i = 0; i < countof(calls); i++)
        if (strcmp(calls[i].name, name) == 0)
            return &calls[i];
    return NULL;
}

void desk_writes(struct desk *d)
{
    *d->wrote = true;
}

/* -- for the calls ------------------------------------------------------------
 */

const char *desk_text_or(const json_t *in, const char *key, const char *none)
{
    const char *text = json_string_value(json_object_get(in, key));

    return text != NULL ? text : none;
}

enum rc desk_text(const json_t *in, const char *key, const char **out,
                  struct err *err)
{
    const char *text = desk_text_or(in, key, NULL);

    if (text == NULL)
        return err_set(err, RC_INVALID, "the member \"%s\" is missing", key);
    *out = text;
    return RC_OK;
}

enum rc desk_area(const struct desk *d, const json_t *in, uint32_t *out,
                  struct err *err)
{
    json_int_t area = json_integer_value(json_object_get(in, "area"));

    if (area <= 0 || area > UINT32_MAX ||
        !caller_has_area(&d->who->caller, (uint32_t)area))
        return err_set(err, RC_DENIED, "you have no rights in this area");
    *out = (uint32_t)area;
    return RC_OK;
}

enum rc desk_type(const struct desk *d, const json_t *in,
                  const struct shape_type **out, struct err *err)
{
    const char *name = NULL;
    const struct shape_type *t;
    enum rc rc = desk_text(in, "type", &name, err);

    if (rc != RC_OK)
        return rc;
    t = shape_type_named(d->store->shape, bytes_of(name));
    if (t == NULL || !desk_sees(d, t))
        return err_set(err, RC_DENIED,
                       "there is no record type \"%s\" for your role", name);
    *out = t;
    return RC_OK;
}

bool desk_sees(const struct desk *d, const struct shape_type *t)
{
    return !t->apart && (t->see >> d->who->caller.role & 1U);
}

static struct access_line *touch(struct desk *d)
{
    if (d->touched_n == d->touched_cap) {
        size_t cap = 2 * d->touched_cap + 8;
        struct access_line *more = arena_new(d->mem, cap * sizeof *more);

        if (d->touched_n > 0)
            memcpy(more, d->touched, d->touched_n * sizeof *more);
        d->touched = more;
        d->touched_cap = cap;
    }
    return &d->touched[d->touched_n++];
}

void desk_names(struct desk *d, const struct rows_name *name)
{
    char *id = arena_new(d->mem, ID_TEXT_CHARS + 1);

    *touch(d) = (struct access_line){.area = name->area,
                                     .type = name->type->name,
                                     .record = id_text(&name->id, id)};
}

/* One line for all of an area and a type.  What a role sees by virtue of its
 * office alone, no range of versions tells. */
void desk_shows(struct desk *d, const struct record *r)
{
    struct access_line *l = NULL;
    size_t i;

    if (!desk_sees(d, r->type)) {
        desk_names(d, &(struct rows_name){r->type, r->area, r->id});
        return;
    }
    for (i = 0; i < d->touched_n && l == NULL; i++)
        if (d->touched[i].record == NULL && d->touched[i].area == r->area &&
            d->touched[i].type == r->type->name)
            l = &d->touched[i];
    if (l == NULL) {
        l = touch(d);
        *l = (struct access_line){.area = r->area,
                                  .type = r->type->name,
                                  .range = ACCESS_VERSIONS,
                                  .low = r->version - 1,
                                  .high = r->version,
                                  .counted = true};
    }
    l->hits++;
    if (r->version <= l->low)
        l->low = r->version - 1;
    if (r->version > l->high)
        l->high = r->version;
}

json_t *desk_bytes(struct bytes b)
{
    return json_stringn_nocheck(b.n == 0 ? "" : (const char *)b.p, b.n);
}

json_t *desk_when(uint64_t ms)
{
    return ms == 0 ? json_null() : json_integer((json_int_t)ms);
}
