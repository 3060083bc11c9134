/* access: the access log for people; and what other verbs put into it. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/access_file.h"
#include "server/access_who.h"
#include "server/table.h"
#include "server/verbs.h"
#include "sync/base/text.h"
#include "sync/civil.h"

/* -- for the other verbs ------------------------------------------------ */

enum rc verb_note(const char *dir, const char *act, const char *on, enum rc rc,
                  struct err *err)
{
    struct access_line line = {.act = act, .rc = rc, .on = on};
    struct err own;

    if (access_say(dir, &line, &own) != RC_OK && rc == RC_OK) {
        *err = own;
        return err_wrap(err, own.code, "done, but not noted");
    }
    return rc;
}

enum rc verb_show(const char *dir, const char *act, const struct table *t,
                  bool json, struct err *err)
{
    struct access_line line = {
        .act = act, .counted = true, .hits = table_rows(t)};
    enum rc rc = access_say(dir, &line, err);

    if (rc == RC_OK)
        table_print(t, json);
    return rc;
}

/* -- the log ------------------------------------------------------------ */

struct asked {
    const char *dir, *user, *record, *area, *from, *to;
    bool json, csv;
    uint32_t area_number;
    struct access_who *who;
    struct table table;
    char begin[ACCESS_TIME_BYTES], end[ACCESS_TIME_BYTES];
};

static const char *who_of(const struct access_said *a)
{
    if (a->user[0] != '\0')
        return a->user;
    return a->login[0] != '\0' ? a->login : a->os;
}

static void put_number(struct table *t, uint64_t n)
{
    if (n == 0)
        table_put(t, "");
    else
        table_printf(t, "%" PRIu64, n);
}

static void put_what(struct table *t, const struct access_said *a)
{
    const char *what = a->record[0] != '\0' ? a->record
                       : a->file[0] != '\0' ? a->file
                                            : a->on;

    if (a->range == ACCESS_VERSIONS && a->high <= a->low)
        table_printf(t, "nothing after %" PRIu64, a->low);
    else if (a->range == ACCESS_VERSIONS)
        table_printf(t, "versions %" PRIu64 "-%" PRIu64, a->low + 1, a->high);
    else if (a->range == ACCESS_NUMBERS)
        table_printf(t, "changesets %" PRIu64 "-%" PRIu64, a->low, a->high);
    else
        table_put(t, what);
}

static bool wanted(const struct asked *q, const struct access_said *a,
                   const char **did)
{
    *did = a->act;
    if (q->who != NULL && (*did = access_who_did(q->who, a)) == NULL)
        return false;
    return (q->user == NULL || strcmp(q->user, who_of(a)) == 0) &&
           (q->area == NULL || a->area == q->area_number) &&
           (q->from == NULL || strcmp(a->at, q->begin) >= 0) &&
           (q->to == NULL || strcmp(a->at, q->end) < 0);
}

static enum rc put_line(void *ctx, const struct access_said *a, struct err *err)
{
    struct asked *q = ctx;
    struct table *t = &q->table;
    const char *did;

    (void)err;
    if (!wanted(q, a, &did))
        return RC_OK;
    put_number(t, a->n);
    table_put(t, a->at);
    table_put(t, did);
    table_put(t, a->code[0] != '\0' ? a->code : a->result);
    table_put(t, who_of(a));
    table_put(t, a->role);
    put_number(t, a->device != 0 ? a->device : a->claims);
    put_number(t, a->key);
    table_put(t, a->from);
    put_number(t, a->area);
    table_put(t, a->type);
    put_what(t, a);
    if (a->counted)
        table_printf(t, "%" PRIu64, a->hits);
    else
        table_put(t, "");
    return RC_OK;
}

/* Where a Dutch day begins or ends, as lines say it. */
static bool day(const char *text, bool end, char out[ACCESS_TIME_BYTES])
{
    struct civil c = {0};
    char left;

    if (sscanf(text, "%4d-%2u-%2u%c", &c.year, &c.month, &c.day, &left) != 3 ||
        !civil_valid(&c))
        return false;
    if (end)
        c = civil_date(civil_days(c.year, c.month, c.day) + 1);
    access_time((uint64_t)civil_utc(&c) * 1000, out);
    return true;
}

static enum rc take_limits(struct store *s, struct asked *q, struct err *err)
{
    struct rows_name name;
    enum rc rc = RC_OK;

    if ((q->from != NULL && !day(q->from, false, q->begin)) ||
        (q->to != NULL && !day(q->to, true, q->end)))
        return err_set(err, RC_INVALID, "a day is written 2026-11-23");
    if (q->area != NULL)
        rc = store_area_find(s, q->area, &q->area_number, err);
    if (rc != RC_OK || q->record == NULL)
        return rc;
    rc = id_parse(bytes_of(q->record), &name.id, err);
    if (rc == RC_OK)
        rc = rows_find(s->rows, &name.id, &name.type, &name.area, err);
    return rc == RC_OK ? access_who_open(s, &name, &q->who, err) : rc;
}

static enum rc show(const struct asked *q, const char *act, struct err *err)
{
    struct access_line line = {
        .act = act, .counted = true, .hits = table_rows(&q->table)};
    enum rc rc = access_say(q->dir, &line, err);

    if (rc == RC_OK && q->csv)
        table_csv(&q->table);
    else if (rc == RC_OK)
        table_print(&q->table, q->json);
    return rc;
}

static enum rc list(struct store *s, struct asked *q, struct err *err)
{
    static const char *const heads[] = {
        "#line", "at",   "did",   "result", "who",  "role",  "#device",
        "#key",  "from", "#area", "type",   "what", "#hits", NULL};
    enum rc rc = take_limits(s, q, err);

    table_init(&q->table, heads);
    if (rc == RC_OK)
        rc = access_read(q->dir, put_line, q, err);
    if (rc == RC_OK)
        rc = show(q, "access", err);
    table_free(&q->table);
    access_who_close(q->who);
    return rc;
}

/* -- a review of who may what ------------------------------------------- */

static void put_day(struct table *t, uint64_t ms)
{
    char at[ACCESS_TIME_BYTES];

    access_time(ms, at);
    at[10] = '\0';
    table_put(t, ms == 0 ? "" : at);
}

/* One row per account and device; an account without one has a row as well. */
static enum rc review(struct store *s, struct asked *q, struct err *err)
{
    static const char *const heads[] = {
        "user", "role",     "areas",     "ends",      "device",
        "name", "enrolled", "last used", "withdrawn", NULL};
    struct db_query *rows = db_query(
        s->db,
        SQL("SELECT a.name AS user, a.role AS role, a.ends_ms AS ends,"
            " (SELECT group_concat(slug, ' ') FROM (SELECT area.slug AS slug"
            " FROM account_area JOIN area ON area.number = account_area.area"
            " WHERE account_area.account = a.number ORDER BY area.slug))"
            " AS areas, coalesce(d.number, 0) AS device,"
            " coalesce(d.name, '') AS name,"
            " coalesce(d.enrolled_ms, 0) AS enrolled,"
            " max(coalesce(d.seen_ms, 0), coalesce((SELECT max(at_ms)"
            " FROM contact WHERE contact.device = d.number), 0)) AS seen,"
            " coalesce(d.revoked_ms, 0) AS revoked"
            " FROM account a LEFT JOIN device d ON d.account = a.number"
            " ORDER BY a.name, d.number"));
    struct table *t = &q->table;
    enum rc rc;

    table_init(t, heads);
    while (db_row(rows)) {
        table_put(t, db_text(rows, "user"));
        table_put(t, db_text(rows, "role"));
        table_put(t, db_is_null(rows, "areas") ? "" : db_text(rows, "areas"));
        put_day(t, (uint64_t)db_i64(rows, "ends"));
        put_number(t, (uint64_t)db_i64(rows, "device"));
        table_put(t, db_text(rows, "name"));
        put_day(t, (uint64_t)db_i64(rows, "enrolled"));
        put_day(t, (uint64_t)db_i64(rows, "seen"));
        put_day(t, (uint64_t)db_i64(rows, "revoked"));
    }
    rc = db_done(rows, err);
    if (rc == RC_OK)
        rc = show(q, "access.review", err);
    table_free(t);
    return rc;
}

int verb_access(int argc, char **argv)
{
    struct asked q = {0};
    struct option_spec spec[] = {
        {"user", &q.user, NULL}, {"record", &q.record, NULL},
        {"area", &q.area, NULL}, {"from", &q.from, NULL},
        {"to", &q.to, NULL},     {"json", NULL, &q.json},
        {"csv", NULL, &q.csv}};
    const char *rest[2];
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, countof(spec), rest, 2, &n) || n == 0 ||
        (n == 2 && strcmp(rest[1], "review") != 0))
        return verb_usage(argv[0]);
    q.dir = rest[0];
    if (store_open(q.dir, STORE_READ, NULL, &s, &err) != RC_OK)
        return verb_failed(&err);
    rc = n == 2 ? review(&s, &q, &err) : list(&s, &q, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
