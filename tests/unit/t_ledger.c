/* The journal as a chain: what devices and `stoepd verify` find when somebody
 * forgets, rewrites or forges. */
#include "server/notary.h"
#include "server/verify.h"
#include "sync/httpsig.h"
#include "sync/limits.h"
#include "sync/sys/pack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>

#include "schema/schema.h"
#include "server/merger.h"

struct stage {
    char dir[256];
    struct store s;
    struct sign_key *key;
    const struct shape_type *signal;
    uint64_t number;
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
    struct sign_public public;
    struct digest secret = {{1}};
    struct arena mem = {0};
    struct enrolled e;
    uint32_t area;
    int64_t account;
    struct err err;

    s->key = sign_key_new();
    public = sign_key_public(s->key);
    snprintf(s->dir, sizeof s->dir, "%s/ledger.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    ok(store_create(s->dir, schema_builtin_bundle(), &err), &err);
    ok(store_open(s->dir, STORE_WRITE, NULL, &s->s, &err), &err);
    ok(store_area_put(&s->s, "selwerd", "Selwerd", "", &area, &err), &err);
    ok(store_account_put(&s->s, "w", ROLE_WORKER, &area, 1, 0, &account, &err),
       &err);
    ok(store_code_put(&s->s, &secret, account, 5000, &err), &err);
    ok(store_enrol(&s->s, &secret, &public, "", 1000, &mem, &e, &err), &err);
    s->signal = shape_type_named(s->s.shape, bytes_of("signal"));
    arena_free(&mem);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];

    store_close(&s->s);
    sign_key_free(s->key);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    if (system(command) != 0)
        return 1;
    free(s);
    return 0;
}

/* As a device signs a push. */
static struct proof sign(struct stage *s, struct bytes body, struct arena *mem)
{
    struct buf base = buf_make(8192), digest = buf_make(256), b;
    struct digest sha = digest_of(body), what;
    struct httpsig_params p = {1000, bytes_of("n"), bytes_of("device-1")};
    struct httpsig_request r = {.method = bytes_of("POST"),
                                .authority = bytes_of("stoep.example"),
                                .path = bytes_of("/v1/push")};
    struct proof proof = {.authority = r.authority};
    uint8_t sig[SIGN_BYTES];

    httpsig_put_digest(&digest, sha.b);
    r.digest = buf_view(&digest);
    httpsig_base(&base, &r, &p);
    what = digest_of(buf_view(&base));
    sign_make(s->key, &what, sig);
    b = buf_make(1000);
    httpsig_put_input(&b, &p);
    proof.input = arena_bytes(mem, buf_view(&b));
    buf_clear(&b);
    httpsig_put_signature(&b, sig);
    proof.signature = arena_bytes(mem, buf_view(&b));
    buf_free(&b);
    buf_free(&digest);
    buf_free(&base);
    return proof;
}

static void nothing(struct merge_job *job)
{
    (void)job;
}

/* The device hands in one batch: a title for record n, and a new record. */
static void hand_in(struct stage *s, unsigned n, const char *title)
{
    static const char *none[2];
    struct arena mem = {0};
    uint8_t random[ID_RANDOM_BYTES] = {(uint8_t)n};
    uint16_t field = (uint16_t)shape_field_index(
        s->signal, shape_field_named(s->signal, bytes_of("title")));
    struct write w = {.field = field, .value = value_text(title)};
    struct changeset c = {.device = 1,
                          .number = ++s->number,
                          .clock = s->number,
                          .area = 1,
                          .type = s->signal,
                          .record = id_make(5, random),
                          .writes = &w,
                          .writes_n = 1};
    struct batch b = {.device = 1,
                      .area = 1,
                      .first = c.number,
                      .types = bytes_of(s->s.shape->version),
                      .changesets = &c,
                      .changesets_n = 1};
    struct message m = {.kind = MESSAGE_BATCH, .as.batch = b};
    struct buf plain = buf_make(message_bytes_max),
               body = buf_make(message_bytes_max);
    struct batch_job job = {.job = {.run = batch_job_run, .done = nothing},
                            .mem = &mem,
                            .batch = &b,
                            .verdicts = none,
                            .now_ms = 1000};
    struct err err;

    wire_put(&plain, &m);
    ok(pack_compress(buf_view(&plain), 3, &body, &err), &err);
    job.body = buf_view(&body);
    job.proof = sign(s, job.body, &mem);
    merge_jobs_do(&s->s, &job.job);
    ok(job.job.rc, &job.job.err);
    buf_free(&plain);
    buf_free(&body);
    arena_free(&mem);
}

static void change(struct stage *s, const char *sql)
{
    struct err err;

    ok(db_script(s->s.db, sql, &err), &err);
}

static struct verified v;

static const char *verdict(struct stage *s)
{
    static struct err err;

    return verify_all(s->dir, NULL, &s->s, &v, &err) == RC_OK ? "" : err.text;
}

/* The first difference that it names holds these words. */
static void finds(struct stage *s, const char *words)
{
    const char *said = verdict(s);

    if (strstr(said, words) == NULL)
        fail_msg("it says \"%s\" and not \"%s\"", said, words);
}

static void three_batches(struct stage *s)
{
    hand_in(s, 1, "lamp");
    hand_in(s, 2, "tree");
    hand_in(s, 1, "lamp post");
}

static void what_nobody_touched_agrees(void **state)
{
    struct stage *s = *state;
    bool noted;
    struct err err;

    three_batches(s);
    ok(notary_note(s->dir, &s->s, &noted, &err), &err);
    assert_true(noted);
    ok(notary_note(s->dir, &s->s, &noted, &err), &err);
    assert_false(noted); /* nothing new */
    hand_in(s, 3, "bench");
    ok(notary_note(s->dir, &s->s, &noted, &err), &err);
    assert_true(noted);
    assert_string_equal(verdict(s), "");
    assert_int_equal(v.batches, 4);
    assert_int_equal(v.signatures, 4);
    assert_int_equal(v.changesets, 4);
    assert_int_equal(v.records, 3);
    assert_int_equal(v.commits, 2);
}

static void a_changed_record_is_named(void **state)
{
    struct stage *s = *state;

    three_batches(s);
    change(s, "UPDATE signal SET title = 'tower' WHERE title = 'tree'");
    finds(s, "signal 00000000-0005-7");
    finds(s, "does not follow from the journal");
}

static void a_removed_record_is_missed(void **state)
{
    struct stage *s = *state;

    three_batches(s);
    change(s, "DELETE FROM signal WHERE title = 'tree'");
    finds(s, "the store lacks records");
}

static void a_record_that_nobody_handed_in_is_named(void **state)
{
    struct stage *s = *state;

    three_batches(s);
    change(s, "DELETE FROM batch WHERE link = 3;"
              "UPDATE area SET links = 2");
    finds(s, "its head says otherwise");
}

static void a_changed_batch_is_named(void **state)
{
    struct stage *s = *state;

    three_batches(s);
    change(s, "UPDATE batch SET body = X'00' WHERE link = 2");
    finds(s, "batch 2: its content was changed");
}

static void what_is_said_about_a_batch_cannot_be_changed(void **state)
{
    struct stage *s = *state;

    three_batches(s);
    change(s, "UPDATE batch SET received_ms = 7 WHERE link = 2");
    finds(s, "batch 2: what is said about it was changed");
}

static void a_missing_batch_is_named(void **state)
{
    struct stage *s = *state;

    three_batches(s);
    change(s, "DELETE FROM batch WHERE link = 2");
    finds(s, "batch 3: the one before it is missing");
}

/* Whoever holds the server can work out a chain, and no signature. */
static void a_forged_batch_is_not_signed_by_its_device(void **state)
{
    struct stage *s = *state;
    struct sign_key *own = s->key;

    three_batches(s);
    s->key = sign_key_new();
    hand_in(s, 4, "forged");
    sign_key_free(s->key);
    s->key = own;
    finds(s, "batch 4: it is not signed by its device");
}

static void a_chain_worked_out_anew_is_not_the_one_in_git(void **state)
{
    struct stage *s = *state;
    bool noted;
    struct err err;

    three_batches(s);
    ok(notary_note(s->dir, &s->s, &noted, &err), &err);
    /* Forget the last batch altogether, and take in another one instead. */
    change(s, "DELETE FROM batch WHERE link = 3;"
              "UPDATE device SET last = 2; DELETE FROM signal;"
              "UPDATE area SET links = 0, chain = X'', version = 0;"
              "DELETE FROM batch; UPDATE device SET last = 0");
    s->number = 0;
    hand_in(s, 1, "lamp");
    hand_in(s, 2, "tree");
    hand_in(s, 1, "another lamp");
    finds(s, "not the one noted in git at link 3");
}

/* What came back from a backup lacks what was noted since; that is told, and no
 * fault.  What was noted after it counts as ever. */
static void what_a_backup_lacks_is_counted_and_no_difference(void **state)
{
    struct stage *s = *state;
    bool noted;
    struct err err;

    three_batches(s);
    ok(notary_note(s->dir, &s->s, &noted, &err), &err);
    change(s, "DELETE FROM batch; DELETE FROM signal;"
              "UPDATE area SET links = 0, chain = X'', version = 0;"
              "UPDATE device SET last = 0");
    ok(store_new_epoch(&s->s, &err), &err);
    s->number = 0;
    hand_in(s, 1, "lamp");
    hand_in(s, 2, "tree");
    ok(notary_note(s->dir, &s->s, &noted, &err), &err);
    assert_string_equal(verdict(s), "");
    assert_int_equal(v.lost, 1);
    assert_int_equal(v.commits, 2);
    change(s, "DELETE FROM batch; DELETE FROM signal;"
              "UPDATE area SET links = 0, chain = X'', version = 0;"
              "UPDATE device SET last = 0");
    s->number = 0;
    hand_in(s, 3, "another");
    finds(s, "not the one noted in git at link 2");
}

enum { BUSY_BATCHES = 150 };

struct busy {
    struct stage *s;
    atomic_bool done;
};

static void *keep_busy(void *arg)
{
    struct busy *b = arg;
    unsigned i;
    bool noted;
    struct err err;

    for (i = 0; i < BUSY_BATCHES; i++) {
        hand_in(b->s, i % 5, i % 2 == 0 ? "lamp" : "tree");
        ok(notary_note(b->s->dir, &b->s->s, &noted, &err), &err);
    }
    atomic_store(&b->done, true);
    return NULL;
}

static void a_server_at_work_is_no_difference(void **state)
{
    struct stage *s = *state;
    struct busy b = {.s = s};
    struct store reader;
    pthread_t thread;
    unsigned looked = 0;
    struct err err;

    hand_in(s, 1, "lamp");
    assert_int_equal(pthread_create(&thread, NULL, keep_busy, &b), 0);
    for (; !atomic_load(&b.done); looked++) {
        ok(store_open(s->dir, STORE_READ, NULL, &reader, &err), &err);
        ok(verify_all(s->dir, NULL, &reader, &v, &err), &err);
        store_close(&reader);
    }
    pthread_join(thread, NULL);
    assert_true(looked > 0);
    assert_string_equal(verdict(s), "");
    assert_int_equal(v.batches, BUSY_BATCHES + 1);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_nobody_touched_agrees),
        CASE(a_changed_record_is_named),
        CASE(a_removed_record_is_missed),
        CASE(a_record_that_nobody_handed_in_is_named),
        CASE(a_changed_batch_is_named),
        CASE(what_is_said_about_a_batch_cannot_be_changed),
        CASE(a_missing_batch_is_named),
        CASE(a_forged_batch_is_not_signed_by_its_device),
        CASE(a_chain_worked_out_anew_is_not_the_one_in_git),
        CASE(what_a_backup_lacks_is_counted_and_no_difference),
        CASE(a_server_at_work_is_no_difference),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
