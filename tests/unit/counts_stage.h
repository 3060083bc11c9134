/* A town in which things were said, for tests of what is told of it. */
#pragma once

#include "tests/unit/regions_stage.h"

#include "server/counts.h"
#include "sync/civil.h"

static uint64_t number;

static inline int begin(void **state)
{
    struct err err;
    uint32_t area;
    size_t n;
    int r = set_up(state);
    struct stage *s = *state;

    number = 1;
    /* What is drawn is the same each time. */
    ok(db_run(s->s.db,
              SQL("INSERT INTO count_key(key) VALUES"
                  " (CAST('0123456789abcdef0123456789abcdef' AS BLOB))"),
              &err),
       &err);
    import_town(s, 2022);
    ok(regions_import_layers(&s->s, 2022, town_layers, &n, &err), &err);
    ok(store_area_put(&s->s, "selwerd", "Selwerd", "2022BU00010101", &area,
                      &err),
       &err);
    return r;
}

static inline uint64_t ms_of(int year, unsigned month, unsigned day)
{
    struct civil c = {.year = year, .month = month, .day = day, .hour = 12};

    return (uint64_t)civil_utc(&c) * 1000;
}

/* A record made on a day; `n` makes it one of its own. */
static inline struct id made(uint64_t at_ms, unsigned n)
{
    uint8_t random[ID_RANDOM_BYTES] = {0};

    random[ID_RANDOM_BYTES - 1] = (uint8_t)n;
    random[ID_RANDOM_BYTES - 2] = (uint8_t)(n >> 8);
    return id_make(at_ms, random);
}

struct said { /* of one signal; NULL: nothing */
    const char *place, *point, *type, *theme, *reporter, *visibility;
    bool deleted;
};

static inline size_t put(const struct shape_type *t, struct write *w, size_t n,
                         const char *name, struct value v)
{
    w[n].field =
        (uint16_t)shape_field_index(t, shape_field_named(t, bytes_of(name)));
    w[n].value = v;
    return n + 1;
}

static inline void tell(struct stage *s, const char *type, struct id id,
                        const struct said *x)
{
    struct write w[8] = {{0}};
    struct bytes member = bytes_of(x->theme != NULL ? x->theme : "");
    struct changeset c = {.clock = number,
                          .type = shape_type_named(s->s.shape, bytes_of(type)),
                          .record = id,
                          .base_version = 100000,
                          .writes = w};

    if (x->place != NULL)
        c.writes_n =
            put(c.type, w, c.writes_n, "neighbourhood", value_text(x->place));
    if (x->point != NULL)
        c.writes_n = put(c.type, w, c.writes_n, "place", value_text(x->point));
    if (x->type != NULL)
        c.writes_n = put(c.type, w, c.writes_n, "type", value_text(x->type));
    if (x->theme != NULL)
        c.writes_n =
            put(c.type, w, c.writes_n, "themes", value_set(&member, 1));
    if (x->reporter != NULL)
        c.writes_n =
            put(c.type, w, c.writes_n, "reporter", value_text(x->reporter));
    if (x->visibility != NULL)
        c.writes_n =
            put(c.type, w, c.writes_n, "visibility", value_text(x->visibility));
    if (x->deleted) {
        w[c.writes_n].field = FIELD_DELETED;
        w[c.writes_n++].value = value_int(1);
    }
    assert_int_not_equal(hand_in_all(s, number++, &c, 1, NULL), 0);
}

/* So many signals alike, by four collectors. */
static inline void tell_many(struct stage *s, uint64_t at_ms, unsigned first,
                             unsigned n, const struct said *like)
{
    static const char *const who[] = {"a", "b", "c", "d"};
    unsigned i;

    for (i = first; i < first + n; i++) {
        struct said one = *like;

        one.reporter = who[i % 4];
        tell(s, "signal", made(at_ms, i), &one);
    }
}

static inline enum rc write_now(void *ctx, counts_write *what, void *arg,
                                struct err *err)
{
    struct stage *s = ctx;
    enum rc rc = db_begin(s->s.db, err);

    return rc == RC_OK ? db_end(s->s.db, what(&s->s, arg, err), err) : rc;
}

static inline struct counts_renewed renew_until(
    struct stage *s, uint64_t now_ms, const struct disclosure_stop *stop)
{
    struct counts_writer to = {s, write_now};
    struct counts_renewed out;
    struct err err;

    ok(counts_renew(&s->s, &to, now_ms, stop, &out, &err), &err);
    return out;
}

static inline struct counts_renewed renew(struct stage *s, uint64_t now_ms)
{
    struct disclosure_stop go_on = {0};

    return renew_until(s, now_ms, &go_on);
}

/* Three neighbourhoods in the first quarter of 2026: many, many, three. */
static inline void fill(struct stage *s)
{
    static const struct said north = {
        .place = "2022BU00010000", .type = "zorg", .theme = "groen"};
    static const struct said south = {
        .place = "2022BU00010001", .type = "zorg", .theme = "groen"};
    static const struct said east = {
        .place = "2022BU00010100", .type = "zorg", .theme = "groen"};

    tell_many(s, ms_of(2026, 1, 10), 1, 80, &north);
    tell_many(s, ms_of(2026, 2, 10), 100, 80, &north);
    tell_many(s, ms_of(2026, 3, 10), 200, 80, &north);
    tell_many(s, ms_of(2026, 1, 10), 300, 60, &south);
    tell_many(s, ms_of(2026, 2, 10), 400, 60, &south);
    tell_many(s, ms_of(2026, 3, 10), 500, 60, &south);
    tell_many(s, ms_of(2026, 1, 10), 600, 3, &east);
}
