/* devices: which there are, the end of one, and what is on it. */
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "server/contact.h"
#include "server/held.h"
#include "server/table.h"
#include "server/verbs.h"
#include "server/withdrawn.h"
#include "sync/base/text.h"
#include "sync/sys/clock.h"

enum { TYPES_SHOWN = 8 }; /* digits of a version */

static const char *state_of(const struct device *d, uint64_t now_ms)
{
    if (d->wiped_ms != 0)
        return MSG("withdrawn, wiped");
    if (d->told_ms != 0)
        return MSG("withdrawn, told to wipe");
    if (d->revoked_ms != 0)
        return MSG("withdrawn, not heard of since");
    if (d->ends_ms != 0 && d->ends_ms < now_ms)
        return MSG("account ended");
    return MSG("in use");
}

static const char *encryption_of(const struct device *d)
{
    if (d->pin < 0)
        return MSG("not known: it never said hello");
    return d->pin == 1
               ? MSG("encrypted (ChaCha20-Poly1305), its key behind a PIN"
                     " (Argon2id)")
               : MSG("encrypted, but its key lies beside it WITHOUT a PIN");
}

/* -- the list ----------------------------------------------------------- */

static enum rc device_numbers(struct store *s, struct arena *mem,
                              uint32_t **out, size_t *n, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT count(*) AS n FROM device"));
    uint32_t *list;
    size_t cap = 0;
    enum rc rc;

    *n = 0;
    if (db_row(q))
        cap = (size_t)db_i64(q, "n");
    rc = db_done(q, err);
    if (rc != RC_OK)
        return rc;
    list = arena_new(mem, (cap + 1) * sizeof *list);
    q = db_query(s->db, SQL("SELECT number FROM device ORDER BY number"));
    while (*n < cap && db_row(q))
        list[(*n)++] = (uint32_t)db_i64(q, "number");
    *out = list;
    return db_done(q, err);
}

static void device_row(struct table *t, const struct device *d,
                       uint64_t contact_ms, uint64_t now_ms)
{
    char at[20];

    table_printf(t, "%" PRIu32, d->caller.device);
    table_printf(t, "%.*s", (int)d->user.n, (const char *)d->user.p);
    table_put(t, role_word(d->caller.role));
    table_printf(t, "%zu", d->caller.areas_n);
    table_printf(t, "%.*s", (int)d->name.n, (const char *)d->name.p);
    table_put(t, verb_when(d->enrolled_ms, at));
    table_put(t, verb_when(contact_ms, at));
    table_put(t, verb_when(d->lease_ms, at));
    table_put(t, d->pin < 0 ? "-" : d->pin == 1 ? "yes" : "NO");
    table_printf(t, "%.*s",
                 (int)(d->types.n < TYPES_SHOWN ? d->types.n : TYPES_SHOWN),
                 (const char *)d->types.p);
    table_printf(t, "%" PRIu64, d->last);
    table_put(t, state_of(d, now_ms));
    table_put(t, verb_when(d->revoked_ms, at));
    table_put(t, verb_when(d->told_ms, at));
    table_put(t, verb_when(d->wiped_ms, at));
    table_printf(t, "%" PRIu64, d->lost);
}

static enum rc fill(struct store *s, struct table *t, struct err *err)
{
    struct arena mem = {0};
    uint32_t *list;
    struct device d;
    uint64_t contact_ms;
    size_t n, i;
    enum rc rc = device_numbers(s, &mem, &list, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++) {
        rc = store_device(s, list[i], &mem, &d, err);
        if (rc == RC_OK)
            rc = contact_last(s, list[i], &contact_ms, err);
        if (rc == RC_OK)
            device_row(t, &d, contact_ms, clock_wall_ms());
    }
    arena_free(&mem);
    return rc;
}

static enum rc list(const char *dir, struct store *s, bool json,
                    struct err *err)
{
    static const char *const heads[] = {
        "#device",   "user",  "role",  "#areas", "name",        "enrolled",
        "seen",      "lease", "pin",   "types",  "#changesets", "state",
        "withdrawn", "told",  "wiped", "#lost",  NULL};
    struct table t;
    enum rc rc;

    table_init(&t, heads);
    rc = fill(s, &t, err);
    if (rc == RC_OK)
        rc = verb_show(dir, "devices", &t, json, err);
    table_free(&t);
    if (rc == RC_OK && !json)
        puts("What a device recorded and has not handed in only the device"
             " knows.");
    return rc;
}

/* -- the report --------------------------------------------------------- */

static json_t *json_bytes(struct bytes b)
{
    return json_stringn((const char *)b.p, b.n);
}

static json_t *json_when(uint64_t ms)
{
    char at[20];

    return ms == 0 ? json_null() : json_string(verb_when(ms, at));
}

static json_t *type_json(const struct held_type *t)
{
    json_t *with = json_object();
    int c;

    for (c = 0; c < PRIVACY_N; c++)
        json_object_set_new(with, privacy_word((enum privacy)c),
                            json_integer((json_int_t)t->with[c]));
    return json_pack("{s:s, s:I, s:I, s:o}", "type", t->type->name, "records",
                     (json_int_t)t->records, "own", (json_int_t)t->own,
                     "holding", with);
}

static json_t *area_json(const struct held_area *a)
{
    json_t *types = json_array();
    size_t i;

    for (i = 0; i < a->types_n; i++)
        json_array_append_new(types, type_json(&a->types[i]));
    return json_pack("{s:o, s:b, s:o, s:I, s:o}", "area", json_bytes(a->slug),
                     "granted", a->granted, "asked", json_when(a->at_ms),
                     "removed_since", (json_int_t)a->removed, "types", types);
}

static void report_json(const struct held *h, uint64_t now_ms)
{
    const struct device *d = &h->device;
    json_t *areas = json_array(), *j;
    size_t i;

    for (i = 0; i < h->areas_n; i++)
        json_array_append_new(areas, area_json(&h->areas[i]));
    j = json_pack("{s:I, s:o, s:o, s:s, s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o,"
                  " s:o, s:I, s:o}",
                  "device", (json_int_t)d->caller.device, "user",
                  json_bytes(d->user), "name", json_bytes(d->name), "role",
                  role_word(d->told), "state", state_of(d, now_ms), "pin",
                  d->pin < 0    ? "unknown"
                  : d->pin == 1 ? "yes"
                                : "no",
                  "encryption", encryption_of(d), "enrolled",
                  json_when(d->enrolled_ms), "seen", json_when(h->contact_ms),
                  "lease", json_when(d->lease_ms), "withdrawn",
                  json_when(d->revoked_ms), "told_to_wipe",
                  json_when(d->told_ms), "wiped", json_when(d->wiped_ms),
                  "lost", (json_int_t)d->lost, "areas", areas);
    json_dumpf(j, stdout, JSON_INDENT(1));
    putchar('\n');
    json_decref(j);
}

static void lease_line(const struct device *d, uint64_t now_ms, enum lang lang)
{
    char at[20];

    if (d->lease_ms == 0)
        puts(msg(lang, "Lease: none yet"));
    else if (d->lease_ms > now_ms)
        printf(msg(lang, "Lease: can be read until %s\n"),
               verb_when(d->lease_ms, at));
    else
        printf(msg(lang, "Lease: ran out on %s; it opens to nobody without a"
                         " sync\n"),
               verb_when(d->lease_ms, at));
}

static void report_head(const struct held *h, uint64_t now_ms, enum lang lang)
{
    const struct device *d = &h->device;
    char at[20];

    printf(msg(lang, "Device %u (%.*s) of %.*s, %s\n"),
           (unsigned)d->caller.device, (int)d->name.n, (const char *)d->name.p,
           (int)d->user.n, (const char *)d->user.p, role_word(d->told));
    printf(msg(lang, "State: %s\n"), msg(lang, state_of(d, now_ms)));
    printf(msg(lang, "Storage: %s\n"), msg(lang, encryption_of(d)));
    printf(msg(lang, "Last contact: %s\n"), verb_when(h->contact_ms, at));
    lease_line(d, now_ms, lang);
    if (d->revoked_ms != 0)
        printf(msg(lang, "Withdrawn: %s\n"), verb_when(d->revoked_ms, at));
    if (d->told_ms != 0)
        printf(msg(lang, "Told to wipe itself: %s\n"),
               verb_when(d->told_ms, at));
    if (d->wiped_ms != 0)
        printf(msg(lang, "Wiped, as it confirmed: %s; %" PRIu64
                         " changes were lost with it\n"),
               verb_when(d->wiped_ms, at), d->lost);
}

static void area_rows(struct table *t, const struct held_area *a,
                      enum lang lang)
{
    size_t i;
    int c;

    for (i = 0; i < a->types_n; i++) {
        const struct held_type *h = &a->types[i];

        table_printf(t, "%.*s", (int)a->slug.n, (const char *)a->slug.p);
        table_put(t, label_in(&h->type->label, lang));
        table_printf(t, "%" PRIu64, h->records);
        for (c = PRIVACY_INDIRECT; c < PRIVACY_N; c++)
            table_printf(t, "%" PRIu64, h->with[c]);
        table_printf(t, "%" PRIu64, h->own);
    }
}

static void area_notes(const struct held_area *a, enum lang lang)
{
    if (!a->granted)
        printf(msg(lang, "%.*s is withdrawn from this user: gone from the"
                         " device at its next contact\n"),
               (int)a->slug.n, (const char *)a->slug.p);
    if (a->removed > 0)
        printf(msg(lang, "%.*s: %" PRIu64 " records were erased or emptied"
                         " since; the device may still hold them\n"),
               (int)a->slug.n, (const char *)a->slug.p, a->removed);
}

static void report_text(const struct held *h, uint64_t now_ms, enum lang lang)
{
    static const char *const nl[] = {
        "gebied",  "soort",      "#records",     "#indirect",
        "#direct", "#bijzonder", "#vrije tekst", "#zelf geschreven",
        NULL};
    static const char *const en[] = {"area",       "type",      "#records",
                                     "#indirect",  "#direct",   "#special",
                                     "#free text", "#own work", NULL};
    struct table t;
    size_t i;

    report_head(h, now_ms, lang);
    if (h->device.wiped_ms != 0)
        puts(msg(lang, "\nBefore it was wiped:"));
    puts(msg(lang, "\nAt most on it, as counts of records; of these, how many"
                   " hold personal data of which kind:"));
    table_init(&t, lang == LANG_EN ? en : nl);
    for (i = 0; i < h->areas_n; i++)
        area_rows(&t, &h->areas[i], lang);
    table_print(&t, false);
    table_free(&t);
    for (i = 0; i < h->areas_n; i++)
        area_notes(&h->areas[i], lang);
    puts(msg(lang, "What it recorded after its last sync only the device"
                   " knows."));
}

static enum rc report(const char *dir, struct store *s, uint32_t number,
                      enum lang lang, bool json, struct err *err)
{
    struct arena mem = {0};
    struct held h;
    char text[16];
    uint64_t now_ms = clock_wall_ms();
    enum rc rc = held_by(s, number, &mem, &h, err);

    snprintf(text, sizeof text, "%" PRIu32, number);
    rc = verb_note(dir, "devices.report", text, rc, err);
    if (rc == RC_OK && json)
        report_json(&h, now_ms);
    else if (rc == RC_OK)
        report_text(&h, now_ms, lang);
    arena_free(&mem);
    return rc;
}

/* -- the verb ----------------------------------------------------------- */

static enum rc revoke(const char *dir, struct store *s, const char *number_text,
                      uint32_t number, struct err *err)
{
    enum rc rc = verb_note(dir, "revoke", number_text,
                           withdraw(dir, s, number, clock_wall_ms(), err), err);

    if (rc == RC_OK)
        printf("device %" PRIu32 " is withdrawn, and wipes itself at its next"
               " contact; what was on it: `stoepd devices %s report %" PRIu32
               "`\n",
               number, dir, number);
    return rc;
}

int verb_devices(int argc, char **argv)
{
    const char *rest[3], *lang = "nl", *word;
    bool json = false, ends, reports;
    struct option_spec spec[] = {{"lang", &lang, NULL}, {"json", NULL, &json}};
    uint64_t number = 0;
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 2, rest, 3, &n) || n == 0)
        return verb_usage(argv[0]);
    word = n == 3 && text_take_u64(bytes_of(rest[2]), UINT32_MAX, &number)
               ? rest[1]
               : "";
    ends = strcmp(word, "revoke") == 0;
    reports = strcmp(word, "report") == 0;
    if (n != 1 && !ends && !reports)
        return verb_usage(argv[0]);
    rc = store_open(rest[0], ends ? STORE_WRITE : STORE_READ, NULL, &s, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    if (ends)
        rc = revoke(rest[0], &s, rest[2], (uint32_t)number, &err);
    else if (reports)
        rc = report(rest[0], &s, (uint32_t)number,
                    strcmp(lang, "en") == 0 ? LANG_EN : LANG_NL, json, &err);
    else
        rc = list(rest[0], &s, json, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
