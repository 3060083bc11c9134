/* The device's own store: own work over what was pulled, numbers, what a sync
 * saves. */
#include <sys/wait.h>

#include "tests/unit/local_stage.h"

/* -- cases -------------------------------------------------------------- */

static void what_was_saved_is_there_after_opening_anew(void **state)
{
    struct stage *s = *state;

    save(s, 1, "title", "lamp");
    reopen(s);
    assert_string_equal(shown(s, 1, "title"), "lamp");
    assert_int_equal(counts(s).waiting, 1);
}

static void own_work_stays_over_what_comes_in(void **state)
{
    struct stage *s = *state;
    struct changeset own;

    pull(s, 1, "title", "theirs", 10, NULL, 0);
    assert_string_equal(shown(s, 1, "title"), "theirs");
    own = save(s, 1, "description", "Mine.");
    assert_int_equal(own.base_version, 10);
    pull(s, 1, "title", "theirs again", 12, NULL, 0);
    assert_string_equal(shown(s, 1, "title"), "theirs again");
    assert_string_equal(shown(s, 1, "description"), "Mine.");
    acknowledge(s, own.number, own.number, 13);
    pull(s, 1, "title", "at last", 14, &own, 13);
    assert_string_equal(shown(s, 1, "description"), "Mine.");
    assert_string_equal(shown(s, 1, "title"), "at last");
}

/* The base is what was pulled, not what this device wrote since. */
static void a_base_is_what_was_pulled(void **state)
{
    struct stage *s = *state;
    struct changeset c;

    pull(s, 1, "description", "Theirs.", 10, NULL, 0);
    save(s, 1, "description", "Theirs. Mine.");
    c = save(s, 1, "description", "Theirs. Mine. More.");
    assert_true(bytes_eq(c.writes[0].base.as.text, bytes_of("Theirs.")));
    assert_int_equal(c.base_version, 10);
}

static void what_was_kept_aside_no_longer_shows(void **state)
{
    struct stage *s = *state;

    save(s, 1, "title", "lamp");
    acknowledge(s, 1, 1, 0);
    assert_string_equal(shown(s, 1, "title"), "-");
    assert_int_equal(counts(s).parked, 1);
    assert_int_equal(counts(s).waiting, 0);
}

static void what_the_server_kept_nowhere_is_not_told_as_kept_aside(void **state)
{
    struct stage *s = *state;
    struct ack_parked why[] = {{1, bytes_of(ack_no_consent)},
                               {2, bytes_of(ack_emptied)},
                               {3, bytes_of("too late")}};
    struct ack_range all = {1, 3, 0};
    struct ack a = {.device = 3,
                    .area = AREA,
                    .ranges = &all,
                    .ranges_n = 1,
                    .parked = why,
                    .parked_n = 3};
    struct err err;

    save(s, 1, "title", "lamp");
    save(s, 2, "title", "tree");
    save(s, 3, "title", "door");
    ok(local_ack(&s->l, &a, 1, &s->mem, &err), &err);
    assert_int_equal(counts(s).unkept, 2);
    assert_int_equal(counts(s).parked, 1);
    assert_true(local_unkept(ack_emptied) && !local_unkept("too late"));
}

static void what_was_erased_is_not_told_as_kept_aside(void **state)
{
    struct stage *s = *state;
    struct id id = record_id(1);
    struct record r = record_new(s->signal, &id, AREA, &s->mem);
    struct states st = {.area = AREA, .upto = 8, .records = &r, .records_n = 1};
    struct ack_range second = {2, 2, 0};
    struct ack nothing_to_tell = {
        .device = 3, .area = AREA, .ranges = &second, .ranges_n = 1};
    struct err err;

    save(s, 1, "title", "lamp");
    save(s, 2, "title", "lamp");
    acknowledge(s, 1, 1, 0);
    ok(local_ack(&s->l, &nothing_to_tell, 1, &s->mem, &err), &err);
    assert_int_equal(counts(s).parked, 1);
    record_erase(&r, 8); /* of the first one, later */
    ok(local_apply(&s->l, &st, 1, &s->mem, &err), &err);
    assert_int_equal(counts(s).parked, 0);
    assert_int_equal(counts(s).waiting, 0);
}

static void a_batch_holds_what_waits_in_order(void **state)
{
    struct stage *s = *state;
    struct session_self self;
    struct err err;

    save(s, 1, "title", "a");
    save(s, 2, "title", "b");
    save(s, 3, "title", "c");
    assert_int_equal(batch_size(s, 1), 3);
    assert_int_equal(batch_size(s, 3), 1);
    assert_int_equal(batch_size(s, 4), 0);
    acknowledge(s, 1, 2, 5);
    ok(local_self(&s->l, &self, &err), &err);
    assert_int_equal(self.acked, 2);
    assert_int_equal(self.last, 3);
}

static void a_server_from_a_backup_gets_it_again(void **state)
{
    struct stage *s = *state;
    struct session_self self;
    uint64_t cursor;
    struct err err;

    save(s, 1, "title", "a");
    save(s, 2, "title", "b");
    acknowledge(s, 1, 2, 5);
    pull(s, 1, "title", "c", 7, NULL, 0);
    greet(s, 56, 1, true, 1);
    ok(local_self(&s->l, &self, &err), &err);
    assert_int_equal(self.acked, 1);
    ok(local_cursor(&s->l, AREA, &cursor, &err), &err);
    assert_int_equal(cursor, 0);
    assert_int_equal(batch_size(s, 2), 1);
}

static void enrolled_anew_it_numbers_what_waits_from_one(void **state)
{
    struct stage *s = *state;
    struct session_self self;
    struct err err;

    save(s, 1, "title", "a");
    save(s, 2, "title", "b");
    save(s, 3, "title", "c");
    acknowledge(s, 1, 1, 5);
    ok(local_enrolled(&s->l, 8, &err), &err);
    ok(local_self(&s->l, &self, &err), &err);
    assert_int_equal(self.device, 8);
    assert_int_equal(self.acked, 0);
    assert_int_equal(self.last, 2);
    assert_int_equal(batch_size(s, 1), 2);
    assert_string_equal(shown(s, 2, "title"), "b");
    assert_int_equal(save(s, 4, "title", "d").number, 3);
}

static void a_withdrawn_area_goes_once_nothing_waits(void **state)
{
    struct stage *s = *state;

    pull(s, 1, "title", "theirs", 10, NULL, 0);
    save(s, 2, "title", "mine");
    greet(s, 55, 0, false, 0);
    assert_string_equal(shown(s, 1, "title"), "theirs");
    acknowledge(s, 1, 1, 0);
    greet(s, 55, 1, false, 0);
    assert_string_equal(shown(s, 1, "title"), "-");
    assert_string_equal(shown(s, 2, "title"), "-");
}

static void nothing_is_saved_before_enrolment(void **state)
{
    struct stage *s = *state;
    struct write w = {.field = field(s, "title"), .value = value_text("x")};
    struct changeset c = {.area = AREA,
                          .type = s->signal,
                          .record = record_id(1),
                          .writes = &w,
                          .writes_n = 1};
    struct err err;

    ok(local_put_u64(&s->l, "device", 0, &err), &err);
    assert_int_equal(local_save(&s->l, &c, 1, &s->mem, &err), RC_AUTH);
    assert_int_equal(counts(s).waiting, 0);
}

static void a_clock_in_1970_still_runs_forward(void **state)
{
    struct stage *s = *state;
    struct write w = {.field = field(s, "title"), .value = value_text("x")};
    struct changeset c = {.area = AREA,
                          .type = s->signal,
                          .record = record_id(1),
                          .writes = &w,
                          .writes_n = 1};
    struct err err;
    hlc_stamp before = save(s, 1, "title", "a").clock;

    ok(local_save(&s->l, &c, 5000, &s->mem, &err), &err);
    assert_true(c.clock > before);
}

/* Two programs save into one store at the same time. */
static void two_programs_never_get_the_same_number(void **state)
{
    enum { EACH = 40 };
    struct stage *s = *state;
    pid_t child;
    unsigned i;
    int status = 0;

    local_close(&s->l); /* a connection must not be there across fork() */
    child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        reopen(s);
        for (i = 0; i < EACH; i++)
            save(s, 100 + i, "title", "child");
        local_close(&s->l);
        _exit(0);
    }
    reopen(s);
    for (i = 0; i < EACH; i++)
        save(s, i, "title", "parent");
    assert_true(waitpid(child, &status, 0) == child && status == 0);
    assert_int_equal(counts(s).waiting, 2 * EACH);
    assert_int_equal(batch_size(s, 1), 2 * EACH);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_was_saved_is_there_after_opening_anew),
        CASE(own_work_stays_over_what_comes_in),
        CASE(a_base_is_what_was_pulled),
        CASE(what_was_kept_aside_no_longer_shows),
        CASE(what_the_server_kept_nowhere_is_not_told_as_kept_aside),
        CASE(what_was_erased_is_not_told_as_kept_aside),
        CASE(a_batch_holds_what_waits_in_order),
        CASE(a_server_from_a_backup_gets_it_again),
        CASE(enrolled_anew_it_numbers_what_waits_from_one),
        CASE(a_withdrawn_area_goes_once_nothing_waits),
        CASE(nothing_is_saved_before_enrolment),
        CASE(a_clock_in_1970_still_runs_forward),
        CASE(two_programs_never_get_the_same_number),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
