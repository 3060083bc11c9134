/* By which keys a device knows its server, through enrolments and welcomes. */
#include "tests/unit/local_stage.h"

#include "client/local_pins.h"

static const char first[] = "1111111111111111111111111111111a";
static const char second[] = "2222222222222222222222222222222b";
static const char third[] = "3333333333333333333333333333333c";

static const uint8_t *pin(const char *text)
{
    return (const uint8_t *)text;
}

/* A welcome that says these; "" : nothing. */
static void welcome(struct stage *s, const char *now, const char *next)
{
    struct welcome w = {.epoch = 55,
                        .user = bytes_of("w"),
                        .role = ROLE_WORKER,
                        .pin = bytes_of(now),
                        .next = bytes_of(next)};
    struct err err;

    ok(local_welcome(&s->l, &w, false, &err), &err);
}

/* What it knows now, and what it tells its server of it. */
static void knows(struct stage *s, const char *now, const char *next)
{
    struct session_self self;
    struct server_pins p;
    struct err err;

    ok(pins_read(&s->l, &p, &err), &err);
    ok(local_self(&s->l, &self, &err), &err);
    assert_memory_equal(p.now, now, 32);
    assert_int_equal(p.has_next, next[0] != '\0');
    assert_int_equal(self.next_n, strlen(next));
    if (p.has_next) {
        assert_memory_equal(p.next, next, 32);
        assert_memory_equal(self.next, next, 32);
    }
}

static void enrol(struct stage *s, const char *at)
{
    struct err err;

    ok(pins_enrolled(&s->l, pin(at), &err), &err);
}

static void a_key_that_was_announced_takes_the_place_of_the_one_before(
    void **state)
{
    struct stage *s = *state;

    enrol(s, first);
    welcome(s, first, "");
    knows(s, first, "");
    welcome(s, first, second);
    knows(s, first, second);
    welcome(s, second, "");
    knows(s, second, "");
    welcome(s, second, third);
    knows(s, second, third);
}

static void a_key_that_was_not_announced_is_not_taken(void **state)
{
    struct stage *s = *state;

    enrol(s, first);
    welcome(s, second, "");
    knows(s, first, "");
    welcome(s, first, second);
    welcome(s, third, second);
    knows(s, first, second);
}

static void an_announcement_that_is_taken_back_counts_no_more(void **state)
{
    struct stage *s = *state;

    enrol(s, first);
    welcome(s, first, second);
    welcome(s, first, third);
    knows(s, first, third);
    welcome(s, first, "");
    knows(s, first, "");
    welcome(s, second, "");
    knows(s, first, "");
}

static void enrolled_anew_it_knows_that_server_alone(void **state)
{
    struct stage *s = *state;
    struct server_pins p;
    struct err err;

    assert_int_equal(pins_read(&s->l, &p, &err), RC_CORRUPT);
    enrol(s, first);
    welcome(s, first, second);
    enrol(s, third);
    knows(s, third, "");
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_key_that_was_announced_takes_the_place_of_the_one_before),
        CASE(a_key_that_was_not_announced_is_not_taken),
        CASE(an_announcement_that_is_taken_back_counts_no_more),
        CASE(enrolled_anew_it_knows_that_server_alone),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
