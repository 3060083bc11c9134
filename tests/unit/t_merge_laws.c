/* The rules of the merge as laws over random histories: every policy, every
 * order.  A failing history is cut down to the shortest that still fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sync/merge.h"
#include "tests/unit/model.h"

enum { HISTORIES = 3000, DEVICES = 5, STEPS = 24, SPREAD = 8 };

/* A history: devices that pull, save and push; all of it from one seed. */
struct history {
    struct changeset all[STEPS];
    size_t n;
};

struct device {
    struct record pulled;
    uint64_t number;
    hlc_stamp clock;
};

static struct value some_value(struct dice *d, unsigned f, struct arena *mem)
{
    static const char *const sentences[] = {
        "It is dark. ", "The lamp is broken. ", "Children play here. ",
        "The bench is gone. ", "Neighbours want green. "};
    static const char *const sets[] = {"",      "safety",       "green",
                                       "night", "green safety", "night safety"};
    static const char *const levels[] = {"low", "middle", "high"};
    struct buf b;
    struct value v;
    struct id id;
    unsigned i;

    if (roll(d, 8) == 0)
        return value_null();
    switch (f) {
    case F_THEMES: return words(mem, sets[roll(d, 6)]);
    case F_NOTE:
        b = buf_make(4096);
        for (i = 0; i < 5; i++)
            if (roll(d, 3) > 0)
                buf_puts(&b, sentences[roll(d, 2) ? i : roll(d, 5)]);
        v = value_bytes(arena_bytes(mem, buf_view(&b)));
        buf_free(&b);
        return v;
    case F_SEVERITY: return value_text(levels[roll(d, 3)]);
    case F_CONSENT:
    case F_AMOUNT: return value_int((int64_t)roll(d, 4));
    case F_ABOUT: id = some_id((unsigned)roll(d, 3)); return value_id(&id);
    default:
        return value_text(arena_printf(mem, "word %u", (unsigned)roll(d, 4)));
    }
}

static const struct write *some_writes(struct dice *d, const struct shown *seen,
                                       struct arena *mem, size_t *n)
{
    struct write *w = arena_new(mem, F_COUNT * sizeof *w);
    unsigned f;

    *n = 0;
    if (roll(d, 10) == 0) {
        w[(*n)++] =
            (struct write){.field = FIELD_DELETED, .value = value_int(1)};
        return w;
    }
    for (f = 1; f < F_COUNT; f++) {
        if (roll(d, 3) > 0)
            continue;
        w[*n].field = (uint16_t)f;
        w[*n].value = some_value(d, f, mem);
        if (f == F_THEMES || f == F_NOTE)
            w[*n].base = seen->values[f];
        (*n)++;
    }
    if (*n == 0)
        w[(*n)++] = (struct write){.field = F_TITLE, .value = value_text("t")};
    return w;
}

/* Every device has pulled the record in one state (made by device 1 and maybe
 * edited since) and then works on its own: what it saves is concurrent with
 * the others' work.  Returns the state they pulled. */
static struct record concurrent(uint64_t seed, struct history *h,
                                struct arena *mem)
{
    struct dice d = {seed * 2 + 1};
    struct id id = some_id(1);
    struct record start = record_new(&model_types[0], &id, 7, mem);
    struct device devices[DEVICES] = {0};
    size_t i, before = roll(&d, 3), steps = 2 + roll(&d, SPREAD);
    struct shown shown;

    h->n = 0;
    for (i = 0; i < before + steps; i++) {
        unsigned who = (unsigned)roll(&d, DEVICES);
        struct device *dev = &devices[who];
        struct changeset c = {.device = who + 1,
                              .number = ++dev->number,
                              .area = 7,
                              .type = &model_types[0],
                              .record = id};

        merge_show_record(&start, mem, &shown);
        c.base_version = start.version;
        c.writes = some_writes(&d, &shown, mem, &c.writes_n);
        dev->clock += roll(&d, 50) << 16;
        c.clock = dev->clock + roll(&d, 3);
        if (i < before)
            merge_apply(&start, &c, start.version + 1, mem);
        else
            h->all[h->n++] = c;
    }
    return start;
}

/* An order of arrival: each device's own changesets stay in order. */
static void shuffle(struct dice *d, const struct history *h, size_t *order)
{
    bool used[STEPS] = {false};
    size_t i, j, k, n;

    for (i = 0; i < h->n; i++) {
        size_t ready[STEPS];

        n = 0;
        for (j = 0; j < h->n; j++) {
            bool first = !used[j];

            for (k = 0; k < j && first; k++)
                first = used[k] || h->all[k].device != h->all[j].device;
            if (first)
                ready[n++] = j;
        }
        order[i] = ready[roll(d, n)];
        used[order[i]] = true;
    }
}

static struct record arrive(const struct record *start, const struct history *h,
                            const size_t *order, struct arena *mem)
{
    struct record r = record_new(start->type, &start->id, start->area, mem);
    size_t i;

    for (i = 0; i < r.type->fields_n; i++)
        r.fields[i] = start->fields[i];
    r.version = start->version;
    for (i = 0; i < h->n; i++)
        merge_apply(&r, &h->all[order[i]], r.version + 1, mem);
    return r;
}

static bool shown_eq(const struct shown *a, const struct shown *b)
{
    size_t f;

    for (f = 0; f < F_COUNT; f++)
        if (!value_eq(&a->values[f], &b->values[f]))
            return false;
    return a->deleted == b->deleted && a->review == b->review;
}

typedef bool law(const struct record *start, const struct history *h,
                 struct dice *d, struct arena *mem);

/* Leave out changesets as long as the law still fails, then say what is left.
 */
static void shrink_and_fail(uint64_t seed, law *holds)
{
    struct arena mem = {0};
    struct history h, shorter;
    struct record start = concurrent(seed, &h, &mem);
    size_t i = 0;

    while (i < h.n) {
        struct dice d = {seed + 77};

        shorter = h;
        memmove(&shorter.all[i], &shorter.all[i + 1],
                (shorter.n - i - 1) * sizeof shorter.all[0]);
        shorter.n--;
        if (shorter.n > 0 && !holds(&start, &shorter, &d, &mem)) {
            h = shorter;
            i = 0;
        } else {
            i++;
        }
    }
    print_error("seed %lu, start version %lu, %zu changesets:\n",
                (unsigned long)seed, (unsigned long)start.version, h.n);
    for (i = 0; i < h.n; i++) {
        const struct changeset *c = &h.all[i];
        size_t w;

        print_error("  device %u number %lu clock %lu:", (unsigned)c->device,
                    (unsigned long)c->number, (unsigned long)c->clock);
        for (w = 0; w < c->writes_n; w++)
            print_error(" %s", c->type->fields[c->writes[w].field].name);
        print_error("\n");
    }
    arena_free(&mem);
    fail();
}

static void prove(law *holds)
{
    uint64_t seed;

    for (seed = 1; seed <= HISTORIES; seed++) {
        struct arena mem = {0};
        struct history h;
        struct dice d = {seed + 77};
        struct record start = concurrent(seed, &h, &mem);
        bool ok = holds(&start, &h, &d, &mem);

        arena_free(&mem);
        if (!ok)
            shrink_and_fail(seed, holds);
    }
}

/* -- the laws ----------------------------------------------------------- */

static bool orders_agree(const struct record *start, const struct history *h,
                         struct dice *d, struct arena *mem)
{
    size_t one[STEPS], other[STEPS], i;
    struct shown a, b;
    struct record r;

    shuffle(d, h, one);
    r = arrive(start, h, one, mem);
    merge_show_record(&r, mem, &a);
    for (i = 0; i < 4; i++) {
        shuffle(d, h, other);
        r = arrive(start, h, other, mem);
        merge_show_record(&r, mem, &b);
        if (!shown_eq(&a, &b))
            return false;
    }
    return true;
}

static void every_order_of_arrival_shows_the_same(void **state)
{
    (void)state;
    prove(orders_agree);
}

static bool nothing_is_lost(const struct record *start, const struct history *h,
                            struct dice *d, struct arena *mem)
{
    size_t order[STEPS], i, w, k;
    struct record r;

    shuffle(d, h, order);
    r = arrive(start, h, order, mem);
    for (i = 0; i < h->n; i++)
        for (w = 0; w < h->all[i].writes_n; w++) {
            const struct changeset *c = &h->all[i];
            const struct write *wr = &c->writes[w];
            const struct heads *heads = &r.fields[wr->field];
            bool kept = wr->field == FIELD_DELETED;

            for (k = 0; k < heads->n && !kept; k++)
                kept = heads->p[k].by->device == c->device &&
                       heads->p[k].by->number >= c->number;
            if (!kept)
                return false;
        }
    return true;
}

static void every_write_is_a_head_or_was_replaced_by_its_own_device(
    void **state)
{
    (void)state;
    prove(nothing_is_lost);
}

static bool seen_all_leaves_one(const struct record *start,
                                const struct history *h, struct dice *d,
                                struct arena *mem)
{
    struct write writes[F_COUNT];
    struct changeset c = {.device = 99,
                          .number = 1,
                          .clock = 1, /* however slow its clock */
                          .area = 7,
                          .type = start->type,
                          .record = start->id,
                          .writes = writes};
    size_t order[STEPS], f;
    struct record r;
    struct shown seen, after;

    shuffle(d, h, order);
    r = arrive(start, h, order, mem);
    merge_show_record(&r, mem, &seen);
    c.base_version = r.version;
    for (f = 1; f < F_COUNT; f++)
        writes[c.writes_n++] =
            (struct write){.field = (uint16_t)f,
                           .value = some_value(d, (unsigned)f, mem),
                           .base = seen.values[f]};
    merge_apply(&r, &c, r.version + 1, mem);
    merge_show_record(&r, mem, &after);
    for (f = 1; f < F_COUNT; f++)
        if (r.fields[f].n != 1 ||
            !value_eq(&after.values[f], &writes[f - 1].value))
            return false;
    return after.review == 0 && !after.deleted && r.fields[0].n == 0;
}

static void who_saw_everything_leaves_one_head_whatever_its_clock(void **state)
{
    (void)state;
    prove(seen_all_leaves_one);
}

static bool one_per_device(const struct record *start, const struct history *h,
                           struct dice *d, struct arena *mem)
{
    size_t order[STEPS], f, i, k;
    struct record r;

    shuffle(d, h, order);
    r = arrive(start, h, order, mem);
    for (f = 0; f < F_COUNT; f++)
        for (i = 0; i < r.fields[f].n; i++)
            for (k = 0; k < i; k++)
                if (r.fields[f].p[i].by->device == r.fields[f].p[k].by->device)
                    return false;
    return true;
}

static void a_device_replaces_its_own_earlier_writes(void **state)
{
    (void)state;
    prove(one_per_device);
}

static bool lowest_wins(const struct record *start, const struct history *h,
                        struct dice *d, struct arena *mem)
{
    size_t order[STEPS], i;
    struct record r;
    struct shown s;
    const struct heads *heads;

    shuffle(d, h, order);
    r = arrive(start, h, order, mem);
    merge_show_record(&r, mem, &s);
    heads = &r.fields[F_CONSENT];
    for (i = 0; i < heads->n; i++)
        if (heads->p[i].value.kind == VALUE_INT &&
            (s.values[F_CONSENT].kind != VALUE_INT ||
             heads->p[i].value.as.i < s.values[F_CONSENT].as.i))
            return false;
    return true;
}

static void a_withdrawal_wins_in_every_order(void **state)
{
    (void)state;
    prove(lowest_wins);
}

static bool unions_hold(const struct record *start, const struct history *h,
                        struct dice *d, struct arena *mem)
{
    size_t order[STEPS], i, j;
    struct record r;
    struct shown s;
    const struct heads *heads;

    shuffle(d, h, order);
    r = arrive(start, h, order, mem);
    merge_show_record(&r, mem, &s);
    heads = &r.fields[F_THEMES];
    for (i = 0; i < heads->n; i++) { /* what somebody added is there */
        const struct value *v = &heads->p[i].value;

        for (j = 0; v->kind == VALUE_SET && j < v->as.set.n; j++)
            if (!value_has(&heads->p[i].base, v->as.set.p[j]) &&
                !value_has(&s.values[F_THEMES], v->as.set.p[j]))
                return false;
    }
    return true;
}

static void what_someone_added_to_a_set_is_in_it(void **state)
{
    (void)state;
    prove(unions_hold);
}

static bool alive(const struct record *start, const struct history *h,
                  struct dice *d, struct arena *mem)
{
    size_t order[STEPS], i;
    struct record r;
    struct shown s;
    bool edited_by_other = false;
    uint32_t deleter = 0;

    for (i = 0; i < h->n; i++)
        if (changeset_deletes(&h->all[i]))
            deleter = h->all[i].device;
    for (i = 0; i < h->n; i++)
        if (!changeset_deletes(&h->all[i]))
            edited_by_other |= h->all[i].device != deleter;
    shuffle(d, h, order);
    r = arrive(start, h, order, mem);
    merge_show_record(&r, mem, &s);
    return !edited_by_other || !s.deleted;
}

static void a_deletion_never_swallows_an_edit_it_had_not_seen(void **state)
{
    (void)state;
    prove(alive);
}

static bool packs(const struct record *start, const struct history *h,
                  struct dice *d, struct arena *mem)
{
    size_t order[STEPS], f;
    struct record r, back;
    struct buf b = buf_make(1 << 20);
    struct value columns[F_COUNT];
    struct shown s;
    bool ok;

    shuffle(d, h, order);
    r = arrive(start, h, order, mem);
    record_pack(&r, mem, &b);
    merge_show_record(&r, mem, &s); /* what the columns of a row hold */
    for (f = 0; f < F_COUNT; f++)
        columns[f] = s.values[f];
    back = record_new(r.type, &r.id, r.area, mem);
    back.version = r.version;
    ok = record_unpack(&back, buf_view(&b), columns, mem, NULL) == RC_OK &&
         record_eq(&r, &back);
    buf_free(&b);
    return ok;
}

static void a_record_comes_back_from_its_row_as_it_was(void **state)
{
    (void)state;
    prove(packs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_order_of_arrival_shows_the_same),
        cmocka_unit_test(
            every_write_is_a_head_or_was_replaced_by_its_own_device),
        cmocka_unit_test(who_saw_everything_leaves_one_head_whatever_its_clock),
        cmocka_unit_test(a_device_replaces_its_own_earlier_writes),
        cmocka_unit_test(a_withdrawal_wins_in_every_order),
        cmocka_unit_test(what_someone_added_to_a_set_is_in_it),
        cmocka_unit_test(a_deletion_never_swallows_an_edit_it_had_not_seen),
        cmocka_unit_test(a_record_comes_back_from_its_row_as_it_was),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
