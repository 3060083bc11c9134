/* The device's own store: own work over what was pulled, numbers, what a sync
 * saves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/wait.h>
#include <unistd.h>

#include "client/local.h"
#include "sync/merge.h"

enum { AREA = 4 };

struct stage {
    char dir[256];
    struct local l;
    struct arena mem;
    const struct shape_type *signal;
};

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static void reopen(struct stage *s)
{
    struct err err;

    if (s->l.db != NULL)
        local_close(&s->l);
    ok(local_open(s->dir, &s->l, &err), &err);
    s->signal = shape_type_named(s->l.shape, bytes_of("signal"));
}

static void greet(struct stage *s, uint64_t epoch, uint64_t last, bool restart,
                  size_t areas_n)
{
    struct area_info area = {.number = AREA,
                             .slug = bytes_of("selwerd"),
                             .name = bytes_of("Selwerd")};
    struct welcome w = {.epoch = epoch,
                        .last = last,
                        .user = bytes_of("w"),
                        .role = ROLE_WORKER,
                        .areas = &area,
                        .areas_n = areas_n};
    struct err err;

    ok(local_welcome(&s->l, &w, restart, &err), &err);
}

static int set_up(void **state)
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

static int tear_down(void **state)
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

static struct id record_id(unsigned n)
{
    uint8_t random[ID_RANDOM_BYTES] = {0};

    random[9] = (uint8_t)n;
    return id_make(UINT64_C(1790000000000), random);
}

static uint16_t field(const struct stage *s, const char *name)
{
    return (uint16_t)shape_field_index(
        s->signal, shape_field_named(s->signal, bytes_of(name)));
}

/* Save one field of a record; what was saved comes back. */
static struct changeset save(struct stage *s, unsigned n, const char *name,
                             const char *value)
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
static const char *shown(struct stage *s, unsigned n, const char *name)
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
static void pull(struct stage *s, unsigned n, const char *name,
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

static void acknowledge(struct stage *s, uint64_t first, uint64_t last,
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

static struct local_counts counts(struct stage *s)
{
    struct local_counts c;
    struct err err;

    ok(local_count(&s->l, &c, &err), &err);
    return c;
}

static size_t batch_size(struct stage *s, uint64_t from)
{
    struct batch b;
    struct err err;

    ok(local_batch(&s->l, from, &s->mem, &b, &err), &err);
    return b.changesets_n;
}

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
