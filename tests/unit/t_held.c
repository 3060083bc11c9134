#define _GNU_SOURCE
/* What is on a device, as the server counts it for the report of a breach. */
#include "tests/unit/erasure_stage.h"

#include "server/contact.h"
#include "server/held.h"

/* A second device, of somebody with this role; number 2. */
static void enrol_other(struct stage *s, enum role role)
{
    struct sign_key *key = sign_key_new();
    struct sign_public public = sign_key_public(key);
    struct digest code = {{2}};
    struct arena mem = {0};
    uint32_t area = 1;
    struct enrolled e;
    int64_t account;
    struct err err;

    ok(store_account_put(&s->s, "other", role, &area, 1, 0, &account, &err),
       &err);
    ok(store_code_put(&s->s, &code, account, 5000, &err), &err);
    ok(store_enrol(&s->s, &code, &public, "", 1000, &mem, &e, &err), &err);
    assert_int_equal(e.device, 2);
    arena_free(&mem);
    sign_key_free(key);
}

/* It asked for what comes after `cursor`, and was sent all up to `sent`. */
static void pulls(struct stage *s, uint64_t cursor, uint64_t sent)
{
    struct err err;

    ok(contact_note(&s->s, 2, 1, cursor, 3000, &err), &err);
    ok(contact_sent(&s->s, 2, 1, sent, &err), &err);
}

static struct held held_of(struct stage *s, uint32_t device, struct arena *mem)
{
    struct held h;
    struct err err;

    ok(held_by(&s->s, device, mem, &h, &err), &err);
    return h;
}

static void fill(struct stage *s)
{
    static const struct words words[] = {
        {.record = 1, .text = "een"},
        {.record = 2, .text = "twee", .note = "een verhaal"},
        {.record = 3, .text = "drie"}};

    assert_int_equal(hand_in(s, 1, words, 3, NULL), 3);
}

static void what_was_sent_counts_and_what_came_later_does_not(void **state)
{
    static const struct words later = {.record = 1, .text = "weer een"};
    struct stage *s = *state;
    struct arena mem = {0};
    enum privacy note = s->signal->fields[s->note].privacy;
    bool same = s->signal->fields[s->title].privacy == note;
    struct held h;

    fill(s);
    enrol_other(s, ROLE_LEAD);
    assert_int_equal(held_of(s, 2, &mem).areas_n, 0);
    pulls(s, 0, 1);
    h = held_of(s, 2, &mem);
    assert_int_equal(h.areas_n, 1);
    assert_int_equal(h.contact_ms, 3000);
    assert_int_equal(h.areas[0].types_n, 1);
    assert_int_equal(h.areas[0].types[0].records, 1);
    assert_int_equal(h.areas[0].types[0].with[note], same);
    pulls(s, 1, 2);
    /* It has the record as it was, whatever it is now. */
    assert_int_equal(hand_in(s, 4, &later, 1, NULL), 4);
    h = held_of(s, 2, &mem);
    assert_int_equal(h.areas[0].types[0].records, 2);
    assert_int_equal(h.areas[0].types[0].own, 0);
    assert_int_equal(h.areas[0].types[0].with[note], 1 + same);
    /* A pull from the start on says that it has nothing. */
    pulls(s, 0, 0);
    assert_int_equal(held_of(s, 2, &mem).areas[0].types[0].records, 2);
    arena_free(&mem);
}

static void every_role_holds_what_is_for_it(void **state)
{
    struct stage *s = *state;
    const struct shape_field *note = &s->signal->fields[s->note];
    const struct shape_field *title = &s->signal->fields[s->title];
    role_set see =
        note->see | (title->privacy == note->privacy ? title->see : 0);
    struct arena mem = {0};
    int role;

    fill(s);
    enrol_other(s, ROLE_LEAD);
    pulls(s, 0, 3);
    for (role = 0; role < ROLES_N; role++) {
        bool sees = s->signal->see >> role & 1U;
        struct device d = {.caller = {.device = 2, .role = (enum role)role}};
        struct held h;
        struct err err;

        ok(contact_hello(&s->s, &d, &(struct hello){.pin = true}, 60, 4000,
                         &err),
           &err);
        h = held_of(s, 2, &mem);
        assert_int_equal(h.device.pin, 1);
        assert_int_equal(h.device.lease_ms, 64000);
        assert_int_equal(h.areas[0].types_n, sees);
        if (sees)
            assert_int_equal(h.areas[0].types[0].with[note->privacy] > 0,
                             see >> role & 1U);
    }
    arena_free(&mem);
}

static void own_work_counts_also_where_it_was_kept_aside(void **state)
{
    static const struct words aside = {.record = 9, .text = "apart"};
    static const char *verdicts[] = {"no rights"};
    struct stage *s = *state;
    struct arena mem = {0};
    struct held h;

    fill(s);
    assert_int_equal(hand_in(s, 4, &aside, 1, verdicts), 0);
    h = held_of(s, 1, &mem);
    assert_int_equal(h.areas_n, 1);
    assert_int_equal(h.areas[0].types[0].records, 4);
    assert_int_equal(h.areas[0].types[0].own, 4);
    assert_true(h.areas[0].granted);
    arena_free(&mem);
}

static void what_was_erased_counts_apart_until_the_device_has_heard(
    void **state)
{
    struct stage *s = *state;
    struct rows_name name = {s->signal, 1, record_id(2)};
    struct arena mem = {0};
    struct erased done;
    struct held h;
    struct err err;

    fill(s);
    enrol_other(s, ROLE_LEAD);
    pulls(s, 0, 3);
    ok(erase_records(s->dir, &s->s, &name, 1, 2000, &done, &err), &err);
    h = held_of(s, 2, &mem);
    assert_int_equal(h.areas[0].types[0].records, 2);
    assert_int_equal(h.areas[0].removed, 1);
    pulls(s, 4, 4);
    assert_int_equal(held_of(s, 2, &mem).areas[0].removed, 0);
    assert_int_equal(held_by(&s->s, 7, &mem, &h, &err), RC_NOTFOUND);
    arena_free(&mem);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_was_sent_counts_and_what_came_later_does_not),
        CASE(every_role_holds_what_is_for_it),
        CASE(own_work_counts_also_where_it_was_kept_aside),
        CASE(what_was_erased_counts_apart_until_the_device_has_heard),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
