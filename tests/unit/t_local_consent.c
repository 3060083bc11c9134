/* t_local_consent.c - what does not leave the device without consent. */
#include "schema/rows_consent.h"
#include "tests/unit/local_stage.h"

enum { VISIT = 1, TALK = 2, CONSENT = 3, OTHER_TALK = 4 };

static const uint64_t now = UINT64_C(1790000000000);

static const struct shape_type *type(struct stage *s, const char *name)
{
    return shape_type_named(s->l.shape, bytes_of(name));
}

static struct write write_of(const struct shape_type *t, const char *name,
                             struct value v)
{
    const struct shape_field *f = shape_field_named(t, bytes_of(name));

    return (struct write){.field = (uint16_t)shape_field_index(t, f),
                          .value = v};
}

static enum rc try(struct stage *s, unsigned n, const char *of,
                   struct write *writes, size_t writes_n)
{
    struct changeset c = {.area = AREA,
                          .type = type(s, of),
                          .record = record_id(n),
                          .writes = writes,
                          .writes_n = writes_n};
    struct err err;

    return local_save(&s->l, &c, now, &s->mem, &err);
}

static void link_to(struct stage *s, unsigned talk)
{
    struct id id = record_id(talk);
    struct write w[] = {
        write_of(type(s, "door-visit"), "result", value_text("gesprek")),
        write_of(type(s, "door-visit"), "conversation", value_id(&id)),
    };

    assert_int_equal(try(s, VISIT, "door-visit", w, 2), RC_OK);
}

static size_t consent_of(struct stage *s, const char *state, unsigned talk,
                         struct write out[3])
{
    const struct shape_type *t = type(s, "consent");
    struct id id = record_id(talk);

    out[0] = write_of(t, "subject", value_id(&id));
    out[1] = write_of(t, "purpose", value_text("herbezoek"));
    out[2] = write_of(t, "state", value_text(state));
    return 3;
}

static void consent(struct stage *s, unsigned n, const char *state)
{
    struct write w[3];

    assert_int_equal(try(s, n, "consent", w, consent_of(s, state, TALK, w)),
                     RC_OK);
}

/* What somebody else wrote to a record comes with a pull, over what was there
 * for `base` versions. */
static void comes(struct stage *s, unsigned n, const char *of,
                  const struct write *w, size_t w_n, uint64_t version)
{
    struct changeset c = {.device = 9,
                          .number = version,
                          .clock = version,
                          .area = AREA,
                          .type = type(s, of),
                          .record = record_id(n),
                          .base_version = version - 1,
                          .writes = w,
                          .writes_n = w_n};
    struct local_record have;
    struct err err;
    struct states st = {.area = AREA, .upto = version, .records_n = 1};

    ok(local_load(&s->l, c.type, AREA, &c.record, &s->mem, &have, &err), &err);
    merge_apply(&have.pulled, &c, version, &s->mem);
    st.records = &have.pulled;
    ok(local_apply(&s->l, &st, now, &s->mem, &err), &err);
}

static void consent_comes(struct stage *s, unsigned n, const char *state,
                          uint64_t version)
{
    struct write w[3];

    comes(s, n, "consent", w, consent_of(s, state, TALK, w), version);
}

/* Which conversation the visit shows; 0: none. */
static unsigned shows(struct stage *s)
{
    const struct shape_type *t = type(s, "door-visit");
    struct id id = record_id(VISIT), talk;
    struct local_record r;
    struct shown sh;
    const struct value *v;
    struct err err;
    unsigned n;

    ok(local_load(&s->l, t, AREA, &id, &s->mem, &r, &err), &err);
    merge_show_record(&r.shown, &s->mem, &sh);
    v = &sh.values[write_of(t, "conversation", value_null()).field];
    for (n = TALK; v->kind == VALUE_ID && n <= OTHER_TALK; n++) {
        talk = record_id(n);
        if (id_eq(&v->as.id, &talk))
            return n;
    }
    return 0;
}

/* How many changesets of the journal link to the conversation. */
static size_t links(struct stage *s)
{
    uint16_t f =
        write_of(type(s, "door-visit"), "conversation", value_null()).field;
    uint64_t from = 1;
    size_t n = 0, i, k;
    struct batch b;
    struct err err;

    do {
        ok(local_batch(&s->l, from, batch_bytes_target, &s->mem, &b, &err),
           &err);
        for (i = 0; i < b.changesets_n; i++)
            for (k = 0; k < b.changesets[i].writes_n; k++)
                n += b.changesets[i].type == type(s, "door-visit") &&
                     b.changesets[i].writes[k].field == f &&
                     b.changesets[i].writes[k].value.kind == VALUE_ID;
        from += b.changesets_n;
    } while (b.changesets_n > 0);
    return n;
}

static bool waits(struct stage *s)
{
    struct id id = record_id(VISIT);
    struct err err;
    bool any;

    ok(local_withheld(&s->l, &id, &any, &err), &err);
    return any;
}

/* -- the laws ----------------------------------------------------------- */

static void without_consent_a_link_is_shown_and_in_no_journal(void **state)
{
    struct stage *s = *state;

    link_to(s, TALK);
    assert_int_equal(shows(s), TALK);
    assert_int_equal(links(s), 0);
    assert_int_equal(batch_size(s, 1), 1); /* the rest of the visit is */
    assert_true(waits(s));
    reopen(s);
    assert_int_equal(shows(s), TALK);
}

static void consent_for_something_else_changes_nothing(void **state)
{
    struct stage *s = *state;
    struct write w[3];

    link_to(s, TALK);
    (void)consent_of(s, "gegeven", TALK, w);
    w[1].value = value_text("foto");
    assert_int_equal(try(s, CONSENT, "consent", w, 3), RC_OK);
    (void)consent_of(s, "gegeven", OTHER_TALK, w);
    assert_int_equal(try(s, CONSENT + 10, "consent", w, 3), RC_OK);
    assert_int_equal(links(s), 0);
    assert_true(waits(s));
}

static void with_consent_the_link_goes_into_the_journal(void **state)
{
    struct stage *s = *state;

    link_to(s, TALK);
    consent(s, CONSENT, "gegeven");
    assert_int_equal(links(s), 1);
    assert_int_equal(shows(s), TALK);
    assert_false(waits(s));
    assert_int_equal(batch_size(s, 1), 3); /* visit, consent, link */
}

static void after_consent_a_link_is_saved_with_the_rest(void **state)
{
    struct stage *s = *state;

    consent(s, CONSENT, "gegeven");
    link_to(s, TALK);
    assert_int_equal(links(s), 1);
    assert_int_equal(batch_size(s, 1), 2);
    assert_false(waits(s));
}

static void consent_that_comes_from_elsewhere_lets_it_go(void **state)
{
    struct stage *s = *state;

    link_to(s, TALK);
    consent_comes(s, CONSENT, "gegeven", 5);
    assert_int_equal(links(s), 1);
    assert_int_equal(shows(s), TALK);
    assert_false(waits(s));
}

static void what_waited_replaces_only_what_its_writer_saw(void **state)
{
    struct stage *s = *state;
    struct id other = record_id(OTHER_TALK), id = record_id(VISIT);
    const struct shape_type *t = type(s, "door-visit");
    struct write w = write_of(t, "conversation", value_id(&other));
    struct local_record r;
    struct err err;

    link_to(s, TALK); /* has seen nothing of the visit */
    comes(s, VISIT, "door-visit", &w, 1, 4);
    consent_comes(s, CONSENT, "gegeven", 5);
    ok(local_load(&s->l, t, AREA, &id, &s->mem, &r, &err), &err);
    assert_int_equal(r.shown.fields[w.field].n, 2);
}

static void a_refusal_drops_what_waits_for_good(void **state)
{
    struct stage *s = *state;
    struct id id = record_id(TALK);
    struct write w =
        write_of(type(s, "door-visit"), "conversation", value_id(&id));

    link_to(s, TALK);
    consent(s, CONSENT, "geweigerd");
    assert_int_equal(shows(s), 0);
    assert_false(waits(s));
    assert_int_equal(links(s), 0);
    assert_int_equal(try(s, VISIT, "door-visit", &w, 1), RC_DENIED);
    assert_int_equal(shows(s), 0);
}

static void a_refusal_from_elsewhere_drops_it_too(void **state)
{
    struct stage *s = *state;

    link_to(s, TALK);
    consent_comes(s, CONSENT, "geweigerd", 5);
    assert_int_equal(shows(s), 0);
    assert_false(waits(s));
}

static void a_withdrawal_empties_the_record_and_the_journal(void **state)
{
    struct stage *s = *state;

    consent(s, CONSENT, "gegeven");
    link_to(s, TALK);
    acknowledge(s, 1, 2, 7);
    comes(s, VISIT, "door-visit", NULL, 0, 9); /* as it was handed in */
    assert_int_equal(shows(s), TALK);
    consent(s, CONSENT, "ingetrokken");
    assert_int_equal(shows(s), 0);
    assert_int_equal(links(s), 0);
    assert_int_equal(batch_size(s, 1), 4); /* no number is lost */
}

static void what_another_device_linked_is_emptied_at_once(void **state)
{
    struct stage *s = *state;
    struct id id = record_id(TALK);
    struct write w =
        write_of(type(s, "door-visit"), "conversation", value_id(&id));

    consent_comes(s, CONSENT, "gegeven", 4);
    comes(s, VISIT, "door-visit", &w, 1, 5);
    assert_int_equal(shows(s), TALK);
    consent(s, CONSENT, "ingetrokken");
    assert_int_equal(shows(s), 0);
    assert_int_equal(batch_size(s, 1), 2); /* the withdrawal, the emptying */
}

static void a_withdrawal_from_elsewhere_empties_the_journal(void **state)
{
    struct stage *s = *state;

    consent_comes(s, CONSENT, "gegeven", 4);
    link_to(s, TALK);
    consent_comes(s, CONSENT, "ingetrokken", 5);
    assert_int_equal(links(s), 0);
    assert_int_equal(shows(s), 0);
    assert_int_equal(batch_size(s, 1), 1); /* the server empties it itself */
}

static void one_refusal_outweighs_every_consent(void **state)
{
    struct stage *s = *state;
    struct write gone = {.field = FIELD_DELETED, .value = value_int(1)};

    consent(s, CONSENT, "geweigerd");
    consent(s, CONSENT + 10, "gegeven");
    assert_int_equal(try(s, CONSENT, "consent", &gone, 1), RC_OK);
    consent_comes(s, CONSENT + 20, "gegeven", 6);
    assert_int_equal(shows(s), 0);
    {
        struct id id = record_id(TALK);
        struct write w =
            write_of(type(s, "door-visit"), "conversation", value_id(&id));

        assert_int_equal(try(s, VISIT, "door-visit", &w, 1), RC_DENIED);
    }
}

static void a_deleted_consent_allows_nothing(void **state)
{
    struct stage *s = *state;
    struct write gone = {.field = FIELD_DELETED, .value = value_int(1)};

    consent(s, CONSENT, "gegeven");
    assert_int_equal(try(s, CONSENT, "consent", &gone, 1), RC_OK);
    link_to(s, TALK);
    assert_int_equal(links(s), 0);
    assert_true(waits(s));
}

static void a_consent_that_the_server_set_aside_allows_nothing(void **state)
{
    struct stage *s = *state;

    consent(s, CONSENT, "gegeven");
    acknowledge(s, 1, 1, 0);
    link_to(s, TALK);
    assert_int_equal(links(s), 0);
}

static void emptying_a_link_drops_what_waits(void **state)
{
    struct stage *s = *state;
    struct write w =
        write_of(type(s, "door-visit"), "conversation", value_null());

    link_to(s, TALK);
    assert_int_equal(try(s, VISIT, "door-visit", &w, 1), RC_OK);
    assert_int_equal(shows(s), 0);
    assert_false(waits(s));
    consent(s, CONSENT, "gegeven");
    assert_int_equal(links(s), 0);
}

static void another_link_takes_the_place_of_what_waits(void **state)
{
    struct stage *s = *state;

    link_to(s, OTHER_TALK);
    link_to(s, TALK);
    assert_int_equal(shows(s), TALK);
    consent(s, CONSENT, "gegeven");
    assert_int_equal(links(s), 1);
    assert_int_equal(shows(s), TALK);
}

static void a_deleted_visit_stays_deleted_and_links_to_nothing(void **state)
{
    struct stage *s = *state;
    struct write gone = {.field = FIELD_DELETED, .value = value_int(1)};
    struct id id = record_id(VISIT);
    struct local_record r;
    struct shown sh;
    struct err err;

    link_to(s, TALK);
    assert_int_equal(try(s, VISIT, "door-visit", &gone, 1), RC_OK);
    assert_false(waits(s));
    consent(s, CONSENT, "gegeven");
    ok(local_load(&s->l, type(s, "door-visit"), AREA, &id, &s->mem, &r, &err),
       &err);
    merge_show_record(&r.shown, &s->mem, &sh);
    assert_true(sh.deleted);
    assert_int_equal(links(s), 0);
}

static void what_waits_goes_with_its_area_and_with_what_is_erased(void **state)
{
    struct stage *s = *state;
    struct id id = record_id(TALK);
    struct record r = record_new(type(s, "conversation"), &id, AREA, &s->mem);
    struct states st = {.area = AREA, .upto = 8, .records = &r, .records_n = 1};
    struct err err;

    link_to(s, TALK);
    record_erase(&r, 8);
    ok(local_apply(&s->l, &st, now, &s->mem, &err), &err);
    assert_false(waits(s));
    link_to(s, OTHER_TALK);
    acknowledge(s, 1, 2, 9);
    greet(s, 55, 2, false, 0); /* no area any more */
    assert_false(waits(s));
}

static void a_link_whose_consent_is_gone_again_waits_and_is_not_handed_in(
    void **state)
{
    struct stage *s = *state;
    struct write gone = {.field = FIELD_DELETED, .value = value_int(1)};

    consent(s, CONSENT, "gegeven");
    link_to(s, TALK);
    assert_int_equal(links(s), 1);
    assert_int_equal(try(s, CONSENT, "consent", &gone, 1), RC_OK);
    assert_int_equal(links(s), 0);
    assert_true(waits(s));
    assert_int_equal(shows(s), TALK);
    consent(s, CONSENT + 10, "gegeven");
    assert_int_equal(links(s), 1);
    assert_false(waits(s));
}

/* The server left it out; no row mentions it when the refusal comes. */
static void what_the_server_left_out_goes_from_the_journal_too(void **state)
{
    struct stage *s = *state;

    consent(s, CONSENT, "gegeven");
    link_to(s, TALK);
    acknowledge(s, 2, 2, 0);
    assert_int_equal(shows(s), 0);
    consent_comes(s, CONSENT + 10, "geweigerd", 9);
    assert_int_equal(links(s), 0);
}

static void what_waits_stays_with_another_role_that_may_write_it(void **state)
{
    struct stage *s = *state;

    link_to(s, TALK);
    acknowledge(s, 1, 1, 5);
    greet_as(s, ROLE_LEAD, 55, 1, false, 1);
    assert_true(waits(s));
    assert_int_equal(shows(s), TALK);
    consent_comes(s, CONSENT, "gegeven", 6); /* before the visit does */
    assert_int_equal(links(s), 1);
    assert_false(waits(s));
    assert_int_equal(shows(s), TALK);
}

static void what_waits_goes_with_a_role_that_may_not_write_it(void **state)
{
    struct stage *s = *state;

    link_to(s, TALK);
    acknowledge(s, 1, 1, 5);
    greet_as(s, ROLE_PRIVACY, 55, 1, false, 1);
    assert_false(waits(s));
    assert_int_equal(shows(s), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
        T(without_consent_a_link_is_shown_and_in_no_journal),
        T(consent_for_something_else_changes_nothing),
        T(with_consent_the_link_goes_into_the_journal),
        T(after_consent_a_link_is_saved_with_the_rest),
        T(consent_that_comes_from_elsewhere_lets_it_go),
        T(what_waited_replaces_only_what_its_writer_saw),
        T(a_refusal_drops_what_waits_for_good),
        T(a_refusal_from_elsewhere_drops_it_too),
        T(a_withdrawal_empties_the_record_and_the_journal),
        T(what_another_device_linked_is_emptied_at_once),
        T(a_withdrawal_from_elsewhere_empties_the_journal),
        T(one_refusal_outweighs_every_consent),
        T(a_deleted_consent_allows_nothing),
        T(a_consent_that_the_server_set_aside_allows_nothing),
        T(emptying_a_link_drops_what_waits),
        T(another_link_takes_the_place_of_what_waits),
        T(a_deleted_visit_stays_deleted_and_links_to_nothing),
        T(what_waits_goes_with_its_area_and_with_what_is_erased),
        T(a_link_whose_consent_is_gone_again_waits_and_is_not_handed_in),
        T(what_the_server_left_out_goes_from_the_journal_too),
        T(what_waits_stays_with_another_role_that_may_write_it),
        T(what_waits_goes_with_a_role_that_may_not_write_it),
    };

    return cmocka_run_group_tests_name("local_consent", tests, NULL, NULL);
}
