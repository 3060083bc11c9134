/* The rules of the merge as laws, for every kind of field, every policy and
 * every `set` that go together, over random histories.
 *
 * t_merge_kinds [HISTORIES [SEED]]: so many of them for each law, from a seed
 * on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/kinds_fate.h"
#include "tests/unit/kinds_order.h"
#include "tests/unit/kinds_shown.h"

/* -- the record types --------------------------------------------------- */

static void every_kind_and_every_policy_has_fields_with_values(void **state)
{
    bool kinds_had[FIELD_KINDS_N] = {false}, policies_had[POLICIES_N] = {false};
    size_t t, f, i;

    (void)state;
    for (t = 0; t < kinds.shape->types_n; t++)
        for (f = 1; f < kinds.shape->types[t].fields_n; f++) {
            const struct shape_type *type = &kinds.shape->types[t];

            kinds_had[type->fields[f].kind] = true;
            policies_had[type->fields[f].policy] = true;
            if (palette(type, f)->n < 4)
                fail_msg("kinds_texts has too few values for %s",
                         type->fields[f].name);
        }
    for (i = 0; i < FIELD_KINDS_N; i++)
        if (!kinds_had[i])
            fail_msg("kinds_extras does not know what a field of kind %s needs",
                     field_kind_word((enum field_kind)i));
    for (i = 0; i < POLICIES_N; i++)
        if (!policies_had[i])
            fail_msg("no field compiles with policy %s",
                     policy_word((enum policy)i));
}

/* -- the reference model ------------------------------------------------ */

static struct model reference;

static const char *differs(struct world *w, const struct device *d, size_t at)
{
    const struct record *real = d != NULL ? &d->view[at] : &w->server[at];
    const struct changeset *own[STEPS_MAX];
    struct record model;
    const char *why;
    size_t i;

    for (i = 0; d != NULL && i < d->own_n; i++)
        own[i] = &d->own[i].c;
    model_state(&reference,
                model_record(&reference, real->type->name, &real->id, AREA),
                d != NULL ? d->cursor : UINT64_MAX, own, i, w->mem, &model);
    why = model_differs(&model, real, w->mem);
    if (why == NULL && model.version != real->version)
        why = "its version";
    if (why == NULL)
        return NULL;
    return arena_printf(w->mem, "%s, record %zu: %s",
                        d != NULL ? "on the device" : "at the server", at + 1,
                        why);
}

static const char *model_watch(struct world *w, const struct step *s)
{
    const struct device *d = s->act == HAND_IN ? NULL : &w->devices[s->device];
    const char *why = NULL;
    size_t i;

    for (i = w->in_before; i < w->in_n; i++)
        model_accept(&reference, &w->in[i].c, w->in[i].version, 0);
    for (i = 0; i < RECORDS_N && why == NULL; i++)
        if (s->act != SAVE || s->record == i)
            why = differs(w, d, i);
    return why;
}

static const char *is_the_model(const struct history *h, struct arena *mem)
{
    struct world *w;
    const char *why;

    reference = (struct model){.shape = kinds.shape};
    why = play(h, model_watch, mem, &w);
    model_free(&reference);
    return why;
}

static void after_every_step_it_is_as_the_reference_model_says(void **state)
{
    (void)state;
    prove(is_the_model);
}

/* Heads that no history left, for what is shown follows from them alone. */
static struct heads some_heads(struct dice *d, const struct shape_type *t,
                               size_t f, uint64_t few, struct arena *mem)
{
    struct heads h = {.p = arena_new(mem, 5 * sizeof *h.p)};
    struct value none = value_null();
    size_t i, most = roll(d, 5);
    uint64_t at = 0;

    for (i = 0; i < most; i++) {
        struct head *head = &h.p[h.n++];
        struct origin *by = arena_new(mem, sizeof *by);

        at += 1 + roll(d, 3);
        *by = (struct origin){.device = 1 + (uint32_t)roll(d, 4),
                              .number = 1 + roll(d, 6),
                              .clock = at,
                              .version = roll(d, 8),
                              .base_version = roll(d, 8)};
        head->by = by;
        head->base = some_value(t, f, roll(d, 1000), few, &none, mem);
        head->value = some_value(t, f, roll(d, 1000), few, &head->base, mem);
        if (t->fields[f].policy != POLICY_UNION &&
            t->fields[f].policy != POLICY_TEXT)
            head->base = none;
        if (f == FIELD_DELETED) /* of five, one says that it is to stay */
            head->value = roll(d, 5) > 0 ? value_int(1) : value_null();
    }
    return h;
}

static const char *shows_as_the_model(const struct history *h,
                                      struct arena *mem)
{
    struct dice d = dice_of(h->seed);
    const struct shape_type *t = h->types[0];
    struct id id = id_of_record(0);
    struct record r = record_new(t, &id, AREA, mem);
    size_t i;

    r.fields[0] = some_heads(&d, t, 0, h->seed, mem);
    for (i = 0; i < 5; i++) {
        size_t f = 1 + roll(&d, t->fields_n - 1);

        r.fields[f] = some_heads(&d, t, f, h->seed, mem);
    }
    record_modernise(&r, mem);
    return model_differs(&r, &r, mem);
}

static void any_heads_show_what_the_reference_model_shows(void **state)
{
    (void)state;
    prove(shows_as_the_model);
}

/* -- packing ------------------------------------------------------------ */

static struct value once(const struct shape_list *l, const struct value *v,
                         struct arena *mem)
{
    struct bytes *p;
    size_t i, n = v->kind == VALUE_SET ? v->as.set.n : 1;
    const struct bytes *from = v->kind == VALUE_SET ? v->as.set.p : &v->as.text;

    if (l == NULL || (v->kind != VALUE_SET && v->kind != VALUE_TEXT))
        return *v;
    p = arena_new(mem, n * sizeof *p);
    for (i = 0; i < n; i++) {
        const struct shape_choice *c = shape_choice_coded(l, from[i]);

        p[i] = c != NULL && c->was_n > 0 ? bytes_of(c->was[c->was_n - 1])
                                         : from[i];
    }
    return v->kind == VALUE_SET ? value_set(p, n) : value_bytes(p[0]);
}

/* As it was written with older record types. */
static struct record aged(const struct record *r, struct arena *mem)
{
    struct record old = record_copy(r, mem);
    size_t f, i;

    for (f = 0; f < r->type->fields_n; f++)
        for (i = 0; i < old.fields[f].n; i++) {
            struct head *h = &old.fields[f].p[i];

            h->value = once(r->type->fields[f].list, &h->value, mem);
            h->base = once(r->type->fields[f].list, &h->base, mem);
        }
    return old;
}

static const char *comes_back(const struct record *r, const struct record *old,
                              struct arena *mem)
{
    struct record back = record_new(r->type, &r->id, r->area, mem);
    struct value *columns = arena_new(mem, r->type->fields_n * sizeof *columns);
    struct buf b = buf_make(message_bytes_max);
    uint64_t sole = record_sole(r);
    struct err err;
    enum rc rc;
    size_t f;

    back.version = r->version;
    for (f = 0; f < r->type->fields_n; f++)
        if (sole >> f & 1)
            columns[f] = old->fields[f].p[0].value;
    record_pack(old, mem, &b);
    rc = record_unpack(&back, arena_bytes(mem, buf_view(&b)), columns, mem,
                       &err);
    buf_free(&b);
    if (rc != RC_OK)
        return arena_printf(mem, "%s", err.text);
    return record_eq(r, &back) ? NULL : "it comes back as another";
}

static const char *packs_watch(struct world *w, const struct step *s)
{
    const struct record *r =
        s->act == HAND_IN ? w->server : w->devices[s->device].view;
    const char *why = NULL;
    size_t i;

    for (i = 0; i < RECORDS_N && why == NULL; i++) {
        struct record old = aged(&r[i], w->mem);

        why = comes_back(&r[i], &r[i], w->mem);
        if (why == NULL)
            why = comes_back(&r[i], &old, w->mem);
    }
    return why;
}

static const char *packs(const struct history *h, struct arena *mem)
{
    struct world *w;

    return play(h, packs_watch, mem, &w);
}

static void packing_and_unpacking_changes_nothing(void **state)
{
    (void)state;
    prove(packs);
}

/* -- the others stand in the headers ------------------------------------ */

#define TEST_OF(sentence, law)         \
    static void sentence(void **state) \
    {                                  \
        (void)state;                   \
        prove(law);                    \
    }

TEST_OF(every_order_of_concurrent_work_shows_the_same, all_orders)
TEST_OF(every_order_of_whole_histories_shows_the_same, random_orders)
TEST_OF(what_comes_twice_changes_nothing, repeats)
TEST_OF(own_work_that_was_overtaken_stays_overtaken, overtaken)
TEST_OF(a_write_that_saw_everything_leaves_one_head, settles)
TEST_OF(nothing_handed_in_disappears_unseen, keeps)
TEST_OF(own_work_that_waits_is_in_what_its_device_sees, waits)
TEST_OF(what_was_not_handed_in_was_seen_by_nobody_else, unseen)
TEST_OF(a_withdrawal_wins_over_all_that_had_not_seen_it, withdrawals)
TEST_OF(a_deletion_that_saw_everything_deletes, deletions)
TEST_OF(a_deletion_never_swallows_work_it_had_not_seen, swallows)
TEST_OF(the_clock_decides_for_latest_review_and_first, clocks)
TEST_OF(a_person_is_asked_where_they_differ_and_nowhere_else, reviews)
TEST_OF(a_member_is_gone_only_if_it_was_removed, unions)
TEST_OF(a_sentence_is_gone_only_if_it_was_removed, texts)

/* -- the shrinking itself ----------------------------------------------- */

static const char *nobody_deletes(const struct history *h, struct arena *mem)
{
    struct world *w;
    size_t i;

    play(h, NULL, mem, &w);
    for (i = 0; i < w->in_n; i++)
        if (changeset_deletes(&w->in[i].c))
            return "somebody deletes";
    return NULL;
}

static void a_failing_history_is_cut_down_to_what_fails(void **state)
{
    struct buf out = buf_make(1 << 20);
    struct shrinking s;

    (void)state;
    assert_true(find_failure(nobody_deletes, &s, &out));
    assert_int_equal(s.h.n, 2);
    assert_int_equal(s.h.steps[0].act, SAVE);
    assert_int_equal(s.h.steps[0].fields, 1);
    assert_int_equal(s.h.steps[1].act, HAND_IN);
    assert_non_null(strstr(buf_text(&out), "2 steps: somebody deletes\n"));
    assert_non_null(strstr(buf_text(&out), "deleted = 1\n"));
    assert_non_null(strstr(buf_text(&out), "hands in number 1 (version 1)\n"));
    buf_free(&out);
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(&kinds.mem);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_and_every_policy_has_fields_with_values),
        cmocka_unit_test(after_every_step_it_is_as_the_reference_model_says),
        cmocka_unit_test(any_heads_show_what_the_reference_model_shows),
        cmocka_unit_test(every_order_of_concurrent_work_shows_the_same),
        cmocka_unit_test(every_order_of_whole_histories_shows_the_same),
        cmocka_unit_test(what_comes_twice_changes_nothing),
        cmocka_unit_test(own_work_that_was_overtaken_stays_overtaken),
        cmocka_unit_test(a_write_that_saw_everything_leaves_one_head),
        cmocka_unit_test(nothing_handed_in_disappears_unseen),
        cmocka_unit_test(own_work_that_waits_is_in_what_its_device_sees),
        cmocka_unit_test(what_was_not_handed_in_was_seen_by_nobody_else),
        cmocka_unit_test(a_withdrawal_wins_over_all_that_had_not_seen_it),
        cmocka_unit_test(a_deletion_that_saw_everything_deletes),
        cmocka_unit_test(a_deletion_never_swallows_work_it_had_not_seen),
        cmocka_unit_test(the_clock_decides_for_latest_review_and_first),
        cmocka_unit_test(a_person_is_asked_where_they_differ_and_nowhere_else),
        cmocka_unit_test(a_member_is_gone_only_if_it_was_removed),
        cmocka_unit_test(a_sentence_is_gone_only_if_it_was_removed),
        cmocka_unit_test(packing_and_unpacking_changes_nothing),
        cmocka_unit_test(a_failing_history_is_cut_down_to_what_fails),
    };

    if (argc > 1)
        range.histories = strtoull(argv[1], NULL, 10);
    if (argc > 2)
        range.from = strtoull(argv[2], NULL, 10);
    if (!kinds_make()) {
        fputs("the record types do not compile\n", stderr);
        return 1;
    }
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
