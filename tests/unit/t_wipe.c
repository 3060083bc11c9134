#define _DEFAULT_SOURCE
/* The end of a device: what of it is on the disk, step by step.  (What happens
 * when a step is cut off anywhere is tried in tests/sim.) */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <unistd.h>

#include "client/vault.h"
#include "client/wipe.h"
#include "sync/sys/file.h"

struct stage {
    char dir[256], text[400];
    struct sign_key *key;
    struct wipe_order order;
};

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static void put(struct stage *s, const char *name, const char *text)
{
    struct err err;

    snprintf(s->text, sizeof s->text, "%s/%s", s->dir, name);
    ok(file_replace(s->text, bytes_of(text), 0600, &err), &err);
}

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    struct vault_by by = {.pin = "first-pin", .now_ms = 1000};
    struct vault *v;
    struct err err;

    snprintf(s->dir, sizeof s->dir, "%s/wipe.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    ok(vault_make(s->dir, &by, &v, &err), &err);
    vault_close(v);
    put(s, "stoep.db", "a store");
    put(s, "stoep.db-wal", "its log");
    put(s, "vault.tries", "0 0");
    put(s, "vault.a1B2c3", "left behind by a crash");
    put(s, "sync.lock", "17");
    put(s, "of-somebody-else", "stays");
    s->key = sign_key_new();
    s->order = (struct wipe_order){.url = "https://stoep.example:8443",
                                   .pin = {1, 2, 3},
                                   .next = {4, 5, 6},
                                   .has_next = true,
                                   .device = 7,
                                   .lost = 12,
                                   .key = s->key};
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;

    sign_key_free(s->key);
    snprintf(s->text, sizeof s->text, "rm -rf '%s'", s->dir);
    if (system(s->text) != 0)
        return 1;
    free(s);
    return 0;
}

/* The names of all files, in order. */
static const char *files(struct stage *s)
{
    struct arena mem = {0};
    char **list;
    size_t n, i, at = 0;
    struct err err;

    s->text[0] = '\0';
    ok(file_list(s->dir, "", &mem, &list, &n, &err), &err);
    for (i = 0; i < n; i++)
        at += (size_t)snprintf(s->text + at, sizeof s->text - at, "%s ",
                               strrchr(list[i], '/') + 1);
    arena_free(&mem);
    return s->text;
}

static void an_order_destroys_all_but_what_it_takes_to_confirm_it(void **state)
{
    struct stage *s = *state;
    struct sign_public one = sign_key_public(s->key), two;
    struct arena mem = {0};
    struct wipe_order read;
    struct err err;

    assert_int_equal(wipe_state(s->dir), WIPE_NONE);
    ok(wipe_begin(s->dir, &s->order, &err), &err);
    assert_string_equal(files(s), "of-somebody-else wipe ");
    assert_int_equal(wipe_state(s->dir), WIPE_BEGUN);
    ok(wipe_load(s->dir, &mem, &read, &err), &err);
    assert_string_equal(read.url, s->order.url);
    assert_memory_equal(read.pin, s->order.pin, sizeof read.pin);
    assert_true(read.has_next);
    assert_memory_equal(read.next, s->order.next, sizeof read.next);
    assert_int_equal(read.device, 7);
    assert_int_equal(read.lost, 12);
    two = sign_key_public(read.key);
    assert_memory_equal(one.der, two.der, one.n);
    sign_key_free(read.key);
    arena_free(&mem);
}

static void a_confirmed_one_leaves_a_mark_and_no_key(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct wipe_order read;
    struct err err;

    ok(wipe_begin(s->dir, &s->order, &err), &err);
    ok(wipe_end(s->dir, &err), &err);
    assert_string_equal(files(s), "of-somebody-else wiped ");
    assert_int_equal(wipe_state(s->dir), WIPE_DONE);
    assert_int_equal(wipe_load(s->dir, &mem, &read, &err), RC_NOTFOUND);
    put(s, "vault", "a new one");
    assert_int_equal(wipe_state(s->dir), WIPE_NONE);
    ok(wipe_forget(s->dir, &err), &err);
    assert_string_equal(files(s), "of-somebody-else vault ");
    arena_free(&mem);
}

static void what_was_broken_off_goes_on(void **state)
{
    struct stage *s = *state;
    struct err err;

    ok(wipe_begin(s->dir, &s->order, &err), &err);
    put(s, "stoep.db", "as if it had not been removed");
    put(s, "vault", "nor this");
    assert_int_equal(wipe_state(s->dir), WIPE_BEGUN);
    ok(wipe_destroy(s->dir, &err), &err);
    assert_string_equal(files(s), "of-somebody-else wipe ");
    put(s, "wiped", "the mark, and then it died");
    assert_int_equal(wipe_state(s->dir), WIPE_BEGUN);
    ok(wipe_end(s->dir, &err), &err);
    assert_string_equal(files(s), "of-somebody-else wiped ");
}

/* A folder in the place of the note, one that is damaged. */
static void what_is_no_note_cannot_be_confirmed(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct wipe_order read;
    struct err err;

    snprintf(s->text, sizeof s->text, "%s/wipe", s->dir);
    assert_int_equal(mkdir(s->text, 0700), 0);
    assert_int_equal(wipe_state(s->dir), WIPE_NONE);
    assert_int_equal(rmdir(s->text), 0);
    put(s, "wipe", "https://stoep.example\n0102\n7\n");
    assert_int_equal(wipe_load(s->dir, &mem, &read, &err), RC_CORRUPT);
    arena_free(&mem);
}

static void shredding_overwrites_what_other_names_still_show(void **state)
{
    struct stage *s = *state;
    char path[300], other[300];
    struct buf b;
    struct err err;
    size_t i;

    put(s, "secret", "0123456789");
    snprintf(path, sizeof path, "%s/secret", s->dir);
    snprintf(other, sizeof other, "%s/link", s->dir);
    assert_int_equal(link(path, other), 0);
    ok(file_shred(path, &err), &err);
    ok(file_shred(path, &err), &err); /* what is not there is shredded */
    ok(file_read(other, 100, &b, &err), &err);
    assert_int_equal(b.n, 10);
    for (i = 0; i < b.n; i++)
        assert_int_equal(b.p[i], 0);
    buf_free(&b);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(an_order_destroys_all_but_what_it_takes_to_confirm_it),
        T(a_confirmed_one_leaves_a_mark_and_no_key),
        T(what_was_broken_off_goes_on),
        T(what_is_no_note_cannot_be_confirmed),
        T(shredding_overwrites_what_other_names_still_show),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
