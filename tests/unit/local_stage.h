/* local_stage.h - a device's store in a folder of its own, and what happens
 * to it: saves, acknowledgements, pulls. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <unistd.h>

#include "client/local.h"
#include "sync/limits.h"
#include "sync/merge.h"

enum { AREA = 4 };

struct stage {
    char dir[256];
    struct local l;
    struct arena mem;
    const struct shape_type *signal;
};

static inline void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static inline void reopen(struct stage *s)
{
    struct err err;

    if (s->l.db != NULL)
        local_close(&s->l);
    ok(local_open(s->dir, NULL, &s->l, &err), &err);
    s->signal = shape_type_named(s->l.shape, bytes_of("signal"));
}

static inline void greet_as(struct stage *s, enum role role, uint64_t epoch,
                            uint64_t last, bool restart, size_t areas_n)
{
    struct area_info area = {.number = AREA,
                             .slug = bytes_of("selwerd"),
                             .name = bytes_of("Selwerd")};
    struct welcome w = {.epoch = epoch,
                        .last = last,
                        .user = bytes_of("w"),
                        .role = role,
                        .areas = &area,
                        .areas_n = areas_n};
    struct err err;

    ok(local_welcome(&s->l, &w, restart, &err), &err);
}

static inline void greet(struct stage *s, uint64_t epoch, uint64_t last,
                         bool restart, size_t areas_n)
{
    greet_as(s, ROLE_WORKER, epoch, last, restart, areas_n);
}

static inline int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    struct err err;

    snprintf(s->dir, sizeof s->dir, "%s/local.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    reopen(s);
    ok(local_enrolled(&s->l, 3, &err), &err);
    greet(s, 55, 0, false, 1);
    *state = s;
    return 0;
}

static inline int tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];

    local_close(&s->l);
    arena_free(&s->mem);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    if (system(command) != 0)
        return 1;
    free(s);
    return 0;
}

static inline struct id record_id(unsigned n)
{
    uint8_t random[ID_RANDOM_BYTES] = {0};

    random[9] = (uint8_t)n;
    return id_make(UINT64_C(1790000000000), random);
}

static inline uint16_t field(const struct stage *s, const char *name)
{
    return (uint16_t)shape_field_index(
        s->signal, shape_field_named(s->signal, bytes_of(name)));
}

/* Save one field of a record; what was saved comes back. */
static inline struct changeset save(struct stage *s, unsigned n,
                                    const char *name, const char *value)
{
    struct write *w = arena_new(&s->mem, sizeof *w);
    struct changeset c = {.area = AREA,
                          .type = s->signal,
                          .record = record_id(n),
                          .writes = w,
                          .writes_n = 1};
    struct err err;

    w->field = field(s, name);
    w->value = value_text(value);
    ok(local_save(&s->l, &c, 1790000000000, &s->mem, &err), &err);
    return c;
}

/* What is shown of a field; "" if nothing, "-" if there is no record. */
static inline const char *shown(struct stage *s, unsigned n, const char *name)
{
    struct id id = record_id(n);
    struct local_record r;
    struct shown sh;
    const struct value *v;
    struct err err;

    ok(local_load(&s->l, s->signal, AREA, &id, &s->mem, &r, &err), &err);
    if (!record_exists(&r.shown))
        return "-";
    merge_show_record(&r.shown, &s->mem, &sh);
    v = &sh.values[field(s, name)];
    return v->kind == VALUE_TEXT
               ? arena_text(&s->mem, (const char *)v->as.text.p, v->as.text.n)
               : "";
}

/* Another device's write comes with a pull, as `version`; with what this
 * device handed in before if `own`. */
static inline void pull(struct stage *s, unsigned n, const char *name,
                        const char *value, uint64_t version,
                        const struct changeset *own, uint64_t own_version)
{
    struct write w = {.field = field(s, name), .value = value_text(value)};
    struct id id = record_id(n);
    struct record r = record_new(s->signal, &id, AREA, &s->mem);
    struct changeset c = {.device = 9,
                          .number = version,
                          .clock = version,
                          .area = AREA,
                          .type = s->signal,
                          .record = id,
                          .writes = &w,
                          .writes_n = 1};
    struct states st = {
        .area = AREA, .upto = version, .records = &r, .records_n = 1};
    struct err err;

    if (own != NULL)
        merge_apply(&r, own, own_version, &s->mem);
    merge_apply(&r, &c, version, &s->mem);
    ok(local_apply(&s->l, &st, 1790000000000, &s->mem, &err), &err);
}

static inline void acknowledge(struct stage *s, uint64_t first, uint64_t last,
                               uint64_t version)
{
    struct ack_range range = {first, last, version};
    struct ack_parked parked = {first, bytes_of("no such field")};
    struct ack a = {.device = 3,
                    .area = AREA,
                    .ranges = &range,
                    .ranges_n = 1,
                    .parked = &parked,
                    .parked_n = version == 0};
    struct err err;

    ok(local_ack(&s->l, &a, 1790000000000, &s->mem, &err), &err);
}

static inline struct local_counts counts(struct stage *s)
{
    struct local_counts c;
    struct err err;

    ok(local_count(&s->l, &c, &err), &err);
    return c;
}

static inline size_t batch_size(struct stage *s, uint64_t from)
{
    struct batch b;
    struct err err;

    ok(local_batch(&s->l, from, batch_bytes_target, &s->mem, &b, &err), &err);
    return b.changesets_n;
}
