/*
 * bench_counts DIR: what counting costs in a made-up town (tests/town) of which
 * nothing was counted yet, and how fast questions are answered, beside the same
 * question in SQL over the records themselves.
 *
 * A merge pays nothing: it writes nothing that is counted with.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "server/counts.h"
#include "sync/civil.h"

enum { ASKED_MAX = 4096, AGAIN = 3 };

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void must(enum rc rc, const struct err *err)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "bench: %s\n", err->text);
    exit(1);
}

static uint64_t ms_of(int year, unsigned month, unsigned day)
{
    struct civil c = {.year = year, .month = month, .day = day};

    return (uint64_t)civil_utc(&c) * 1000;
}

static enum rc write_now(void *ctx, counts_write *what, void *arg,
                         struct err *err)
{
    struct store *s = ctx;
    enum rc rc = db_begin(s->db, err);

    return rc == RC_OK ? db_end(s->db, what(s, arg, err), err) : rc;
}

static void renew(struct store *s, uint64_t now_ms, const char *what)
{
    struct counts_writer to = {s, write_now};
    struct disclosure_stop go_on = {0};
    struct counts_renewed done;
    struct err err;
    double start = now_s();

    must(counts_renew(s, &to, now_ms, &go_on, &done, &err), &err);
    printf("  %-32s %9.2f s   %zu areas counted, %zu states decided, %zu"
           " figures told\n",
           what, now_s() - start, done.areas, done.states, done.stats.free);
}

static void one_area_changed(struct store *s)
{
    struct err err;

    must(db_run(s->db, SQL("UPDATE count_area SET version = 0 WHERE area = 1"),
                &err),
         &err);
}

/* -- questions ---------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static double median(double *v, size_t n)
{
    qsort(v, n, sizeof *v, by_value);
    return v[n / 2];
}

static double ask(struct store *s, const struct counts_query *q, size_t *rows)
{
    struct arena mem = {0};
    struct counts_table t;
    struct err err;
    double start = now_s();

    must(counts_ask(s, q, &mem, &t, &err), &err);
    start = now_s() - start;
    *rows = t.rows_n;
    arena_free(&mem);
    return start * 1000;
}

/* Every kind of record, by every field and nothing, in every layer. */
static void ask_everything(struct store *s, const char *period)
{
    static const char *const layers[] = {NULL, "work", "district", "compass",
                                         "neighbourhood"};
    double *ms = mem_new(ASKED_MAX * sizeof *ms);
    struct arena mem = {0};
    struct count_kind *kinds;
    size_t n, i, f, l, asked = 0, rows, most = 0;

    counts_kinds(s->shape, &mem, &kinds, &n);
    for (i = 0; i < n; i++)
        for (f = 0; f <= kinds[i].fields_n; f++)
            for (l = 0; l < countof(layers) && asked < ASKED_MAX; l++) {
                struct counts_query q = {
                    kinds[i].type->name,
                    f == 0 ? NULL : kinds[i].fields[f - 1].field->name,
                    layers[l], period};

                ms[asked++] = ask(s, &q, &rows);
                most = rows > most ? rows : most;
            }
    qsort(ms, asked, sizeof *ms, by_value);
    printf("  %-32s median %.2f ms   p99 %.2f ms   worst %.2f ms   (%zu, up to"
           " %zu rows; budget 100 ms)\n",
           "questions", ms[asked / 2], ms[asked * 99 / 100], ms[asked - 1],
           asked, most);
    free(ms);
    arena_free(&mem);
}

static double raw(struct store *s, uint64_t from_ms, uint64_t to_ms)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT substr(neighbourhood, 5) AS place, value AS theme,"
                   " count(*) AS n FROM signal, json_each(themes)"
                   " WHERE deleted = 0 AND created_ms >= :from"
                   " AND created_ms < :to GROUP BY 1, 2"));
    struct err err;
    double start = now_s();
    int64_t all = 0;

    db_bind_i64(q, "from", (int64_t)from_ms);
    db_bind_i64(q, "to", (int64_t)to_ms);
    while (db_row(q))
        all += db_i64(q, "n");
    must(db_done(q, &err), &err);
    return (now_s() - start) * 1000;
}

static void beside_the_records(struct store *s, const char *period,
                               uint64_t from_ms, uint64_t to_ms)
{
    struct counts_query q = {"signal", "themes", "neighbourhood", period};
    double told[AGAIN], counted[AGAIN];
    size_t i, rows;

    for (i = 0; i < AGAIN; i++) {
        told[i] = ask(s, &q, &rows);
        counted[i] = raw(s, from_ms, to_ms);
    }
    printf("  %-32s %9.2f ms   the same in SQL over the records %.2f ms  "
           " ratio %.3f\n",
           "themes by neighbourhood", median(told, AGAIN),
           median(counted, AGAIN),
           median(told, AGAIN) / median(counted, AGAIN));
}

int main(int argc, char **argv)
{
    struct store s;
    struct err err;

    if (argc != 2) {
        fputs("usage: bench_counts DIR\n", stderr);
        return 2;
    }
    must(store_open(argv[1], STORE_WRITE, NULL, &s, &err), &err);
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("counts\n");
    renew(&s, ms_of(2025, 1, 15), "parts of all areas");
    one_area_changed(&s);
    renew(&s, ms_of(2025, 1, 15), "parts, one area changed");
    renew(&s, ms_of(2025, 2, 2), "the states after a month");
    ask_everything(&s, "2025-01");
    beside_the_records(&s, "2025-01", ms_of(2025, 1, 1), ms_of(2025, 2, 1));
    store_close(&s);
    return 0;
}
