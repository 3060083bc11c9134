/* The database layer on the pretend disk, at every single call: a commit that
 * was answered survives, and so does one that a reader saw after a crash. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sync/sys/db.h"
#include "tests/sim/disk.h"

static const char file[] = "/1/store.db";

static enum rc opened(struct db **db)
{
    return db_open(file, (struct db_options){.create = true, .durable = true},
                   db, NULL);
}

static enum rc add(struct db *db, int64_t n)
{
    struct db_query *q = db_query(db, SQL("INSERT INTO t(n) VALUES (:n)"));

    db_bind_i64(q, "n", n);
    return db_done(db_run_at(q), NULL);
}

static bool holds(struct db *db, int64_t n)
{
    struct db_query *q = db_query(db, SQL("SELECT n FROM t WHERE n = :n"));
    bool found;

    db_bind_i64(q, "n", n);
    found = db_row(q);
    return db_done(q, NULL) == RC_OK && found;
}

/* A store with the rows 1 to 40, closed. */
static void prepare(void)
{
    struct db *db;
    int64_t n;

    disks_reset();
    assert_int_equal(opened(&db), RC_OK);
    assert_int_equal(db_run(db, SQL("CREATE TABLE t(n INTEGER)"), NULL), RC_OK);
    for (n = 1; n <= 40; n++)
        assert_int_equal(add(db, n), RC_OK);
    db_close(db);
}

/* Write row 41 on a host that dies at a call; was it answered? */
static bool written(uint64_t dies_at)
{
    struct disk *d = disk_of(1);
    bool answered = false;
    struct db *db;

    d->dies_at = dies_at;
    if (opened(&db) == RC_OK) {
        answered = add(db, 41) == RC_OK && !d->dead;
        db_close(db);
    }
    return answered;
}

/* Do this for every call at which a host can die. */
static void at_every_call(void (*died)(bool answered, struct dice *d))
{
    struct dice dice = {77};
    uint64_t at, deaths = 0;
    int times;

    disks_install();
    for (times = 0; times < 8; times++)
        for (at = 1;; at++) {
            bool answered;

            prepare();
            answered = written(disk_of(1)->calls + at);
            if (!disk_of(1)->dead)
                break;
            died(answered, &dice);
            deaths++;
        }
    assert_true(deaths > 80);
    disks_reset();
}

static void all_rows_are_there(struct db *db)
{
    int64_t n;

    for (n = 1; n <= 40; n++)
        assert_true(holds(db, n));
}

static void power_is_lost(bool answered, struct dice *d)
{
    struct db *db;

    disk_restart(1, true, d);
    assert_int_equal(opened(&db), RC_OK);
    all_rows_are_there(db);
    if (answered)
        assert_true(holds(db, 41));
    db_close(db);
}

static void what_was_answered_survives_a_loss_of_power(void **state)
{
    (void)state;
    at_every_call(power_is_lost);
}

static void process_dies_then_power_is_lost(bool answered, struct dice *d)
{
    struct db *db;
    bool seen;

    disk_restart(1, false, d);
    assert_int_equal(opened(&db), RC_OK);
    seen = holds(db, 41);
    assert_true(seen || !answered);
    disk_of(1)->dies_at = disk_of(1)->calls + 1;
    (void)holds(db, 1000);
    db_close(db);
    disk_restart(1, true, d);
    assert_int_equal(opened(&db), RC_OK);
    all_rows_are_there(db);
    assert_int_equal(holds(db, 41), seen);
    db_close(db);
}

static void what_was_seen_after_a_crash_survives_a_loss_of_power(void **state)
{
    (void)state;
    at_every_call(process_dies_then_power_is_lost);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_answered_survives_a_loss_of_power),
        cmocka_unit_test(what_was_seen_after_a_crash_survives_a_loss_of_power),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
