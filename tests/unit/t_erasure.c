/* Erasure at the server: what was written is in no file of its folder any
 * more, and nothing that comes later brings it back. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <dirent.h>
#include <sys/stat.h>

#include "schema/schema.h"
#include "server/attachment.h"
#include "server/erasure.h"
#include "server/merger.h"
#include "server/verify.h"
#include "sync/limits.h"
#include "sync/merge.h"
#include "sync/sys/file.h"
#include "sync/sys/pack.h"

struct stage {
    char dir[256];
    struct store s;
    const struct shape_type *signal;
    uint16_t title, photo;
};

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

/* The first type with an attachment serves for all. */
static void find_type(struct stage *s)
{
    size_t t, f;

    for (t = 0; t < s->s.shape->types_n; t++)
        for (f = 0; f < s->s.shape->types[t].fields_n; f++)
            if (s->s.shape->types[t].fields[f].kind == FIELD_ATTACHMENT) {
                s->signal = &s->s.shape->types[t];
                s->photo = (uint16_t)f;
            }
    assert_non_null(s->signal);
    for (f = 1; f < s->signal->fields_n; f++)
        if (s->signal->fields[f].kind == FIELD_TEXT)
            s->title = (uint16_t)f;
    assert_true(s->title != 0);
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
    uint32_t area;
    int64_t account;
    struct err err;

    snprintf(s->dir, sizeof s->dir, "%s/erasure.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    ok(store_create(s->dir, schema_builtin_bundle(), &err), &err);
    ok(store_open(s->dir, STORE_WRITE, NULL, &s->s, &err), &err);
    ok(store_area_put(&s->s, "selwerd", "Selwerd", "", &area, &err), &err);
    ok(store_account_put(&s->s, "w", ROLE_LEAD, &area, 1, 0, &account, &err),
       &err);
    ok(store_code_put(&s->s, &secret, account, 5000, &err), &err);
    ok(store_enrol(&s->s, &secret, &public, "", 1000, &mem, &e, &err), &err);
    arena_free(&mem);
    sign_key_free(key);
    find_type(s);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];

    store_close(&s->s);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    if (system(command) != 0)
        return 1;
    free(s);
    return 0;
}

static struct id record_id(unsigned n)
{
    uint8_t random[ID_RANDOM_BYTES] = {(uint8_t)n};

    return id_make(5, random);
}

struct words { /* one write: text for the title, or a photo */
    unsigned record;
    const char *text;
    bool photo;
};

static void nothing(struct merge_job *job)
{
    (void)job;
}

/* The device hands in changesets from `first` on, one for each of the words;
 * returns what became of the last one: its version, 0 for kept aside. */
static uint64_t hand_in(struct stage *s, uint64_t first,
                        const struct words *words, size_t n,
                        const char **verdicts)
{
    static const char *fine[8];
    struct arena mem = {0};
    struct changeset *c = arena_new(&mem, n * sizeof *c);
    struct write *w = arena_new(&mem, n * sizeof *w);
    struct batch b = {.device = 1,
                      .area = 1,
                      .first = first,
                      .types = bytes_of(s->s.shape->version),
                      .changesets = c,
                      .changesets_n = n};
    struct message m = {.kind = MESSAGE_BATCH};
    struct buf plain = buf_make(message_bytes_max),
               body = buf_make(message_bytes_max);
    struct batch_job job = {.job = {.run = batch_job_run, .done = nothing},
                            .mem = &mem,
                            .batch = &b,
                            .now_ms = 1000};
    const struct ack_range *last;
    struct bytes *member;
    uint64_t version;
    struct err err;
    size_t i;

    for (i = 0; i < n; i++) {
        w[i].field = words[i].photo ? s->photo : s->title;
        w[i].value = value_text(words[i].text);
        if (words[i].photo) {
            member = arena_new(&mem, sizeof *member);
            *member = bytes_of(words[i].text);
            w[i].value = value_set(member, 1);
        }
        c[i] = (struct changeset){.device = 1,
                                  .number = first + i,
                                  .clock = first + i,
                                  .area = 1,
                                  .type = s->signal,
                                  .record = record_id(words[i].record),
                                  .writes = &w[i],
                                  .writes_n = 1};
    }
    m.as.batch = b;
    wire_put(&plain, &m);
    ok(pack_compress(buf_view(&plain), 3, &body, &err), &err);
    job.body = buf_view(&body);
    job.verdicts = verdicts != NULL ? verdicts : fine;
    merge_jobs_do(&s->s, &job.job);
    ok(job.job.rc, &job.job.err);
    last = &job.ack.ranges[job.ack.ranges_n - 1];
    version = last->version == 0 ? 0 : last->version + last->last - last->first;
    buf_free(&plain);
    buf_free(&body);
    arena_free(&mem);
    return version;
}

static struct erased erase(struct stage *s, unsigned record)
{
    struct rows_name name = {s->signal, 1, record_id(record)};
    struct erased done;
    struct err err;

    ok(erase_records(s->dir, &s->s, &name, 1, 7000, &done, &err), &err);
    return done;
}

/* In how many files of a folder, at any depth, do these bytes stand? */
static int files_with(const char *dir, const char *text)
{
    DIR *d = opendir(dir);
    struct dirent *e;
    int n = 0;

    assert_non_null(d);
    while ((e = readdir(d)) != NULL) {
        char path[600];
        struct stat st;
        struct buf body;
        struct err err;

        if (e->d_name[0] == '.')
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, e->d_name);
        assert_int_equal(stat(path, &st), 0);
        if (S_ISDIR(st.st_mode)) {
            n += files_with(path, text);
            continue;
        }
        ok(file_read(path, 64 << 20, &body, &err), &err);
        n += body.n > 0 && memmem(body.p, body.n, text, strlen(text)) != NULL;
        buf_free(&body);
    }
    closedir(d);
    return n;
}

/* Bytes that zstd leaves as they are, and nothing else holds. */
static const char secret[] = "q7Zk2Wm9Xv4Tb8Rn";
static const char other[] = "h3Lp6Yc1Jd5Fg0Ks";

static void what_was_written_is_in_no_file_any_more(void **state)
{
    struct stage *s = *state;
    struct words words[] = {{1, secret, false}, {2, other, false}};
    struct record r;
    struct arena mem = {0};
    struct id id = record_id(1);
    struct erased done;
    struct err err;

    assert_int_equal(hand_in(s, 1, words, 2, NULL), 2);
    ok(db_checkpoint(s->s.db, &err), &err);
    assert_true(files_with(s->dir, secret) > 0);
    done = erase(s, 1);
    assert_int_equal(done.records, 1);
    assert_int_equal(done.changesets, 1);
    assert_int_equal(files_with(s->dir, secret), 0);
    assert_true(files_with(s->dir, other) > 0);
    ok(rows_load(s->s.rows, s->signal, 1, &id, &mem, &r, &err), &err);
    assert_true(r.erased);
    assert_int_equal(r.version, 3);
    arena_free(&mem);
}

static void what_comes_later_is_acknowledged_and_kept_nowhere(void **state)
{
    struct stage *s = *state;
    struct words first = {1, "lamp", false};
    struct words later[] = {{2, other, false}, {1, secret, false}};
    struct err err;

    hand_in(s, 1, &first, 1, NULL);
    erase(s, 1);
    assert_int_equal(hand_in(s, 2, later, 2, NULL), 0);
    ok(db_checkpoint(s->s.db, &err), &err);
    assert_int_equal(files_with(s->dir, secret), 0);
    assert_true(files_with(s->dir, other) > 0);
}

/* Whatever is wrong with it besides. */
static void what_would_be_kept_aside_is_kept_nowhere_either(void **state)
{
    static const char *refused[] = {"no rights"};
    struct stage *s = *state;
    struct words first = {1, "lamp", false}, later = {1, secret, false};
    struct err err;

    hand_in(s, 1, &first, 1, NULL);
    erase(s, 1);
    assert_int_equal(hand_in(s, 2, &later, 1, refused), 0);
    ok(db_checkpoint(s->s.db, &err), &err);
    assert_int_equal(files_with(s->dir, secret), 0);
}

/* A batch whose answer was lost comes again, with more behind it. */
static void a_repeated_batch_does_not_bring_it_back(void **state)
{
    struct stage *s = *state;
    struct words words[] = {{1, secret, false}, {2, other, false}};
    struct err err;

    hand_in(s, 1, words, 1, NULL);
    erase(s, 1);
    assert_int_equal(files_with(s->dir, secret), 0);
    assert_int_equal(hand_in(s, 1, words, 2, NULL), 3);
    ok(db_checkpoint(s->s.db, &err), &err);
    assert_int_equal(files_with(s->dir, secret), 0);
    assert_true(files_with(s->dir, other) > 0);
    assert_int_equal(hand_in(s, 1, words, 2, NULL), 3);
}

static void a_record_that_nobody_handed_in_yet_can_be_erased(void **state)
{
    struct stage *s = *state;
    struct words later = {1, secret, false};

    erase(s, 1);
    assert_int_equal(hand_in(s, 1, &later, 1, NULL), 0);
    assert_int_equal(files_with(s->dir, secret), 0);
}

static void twice_is_once(void **state)
{
    struct stage *s = *state;
    struct words first = {1, "lamp", false};

    hand_in(s, 1, &first, 1, NULL);
    assert_int_equal(erase(s, 1).records, 1);
    assert_int_equal(erase(s, 1).records, 0);
}

/* Copy the store beside its folder, or put that back. */
static void copy_store(struct stage *s, bool back)
{
    char command[900];

    store_close(&s->s);
    snprintf(command, sizeof command,
             back ? "rm -f '%s'/stoep.db*; mv '%s.backup' '%s/stoep.db'"
                  : "rm -f '%s.backup'; cp '%s/stoep.db' '%s.backup'",
             s->dir, s->dir, s->dir);
    assert_int_equal(system(command), 0);
}

static void open_store(struct stage *s)
{
    struct err err;

    ok(store_open(s->dir, STORE_WRITE, NULL, &s->s, &err), &err);
    find_type(s);
}

static void a_backup_put_back_is_erased_again(void **state)
{
    struct stage *s = *state;
    struct words words[] = {{1, secret, false}, {2, other, false}};
    struct erased done;
    struct err err;

    hand_in(s, 1, words, 2, NULL);
    copy_store(s, false);
    open_store(s);
    erase(s, 1);
    copy_store(s, true);
    open_store(s);
    assert_true(files_with(s->dir, secret) > 0);
    ok(erase_again(s->dir, &s->s, 8000, &done, &err), &err);
    assert_int_equal(done.records, 1);
    assert_int_equal(files_with(s->dir, secret), 0);
    ok(erase_again(s->dir, &s->s, 9000, &done, &err), &err);
    assert_int_equal(done.records, 0);
}

static void half_a_line_in_the_list_is_no_erasure(void **state)
{
    struct stage *s = *state;
    struct words words[] = {{1, secret, false}, {2, other, false}};
    char path[300];
    struct erased done;
    struct err err;

    hand_in(s, 1, words, 2, NULL);
    snprintf(path, sizeof path, "%s/erasures", s->dir);
    ok(file_append(path, bytes_of("\n1 sig"), 0600, &err), &err);
    ok(erase_again(s->dir, &s->s, 8000, &done, &err), &err);
    assert_int_equal(done.records, 0);
    erase(s, 1);
    ok(erase_again(s->dir, &s->s, 8000, &done, &err), &err);
    assert_int_equal(done.records, 0);
}

static void put_photo(struct stage *s, const char *body, char *sha256)
{
    struct digest d = digest_of(bytes_of(body));
    struct attachment a;
    uint64_t have;
    struct err err;

    digest_hex(&d, sha256);
    ok(attachment_name(s->dir, 1, sha256, &a, &err), &err);
    ok(attachment_put(&a, 0, strlen(body), bytes_of(body), &have, &err), &err);
}

static void photos_go_unless_another_record_names_them(void **state)
{
    struct stage *s = *state;
    char own[DIGEST_HEX_CHARS + 1], shared[DIGEST_HEX_CHARS + 1];
    struct words words[] = {
        {1, own, true}, {2, shared, true}, {3, shared, true}};

    put_photo(s, secret, own);
    put_photo(s, other, shared);
    hand_in(s, 1, words, 3, NULL);
    assert_int_equal(files_with(s->dir, secret), 1);
    assert_int_equal(erase(s, 1).attachments, 1);
    assert_int_equal(files_with(s->dir, secret), 0);
    assert_int_equal(erase(s, 2).attachments, 0);
    assert_int_equal(files_with(s->dir, other), 1);
    assert_int_equal(erase(s, 3).attachments, 1);
    assert_int_equal(files_with(s->dir, other), 0);
}

/* The core itself, whoever calls it. */
static void nothing_is_merged_into_an_erased_record(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct id id = record_id(1);
    struct record r = record_new(s->signal, &id, 1, &mem);
    struct write w = {s->title, value_text(secret), {0}};
    struct changeset c = {.device = 1,
                          .number = 1,
                          .area = 1,
                          .type = s->signal,
                          .record = id,
                          .writes = &w,
                          .writes_n = 1};

    record_erase(&r, 4);
    merge_apply(&r, &c, 5, &mem);
    assert_false(record_exists(&r));
    assert_int_equal(r.version, 4);
    arena_free(&mem);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_was_written_is_in_no_file_any_more),
        CASE(what_comes_later_is_acknowledged_and_kept_nowhere),
        CASE(what_would_be_kept_aside_is_kept_nowhere_either),
        CASE(a_repeated_batch_does_not_bring_it_back),
        CASE(a_record_that_nobody_handed_in_yet_can_be_erased),
        CASE(twice_is_once),
        CASE(a_backup_put_back_is_erased_again),
        CASE(half_a_line_in_the_list_is_no_erasure),
        CASE(photos_go_unless_another_record_names_them),
        CASE(nothing_is_merged_into_an_erased_record),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
