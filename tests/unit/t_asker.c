/* The thread that works out questions: in order, so many at most, and none is
 * forgotten at a stop. */
#include "tests/unit/endpoint_stage.h"

#include <pthread.h>

#include "server/asker.h"

struct one {
    struct ask_job job;
    pthread_mutex_t *gate; /* or NULL */
    unsigned *turn, ran, done;
};

static void run(struct ask_job *job, struct store *s)
{
    struct one *o = (struct one *)job;

    if (o->gate != NULL) {
        pthread_mutex_lock(o->gate);
        pthread_mutex_unlock(o->gate);
    }
    assert(s->shape != NULL);
    o->ran = ++*o->turn;
}

static void done(struct ask_job *job)
{
    struct one *o = (struct one *)job;

    o->done = ++*o->turn;
}

static void questions_wait_in_order_and_not_too_many(void **state)
{
    struct stage *s = *state;
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    struct one all[ASKER_WAITING_MAX + 2];
    struct asker *a;
    unsigned turn = 0;
    size_t i, taken = 0;
    struct err err;

    ok(asker_start(s->dir, NULL, &a, &err), &err);
    pthread_mutex_lock(&gate);
    for (i = 0; i < countof(all); i++) {
        all[i] = (struct one){{.run = run, .done = done}, &gate, &turn, 0, 0};
        if (asker_submit(a, &all[i].job, &err) != RC_OK)
            break;
        taken++;
    }
    /* One more if the first was taken out by then. */
    assert_true(taken == ASKER_WAITING_MAX || taken == ASKER_WAITING_MAX + 1);
    if (i < countof(all))
        assert_int_equal(err.code, RC_BUSY);
    assert_int_equal(turn, 0);
    pthread_mutex_unlock(&gate);
    asker_stop(a);
    for (i = 0; i < taken; i++) {
        assert_int_equal(all[i].ran, 2 * i + 1);
        assert_int_equal(all[i].done, 2 * i + 2);
    }
}

static void none_started_is_stopped(void **state)
{
    (void)state;
    asker_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(
            questions_wait_in_order_and_not_too_many, stage_set_up,
            stage_tear_down),
        cmocka_unit_test(none_started_is_stopped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
