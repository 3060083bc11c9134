/* What is published: protected figures alone, the same bytes each time. */
#define _GNU_SOURCE
#include "tests/unit/counts_stage.h"

#include <jansson.h>
#include <unistd.h>

#include "server/csv.h"
#include "server/erasure.h"
#include "server/publish.h"
#include "server/question.h"
#include "sync/sys/file.h"

#define SECRET "Vertrouwelijk98765"

static struct server_conf conf_of(const struct stage *s, const char *name)
{
    struct server_conf conf;

    conf_defaults(&server_conf_table, &conf);
    snprintf(conf.publish, sizeof conf.publish, "%.200s/%.40s", s->dir, name);
    strcpy(conf.publisher, "Gemeente Voorbeeld");
    strcpy(conf.contact, "cijfers@example.org");
    strcpy(conf.publish_url, "https://example.org/cijfers");
    return conf;
}

static struct published publish_to(struct stage *s, const char *name)
{
    struct server_conf conf = conf_of(s, name);
    struct published out;
    struct err err;

    ok(publish(&s->s, s->dir, &conf, &out, &err), &err);
    return out;
}

static struct published publish_here(struct stage *s)
{
    return publish_to(s, "figures.git");
}

static int shell(const char *fmt, ...) PRINTF(1, 2);
static int shell(const char *fmt, ...)
{
    char command[1200];
    va_list args;
    int status;

    va_start(args, fmt);
    vsnprintf(command, sizeof command, fmt, args);
    va_end(args);
    status = system(command);
    return status < 0 ? status : status >> 8;
}

/* Whether a text is anywhere in the last state, by git. */
static bool is_said(const struct stage *s, const char *text)
{
    return shell("git --git-dir='%s/figures.git' grep -qaF '%s' main", s->dir,
                 text) == 0;
}

/* A file of the last state, in `mem`. */
static char *published_file(const struct stage *s, const char *name,
                            struct arena *mem)
{
    struct buf text = {0};
    char path[300], *copy;
    struct err err;

    assert_int_equal(shell("git --git-dir='%s/figures.git' show 'main:%s'"
                           " >'%s/shown'",
                           s->dir, name, s->dir),
                     0);
    snprintf(path, sizeof path, "%.250s/shown", s->dir);
    ok(file_read(path, SIZE_MAX, &text, &err), &err);
    copy = arena_text(mem, (const char *)text.p, text.n);
    buf_free(&text);
    return copy;
}

/* Of the figures as a database; as many rows as it returns, or its number. */
static int64_t in_figures(const struct stage *s, const char *sql)
{
    struct db_options o = {.read_only = true};
    char path[300];
    struct db_query *q;
    struct db *db;
    struct err err;
    int64_t n = 0;

    assert_int_equal(shell("git --git-dir='%s/figures.git' show"
                           " main:" PUBLISH_FIGURES " >'%s/f.sqlite'",
                           s->dir, s->dir),
                     0);
    snprintf(path, sizeof path, "%.250s/f.sqlite", s->dir);
    ok(db_open(path, o, &db, &err), &err);
    ok(db_query_adhoc(db, sql, &q, &err), &err);
    if (db_row(q))
        n = db_i64_at(q, 0);
    ok(db_done(q, &err), &err);
    db_close(db);
    return n;
}

/* A town of which something is told; it takes a while, so it serves for all
 * tests that change nothing. */
static int begin_told(void **state)
{
    int r = begin(state);

    fill(*state);
    renew(*state, ms_of(2026, 4, 2));
    return r;
}

static void who_publishes_has_to_be_said(void **state)
{
    struct stage *s = *state;
    struct server_conf conf = conf_of(s, "figures.git");
    struct published out;
    struct err err;

    conf.contact[0] = '\0';
    assert_int_equal(publish(&s->s, s->dir, &conf, &out, &err), RC_INVALID);
    assert_non_null(strstr(err.text, "\"contact\""));
}

static void before_anything_is_told_nothing_is_published(void **state)
{
    struct stage *s = *state;
    struct server_conf conf = conf_of(s, "figures.git");
    struct published out;
    struct err err;

    assert_int_equal(publish(&s->s, s->dir, &conf, &out, &err), RC_NOTFOUND);
}

static void the_same_store_gives_the_same_bytes(void **state)
{
    struct stage *s = *state;
    struct published one = publish_here(s), again = publish_here(s);

    assert_false(again.kept.changed);
    assert_string_equal(one.kept.commit, again.kept.commit);
    publish_to(s, "other.git");
    assert_int_equal(shell("test $(git --git-dir='%s/figures.git' rev-parse"
                           " main:) = $(git --git-dir='%s/other.git' rev-parse"
                           " main:)",
                           s->dir, s->dir),
                     0);
}

static void what_is_published_is_what_is_answered(void **state)
{
    struct stage *s = *state;
    struct question_asked a = {.store = &s->s, .lang = LANG_NL};
    struct arena mem = {0};
    struct dataset d;
    struct csv csv;
    struct err err;
    size_t row, found = 0;

    publish_here(s);
    ok(question_take(&question_counts, "type", "signal", &a, &err), &err);
    ok(question_take(&question_counts, "field", "themes", &a, &err), &err);
    ok(question_take(&question_counts, "layer", "district", &a, &err), &err);
    ok(question_take(&question_counts, "period", "2026Q1", &a, &err), &err);
    ok(question_answer(&question_counts, &a, &mem, &d, &err), &err);
    ok(csv_open(published_file(s, "counts/signal/district-2026.csv", &mem),
                &csv, &err),
       &err);
    while (csv_row(&csv))
        for (row = 0; row < dataset_rows(&d); row++) {
            size_t i, same = 0;

            for (i = 0; i < d.columns_n; i++) {
                const char *name = d.columns[i].name;
                const char *cell = dataset_cell(&d, row, i);

                /* What all records are called depends on what is asked. */
                same += strcmp(name, "labelName") == 0 ||
                        strcmp(csv_cell(&csv, name, name),
                               cell == NULL ? "" : cell) == 0;
            }
            found += same == d.columns_n;
        }
    ok(csv_end(&csv, &err), &err);
    assert_true(dataset_rows(&d) > 10);
    assert_int_equal(found, dataset_rows(&d));
    arena_free(&mem);
}

static void the_database_holds_protected_tables_and_no_others(void **state)
{
    struct stage *s = *state;
    struct buf sql = buf_make(SIZE_MAX);
    struct published done = publish_here(s);
    size_t i;

    buf_puts(&sql, "SELECT count(*) FROM sqlite_schema WHERE type = 'table'"
                   " AND name NOT IN ('explanations', 'statuses', 'codes',"
                   " 'types', 'fields', 'areas'");
    for (i = 0; i < questions_n; i++)
        buf_printf(&sql, ", replace('%s', '-', '_')", questions[i]->name);
    buf_puts(&sql, ")");
    assert_int_equal(in_figures(s, buf_text(&sql)), 0);
    assert_true(in_figures(s, "SELECT count(*) FROM counts") > 100);
    assert_true(in_figures(s, "SELECT count(*) FROM counts") <
                (int64_t)done.rows);
    /* A figure is there if it is told, and only then. */
    assert_int_equal(in_figures(s, "SELECT count(*) FROM counts WHERE"
                                   " (count IS NULL) = (status = 'F')"),
                     0);
    assert_int_equal(in_figures(s, "SELECT count(*) FROM counts WHERE"
                                   " count % 5 <> 0 OR count < below"),
                     0);
    assert_int_equal(
        in_figures(s, "SELECT count(*) FROM counts_readable WHERE"
                      " count IN ('0-4', '0-9', '.') OR count % 5 = 0"),
        in_figures(s, "SELECT count(*) FROM counts"));
    /* Each column is explained. */
    assert_int_equal(
        in_figures(s, "SELECT count(*) FROM sqlite_schema t,"
                      " pragma_table_info(t.name) c WHERE t.type = 'table' AND"
                      " t.name NOT IN ('explanations', 'statuses') AND NOT"
                      " EXISTS (SELECT 1 FROM explanations e WHERE e.\"table\""
                      " = t.name AND e.\"column\" = c.name)"),
        0);
    buf_free(&sql);
}

static void the_database_is_a_plain_file(void **state)
{
    struct stage *s = *state;
    struct buf file = {0};
    char path[300];
    struct err err;

    publish_here(s);
    in_figures(s, "SELECT 1");
    snprintf(path, sizeof path, "%.250s/f.sqlite", s->dir);
    ok(file_read(path, SIZE_MAX, &file, &err), &err);
    assert_int_equal(file.p[18], 1); /* no write-ahead log */
    assert_int_equal(file.p[19], 1);
    buf_free(&file);
    snprintf(path, sizeof path, "%.230s/" PUBLISH_FIGURES ".part", s->dir);
    assert_int_not_equal(access(path, F_OK), 0);
}

static void each_file_is_described_with_its_digest(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    json_error_t fault;
    json_t *j, *sets, *set, *files, *file;
    size_t i, k, n = 0;

    publish_here(s);
    j = json_loads(published_file(s, "dcat.jsonld", &mem), 0, &fault);
    assert_non_null(j);
    sets = json_object_get(j, "dcat:dataset");
    json_array_foreach(sets, i, set)
    {
        static const char *const needed[] = {
            "dct:title",   "dct:description",  "dct:identifier",
            "dct:creator", "dct:accessRights", "dcat:contactPoint",
            "dcat:theme",  "dct:publisher"};

        for (k = 0; k < countof(needed); k++)
            assert_non_null(json_object_get(set, needed[k]));
        files = json_object_get(set, "dcat:distribution");
        assert_true(json_array_size(files) > 0);
        json_array_foreach(files, k, file)
        {
            const char *sum = json_string_value(json_object_get(
                json_object_get(json_object_get(file, "spdx:checksum"),
                                "spdx:checksumValue"),
                "@value"));
            const char *name =
                json_string_value(json_object_get(file, "dct:title"));

            assert_non_null(json_object_get(file, "dct:license"));
            assert_int_equal(shell("git --git-dir='%s/figures.git' show"
                                   " 'main:%s' | sha256sum | grep -q ^%s",
                                   s->dir, name, sum),
                             0);
            n++;
        }
    }
    assert_true(n > 8);
    json_decref(j);
    arena_free(&mem);
}

static size_t chapters(const char *text)
{
    size_t n = 0;

    for (; (text = strstr(text, "\n## ")) != NULL; text++)
        n++;
    return n;
}

static void who_reads_dutch_is_told_what_who_reads_english_is(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    char *text, *english;

    publish_here(s);
    text = published_file(s, "README.md", &mem);
    english = strstr(text, "\n# Protected");
    assert_non_null(english);
    assert_true(chapters(english) > 3);
    assert_int_equal(chapters(text), 2 * chapters(english));
    arena_free(&mem);
}

/* A record with words of its own: a title, and a photo of somebody. */
static void nothing_of_a_record_is_published_so_an_erasure_changes_nothing(
    void **state)
{
    struct stage *s = *state;
    struct id id = made(ms_of(2026, 1, 20), 900);
    struct changeset c = {.type = s->signal, .record = id};
    struct rows_name name = {s->signal, 1, id};
    struct write w[] = {{.field = s->title, .value = value_text(SECRET)},
                        {.field = s->note, .value = value_text(SECRET)}};
    struct published before, after;
    struct erased erased;
    struct err err;
    char hex[ID_TEXT_CHARS + 1];

    c.clock = number;
    c.base_version = 100000;
    c.writes = w;
    c.writes_n = countof(w);
    fill(s);
    assert_int_not_equal(hand_in_all(s, number++, &c, 1, NULL), 0);
    renew(s, ms_of(2026, 4, 2));
    before = publish_here(s);
    assert_false(is_said(s, SECRET));
    assert_false(is_said(s, id_text(&id, hex)));
    assert_true(is_said(s, "2022BU00010000") || is_said(s, "BU00010000"));
    ok(erase_records(s->dir, &s->s, &name, 1, ms_of(2026, 4, 3), &erased, &err),
       &err);
    assert_int_equal(erased.records, 1);
    renew(s, ms_of(2026, 4, 3));
    after = publish_here(s);
    assert_false(after.kept.changed);
    assert_string_equal(after.kept.commit, before.kept.commit);
}

static void another_month_is_another_state(void **state)
{
    struct stage *s = *state;

    fill(s);
    renew(s, ms_of(2026, 4, 2));
    assert_true(publish_here(s).kept.changed);
    renew(s, ms_of(2026, 5, 2));
    assert_true(publish_here(s).kept.changed);
    assert_int_equal(shell("test \"$(git --git-dir='%s/figures.git' log"
                           " --format=%%s main)\" = 'Figures up to 2026-04\n"
                           "Figures up to 2026-03'",
                           s->dir),
                     0);
    /* Of what was told before, nothing else is told now. */
    assert_int_equal(shell("cd '%s' && git --git-dir=figures.git diff main~1"
                           " main -- counts/signal/district-2026.csv |"
                           " grep -q '^[-][^-]'",
                           s->dir),
                     1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, tear_down)

int main(void)
{
    const struct CMUnitTest told[] = {
        cmocka_unit_test(who_publishes_has_to_be_said),
        cmocka_unit_test(the_same_store_gives_the_same_bytes),
        cmocka_unit_test(what_is_published_is_what_is_answered),
        cmocka_unit_test(the_database_holds_protected_tables_and_no_others),
        cmocka_unit_test(the_database_is_a_plain_file),
        cmocka_unit_test(each_file_is_described_with_its_digest),
        cmocka_unit_test(who_reads_dutch_is_told_what_who_reads_english_is),
    };
    const struct CMUnitTest changing[] = {
        CASE(before_anything_is_told_nothing_is_published),
        CASE(nothing_of_a_record_is_published_so_an_erasure_changes_nothing),
        CASE(another_month_is_another_state),
    };
    int failed;

    cmocka_set_test_filter(getenv("ONLY"));
    failed = cmocka_run_group_tests(told, begin_told, tear_down);
    return failed + cmocka_run_group_tests(changing, NULL, NULL);
}
