/* areas, enrol, devices, parked. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/table.h"
#include "server/tls.h"
#include "server/verbs.h"
#include "sync/base/text.h"
#include "sync/code.h"
#include "sync/limits.h"
#include "sync/sys/clock.h"
#include "sync/sys/file.h"
#include "sync/sys/random.h"

enum { CSV_BYTES_MAX = 1024 * 1024 };

/* 2026-11-23 14:05, or a dash. */
static const char *when(uint64_t ms, char out[20])
{
    time_t s = (time_t)(ms / 1000);
    struct tm tm;

    if (ms == 0)
        return "-";
    gmtime_r(&s, &tm);
    strftime(out, 20, "%Y-%m-%d %H:%M", &tm);
    return out;
}

static const char *text_in(struct arena *mem, struct bytes b)
{
    return arena_text(mem, (const char *)b.p, b.n);
}

/* -- areas -------------------------------------------------------------- */

static enum rc areas_print(struct store *s, bool json, struct err *err)
{
    static const char *const heads[] = {"#number", "area",     "name",
                                        "code",    "#version", NULL};
    struct arena mem = {0};
    struct area_info *list;
    struct table t;
    size_t n, i;
    enum rc rc = store_areas(s, &mem, &list, &n, err);

    if (rc == RC_OK) {
        table_init(&t, heads);
        for (i = 0; i < n; i++) {
            table_printf(&t, "%" PRIu32, list[i].number);
            table_put(&t, text_in(&mem, list[i].slug));
            table_put(&t, text_in(&mem, list[i].name));
            table_put(&t, text_in(&mem, list[i].code));
            table_printf(&t, "%" PRIu64, list[i].version);
        }
        table_print(&t, json);
        table_free(&t);
    }
    arena_free(&mem);
    return rc;
}

/* One line: slug,name,code.  A name may stand in double quotes. */
static enum rc area_line(struct store *s, char *line, struct err *err)
{
    char *name = strchr(line, ','), *code;
    uint32_t number;

    if (name == NULL)
        return err_set(err, RC_INVALID, "a line is slug,name,code");
    *name++ = '\0';
    if (*name == '"') {
        code = strchr(++name, '"');
        if (code != NULL) {
            *code++ = '\0';
            code = *code == ',' ? code : NULL;
        }
    } else {
        code = strchr(name, ',');
    }
    if (code == NULL)
        return err_set(err, RC_INVALID, "a line is slug,name,code");
    *code++ = '\0';
    return store_area_put(s, line, name, code, &number, err);
}

static enum rc areas_csv(struct store *s, const char *path, struct err *err)
{
    struct buf body;
    char *text, *line, *rest;
    unsigned at = 1;
    enum rc rc = file_read(path, CSV_BYTES_MAX, &body, err);

    if (rc != RC_OK)
        return rc;
    text = mem_text(buf_text(&body));
    buf_free(&body);
    rc = db_begin(s->db, err);
    if (rc == RC_OK) {
        strtok_r(text, "\r\n", &rest); /* the head */
        while (rc == RC_OK && (line = strtok_r(NULL, "\r\n", &rest)) != NULL) {
            at++;
            rc = area_line(s, line, err);
        }
        if (rc != RC_OK)
            err_wrap(err, rc, "%s:%u", path, at);
        rc = db_end(s->db, rc, err);
    }
    free(text);
    return rc;
}

int verb_areas(int argc, char **argv)
{
    const char *rest[3], *name = NULL, *code = "", *csv = NULL;
    bool json = false;
    struct option_spec spec[] = {{"name", &name, NULL},
                                 {"code", &code, NULL},
                                 {"csv", &csv, NULL},
                                 {"json", NULL, &json}};
    struct store s;
    uint32_t number;
    struct err err;
    size_t n;
    bool add;
    enum rc rc;

    if (!verb_options(argc, argv, spec, countof(spec), rest, 3, &n) || n == 0)
        return verb_usage(argv[0]);
    add = n == 3 && strcmp(rest[1], "add") == 0 && name != NULL;
    if (n != 1 && !add)
        return verb_usage(argv[0]);
    rc = store_open(rest[0], add || csv != NULL ? STORE_WRITE : STORE_READ,
                    NULL, &s, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    if (csv != NULL)
        rc =
            verb_note(rest[0], "area.set", csv, areas_csv(&s, csv, &err), &err);
    else if (add)
        rc = verb_note(rest[0], "area.set", rest[2],
                       store_area_put(&s, rest[2], name, code, &number, &err),
                       &err);
    else
        rc = areas_print(&s, json, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}

/* -- enrol -------------------------------------------------------------- */

static enum rc find_areas(struct store *s, const char *list, uint32_t *out,
                          size_t *n, struct err *err)
{
    char *text = mem_text(list), *rest, *slug;
    enum rc rc = RC_OK;

    *n = 0;
    for (slug = strtok_r(text, ",", &rest); slug != NULL && rc == RC_OK;
         slug = strtok_r(NULL, ",", &rest)) {
        if (*n == areas_per_device_max)
            rc = err_set(err, RC_LIMIT, "at most %d areas for one user",
                         areas_per_device_max);
        else
            rc = store_area_find(s, slug, &out[(*n)++], err);
    }
    free(text);
    return rc;
}

static enum rc find_role(const char *word, enum role *out, struct err *err)
{
    int r;

    for (r = 0; r < ROLES_N; r++)
        if (strcmp(word, role_word((enum role)r)) == 0) {
            *out = (enum role)r;
            return RC_OK;
        }
    return err_set(err, RC_INVALID,
                   "\"%s\" is no role: worker, external, lead, analyst,"
                   " privacy or admin",
                   word);
}

static enum rc read_pin(const char *dir, uint8_t *pin, struct err *err)
{
    struct server_conf conf;
    struct tls *tls;
    int none = 1;
    enum rc rc = verb_conf(dir, &none, NULL, &conf, err);

    if (rc == RC_OK)
        rc = tls_next_mend(conf.certificate, conf.key, err);
    if (rc == RC_OK)
        rc = tls_open(conf.certificate, conf.key, &tls, err);
    if (rc == RC_OK) {
        tls_pin(tls, pin);
        tls_close(tls);
    }
    return rc;
}

struct invitation {
    const char *user, *role, *areas;
    uint64_t ends_ms;
};

static enum rc invite(struct store *s, const char *dir,
                      const struct invitation *i, uint64_t expires_ms,
                      char *text, struct err *err)
{
    uint32_t areas[areas_per_device_max];
    uint8_t pin[TLS_PIN_BYTES];
    struct digest secret;
    struct code code;
    enum role role = ROLE_EXTERNAL;
    int64_t account = 0;
    size_t n;
    enum rc rc = find_role(i->role, &role, err);

    if (rc == RC_OK)
        rc = find_areas(s, i->areas, areas, &n, err);
    if (rc == RC_OK)
        rc = read_pin(dir, pin, err);
    if (rc == RC_OK)
        rc = store_account_put(s, i->user, role, areas, n, i->ends_ms, &account,
                               err);
    if (rc != RC_OK)
        return rc;
    random_bytes(code.secret, sizeof code.secret);
    memcpy(code.pin, pin, sizeof code.pin);
    secret = digest_of((struct bytes){code.secret, sizeof code.secret});
    rc = store_code_put(s, &secret, account, expires_ms, err);
    if (rc == RC_OK)
        code_write(&code, text);
    return rc;
}

int verb_enrol(int argc, char **argv)
{
    const char *dir, *days = NULL;
    struct invitation i = {0};
    bool json = false;
    struct option_spec spec[] = {{"user", &i.user, NULL},
                                 {"role", &i.role, NULL},
                                 {"area", &i.areas, NULL},
                                 {"days", &days, NULL},
                                 {"json", NULL, &json}};
    uint64_t now_ms = clock_wall_ms(), n_days = 0;
    uint64_t expires_ms = now_ms + UINT64_C(1000) * code_age_s_max;
    char text[CODE_TEXT_BYTES], at[20], granted[1024];
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, countof(spec), &dir, 1, &n) || n != 1 ||
        i.user == NULL || i.role == NULL || i.areas == NULL)
        return verb_usage(argv[0]);
    if (days != NULL && !text_take_u64(bytes_of(days), 36500, &n_days)) {
        err_set(&err, RC_INVALID, "--days: \"%s\" is no number of days", days);
        return verb_failed(&err);
    }
    if (days != NULL)
        i.ends_ms = now_ms + n_days * 24 * 3600 * 1000;
    rc = store_open(dir, STORE_WRITE, NULL, &s, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    rc = invite(&s, dir, &i, expires_ms, text, &err);
    store_close(&s);
    snprintf(granted, sizeof granted, "%s %s %s", i.user, i.role, i.areas);
    rc = verb_note(dir, "grant", granted, rc, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    if (json)
        printf("{\"code\": \"%s\", \"expires\": \"%s\"}\n", text,
               when(expires_ms, at));
    else
        puts(text);
    return EXIT_DONE;
}

/* -- devices ------------------------------------------------------------ */

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
                       struct arena *mem, uint64_t now_ms)
{
    const char *state = "in use";
    char at[20];

    if (d->revoked_ms != 0)
        state = "withdrawn";
    else if (d->ends_ms != 0 && d->ends_ms < now_ms)
        state = "account ended";
    table_printf(t, "%" PRIu32, d->caller.device);
    table_put(t, text_in(mem, d->user));
    table_put(t, role_word(d->caller.role));
    table_printf(t, "%zu", d->caller.areas_n);
    table_put(t, text_in(mem, d->name));
    table_put(t, when(d->enrolled_ms, at));
    table_put(t, when(d->seen_ms, at));
    table_printf(t, "%" PRIu64, d->last);
    table_put(t, state);
}

static enum rc devices_print(struct store *s, bool json, struct err *err)
{
    static const char *const heads[] = {
        "#device",  "user", "role",        "#areas", "name",
        "enrolled", "seen", "#changesets", "state",  NULL};
    struct arena mem = {0};
    uint32_t *list;
    struct device d;
    struct table t;
    size_t n, i;
    enum rc rc = device_numbers(s, &mem, &list, &n, err);

    table_init(&t, heads);
    for (i = 0; rc == RC_OK && i < n; i++) {
        rc = store_device(s, list[i], &mem, &d, err);
        if (rc == RC_OK)
            device_row(&t, &d, &mem, clock_wall_ms());
    }
    if (rc == RC_OK)
        table_print(&t, json);
    table_free(&t);
    arena_free(&mem);
    return rc;
}

int verb_devices(int argc, char **argv)
{
    const char *rest[3];
    bool json = false, revoke;
    struct option_spec spec[] = {{"json", NULL, &json}};
    uint64_t number = 0;
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 1, rest, 3, &n) || n == 0)
        return verb_usage(argv[0]);
    revoke = n == 3 && strcmp(rest[1], "revoke") == 0 &&
             text_take_u64(bytes_of(rest[2]), UINT32_MAX, &number);
    if (n != 1 && !revoke)
        return verb_usage(argv[0]);
    rc = store_open(rest[0], revoke ? STORE_WRITE : STORE_READ, NULL, &s, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    if (revoke)
        rc = verb_note(
            rest[0], "revoke", rest[2],
            store_device_revoke(&s, (uint32_t)number, clock_wall_ms(), &err),
            &err);
    else
        rc = devices_print(&s, json, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}

/* -- parked ------------------------------------------------------------- */

int verb_parked(int argc, char **argv)
{
    static const char *const heads[] = {"#device", "#changeset", "#area",
                                        "at",      "reason",     NULL};
    const char *dir;
    bool json = false;
    struct option_spec spec[] = {{"json", NULL, &json}};
    struct db_query *q;
    struct table t;
    struct store s;
    struct err err;
    char at[20];
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 1, &dir, 1, &n) || n != 1)
        return verb_usage(argv[0]);
    if (store_open(dir, STORE_READ, NULL, &s, &err) != RC_OK)
        return verb_failed(&err);
    table_init(&t, heads);
    q = db_query(s.db, SQL("SELECT device, number, area, at_ms, reason"
                           " FROM parked ORDER BY at_ms, device, number"));
    while (db_row(q)) {
        table_printf(&t, "%" PRId64, db_i64(q, "device"));
        table_printf(&t, "%" PRId64, db_i64(q, "number"));
        table_printf(&t, "%" PRId64, db_i64(q, "area"));
        table_put(&t, when((uint64_t)db_i64(q, "at_ms"), at));
        table_put(&t, db_text(q, "reason"));
    }
    rc = db_done(q, &err);
    if (rc == RC_OK)
        rc = verb_show(dir, "parked", &t, json, &err);
    table_free(&t);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
