/* Which event may end which action, at either end of the conversation.  Any
 * other is the caller's fault and ends the program, before it does harm. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sync/serve.h"
#include "sync/session.h"
#include "tests/unit/model.h"

/* Does the program go on? */
static bool goes_on(void (*step)(int action, int event), int action, int event)
{
    int how;
    pid_t child = fork();

    assert_true(child >= 0);
    if (child == 0) {
        signal(SIGABRT, SIG_DFL);
        step(action, event);
        _exit(0);
    }
    assert_int_equal(waitpid(child, &how, 0), child);
    if (WIFEXITED(how))
        return WEXITSTATUS(how) == 0;
    assert_true(WIFSIGNALED(how));
    assert_int_equal(WTERMSIG(how), SIGABRT);
    return false;
}

/* -- at the client's end ------------------------------------------------ */

static void session_at(int action, int event)
{
    static const struct session_self self = {.device = 3, .types = "t"};
    struct welcome w = {.types = bytes_of("t")};
    struct batch b = {0};
    struct ack_range range = {1, 1, 1};
    struct ack ack = {.device = 3, .ranges = &range, .ranges_n = 1};
    struct states st = {.area = 0};
    struct err err;
    struct session s;

    session_init(&s, &self);
    s.doing = (enum session_action_kind)action;
    s.welcome = &w;
    s.areas_n = 1;
    err_set(&err, RC_NETWORK, "a cut");
    (void)session_step(
        &s, &(struct session_event){.kind = (enum session_event_kind)event,
                                    .welcome = &w,
                                    .batch = &b,
                                    .ack = &ack,
                                    .states = &st,
                                    .err = &err});
}

static void a_session_takes_the_events_that_its_action_names(void **state)
{
    /* In the order of the actions: the events that session.h names for it. */
    static const char *const events[] = {
        [SESSION_SAY_HELLO] = "welcomed withdrawn failed",
        [SESSION_GET_TYPES] = "saved failed",
        [SESSION_SAVE_WELCOME] = "saved failed",
        [SESSION_LOAD] = "loaded failed",
        [SESSION_PUSH] = "acked failed",
        [SESSION_SAVE_ACK] = "saved failed",
        [SESSION_PULL] = "states failed",
        [SESSION_APPLY] = "saved failed",
        [SESSION_READ_ON] = "states failed",
        [SESSION_WAIT] = "waited failed",
        [SESSION_DONE] = "start",
        [SESSION_STOP] = "start",
        [SESSION_WIPE] = "",
    };
    static const char *const names[] = {
        [SESSION_START] = "start",         [SESSION_WELCOMED] = "welcomed",
        [SESSION_WITHDRAWN] = "withdrawn", [SESSION_SAVED] = "saved",
        [SESSION_LOADED] = "loaded",       [SESSION_ACKED] = "acked",
        [SESSION_STATES] = "states",       [SESSION_WAITED] = "waited",
        [SESSION_FAILED] = "failed",
    };
    size_t a, e;

    (void)state;
    for (a = 0; a < countof(events); a++)
        for (e = 0; e < countof(names); e++)
            if (goes_on(session_at, (int)a, (int)e) !=
                (strstr(events[a], names[e]) != NULL))
                fail_msg("\"%s\" at action %zu", names[e], a);
}

/* -- at the server's end ------------------------------------------------ */

static void serve_at(int action, int event)
{
    static const uint32_t areas[] = {4};
    struct caller caller = {.device = 3, .areas = areas, .areas_n = 1};
    struct message m = {.kind = MESSAGE_HELLO, .as.hello.device = 3};
    struct welcome w = {.epoch = 1};
    struct ack_range range = {0, 0, 1};
    struct ack ack = {.device = 3, .ranges = &range, .ranges_n = 1};
    struct states st = {.area = 4};
    struct arena mem = {0};
    struct err err;
    struct serve s;

    serve_init(&s, &model, &caller);
    s.doing = (enum serve_action_kind)action;
    err_set(&err, RC_IO, "a disk");
    (void)serve_step(&s,
                     &(struct serve_event){.kind = (enum serve_event_kind)event,
                                           .message = &m,
                                           .welcome = &w,
                                           .ack = &ack,
                                           .states = &st,
                                           .err = &err},
                     &mem);
}

static void a_server_takes_the_events_that_its_action_names(void **state)
{
    static const char *const events[] = {
        [SERVE_LISTEN] = "called",
        [SERVE_OPEN] = "opened failed",
        [SERVE_MERGE] = "merged failed",
        [SERVE_READ] = "states failed",
        [SERVE_SEND] = "sent failed",
        [SERVE_END] = "",
        [SERVE_REFUSE] = "",
    };
    static const char *const names[] = {
        [SERVE_CALLED] = "called", [SERVE_OPENED] = "opened",
        [SERVE_MERGED] = "merged", [SERVE_STATES] = "states",
        [SERVE_SENT] = "sent",     [SERVE_FAILED] = "failed",
    };
    size_t a, e;

    (void)state;
    for (a = 0; a < countof(events); a++)
        for (e = 0; e < countof(names); e++)
            if (goes_on(serve_at, (int)a, (int)e) !=
                (strstr(events[a], names[e]) != NULL))
                fail_msg("\"%s\" at action %zu", names[e], a);
}

static void an_answer_to_what_was_not_asked(int nothing, int which)
{
    static const struct ack_range ranges[] = {{10, 11, 1}, {11, 13, 1}};
    struct caller caller = {.device = 3};
    struct ack ack = {.device = 3, .ranges = &ranges[which], .ranges_n = 1};
    struct serve s;

    (void)nothing;
    if (which == 2)
        ack = (struct ack){.device = 3};
    serve_init(&s, &model, &caller);
    s.doing = SERVE_MERGE;
    s.batch_first = 11;
    s.batch_last = 12;
    (void)serve_step(
        &s, &(struct serve_event){.kind = SERVE_MERGED, .ack = &ack}, NULL);
}

static void a_server_never_acknowledges_what_was_not_handed_in(void **state)
{
    int which;

    (void)state;
    for (which = 0; which < 3; which++)
        assert_false(goes_on(an_answer_to_what_was_not_asked, 0, which));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_session_takes_the_events_that_its_action_names),
        cmocka_unit_test(a_server_takes_the_events_that_its_action_names),
        cmocka_unit_test(a_server_never_acknowledges_what_was_not_handed_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
