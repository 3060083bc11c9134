/* erasure_stage.h - a server's store in a folder of its own: what is handed in
 * there, and what stands in the files. */
#pragma once

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
    uint16_t title, note, photo;
    uint64_t now_ms;
    size_t told; /* of what was handed in last: why so many were not merged */
};

static inline void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

/* The first type with an attachment serves for all. */
static inline void find_type(struct stage *s)
{
    size_t t, f;

    for (t = 0; t < s->s.shape->types_n; t++)
        for (f = 0; f < s->s.shape->types[t].fields_n; f++)
            if (s->s.shape->types[t].fields[f].kind == FIELD_ATTACHMENT) {
                s->signal = &s->s.shape->types[t];
                s->photo = (uint16_t)f;
            }
    assert_non_null(s->signal);
    for (f = 1; f < s->signal->fields_n; f++) {
        if (s->signal->fields[f].kind == FIELD_TEXT)
            s->title = (uint16_t)f;
        if (s->signal->fields[f].kind == FIELD_PROSE)
            s->note = (uint16_t)f;
    }
    assert_true(s->title != 0 && s->note != 0);
}

static inline int set_up_with(void **state, struct bytes bundle)
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
    ok(store_create(s->dir, bundle, &err), &err);
    ok(store_open(s->dir, STORE_WRITE, NULL, &s->s, &err), &err);
    ok(store_area_put(&s->s, "selwerd", "Selwerd", "", &area, &err), &err);
    ok(store_account_put(&s->s, "w", ROLE_LEAD, &area, 1, 0, &account, &err),
       &err);
    ok(store_code_put(&s->s, &secret, account, 5000, &err), &err);
    ok(store_enrol(&s->s, &secret, &public, "", 1000, &mem, &e, &err), &err);
    arena_free(&mem);
    sign_key_free(key);
    find_type(s);
    s->now_ms = 1000;
    *state = s;
    return 0;
}

static inline int set_up(void **state)
{
    return set_up_with(state, schema_builtin_bundle());
}

static inline int tear_down(void **state)
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

static inline struct id record_id(unsigned n)
{
    uint8_t random[ID_RANDOM_BYTES] = {0};

    random[ID_RANDOM_BYTES - 1] = (uint8_t)n;
    return id_make(5, random);
}

struct words { /* one write: text for the title, or a photo */
    unsigned record;
    const char *text;
    bool photo;
    const char *note; /* the same changeset writes it to another field */
    uint64_t base_version;
};

static inline void nothing(struct merge_job *job)
{
    (void)job;
}

/* The device hands in changesets from `first` on, at s->now_ms; returns what
 * became of the last one: its version, 0 for kept aside. */
static inline uint64_t hand_in_all(struct stage *s, uint64_t first,
                                   struct changeset *c, size_t n,
                                   const char **verdicts)
{
    static const char *fine[8];
    struct arena mem = {0};
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
                            .now_ms = s->now_ms};
    const struct ack_range *last;
    uint64_t version;
    struct err err;
    size_t i;

    for (i = 0; i < n; i++) {
        c[i].device = c[i].area = 1;
        c[i].number = first + i;
    }
    m.as.batch = b;
    wire_put(&plain, &m);
    ok(pack_compress(buf_view(&plain), 3, &body, &err), &err);
    job.body = buf_view(&body);
    job.verdicts = verdicts != NULL ? verdicts : fine;
    merge_jobs_do(&s->s, &job.job);
    ok(job.job.rc, &job.job.err);
    s->told = job.ack.parked_n;
    last = &job.ack.ranges[job.ack.ranges_n - 1];
    version = last->version == 0 ? 0 : last->version + last->last - last->first;
    buf_free(&plain);
    buf_free(&body);
    arena_free(&mem);
    return version;
}

/* One changeset for each of the words. */
static inline uint64_t hand_in(struct stage *s, uint64_t first,
                               const struct words *words, size_t n,
                               const char **verdicts)
{
    struct arena mem = {0};
    struct changeset *c = arena_new(&mem, n * sizeof *c);
    struct write *w = arena_new(&mem, 2 * n * sizeof *w);
    struct bytes *member;
    uint64_t version;
    size_t i;

    for (i = 0; i < n; i++) {
        w[2 * i].field = words[i].photo ? s->photo : s->title;
        w[2 * i].value = value_text(words[i].text);
        if (words[i].photo) {
            member = arena_new(&mem, sizeof *member);
            *member = bytes_of(words[i].text);
            w[2 * i].value = value_set(member, 1);
        }
        w[2 * i + 1].field = s->note;
        if (words[i].note != NULL)
            w[2 * i + 1].value = value_text(words[i].note);
        c[i] = (struct changeset){.clock = first + i,
                                  .type = s->signal,
                                  .record = record_id(words[i].record),
                                  .base_version = words[i].base_version,
                                  .writes = &w[2 * i],
                                  .writes_n = words[i].note == NULL ? 1 : 2};
    }
    version = hand_in_all(s, first, c, n, verdicts);
    arena_free(&mem);
    return version;
}

/* In how many files of a folder, at any depth, do these bytes stand? */
static inline int files_with(const char *dir, const char *text)
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

/* Copy the store beside its folder, or put that back. */
static inline void copy_store(struct stage *s, bool back)
{
    char command[900];

    store_close(&s->s);
    snprintf(command, sizeof command,
             back ? "rm -f '%s'/stoep.db*; mv '%s.backup' '%s/stoep.db'"
                  : "rm -f '%s.backup'; cp '%s/stoep.db' '%s.backup'",
             s->dir, s->dir, s->dir);
    assert_int_equal(system(command), 0);
}

static inline void open_store(struct stage *s)
{
    struct err err;

    ok(store_open(s->dir, STORE_WRITE, NULL, &s->s, &err), &err);
    find_type(s);
}

static inline void put_photo(struct stage *s, const char *body, char *sha256)
{
    struct digest d = digest_of(bytes_of(body));
    struct attachment a;
    uint64_t have;
    struct err err;

    digest_hex(&d, sha256);
    ok(attachment_name(s->dir, 1, sha256, &a, &err), &err);
    ok(attachment_put(&a, 0, strlen(body), bytes_of(body), &have, &err), &err);
}
