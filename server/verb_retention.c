/* retention: what is over, and what was deleted. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/deletion.h"
#include "server/retention.h"
#include "server/verbs.h"
#include "sync/civil.h"
#include "sync/sys/clock.h"

static void put_line(struct table *t, const struct retention *r, size_t f)
{
    const struct shape_type *type = r->type;
    const struct retention_count *c = &r->counts[f];
    struct civil day = civil_of((int64_t)(c->oldest_ms / 1000));

    if (c->now + c->soon + c->open == 0)
        return;
    table_put(t, type->name);
    table_put(t, f == 0 ? "(record)" : type->fields[f].name);
    table_put(t,
              f == 0 ? type->retention->name : type->fields[f].retention->name);
    table_printf(t, "%" PRIu64, c->now);
    table_printf(t, "%" PRIu64, c->soon);
    table_printf(t, "%" PRIu64, c->open);
    if (c->now > 0)
        table_printf(t, "%04d-%02u-%02u", day.year, day.month, day.day);
    else
        table_put(t, "");
}

static enum rc fill(struct store *s, struct table *t, struct err *err)
{
    static const char *const heads[] = {"type",  "field", "class",  "#now",
                                        "#soon", "#open", "oldest", NULL};
    struct retention r;
    size_t i, f;
    enum rc rc = retention_begin(&r, s, clock_wall_ms(), err);

    table_init(t, heads);
    for (i = 0; rc == RC_OK && i < s->shape->types_n; i++) {
        rc = retention_look(&r, &s->shape->types[i], err);
        for (f = 0; rc == RC_OK && f < r.type->fields_n; f++)
            put_line(t, &r, f);
    }
    retention_free(&r);
    return rc;
}

static enum rc show(const char *dir, struct store *s, bool json,
                    struct err *err)
{
    struct table t = {0};
    enum rc rc = fill(s, &t, err);

    if (rc == RC_OK)
        rc = verb_show(dir, "retention", &t, json, err);
    if (rc == RC_OK && !json)
        printf("nothing was deleted; `stoepd retention %s --run` deletes what"
               " is over (now);\nsoon: within %d days; open: waits for its"
               " record to be closed\n",
               dir, RETENTION_SOON_DAYS);
    table_free(&t);
    return rc;
}

static enum rc run(const char *dir, struct store *s, struct err *err)
{
    struct retained done;
    enum rc rc = retention_run(dir, s, clock_wall_ms(), &done, err);

    if (rc == RC_OK)
        printf("deleted: %" PRIu64 " records, %" PRIu64 " fields of others;\n"
               "`stoepd retention %s register` says of which types\n",
               done.records, done.fields, dir);
    return rc;
}

static enum rc show_register(const char *dir, struct store *s, bool json,
                             struct err *err)
{
    struct table t = {0};
    enum rc rc = deletion_table(s, &t, err);

    if (rc == RC_OK)
        rc = verb_show(dir, "retention register", &t, json, err);
    table_free(&t);
    return rc;
}

int verb_retention(int argc, char **argv)
{
    const char *rest[2];
    bool json = false, does = false;
    struct option_spec spec[] = {{"json", NULL, &json}, {"run", NULL, &does}};
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 2, rest, 2, &n) || n == 0 ||
        (n == 2 && (strcmp(rest[1], "register") != 0 || does)))
        return verb_usage(argv[0]);
    rc = store_open(rest[0], does ? STORE_WRITE : STORE_READ, NULL, &s, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    if (n == 2)
        rc = show_register(rest[0], &s, json, &err);
    else if (does)
        rc = verb_note(rest[0], "retention run", NULL, run(rest[0], &s, &err),
                       &err);
    else
        rc = show(rest[0], &s, json, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
