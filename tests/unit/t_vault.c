#define _DEFAULT_SOURCE
/* The keys of a device: who gets at them, and what a wrong PIN costs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "client/unlock.h"
#include "client/vault.h"
#include "sync/base/mem.h"
#include "sync/sys/clock.h"
#include "sync/sys/file.h"

enum { NOW = 1000000000, LATER = NOW + 1000 };

struct stage {
    char dir[256], path[300], tries[300];
    struct vault *v;
};

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static struct vault_by with(const char *pin, uint64_t now_ms)
{
    return (struct vault_by){.pin = pin, .now_ms = now_ms, .lang = LANG_EN};
}

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    struct vault_by by = with("first-pin", NOW);
    struct err err;

    snprintf(s->dir, sizeof s->dir, "%s/vault.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    snprintf(s->path, sizeof s->path, "%s/vault", s->dir);
    snprintf(s->tries, sizeof s->tries, "%s/vault.tries", s->dir);
    ok(vault_make(s->dir, &by, &s->v, &err), &err);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];

    vault_close(s->v);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    if (system(command) != 0)
        return 1;
    free(s);
    return 0;
}

/* Does this PIN open it, at that time?  And is it the same key? */
static enum rc opens(struct stage *s, const char *pin, uint64_t now_ms,
                     struct err *err)
{
    struct vault_by by = with(pin, now_ms);
    struct vault *v;
    enum rc rc = vault_open(s->dir, &by, &v, err);

    if (rc == RC_OK) {
        assert_memory_equal(vault_key(v), vault_key(s->v), VAULT_KEY_BYTES);
        vault_close(v);
    }
    return rc;
}

static struct buf content(const char *path)
{
    struct buf b = {0};
    struct err err;

    ok(file_read(path, 4096, &b, &err), &err);
    return b;
}

static bool holds(const char *path, struct bytes what)
{
    struct buf b = content(path);
    bool found = false;
    size_t i;

    for (i = 0; i + what.n <= b.n && !found; i++)
        found = memcmp(b.p + i, what.p, what.n) == 0;
    buf_free(&b);
    return found;
}

/* -- the PIN ------------------------------------------------------------ */

static void only_its_pin_opens_a_vault(void **state)
{
    struct stage *s = *state;
    struct stat st;
    struct err err;

    assert_int_equal(opens(s, NULL, LATER, &err), RC_AUTH);
    assert_int_equal(opens(s, "first-pim", LATER, &err), RC_DENIED);
    assert_int_equal(opens(s, "first-pin", LATER, &err), RC_OK);
    assert_int_equal(stat(s->path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_false(
        holds(s->path, (struct bytes){vault_key(s->v), VAULT_KEY_BYTES}));
}

static void a_short_pin_is_not_taken(void **state)
{
    struct stage *s = *state;
    struct vault_by by = with("12345", LATER);
    struct vault *v;
    struct err err;

    assert_int_equal(vault_pin_set(s->v, &by, &err), RC_INVALID);
    by.pin = "";
    assert_int_equal(vault_make(s->dir, &by, &v, &err), RC_INVALID);
    ok(opens(s, "first-pin", LATER, &err), &err);
}

static void another_pin_leaves_the_key_of_the_store_as_it_is(void **state)
{
    struct stage *s = *state;
    struct vault_by by = with("second-pin", LATER);
    struct err err;

    ok(vault_pin_set(s->v, &by, &err), &err);
    assert_int_equal(opens(s, "first-pin", LATER, &err), RC_DENIED);
    ok(opens(s, "second-pin", LATER, &err), &err);
}

static void without_a_pin_the_key_lies_there_and_says_so(void **state)
{
    struct stage *s = *state;
    struct vault_by by = with(NULL, NOW), pin = with("a-pin-now", NOW);
    struct err err;

    vault_close(s->v);
    ok(vault_make(s->dir, &by, &s->v, &err), &err);
    assert_false(vault_has_pin(s->v));
    ok(opens(s, NULL, LATER, &err), &err);
    ok(vault_pin_set(s->v, &pin, &err), &err);
    assert_true(vault_has_pin(s->v));
    assert_int_equal(opens(s, NULL, LATER, &err), RC_AUTH);
    ok(opens(s, "a-pin-now", LATER, &err), &err);
    assert_false(
        holds(s->path, (struct bytes){vault_key(s->v), VAULT_KEY_BYTES}));
}

static void a_key_kept_from_before_opens_it_too(void **state)
{
    struct stage *s = *state;
    uint8_t key[VAULT_KEY_BYTES];
    struct vault_by by = {.key = key, .now_ms = LATER};
    struct vault *v;
    struct err err;

    memcpy(key, vault_key(s->v), sizeof key);
    ok(vault_open(s->dir, &by, &v, &err), &err);
    vault_close(v);
    key[31] ^= 1;
    assert_int_equal(vault_open(s->dir, &by, &v, &err), RC_DENIED);
}

/* -- wrong ones --------------------------------------------------------- */

static void wrong_pins_slow_down_and_double(void **state)
{
    struct stage *s = *state;
    uint64_t now = LATER, wait = VAULT_WAIT_MS;
    struct err err;
    int i;

    for (i = 0; i < VAULT_TRIES_FREE; i++)
        assert_int_equal(opens(s, "wrong-pin", now, &err), RC_DENIED);
    for (i = 0; i < 4; i++) {
        /* Not even the right one, a moment too early. */
        assert_int_equal(opens(s, "first-pin", now + wait - 1, &err), RC_BUSY);
        now += wait;
        wait *= 2;
        assert_int_equal(opens(s, "wrong-pin", now, &err), RC_DENIED);
    }
    assert_int_equal(opens(s, "first-pin", now, &err), RC_BUSY);
    ok(opens(s, "first-pin", now + wait, &err), &err);
    /* And then it begins anew. */
    assert_int_equal(opens(s, "wrong-pin", now + wait, &err), RC_DENIED);
    ok(opens(s, "first-pin", now + wait, &err), &err);
}

static void a_clock_set_back_does_not_shorten_the_wait(void **state)
{
    struct stage *s = *state;
    struct err err;
    int i;

    for (i = 0; i < VAULT_TRIES_FREE; i++)
        assert_int_equal(opens(s, "wrong-pin", LATER, &err), RC_DENIED);
    assert_int_equal(opens(s, "first-pin", 5, &err), RC_BUSY);
    assert_int_equal(opens(s, "first-pin", 5 + VAULT_WAIT_MS - 1, &err),
                     RC_BUSY);
    ok(opens(s, "first-pin", 5 + VAULT_WAIT_MS, &err), &err);
}

static void the_wait_is_an_hour_at_most(void **state)
{
    struct stage *s = *state;
    char many[] = "4000000000 1000001000\n";
    struct err err;

    ok(file_replace(s->tries, bytes_of(many), 0600, &err), &err);
    assert_int_equal(opens(s, "first-pin", LATER + VAULT_WAIT_MS_MAX - 1, &err),
                     RC_BUSY);
    assert_non_null(strstr(err.text, "wait 1 seconds"));
    ok(opens(s, "first-pin", LATER + VAULT_WAIT_MS_MAX, &err), &err);
}

static void a_count_that_cannot_be_read_counts_as_many(void **state)
{
    struct stage *s = *state;
    struct err err;

    ok(file_replace(s->tries, bytes_of("nonsense"), 0600, &err), &err);
    assert_int_equal(opens(s, "first-pin", LATER, &err), RC_BUSY);
}

/* -- the lease ---------------------------------------------------------- */

static void a_lease_that_has_run_out_opens_for_a_sync_only(void **state)
{
    struct stage *s = *state;
    struct vault_by sync = with("first-pin", NOW + 5000);
    struct vault *v;
    struct err err;

    ok(opens(s, "first-pin", NOW + 5000, &err), &err); /* no lease: for good */
    ok(vault_lease(s->v, NOW, 3, &err), &err);
    ok(opens(s, "first-pin", NOW + 2999, &err), &err);
    assert_int_equal(opens(s, "first-pin", NOW + 3000, &err), RC_EXPIRED);
    sync.lease_too_old = true;
    ok(vault_open(s->dir, &sync, &v, &err), &err);
    assert_int_equal(vault_lease_until(v), NOW + 3000);
    ok(vault_lease(v, NOW + 5000, 4, &err), &err);
    vault_close(v);
    ok(opens(s, "first-pin", NOW + 8999, &err), &err);
    ok(vault_lease(s->v, NOW, 0, &err), &err); /* over at once */
    assert_int_equal(opens(s, "first-pin", NOW - 1000, &err), RC_EXPIRED);
}

static void a_clock_set_back_makes_no_lease_longer(void **state)
{
    struct stage *s = *state;
    struct sign_key *key = sign_key_new();
    struct err err;

    ok(vault_lease(s->v, NOW, 3600, &err), &err);
    /* Seen on the way, also by others than opened it first. */
    ok(opens(s, "first-pin", NOW + 3000000, &err), &err);
    ok(opens(s, "first-pin", NOW, &err), &err);
    assert_int_equal(opens(s, "first-pin", NOW + 3600000, &err), RC_EXPIRED);
    assert_int_equal(opens(s, "first-pin", NOW, &err), RC_EXPIRED);
    /* Nor does writing something else. */
    ok(vault_sign_key_set(s->v, key, NOW, &err), &err);
    sign_key_free(key);
    assert_int_equal(opens(s, "first-pin", NOW, &err), RC_EXPIRED);
    /* The server's word does, though our clock was years ahead. */
    assert_int_equal(opens(s, "first-pin", UINT64_C(3) * NOW, &err),
                     RC_EXPIRED);
    ok(vault_lease(s->v, NOW + 7200000, 3600, &err), &err);
    ok(opens(s, "first-pin", NOW + 7200000, &err), &err);
}

/* -- the file ----------------------------------------------------------- */

static void the_key_of_the_device_is_behind_the_same_pin(void **state)
{
    struct stage *s = *state;
    struct sign_key *key = sign_key_new(), *again;
    struct sign_public one = sign_key_public(key), two;
    struct vault_by by = with("second-pin", LATER);
    struct vault *v;
    struct err err;

    assert_int_equal(vault_sign_key(s->v, &again, &err), RC_NOTFOUND);
    ok(vault_sign_key_set(s->v, key, NOW, &err), &err);
    assert_false(holds(s->path, bytes_of("PRIVATE KEY")));
    ok(vault_pin_set(s->v, &by, &err), &err);
    ok(vault_open(s->dir, &by, &v, &err), &err);
    ok(vault_sign_key(v, &again, &err), &err);
    two = sign_key_public(again);
    assert_int_equal(one.n, two.n);
    assert_memory_equal(one.der, two.der, one.n);
    sign_key_free(again);
    sign_key_free(key);
    vault_close(v);
}

static void what_another_program_changed_meanwhile_stays(void **state)
{
    struct stage *s = *state;
    struct vault_by by = with("first-pin", NOW);
    struct sign_key *key = sign_key_new(), *again;
    struct vault *v;
    struct err err;

    ok(vault_open(s->dir, &by, &v, &err), &err);
    ok(vault_sign_key_set(v, key, NOW, &err), &err);
    ok(vault_lease(s->v, NOW, 77, &err), &err); /* opened before */
    ok(vault_sign_key(s->v, &again, &err), &err);
    sign_key_free(again);
    sign_key_free(key);
    vault_close(v);
}

static void a_bit_turned_anywhere_in_a_vault_is_found(void **state)
{
    struct stage *s = *state;
    const uint8_t *key = vault_key(s->v);
    struct vault_by by = {.key = key, .now_ms = LATER};
    struct buf b = content(s->path);
    struct vault *v;
    struct err err;
    size_t i;

    for (i = 0; i < b.n; i++) {
        b.p[i] ^= 0x10;
        ok(file_replace(s->path, buf_view(&b), 0600, &err), &err);
        assert_int_not_equal(vault_open(s->dir, &by, &v, &err), RC_OK);
        b.p[i] ^= 0x10;
    }
    for (i = 0; i < b.n; i += 7) {
        ok(file_replace(s->path, (struct bytes){b.p, i}, 0600, &err), &err);
        assert_int_not_equal(vault_open(s->dir, &by, &v, &err), RC_OK);
    }
    ok(file_replace(s->path, buf_view(&b), 0600, &err), &err);
    ok(opens(s, "first-pin", LATER, &err), &err);
    buf_free(&b);
}

static void no_vault_is_no_vault(void **state)
{
    struct stage *s = *state;
    struct err err;

    assert_true(vault_exists(s->dir));
    unlink(s->path);
    assert_false(vault_exists(s->dir));
    assert_int_equal(opens(s, "first-pin", LATER, &err), RC_NOTFOUND);
}

/* -- kept open for a while ---------------------------------------------- */

static bool in_memory(char *folder, size_t n)
{
    struct statfs fs;

    snprintf(folder, n, "/dev/shm/stoep-test.XXXXXX");
    return statfs("/dev/shm", &fs) == 0 && fs.f_type == 0x01021994 &&
           mkdtemp(folder) != NULL;
}

static void a_store_stays_unlocked_while_it_is_used(void **state)
{
    struct stage *s = *state;
    uint8_t key[VAULT_KEY_BYTES] = {0};
    const uint64_t minute = 60000;
    char folder[64];
    struct err err;

    if (!in_memory(folder, sizeof folder))
        skip();
    setenv("XDG_RUNTIME_DIR", folder, 1);
    assert_false(unlock_find(s->dir, minute, key));
    ok(unlock_keep(s->dir, vault_key(s->v), 15, minute, &err), &err);
    assert_true(unlock_find(s->dir, 10 * minute, key));
    assert_memory_equal(key, vault_key(s->v), sizeof key);
    assert_true(unlock_find(s->dir, 25 * minute - 1, key));
    /* Fifteen minutes after it was last used. */
    assert_false(unlock_find(s->dir, 40 * minute, key));
    assert_false(unlock_find(s->dir, 26 * minute, key));
    ok(unlock_keep(s->dir, vault_key(s->v), 15, 50 * minute, &err), &err);
    /* The machine was started anew. */
    assert_false(unlock_find(s->dir, minute, key));
    ok(unlock_keep(s->dir, vault_key(s->v), 15, minute, &err), &err);
    unlock_forget(s->dir);
    assert_false(unlock_find(s->dir, minute, key));
    assert_int_equal(rmdir(folder), 0);
}

/* Nobody calls stoep again: the watch takes it away, by the clock. */
static void a_key_that_nobody_uses_is_taken_away(void **state)
{
    struct stage *s = *state;
    uint64_t left = 0, now = clock_boot_ms();
    char folder[64], path[400];
    struct err err;

    if (!in_memory(folder, sizeof folder))
        skip();
    setenv("XDG_RUNTIME_DIR", folder, 1);
    assert_false(unlock_expire(s->dir, now, &left));
    ok(unlock_keep(s->dir, vault_key(s->v), 2, now - 110000, &err), &err);
    assert_true(unlock_path(s->dir, path, sizeof path));
    assert_true(unlock_expire(s->dir, now, &left));
    assert_int_equal(left, 10000);
    assert_true(unlock_expire(s->dir, now + 9999, &left));
    assert_int_equal(access(path, F_OK), 0);
    assert_false(unlock_expire(s->dir, now + 10000, &left));
    assert_int_not_equal(access(path, F_OK), 0);
    ok(unlock_keep(s->dir, vault_key(s->v), 2, now - 119990, &err), &err);
    unlock_watch(s->dir); /* comes back once it is gone */
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(rmdir(folder), 0);
}

static void a_key_is_not_kept_where_others_or_a_disk_could_have_it(void **state)
{
    struct stage *s = *state;
    uint8_t key[VAULT_KEY_BYTES];
    char folder[64];
    struct err err;

    unsetenv("XDG_RUNTIME_DIR");
    assert_int_equal(unlock_keep(s->dir, vault_key(s->v), 15, 1, &err),
                     RC_NOTFOUND);
    assert_false(unlock_find(s->dir, 1, key));
    setenv("XDG_RUNTIME_DIR", "/proc", 1);
    assert_int_equal(unlock_keep(s->dir, vault_key(s->v), 15, 1, &err),
                     RC_NOTFOUND);
    if (!in_memory(folder, sizeof folder))
        skip();
    setenv("XDG_RUNTIME_DIR", folder, 1);
    chmod(folder, 0750);
    assert_int_equal(unlock_keep(s->dir, vault_key(s->v), 15, 1, &err),
                     RC_NOTFOUND);
    rmdir(folder);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(only_its_pin_opens_a_vault),
        T(a_short_pin_is_not_taken),
        T(another_pin_leaves_the_key_of_the_store_as_it_is),
        T(without_a_pin_the_key_lies_there_and_says_so),
        T(a_key_kept_from_before_opens_it_too),
        T(wrong_pins_slow_down_and_double),
        T(a_clock_set_back_does_not_shorten_the_wait),
        T(the_wait_is_an_hour_at_most),
        T(a_count_that_cannot_be_read_counts_as_many),
        T(a_lease_that_has_run_out_opens_for_a_sync_only),
        T(a_clock_set_back_makes_no_lease_longer),
        T(the_key_of_the_device_is_behind_the_same_pin),
        T(what_another_program_changed_meanwhile_stays),
        T(a_bit_turned_anywhere_in_a_vault_is_found),
        T(no_vault_is_no_vault),
        T(a_store_stays_unlocked_while_it_is_used),
        T(a_key_that_nobody_uses_is_taken_away),
        T(a_key_is_not_kept_where_others_or_a_disk_could_have_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
