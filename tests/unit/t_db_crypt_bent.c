/* Encryption at rest: nothing that was changed on the disk is read as data. */
#include "tests/unit/db_crypt_stage.h"

static void a_bit_turned_anywhere_in_the_file_is_found(void **state)
{
    struct stage *s = *state;
    struct db *db = opened(s);
    struct err err;
    struct buf b;
    size_t i;

    fill(db, ROWS);
    db_close(db);
    b = content(s->path);
    assert_in_range(b.n, 4 * PAGE, 20 * PAGE);
    for (i = 0; i < b.n; i += i < PAGE ? 1 : 13) {
        b.p[i] ^= (uint8_t)(1U << i % 8);
        put(s->path, buf_view(&b));
        err.text[0] = '\0';
        if (rows_of(s, &err) != -1)
            fail_msg("byte %zu was turned and nobody saw it", i);
        assert_int_equal(err.code, RC_CORRUPT);
        if (i >= PAGE) {
            char page[32];

            snprintf(page, sizeof page, "page %zu is", i / PAGE + 1);
            if (strstr(err.text, page) == NULL)
                fail_msg("byte %zu: %s", i, err.text);
        }
        assert_non_null(strstr(err.text, s->path));
        b.p[i] ^= (uint8_t)(1U << i % 8);
    }
    put(s->path, buf_view(&b));
    assert_int_equal(rows_of(s, &err), ROWS);
    buf_free(&b);
}

/* A log ends where it is damaged; what comes out is what once was committed. */
static void a_bit_turned_anywhere_in_the_log_cuts_it_there(void **state)
{
    struct stage *s = *state;
    struct buf file, log;
    struct err err;
    int n, last = 0;
    size_t i;

    dying(s, leave_twelve_in_the_log);
    file = content(s->path);
    log = content(s->log);
    assert_in_range(log.n, 12 * PAGE, 100 * PAGE);
    for (i = 32; i < log.n; i += 29) {
        log.p[i] ^= (uint8_t)(1U << i % 8);
        put(s->path, buf_view(&file));
        put(s->log, buf_view(&log));
        n = rows_of(s, &err);
        /* Before the table was there: no rows to read. */
        if (n == -1 && strstr(err.text, "no such table") != NULL)
            n = 0;
        if (n >= ROWS || n < last)
            fail_msg("byte %zu of the log: %d after %d: %s", i, n, last,
                     err.text);
        last = n;
        log.p[i] ^= (uint8_t)(1U << i % 8);
    }
    assert_int_equal(last, ROWS - 1);
    put(s->path, buf_view(&file));
    put(s->log, buf_view(&log));
    assert_int_equal(rows_of(s, &err), ROWS);
    buf_free(&file);
    buf_free(&log);
}

static void a_file_cut_short_is_found(void **state)
{
    struct stage *s = *state;
    struct db *db = opened(s);
    struct err err;
    struct buf b;
    size_t n;

    fill(db, ROWS);
    db_close(db);
    b = content(s->path);
    for (n = 100; n < b.n; n += 100) {
        put(s->path, (struct bytes){b.p, n});
        assert_int_equal(rows_of(s, &err), -1);
        assert_int_equal(err.code, RC_CORRUPT);
    }
    for (n = PAGE; n < b.n; n += PAGE) {
        put(s->path, (struct bytes){b.p, n});
        assert_int_equal(rows_of(s, &err), -1);
    }
    buf_free(&b);
}

static void pages_that_changed_places_are_found(void **state)
{
    struct stage *s = *state;
    struct db *db = opened(s);
    uint8_t page[PAGE];
    struct err err;
    struct buf b;
    size_t n;

    fill(db, ROWS);
    db_close(db);
    b = content(s->path);
    for (n = 2; n * PAGE < b.n; n++) {
        memcpy(page, b.p + PAGE, PAGE);
        memcpy(b.p + PAGE, b.p + n * PAGE, PAGE);
        memcpy(b.p + n * PAGE, page, PAGE);
        put(s->path, buf_view(&b));
        assert_int_equal(rows_of(s, &err), -1);
        if (strstr(err.text, "changed from outside") == NULL)
            fail_msg("%s", err.text);
        memcpy(b.p + n * PAGE, b.p + PAGE, PAGE);
        memcpy(b.p + PAGE, page, PAGE);
    }
    /* An empty page is no page either. */
    memset(b.p + PAGE, 0, PAGE);
    put(s->path, buf_view(&b));
    assert_int_equal(rows_of(s, &err), -1);
    buf_free(&b);
}

/* The pages of a long value have nothing by which SQLite would know them. */
static bool long_value_read(const struct stage *s, struct err *err)
{
    struct db_query *q;
    struct bytes v;
    struct db *db;
    bool had = false;

    if (db_open(s->path, sealed, &db, err) != RC_OK)
        return false;
    q = db_query(db, SQL("SELECT b FROM o"));
    if (db_row(q)) {
        had = true;
        v = db_blob(q, "b");
        assert_int_equal(v.n, 5000);
        assert_int_equal(strspn((const char *)v.p, "L"), 5000);
    }
    had = db_done(q, err) == RC_OK && had;
    db_close(db);
    return had;
}

static void a_long_value_is_not_read_with_zeroes_in_it(void **state)
{
    struct stage *s = *state;
    struct db *db = opened(s);
    struct buf whole, b;
    struct err err;
    size_t n, found = 0;

    script(db, "CREATE TABLE o(b TEXT); INSERT INTO o VALUES"
               " (replace(hex(zeroblob(2500)), '0', 'L'))");
    db_close(db);
    assert_true(long_value_read(s, &err));
    whole = content(s->path);
    b = content(s->path);
    for (n = PAGE; n < whole.n; n += PAGE) {
        memset(b.p + n, 0, PAGE);
        put(s->path, buf_view(&b));
        found += !long_value_read(s, &err);
        memcpy(b.p + n, whole.p + n, PAGE);
    }
    assert_int_equal(found, whole.n / PAGE - 1);
    for (n = 1; n < PAGE; n += 100) {
        put(s->path, (struct bytes){whole.p, whole.n - n});
        assert_false(long_value_read(s, &err));
    }
    buf_free(&whole);
    buf_free(&b);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_bit_turned_anywhere_in_the_file_is_found),
        T(a_bit_turned_anywhere_in_the_log_cuts_it_there),
        T(a_file_cut_short_is_found),
        T(pages_that_changed_places_are_found),
        T(a_long_value_is_not_read_with_zeroes_in_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
