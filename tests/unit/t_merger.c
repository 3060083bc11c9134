/* The server's writer: numbers, versions, repeats, neighbours, commits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <semaphore.h>

#include "schema/schema.h"
#include "server/merger.h"
#include "sync/limits.h"
#include "sync/sys/pack.h"

/* A store in a folder of its own, one area, one device; and its merger. */
struct stage {
    char dir[256];
    struct merger *m;
    const struct shape_type *signal;
};

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    struct sign_key *key = sign_key_new();
    struct sign_public public = sign_key_public(key);
    struct digest secret = {{1}};
    struct arena mem = {0};
    struct enrolled e;
    struct store st;
    uint32_t area;
    int64_t account;
    struct err err;

    snprintf(s->dir, sizeof s->dir, "%s/merger.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    ok(store_create(s->dir, schema_builtin_bundle(), &err), &err);
    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    ok(store_area_put(&st, "selwerd", "Selwerd", "", &area, &err), &err);
    ok(store_account_put(&st, "w", ROLE_WORKER, &area, 1, 0, &account, &err),
       &err);
    ok(store_code_put(&st, &secret, account, 5000, &err), &err);
    ok(store_enrol(&st, &secret, &public, "", 1000, &mem, &e, &err), &err);
    assert_int_equal(e.device, 1);
    store_close(&st);
    arena_free(&mem);
    sign_key_free(key);
    ok(merger_start(s->dir, 64 << 20, &s->m, &err), &err);
    s->signal = shape_type_named(merger_shape(s->m), bytes_of("signal"));
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];

    merger_stop(s->m);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    if (system(command) != 0)
        return 1;
    free(s);
    return 0;
}

/* -- batches ------------------------------------------------------------ */

struct handing {
    struct batch_job job; /* first */
    sem_t done;
    struct arena mem;
    struct batch batch;
    struct buf body;
};

static void on_done(struct merge_job *job)
{
    sem_post(&((struct handing *)job)->done);
}

static struct id record_id(unsigned n)
{
    uint8_t random[ID_RANDOM_BYTES] = {0};

    random[9] = (uint8_t)n;
    return id_make(UINT64_C(1790000000000), random);
}

/* Numbers first … first + n - 1, each the title of a record of its own. */
static struct handing *make(struct stage *s, uint64_t first, size_t n,
                            const char *title)
{
    struct handing *h = mem_new(sizeof *h);
    const char **none = arena_new(&h->mem, n * sizeof *none);
    struct changeset *c = arena_new(&h->mem, n * sizeof *c);
    struct write *w = arena_new(&h->mem, n * sizeof *w);
    struct message m = {.kind = MESSAGE_BATCH};
    struct buf plain = buf_make(message_bytes_max);
    struct err err;
    size_t i;

    for (i = 0; i < n; i++) {
        w[i].field = (uint16_t)shape_field_index(
            s->signal, shape_field_named(s->signal, bytes_of("title")));
        w[i].value = value_text(
            arena_printf(&h->mem, "%s %u", title, (unsigned)(first + i)));
        c[i] = (struct changeset){.device = 1,
                                  .number = first + i,
                                  .clock = first + i,
                                  .area = 1,
                                  .type = s->signal,
                                  .record = record_id((unsigned)(first + i)),
                                  .writes = &w[i],
                                  .writes_n = 1};
    }
    h->batch = (struct batch){.device = 1,
                              .area = 1,
                              .first = first,
                              .types = bytes_of("t"),
                              .changesets = c,
                              .changesets_n = n,
                              .faults = none};
    m.as.batch = h->batch;
    wire_put(&plain, &m);
    h->body = buf_make(message_bytes_max);
    ok(pack_compress(buf_view(&plain), 1, &h->body, &err), &err);
    buf_free(&plain);
    h->job = (struct batch_job){.job = {.run = batch_job_run, .done = on_done},
                                .mem = &h->mem,
                                .batch = &h->batch,
                                .verdicts = none,
                                .body = buf_view(&h->body),
                                .now_ms = 2000};
    sem_init(&h->done, 0, 0);
    return h;
}

static void submit(struct stage *s, struct handing *h)
{
    struct err err;

    ok(merger_submit(s->m, &h->job.job, &err), &err);
}

static enum rc wait_for(struct handing *h)
{
    while (sem_wait(&h->done) != 0)
        ;
    return h->job.job.rc;
}

static void drop(struct handing *h)
{
    sem_destroy(&h->done);
    buf_free(&h->body);
    arena_free(&h->mem);
    free(h);
}

/* Hand in and want one range that begins with this version. */
static void hand_in(struct stage *s, uint64_t first, size_t n, uint64_t version)
{
    struct handing *h = make(s, first, n, "lamp");

    submit(s, h);
    ok(wait_for(h), &h->job.job.err);
    assert_int_equal(h->job.ack.ranges_n, 1);
    assert_int_equal(h->job.ack.ranges[0].first, first);
    assert_int_equal(h->job.ack.ranges[0].last, first + n - 1);
    assert_int_equal(h->job.ack.ranges[0].version, version);
    drop(h);
}

static int64_t ask(struct stage *s, const char *sql)
{
    struct db_query *q;
    struct store st;
    struct err err;
    int64_t v = -1;

    ok(store_open(s->dir, STORE_READ, NULL, &st, &err), &err);
    db_guard(st.db, (struct db_guard){10, 10000});
    ok(db_query_adhoc(st.db, sql, &q, &err), &err);
    if (db_row(q))
        v = db_i64_at(q, 0);
    ok(db_done(q, &err), &err);
    store_close(&st);
    return v;
}

/* -- cases -------------------------------------------------------------- */

static void versions_follow_one_another(void **state)
{
    struct stage *s = *state;

    hand_in(s, 1, 3, 1);
    hand_in(s, 4, 2, 4);
    assert_int_equal(ask(s, "SELECT version FROM area"), 5);
    assert_int_equal(ask(s, "SELECT count(DISTINCT version) FROM signal"), 5);
}

static void what_comes_again_is_answered_as_before(void **state)
{
    struct stage *s = *state;

    hand_in(s, 1, 3, 1);
    hand_in(s, 4, 2, 4);
    hand_in(s, 1, 3, 1);
    hand_in(s, 2, 3, 2); /* cut in other batches than before */
    hand_in(s, 3, 5, 3); /* and with new ones behind */
    assert_int_equal(ask(s, "SELECT count(*) FROM signal"), 7);
    assert_int_equal(ask(s, "SELECT version FROM area"), 7);
}

static void it_remembers_after_a_restart(void **state)
{
    struct stage *s = *state;
    struct err err;

    hand_in(s, 1, 3, 1);
    merger_stop(s->m);
    ok(merger_start(s->dir, 64 << 20, &s->m, &err), &err);
    s->signal = shape_type_named(merger_shape(s->m), bytes_of("signal"));
    hand_in(s, 1, 4, 1);
}

static void a_missing_number_is_refused(void **state)
{
    struct stage *s = *state;
    struct handing *h = make(s, 2, 1, "lamp");

    submit(s, h);
    assert_int_equal(wait_for(h), RC_OUTDATED);
    drop(h);
    assert_int_equal(ask(s, "SELECT count(*) FROM signal"), 0);
}

static void a_number_with_other_content_is_refused(void **state)
{
    struct stage *s = *state;
    struct handing *h;

    hand_in(s, 1, 3, 1);
    h = make(s, 3, 2, "bench");
    submit(s, h);
    assert_int_equal(wait_for(h), RC_CONFLICT);
    assert_non_null(strstr(h->job.job.err.text, "two copies"));
    drop(h);
    assert_int_equal(ask(s, "SELECT last FROM device"), 3);
}

static void what_cannot_be_merged_is_kept_aside(void **state)
{
    struct stage *s = *state;
    struct handing *h = make(s, 1, 3, "lamp");
    const char *verdicts[] = {NULL, "no such field", NULL};

    h->job.verdicts = verdicts;
    submit(s, h);
    ok(wait_for(h), &h->job.job.err);
    assert_int_equal(h->job.ack.ranges_n, 3);
    assert_int_equal(h->job.ack.ranges[1].version, 0);
    assert_int_equal(h->job.ack.ranges[2].version, 2);
    assert_int_equal(h->job.ack.parked_n, 1);
    assert_int_equal(h->job.ack.parked[0].number, 2);
    drop(h);
    assert_int_equal(ask(s, "SELECT count(*) FROM signal"), 2);
    assert_int_equal(ask(s, "SELECT number FROM parked"), 2);
}

static void an_area_that_is_not_there_keeps_all_aside(void **state)
{
    struct stage *s = *state;
    struct handing *h = make(s, 1, 2, "lamp");

    h->batch.area = 77;
    submit(s, h);
    ok(wait_for(h), &h->job.job.err);
    assert_int_equal(h->job.ack.parked_n, 2);
    drop(h);
}

static void a_withdrawn_device_is_refused(void **state)
{
    struct stage *s = *state;
    struct handing *h = make(s, 1, 1, "lamp");
    struct store st;
    struct err err;

    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    ok(store_device_revoke(&st, 1, 1500, &err), &err);
    store_close(&st);
    submit(s, h);
    assert_int_equal(wait_for(h), RC_AUTH);
    drop(h);
}

/* A job that fails after it wrote. */
static enum rc spoil(struct merge_job *job, struct store *s, struct err *err)
{
    uint32_t number;
    enum rc rc;

    job->wrote = true;
    rc = store_area_put(s, "half-done", "Half done", "", &number, err);
    return rc == RC_OK ? err_set(err, RC_IO, "spoilt on purpose") : rc;
}

static void one_that_fails_harms_no_neighbour(void **state)
{
    struct stage *s = *state;
    struct handing *bad = make(s, 1, 1, "lamp");
    struct handing *good[20];
    size_t i;

    bad->job.job.run = spoil;
    for (i = 0; i < countof(good); i++) {
        good[i] = make(s, 1 + i, 1, "lamp");
        submit(s, good[i]);
        if (i == 5)
            submit(s, bad);
    }
    for (i = 0; i < countof(good); i++) {
        ok(wait_for(good[i]), &good[i]->job.job.err);
        assert_int_equal(good[i]->job.ack.ranges[0].version, 1 + i);
        drop(good[i]);
    }
    assert_int_equal(wait_for(bad), RC_IO);
    drop(bad);
    assert_int_equal(
        ask(s, "SELECT count(*) FROM area WHERE slug = 'half-done'"), 0);
    assert_true(merger_stats(s->m).commits <= merger_stats(s->m).jobs);
}

static void too_much_at_once_is_refused_not_lost(void **state)
{
    struct stage *s = *state;
    struct handing *h = make(s, 1, 1, "lamp");
    struct err err;

    h->job.job.bytes = (size_t)65 << 20;
    assert_int_equal(merger_submit(s->m, &h->job.job, &err), RC_BUSY);
    h->job.job.bytes = 100;
    submit(s, h);
    ok(wait_for(h), &h->job.job.err);
    drop(h);
}

static void a_code_says_what_is_wrong_with_it(void **state)
{
    struct stage *s = *state;
    struct digest used = {{1}}, old = {{2}}, none = {{3}};
    struct store st;
    int64_t account;
    struct err err;

    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    ok(store_code_put(&st, &old, 1, 1000, &err), &err);
    assert_int_equal(store_code_check(&st, &used, 1, &account, &err),
                     RC_DENIED);
    assert_non_null(strstr(err.text, "used already"));
    assert_int_equal(store_code_check(&st, &old, 1001, &account, &err),
                     RC_DENIED);
    assert_non_null(strstr(err.text, "too old"));
    assert_int_equal(store_code_check(&st, &none, 1, &account, &err),
                     RC_DENIED);
    assert_non_null(strstr(err.text, "never given out"));
    assert_int_equal(store_code_check(&st, &old, 999, &account, &err), RC_OK);
    store_close(&st);
}

static void versions_after_a_backup_are_above_all_before(void **state)
{
    struct stage *s = *state;
    struct store st;
    uint64_t before;
    struct err err;

    hand_in(s, 1, 3, 1);
    ok(store_open(s->dir, STORE_WRITE, NULL, &st, &err), &err);
    before = st.epoch;
    ok(store_new_epoch(&st, &err), &err);
    assert_true(st.epoch != before && st.epoch != 0);
    store_close(&st);
    assert_true(ask(s, "SELECT version FROM area") > 1000000);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(versions_follow_one_another),
        CASE(what_comes_again_is_answered_as_before),
        CASE(it_remembers_after_a_restart),
        CASE(a_missing_number_is_refused),
        CASE(a_number_with_other_content_is_refused),
        CASE(what_cannot_be_merged_is_kept_aside),
        CASE(an_area_that_is_not_there_keeps_all_aside),
        CASE(a_withdrawn_device_is_refused),
        CASE(one_that_fails_harms_no_neighbour),
        CASE(too_much_at_once_is_refused_not_lost),
        CASE(a_code_says_what_is_wrong_with_it),
        CASE(versions_after_a_backup_are_above_all_before),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
