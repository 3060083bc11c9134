/* A device that remembers what it saw of the server's journal. */
#include "client/witness.h"
#include "tests/unit/local_stage.h"

/* A journal of so many batches; `salt` makes another one. */
static struct digest entry(uint64_t n, uint64_t salt)
{
    uint64_t both[] = {n, salt};

    return digest_of((struct bytes){(const uint8_t *)both, sizeof both});
}

static struct chain journal(uint64_t links, uint64_t salt)
{
    struct chain c = {0};
    struct digest e;

    while (c.links < links) {
        e = entry(c.links + 1, salt);
        chain_add(&c, &e);
    }
    return c;
}

static void show(struct stage *s, const struct chain *c)
{
    struct area_info a = {.number = AREA, .links = c->links};
    struct err err;

    if (c->links > 0)
        a.chain = digest_bytes(&c->head);
    ok(witness_shown(&s->l, &a, &err), &err);
}

/* The entries after a link up to another, as a server sends them. */
static enum rc send(struct stage *s, uint64_t epoch, uint64_t after,
                    uint64_t upto, uint64_t salt)
{
    struct buf b = buf_make(100000);
    uint8_t head[12] = {0};
    struct digest e;
    uint64_t n;
    enum rc rc;
    struct err err;

    head[7] = (uint8_t)epoch;
    head[11] = (uint8_t)(upto - after);
    buf_put(&b, head, sizeof head);
    for (n = after + 1; n <= upto; n++) {
        e = entry(n, salt);
        buf_put(&b, e.b, sizeof e.b);
    }
    rc = witness_take(&s->l, AREA, buf_view(&b), &err);
    buf_free(&b);
    return rc;
}

static uint64_t due(struct stage *s)
{
    uint32_t area;
    uint64_t after;
    struct err err;

    ok(witness_due(&s->l, &area, &after, &err), &err);
    return area == 0 ? UINT64_MAX : after;
}

static const char *doubt(struct stage *s)
{
    const char *text;
    struct err err;

    ok(witness_doubt(&s->l, &s->mem, &text, &err), &err);
    return text;
}

static void a_journal_that_grows_is_followed(void **state)
{
    struct stage *s = *state;
    struct chain three = journal(3, 0), nine = journal(9, 0);

    show(s, &three); /* the first: on trust */
    assert_int_equal(due(s), UINT64_MAX);
    show(s, &nine);
    assert_int_equal(due(s), 3);
    assert_int_equal(send(s, 55, 3, 5, 0), RC_OK); /* in two pieces */
    assert_int_equal(due(s), 5);
    assert_int_equal(send(s, 55, 5, 9, 0), RC_OK);
    assert_int_equal(due(s), UINT64_MAX);
    assert_string_equal(doubt(s), "");
}

static void a_journal_that_was_rewritten_is_noticed(void **state)
{
    struct stage *s = *state;
    struct chain three = journal(3, 0), other = journal(9, 1);

    show(s, &three);
    show(s, &other);
    assert_int_equal(send(s, 55, 3, 9, 1), RC_OK);
    assert_non_null(strstr(doubt(s), "does not follow"));
    assert_non_null(strstr(doubt(s), "selwerd"));
}

static void a_journal_of_the_same_length_and_another_content_is_noticed(
    void **state)
{
    struct stage *s = *state;
    struct chain three = journal(3, 0), other = journal(3, 1);

    show(s, &three);
    show(s, &other);
    assert_non_null(strstr(doubt(s), "another content"));
}

static void a_journal_that_became_shorter_is_noticed(void **state)
{
    struct stage *s = *state;
    struct chain three = journal(3, 0), two = journal(2, 0);

    show(s, &three);
    show(s, &two);
    assert_non_null(strstr(doubt(s), "shorter"));
    /* The first doubt stays, whatever comes. */
    show(s, &three);
    assert_non_null(strstr(doubt(s), "shorter"));
}

static void a_server_that_shows_no_entries_is_noticed(void **state)
{
    struct stage *s = *state;
    struct chain three = journal(3, 0), nine = journal(9, 0);

    show(s, &three);
    show(s, &nine);
    assert_int_equal(send(s, 55, 3, 3, 0), RC_OK);
    assert_non_null(strstr(doubt(s), "does not show"));
}

static void one_put_back_from_a_backup_says_so_and_is_believed(void **state)
{
    struct stage *s = *state;
    struct chain three = journal(3, 0), two = journal(2, 0);

    show(s, &three);
    greet(s, 56, 0, true, 0); /* this area is not shown at first */
    show(s, &two);
    assert_string_equal(doubt(s), "");
    assert_int_equal(due(s), UINT64_MAX);
}

static void an_answer_that_was_cut_or_is_of_another_epoch_decides_nothing(
    void **state)
{
    struct stage *s = *state;
    struct chain three = journal(3, 0), nine = journal(9, 0);
    uint8_t cut[11] = {0};
    size_t n;
    struct err err;

    show(s, &three);
    show(s, &nine);
    for (n = 0; n <= sizeof cut; n++)
        assert_int_equal(
            witness_take(&s->l, AREA, (struct bytes){cut, n}, &err),
            RC_CORRUPT);
    assert_int_equal(send(s, 56, 3, 9, 0), RC_OUTDATED);
    assert_int_equal(due(s), 3);
    assert_string_equal(doubt(s), "");
}

static void enrolled_anew_it_begins_anew(void **state)
{
    struct stage *s = *state;
    struct chain three = journal(3, 0), other = journal(3, 1);
    struct err err;

    show(s, &three);
    show(s, &other);
    ok(local_enrolled(&s->l, 8, &err), &err);
    assert_string_equal(doubt(s), "");
    show(s, &three);
    assert_string_equal(doubt(s), "");
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_journal_that_grows_is_followed),
        CASE(a_journal_that_was_rewritten_is_noticed),
        CASE(a_journal_of_the_same_length_and_another_content_is_noticed),
        CASE(a_journal_that_became_shorter_is_noticed),
        CASE(a_server_that_shows_no_entries_is_noticed),
        CASE(one_put_back_from_a_backup_says_so_and_is_believed),
        CASE(an_answer_that_was_cut_or_is_of_another_epoch_decides_nothing),
        CASE(enrolled_anew_it_begins_anew),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
