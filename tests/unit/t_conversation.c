/* The client's end of a sync, fed by hand with what a server says. */
#include "client/conversation.h"
#include "sync/sys/pack.h"
#include "tests/unit/local_stage.h"
#include "tests/unit/where_stage.h"

static const uint64_t noon = 1790000000000;
static const uint64_t day = 86400000;

struct talk {
    struct stage *s;
    struct conversation c;
    struct arena mem;
};

static const struct moment now = {.now_ms = 1790000000000, .random = 5};

static struct talk open_talk(struct stage *s)
{
    struct talk t = {.s = s};
    struct err err;

    ok(conversation_open(&t.c, &s->l, 3, &err), &err);
    return t;
}

static void close_talk(struct talk *t)
{
    conversation_close(&t->c);
    arena_free(&t->mem);
}

static struct bytes bytes_from(struct talk *t, const struct message *m)
{
    struct buf b = buf_make(message_bytes_max);
    struct bytes out;

    wire_put(&b, m);
    out = arena_bytes(&t->mem, buf_view(&b));
    buf_free(&b);
    return out;
}

static enum conversation_next welcome_to(struct talk *t, uint64_t last,
                                         uint64_t server_ms,
                                         const char *regions)
{
    struct area_info area = {.number = AREA,
                             .slug = bytes_of("selwerd"),
                             .name = bytes_of("Selwerd")};
    struct message m = {
        .kind = MESSAGE_WELCOME,
        .as.welcome = {.epoch = 55,
                       .last = last,
                       .now_ms = server_ms,
                       .types = bytes_of(t->s->l.shape->version),
                       .token = bytes_of("t0ken"),
                       .user = bytes_of("w"),
                       .role = ROLE_WORKER,
                       .areas = &area,
                       .areas_n = 1,
                       .regions = bytes_of(regions)}};

    return conversation_answer(&t->c, bytes_from(t, &m), now);
}

static enum conversation_next welcome(struct talk *t, uint64_t last,
                                      uint64_t server_ms)
{
    return welcome_to(t, last, server_ms, "");
}

static enum conversation_next ack(struct talk *t, uint64_t first, uint64_t last,
                                  uint64_t version)
{
    struct ack_range range = {first, last, version};
    struct message m = {
        .kind = MESSAGE_ACK,
        .as.ack = {.device = 3, .area = AREA, .ranges = &range, .ranges_n = 1}};

    return conversation_answer(&t->c, bytes_from(t, &m), now);
}

/* A piece of a pull without records. */
static enum rc piece(struct talk *t, uint64_t upto, bool more, struct err *err)
{
    struct buf plain = buf_make(message_bytes_max);
    struct buf packed = buf_make(message_bytes_max);
    struct wire_states s;
    enum rc rc;

    wire_states_begin(&s, t->s->l.shape);
    wire_states_end(&s, AREA, upto, more, &plain);
    wire_states_free(&s);
    ok(pack_compress(buf_view(&plain), 1, &packed, err), err);
    rc = conversation_piece(&t->c, buf_view(&packed), now, err);
    buf_free(&packed);
    buf_free(&plain);
    return rc;
}

static uint64_t cursor(struct stage *s)
{
    uint64_t at;
    struct err err;

    ok(local_cursor(&s->l, AREA, &at, &err), &err);
    return at;
}

static void a_day_goes_up_and_the_area_comes_down(void **state)
{
    struct stage *s = *state;
    struct talk t = open_talk(s);
    struct err err;

    save(s, 1, "title", "lamp");
    close_talk(&t);
    t = open_talk(s);
    assert_int_equal(conversation_start(&t.c, now), CONVERSATION_ASK);
    assert_string_equal(t.c.question.path, "/v1/session");
    assert_true(t.c.question.sign);
    assert_int_equal(welcome(&t, 0, noon), CONVERSATION_ASK);
    assert_string_equal(t.c.token, "t0ken");
    assert_string_equal(t.c.question.path, "/v1/push");
    assert_true(t.c.question.sign && t.c.question.token);
    assert_int_equal(ack(&t, 1, 1, 7), CONVERSATION_ASK);
    assert_string_equal(t.c.question.path, "/v1/pull?area=4&after=0");
    assert_int_equal(piece(&t, 5, true, &err), RC_OK);
    assert_int_equal(piece(&t, 9, false, &err), RC_OK);
    assert_int_equal(conversation_end(&t.c, now), CONVERSATION_DONE);
    assert_int_equal(cursor(s), 9);
    assert_int_equal(counts(s).waiting, 0);
    close_talk(&t);
}

static struct talk at_pull(struct stage *s)
{
    struct talk t = open_talk(s);

    conversation_start(&t.c, now);
    assert_int_equal(welcome(&t, 0, noon), CONVERSATION_ASK);
    return t;
}

static void a_pull_that_was_cut_goes_on_from_the_last_piece(void **state)
{
    struct stage *s = *state;
    struct talk t = at_pull(s);
    struct err err;

    assert_int_equal(piece(&t, 5, true, &err), RC_OK);
    assert_int_equal(conversation_end(&t.c, now), CONVERSATION_WAIT);
    assert_int_equal(t.c.err.code, RC_NETWORK);
    assert_int_equal(conversation_waited(&t.c, now), CONVERSATION_ASK);
    assert_int_equal(welcome(&t, 0, noon), CONVERSATION_ASK);
    assert_string_equal(t.c.question.path, "/v1/pull?area=4&after=5");
    /* Cut before its first piece. */
    assert_int_equal(conversation_end(&t.c, now), CONVERSATION_WAIT);
    close_talk(&t);
}

static void more_pieces_than_were_asked_for_are_refused(void **state)
{
    struct stage *s = *state;
    struct talk t = at_pull(s);
    struct err err;

    assert_int_equal(piece(&t, 5, false, &err), RC_OK);
    assert_int_equal(piece(&t, 6, false, &err), RC_CORRUPT);
    assert_int_equal(cursor(s), 5);
    close_talk(&t);
}

static void a_piece_that_is_no_message_stops_the_pull(void **state)
{
    struct stage *s = *state;
    struct talk t = at_pull(s);
    struct err err;

    assert_int_equal(conversation_piece(&t.c, bytes_of("<html>"), now, &err),
                     RC_CORRUPT);
    assert_int_equal(conversation_end(&t.c, now), CONVERSATION_STOP);
    assert_int_equal(cursor(s), 0);
    close_talk(&t);
}

static void an_answer_to_another_question_is_refused(void **state)
{
    struct stage *s = *state;
    struct talk t = open_talk(s);

    conversation_start(&t.c, now);
    assert_int_equal(ack(&t, 1, 1, 5), CONVERSATION_STOP);
    assert_int_equal(t.c.err.code, RC_CORRUPT);
    close_talk(&t);
}

/* Nothing to hand in, nothing new; and the town has these neighbourhoods. */
static enum conversation_next through(struct talk *t, const char *regions)
{
    struct err err;

    conversation_start(&t->c, now);
    assert_int_equal(welcome_to(t, 0, noon, regions), CONVERSATION_ASK);
    ok(piece(t, 5, false, &err), &err);
    return conversation_end(&t->c, now);
}

static bool asks_for(const struct talk *t, const char *path)
{
    return strcmp(t->c.question.path, path) == 0 && t->c.question.token &&
           !t->c.question.stream &&
           strcmp(t->c.question.accept, "application/zstd") == 0 &&
           t->c.question.answer_max == regions_bytes_max;
}

static void neighbourhoods_are_asked_for_last_and_once(void **state)
{
    struct stage *s = *state;
    struct talk t = open_talk(s);
    struct message m = told_squares("55-1", 2022, 3, &s->mem);
    struct bytes packed = squares_packed(&m, &s->mem);
    struct err err;

    assert_int_equal(through(&t, "55-1"), CONVERSATION_ASK);
    assert_true(asks_for(&t, "/v1/regions/55-1"));
    /* Cut: the sync is done all the same, and the next one asks again. */
    assert_int_equal(
        conversation_answer(&t.c, (struct bytes){packed.p, packed.n / 2}, now),
        CONVERSATION_DONE);
    close_talk(&t);
    t = open_talk(s);
    assert_int_equal(through(&t, "55-1"), CONVERSATION_ASK);
    assert_true(asks_for(&t, "/v1/regions/55-1"));
    err_set(&err, RC_NETWORK, "no line");
    assert_int_equal(conversation_failed(&t.c, &err, now), CONVERSATION_DONE);
    close_talk(&t);
    t = open_talk(s);
    assert_int_equal(through(&t, "55-1"), CONVERSATION_ASK);
    assert_int_equal(conversation_answer(&t.c, packed, now), CONVERSATION_DONE);
    close_talk(&t);
    t = open_talk(s);
    assert_int_equal(through(&t, "55-1"), CONVERSATION_DONE);
    close_talk(&t);
    t = open_talk(s);
    assert_int_equal(through(&t, "55-2"), CONVERSATION_ASK);
    assert_true(asks_for(&t, "/v1/regions/55-2"));
    close_talk(&t);
}

/* This device's clock may be years ahead of the server's. */
static void what_is_kept_hangs_on_the_clock_of_the_server(void **state)
{
    struct stage *s = *state;
    struct talk t;

    save(s, 1, "title", "lamp");
    acknowledge(s, 1, 1, 5); /* at noon */
    pull(s, 1, "title", "theirs", 6, NULL, 0);
    save(s, 2, "title", "tree");
    t = open_talk(s);
    conversation_start(&t.c, now);
    welcome(&t, 1, noon - 300 * day);
    assert_int_equal(ack(&t, 2, 2, 7), CONVERSATION_ASK);
    assert_int_equal(batch_size(s, 1), 2);
    close_talk(&t);
    pull(s, 2, "title", "theirs", 8, NULL, 0);
    save(s, 3, "title", "bench");
    t = open_talk(s);
    conversation_start(&t.c, now);
    welcome(&t, 2, noon + 300 * day);
    assert_int_equal(ack(&t, 3, 3, 9), CONVERSATION_ASK);
    assert_int_equal(batch_size(s, 1), 1);
    close_talk(&t);
}

static void faults_without_end_end_in_a_stop(void **state)
{
    struct stage *s = *state;
    struct talk t = open_talk(s);
    struct err err;

    err_set(&err, RC_NETWORK, "no line");
    conversation_start(&t.c, now);
    assert_int_equal(conversation_failed(&t.c, &err, now), CONVERSATION_WAIT);
    assert_int_equal(conversation_waited(&t.c, now), CONVERSATION_ASK);
    assert_int_equal(conversation_failed(&t.c, &err, now), CONVERSATION_WAIT);
    assert_int_equal(conversation_waited(&t.c, now), CONVERSATION_ASK);
    assert_int_equal(conversation_failed(&t.c, &err, now), CONVERSATION_STOP);
    assert_string_equal(t.c.err.text, "no line");
    close_talk(&t);
}

static void a_store_that_was_never_enrolled_has_nothing_to_say(void **state)
{
    struct stage *s = *state;
    struct conversation c;
    struct err err;

    ok(local_put_u64(&s->l, "device", 0, &err), &err);
    assert_int_equal(conversation_open(&c, &s->l, 3, &err), RC_AUTH);
    conversation_close(&c);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_day_goes_up_and_the_area_comes_down),
        CASE(a_pull_that_was_cut_goes_on_from_the_last_piece),
        CASE(more_pieces_than_were_asked_for_are_refused),
        CASE(a_piece_that_is_no_message_stops_the_pull),
        CASE(an_answer_to_another_question_is_refused),
        CASE(neighbourhoods_are_asked_for_last_and_once),
        CASE(what_is_kept_hangs_on_the_clock_of_the_server),
        CASE(faults_without_end_end_in_a_stop),
        CASE(a_store_that_was_never_enrolled_has_nothing_to_say),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
