/* debug: look inside, for who mends or wonders. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/app.h"
#include "sync/base/text.h"
#include "sync/civil.h"
#include "sync/limits.h"
#include "sync/merge.h"
#include "sync/shape_text.h"
#include "sync/sys/file.h"

static void print_stamp(hlc_stamp s)
{
    struct civil c = civil_of((int64_t)(hlc_ms(s) / 1000));

    printf("%" PRIu64 " = %04d-%02u-%02u %02u:%02u:%02u + %u ms, count %u\n", s,
           c.year, c.month, c.day, c.hour, c.minute, c.second,
           (unsigned)(hlc_ms(s) % 1000), (unsigned)(s & 0xffff));
}

static void print_heads(const struct record *r, size_t f)
{
    struct buf b = buf_make(64 * 1024);
    size_t i;

    printf("  %s (%s)\n", r->type->fields[f].name,
           policy_word(r->type->fields[f].policy));
    for (i = 0; i < r->fields[f].n; i++) {
        const struct head *h = &r->fields[f].p[i];

        buf_clear(&b);
        shape_write_plain(&r->type->fields[f], &h->value, &b);
        printf("    device %u number %" PRIu64 " version %" PRIu64
               " base %" PRIu64 " clock %" PRIu64 ": %s\n",
               (unsigned)h->by->device, h->by->number, h->by->version,
               h->by->base_version, h->by->clock, buf_text(&b));
    }
    buf_free(&b);
}

static void print_record(const char *what, const struct record *r)
{
    size_t f;

    printf("%s: version %" PRIu64 "\n", what, r->version);
    for (f = 0; f < r->type->fields_n; f++)
        if (r->fields[f].n > 0)
            print_heads(r, f);
}

static enum rc debug_merge(struct app *a, const char *id, struct err *err)
{
    struct local_record r;
    struct rows_name name;
    enum rc rc = app_find(a, id, &name, err);

    if (rc == RC_OK)
        rc =
            local_load(&a->l, name.type, name.area, &name.id, &a->mem, &r, err);
    if (rc == RC_OK) {
        print_record("as pulled", &r.pulled);
        print_record("as shown", &r.shown);
    }
    return rc;
}

static void print_batch(const struct batch *b)
{
    char id[ID_TEXT_CHARS + 1];
    size_t i, w;

    printf("batch of device %u, area %u, from number %" PRIu64 "\n",
           (unsigned)b->device, (unsigned)b->area, b->first);
    for (i = 0; i < b->changesets_n; i++) {
        const struct changeset *c = &b->changesets[i];

        printf("  %" PRIu64 " %s %s base %" PRIu64, c->number,
               c->type == NULL ? b->faults[i] : c->type->name,
               id_text(&c->record, id), c->base_version);
        for (w = 0; w < c->writes_n; w++)
            printf(" %s", c->type->fields[c->writes[w].field].name);
        putchar('\n');
    }
}

static enum rc debug_wire(struct app *a, const char *path, struct err *err)
{
    static const char *const kinds[MESSAGE_KINDS_END] = {
        "?",    "hello",  "welcome", "batch", "ack",
        "pull", "states", "wipe",    "wiped", "regions"};
    struct message m;
    struct buf body;
    enum rc rc = file_read(path, message_bytes_max, &body, err);

    if (rc != RC_OK)
        return rc;
    rc = wire_get(buf_view(&body), a->l.shape, &a->mem, &m, err);
    if (rc == RC_OK) {
        printf("%s, %zu bytes\n", kinds[m.kind], body.n);
        if (m.kind == MESSAGE_BATCH)
            print_batch(&m.as.batch);
        if (m.kind == MESSAGE_STATES)
            printf("area %u, up to version %" PRIu64 ", %zu records\n",
                   (unsigned)m.as.states.area, m.as.states.upto,
                   m.as.states.records_n);
        if (m.kind == MESSAGE_REGIONS)
            printf("%zu neighbourhoods, version %.*s\n", m.as.regions.regions_n,
                   (int)m.as.regions.version.n,
                   (const char *)m.as.regions.version.p);
    }
    buf_free(&body);
    return rc;
}

int verb_debug(struct app *a, int argc, char **argv)
{
    struct err err;
    uint64_t stamp;
    enum rc rc = RC_OK;

    if (argc != 3)
        return app_usage(a, argv[0]);
    if (a->l.db == NULL && strcmp(argv[1], "hlc") != 0)
        rc = app_not_enrolled(a, &err);
    else if (strcmp(argv[1], "merge") == 0)
        rc = debug_merge(a, argv[2], &err);
    else if (strcmp(argv[1], "wire") == 0)
        rc = debug_wire(a, argv[2], &err);
    else if (strcmp(argv[1], "hlc") == 0 &&
             text_take_u64(bytes_of(argv[2]), UINT64_MAX, &stamp))
        print_stamp(stamp);
    else
        return app_usage(a, argv[0]);
    return rc == RC_OK ? EXIT_DONE : app_failed(a, &err);
}
