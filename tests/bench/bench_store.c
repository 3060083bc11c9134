/*
 * bench_store RECORDS: what the server's store costs, each figure beside its
 * yardstick from the same run.
 *
 *   merge   changesets per second through the merger (journal, merge, rows,
 *           group commit, durable), beside plain upserts of the same values in
 *           the same batches, durable
 *   edit    the same for changes to records that exist
 *   scan    records per second read and encoded for a pull
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "schema/schema.h"
#include "server/merger.h"
#include "sync/limits.h"

enum { BATCH = 220, AREA = 1 };

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

/* -- one synthetic signal ----------------------------------------------- */

struct values {
    char title[64], description[200];
    const char *severity;
};

static void make_values(struct values *v, size_t n, unsigned round)
{
    static const char *const levels[] = {"1", "2", "3"};

    snprintf(v->title, sizeof v->title, "Signal %zu of the street", n);
    snprintf(v->description, sizeof v->description,
             "It is dark on the corner of number %zu. Neighbours asked for a"
             " lamp in round %u, and for a bench next to it.",
             5001 + n % 4000, round);
    v->severity = levels[(n + round) % 3];
}

static struct id id_of(size_t n)
{
    uint8_t random[ID_RANDOM_BYTES] = {0};

    memcpy(random + 2, &n, sizeof n);
    return id_make(UINT64_C(1790000000000) + n, random);
}

static struct changeset make_changeset(const struct shape_type *t, size_t n,
                                       uint64_t number, unsigned round,
                                       struct arena *mem)
{
    static const char *const names[] = {"title", "description", "severity"};
    struct values *v = arena_new(mem, sizeof *v);
    struct write *w = arena_new(mem, countof(names) * sizeof *w);
    const char *texts[] = {v->title, v->description, NULL};
    size_t i;

    make_values(v, n, round);
    texts[2] = v->severity;
    for (i = 0; i < countof(names); i++) {
        const struct shape_field *f = shape_field_named(t, bytes_of(names[i]));

        w[i].field = (uint16_t)shape_field_index(t, f);
        w[i].value = value_text(texts[i]);
    }
    return (struct changeset){.device = 1,
                              .number = number,
                              .clock = number << 16,
                              .area = AREA,
                              .type = t,
                              .record = id_of(n),
                              .base_version = round == 0 ? 0 : INT64_MAX / 2,
                              .writes = w,
                              .writes_n = countof(names)};
}

/* -- the merger --------------------------------------------------------- */

struct waiting {
    struct batch_job job; /* first */
    int fds[2];
};

static void on_done(struct merge_job *job)
{
    struct waiting *w = (struct waiting *)job;

    if (write(w->fds[1], "x", 1) != 1)
        abort();
}

static void merge_batch(struct merger *m, size_t from, size_t n,
                        uint64_t number, unsigned round)
{
    const struct shape_type *t =
        shape_type_named(merger_shape(m), bytes_of("signal"));
    struct arena mem = {0};
    struct changeset *c = arena_new(&mem, n * sizeof *c);
    const char **verdicts = arena_new(&mem, n * sizeof *verdicts);
    struct batch b = {.device = 1,
                      .area = AREA,
                      .first = number,
                      .types = bytes_of(merger_shape(m)->version),
                      .changesets = c,
                      .changesets_n = n,
                      .faults = verdicts};
    struct waiting w = {.job = {.job = {.run = batch_job_run, .done = on_done},
                                .mem = &mem,
                                .batch = &b,
                                .verdicts = verdicts,
                                .now_ms = 1790000000000}};
    struct message message = {.kind = MESSAGE_BATCH};
    struct buf body = buf_make(message_bytes_max);
    struct err err;
    char x;
    size_t i;

    for (i = 0; i < n; i++)
        c[i] = make_changeset(t, from + i, number + i, round, &mem);
    message.as.batch = b;
    wire_put(&body, &message);
    w.job.body = buf_view(&body);
    if (pipe(w.fds) != 0)
        abort();
    must(merger_submit(m, &w.job.job, &err), &err);
    if (read(w.fds[0], &x, 1) != 1)
        abort();
    close(w.fds[0]);
    close(w.fds[1]);
    must(w.job.job.rc, &w.job.job.err);
    buf_free(&body);
    arena_free(&mem);
}

static double run_merger(struct merger *m, size_t records, uint64_t number,
                         unsigned round)
{
    double start = now_s();
    size_t at;

    for (at = 0; at < records; at += BATCH)
        merge_batch(m, at, records - at < BATCH ? records - at : BATCH,
                    number + at, round);
    return (double)records / (now_s() - start);
}

/* -- the yardstick ------------------------------------------------------ */

static double run_plain(struct db *db, size_t records, unsigned round)
{
    double start = now_s();
    struct values v;
    struct err err;
    size_t at, i;

    for (at = 0; at < records; at += BATCH) {
        must(db_begin(db, &err), &err);
        for (i = at; i < at + BATCH && i < records; i++) {
            struct id id = id_of(i);
            struct db_query *q = db_query(
                db, SQL("INSERT INTO plain(id, area, version, title,"
                        " description, severity) VALUES (:id, 1, :version,"
                        " :title, :description, :severity)"
                        " ON CONFLICT (area, id) DO UPDATE SET"
                        " version = excluded.version,"
                        " title = excluded.title,"
                        " description = excluded.description,"
                        " severity = excluded.severity"));

            make_values(&v, i, round);
            db_bind_blob(q, "id", id_bytes(&id));
            db_bind_i64(q, "version", (int64_t)(round * records + i + 1));
            db_bind_text(q, "title", v.title);
            db_bind_text(q, "description", v.description);
            db_bind_text(q, "severity", v.severity);
            must(db_done(db_run_at(q), &err), &err);
        }
        must(db_end(db, RC_OK, &err), &err);
    }
    return (double)records / (now_s() - start);
}

static struct db *open_plain(const char *dir)
{
    struct db_options o = {.create = true, .durable = true, .log_pages = 4000};
    struct arena mem = {0};
    struct db *db;
    struct err err;

    must(db_open(arena_printf(&mem, "%s/plain.db", dir), o, &db, &err), &err);
    must(db_script(db,
                   "CREATE TABLE plain(id BLOB, area BIGINT, version BIGINT,"
                   " title TEXT, description TEXT, severity TEXT,"
                   " PRIMARY KEY (area, id));"
                   "CREATE INDEX plain_version ON plain(area, version)",
                   &err),
         &err);
    arena_free(&mem);
    return db;
}

/* -- reading ------------------------------------------------------------ */

struct scanning {
    struct wire_states states;
    struct arena mem;
    struct buf out;
    size_t n, bytes;
};

static bool on_record(void *ctx, const struct record *rec)
{
    struct scanning *s = ctx;

    wire_states_add(&s->states, rec, &s->mem);
    arena_reset(&s->mem);
    s->n++;
    if (s->states.body.n >= states_bytes_target) {
        wire_states_end(&s->states, AREA, rec->version, true, &s->out);
        s->bytes += s->out.n;
        buf_clear(&s->out);
    }
    return true;
}

static double run_scan(const char *dir, size_t *bytes)
{
    struct scanning s = {.out = buf_make(message_bytes_max)};
    struct store store;
    struct err err;
    double start, took;

    must(store_open(dir, STORE_READ, NULL, &store, &err), &err);
    wire_states_begin(&s.states, store.shape);
    start = now_s();
    must(rows_changed(store.rows, AREA, 0, on_record, &s, &err), &err);
    took = now_s() - start;
    *bytes = s.bytes / (s.n > 0 ? s.n : 1);
    wire_states_free(&s.states);
    buf_free(&s.out);
    arena_free(&s.mem);
    store_close(&store);
    return (double)s.n / took;
}

static void line(const char *what, double is, double yardstick)
{
    printf("  %-28s %9.0f /s   plain upsert %9.0f /s   ratio %.2f\n", what, is,
           yardstick, is / yardstick);
}

/* One device of one user, so that there is somebody to hand in. */
static void prepare(const char *dir)
{
    struct store s;
    struct sign_key *key = sign_key_new();
    struct sign_public public = sign_key_public(key);
    struct digest secret = {{0}};
    struct arena mem = {0};
    struct enrolled e;
    uint32_t area;
    int64_t account;
    struct err err;

    must(store_create(dir, schema_builtin_bundle(), &err), &err);
    must(store_open(dir, STORE_WRITE, NULL, &s, &err), &err);
    must(store_area_put(&s, "bench", "Bench", "", &area, &err), &err);
    must(store_account_put(&s, "bench", ROLE_WORKER, &area, 1, 0, &account,
                           &err),
         &err);
    must(store_code_put(&s, &secret, account, UINT64_C(1) << 50, &err), &err);
    must(store_enrol(&s, &secret, &public, "", 1, &mem, &e, &err), &err);
    arena_free(&mem);
    sign_key_free(key);
    store_close(&s);
}

int main(int argc, char **argv)
{
    size_t records = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : 11000;
    char dir[] = "/tmp/stoep-bench.XXXXXX";
    double merged, plain;
    struct merger *m;
    struct db *db;
    struct err err;
    size_t bytes;

    if (records == 0 || mkdtemp(dir) == NULL)
        return 1;
    prepare(dir);
    must(merger_start(dir, 64 << 20, &m, &err), &err);
    db = open_plain(dir);
    printf("store: %zu records, batches of %d, each batch durable\n", records,
           BATCH);
    plain = run_plain(db, records, 0);
    merged = run_merger(m, records, 1, 0);
    line("merge of new records", merged, plain);
    plain = run_plain(db, records, 1);
    merged = run_merger(m, records, records + 1, 1);
    line("merge of changes", merged, plain);
    db_close(db);
    merger_stop(m);
    merged = run_scan(dir, &bytes);
    printf("  %-28s %9.0f /s   %zu bytes each\n", "scan and encode for a pull",
           merged, bytes);
    return 0;
}
