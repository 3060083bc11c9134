/* t_drop.c - what is no longer ours goes off the device: every file of a store
 * that is not encrypted is searched for what was known to stand in it. */
#include "tests/unit/local_stage.h"

#include "sync/sys/digest.h"
#include "sync/sys/file.h"

enum { OTHER_AREA = 5 };

/* Each stands somewhere else in the store. */
static const char *const known[] = {
    "Gehaald-van-een-ander",  /* pulled, and shown */
    "Eigen-en-ingeleverd",    /* the journal, acknowledged; and frozen */
    "Eigen-en-wachtend",      /* the journal, not handed in */
    "In-een-foto",            /* pieces */
    "Antwoord-in-een-begin",  /* a draft */
    "@naam-uit-een-bestand",  /* a name */
    "Ander-en-eigen-samen",   /* pulled, under own work: frozen alone */
    "Nog-niet-verstuurd-foto" /* a photo that waits */
};
enum { PULLED, HANDED_IN, WAITING, PHOTO, DRAFT, NAME, UNDER, PHOTO_WAITS };

/* As attach_add() keeps it, but for the pixels: a word can be searched for. */
static void photo(struct stage *s, const char *text, uint32_t area)
{
    struct digest d = digest_of(bytes_of(text));
    char sha256[DIGEST_HEX_CHARS + 1];
    struct db_query *q;
    struct err err;

    digest_hex(&d, sha256);
    q = db_query(s->l.db,
                 SQL("INSERT INTO attachment(sha256, area, bytes, sent)"
                     " VALUES (:sha256, :area, :bytes, 0)"));
    db_bind_text(q, "sha256", sha256);
    db_bind_i64(q, "area", area);
    db_bind_i64(q, "bytes", (int64_t)strlen(text));
    ok(db_done(db_run_at(q), &err), &err);
    q = db_query(s->l.db, SQL("INSERT INTO piece(sha256, at, body)"
                              " VALUES (:sha256, 0, :body)"
                              " ON CONFLICT (sha256, at) DO NOTHING"));
    db_bind_text(q, "sha256", sha256);
    db_bind_blob(q, "body", bytes_of(text));
    ok(db_done(db_run_at(q), &err), &err);
}

static void keep_name(struct stage *s, unsigned n)
{
    struct id id = record_id(n);
    struct db_query *q = db_query(s->l.db, SQL("INSERT INTO name(name, record)"
                                               " VALUES (:name, :record)"));
    struct err err;

    db_bind_text(q, "name", known[NAME]);
    db_bind_blob(q, "record", id_bytes(&id));
    ok(db_done(db_run_at(q), &err), &err);
}

static void draft(struct stage *s)
{
    struct db_query *q = db_query(
        s->l.db, SQL("INSERT INTO draft(type, record, field, answer, area)"
                     " VALUES ('meeting', X'', 'advice', :answer,"
                     " :area)"));
    struct err err;

    db_bind_text(q, "answer", known[DRAFT]);
    db_bind_i64(q, "area", AREA);
    ok(db_done(db_run_at(q), &err), &err);
}

/* A store with something of everything in it; one changeset waits. */
static void fill(struct stage *s)
{
    struct changeset c;
    struct err err;

    pull(s, 1, "title", known[PULLED], 1, NULL, 0);
    pull(s, 2, "title", known[UNDER], 2, NULL, 0);
    keep_name(s, 1);
    c = save(s, 3, "title", known[HANDED_IN]);
    acknowledge(s, c.number, c.number, 3);
    photo(s, known[PHOTO], AREA);
    ok(db_run(s->l.db, SQL("UPDATE attachment SET sent = 1"), &err), &err);
    photo(s, known[PHOTO_WAITS], AREA);
    draft(s);
    (void)save(s, 2, "title", known[WAITING]);
}

static bool found(struct stage *s, const char *text)
{
    struct arena mem = {0};
    char **files;
    size_t n, i, at, bytes = strlen(text);
    bool hit = false;
    struct err err;

    local_close(&s->l);
    s->l.db = NULL;
    ok(file_list(s->dir, "", &mem, &files, &n, &err), &err);
    assert_true(n > 0);
    for (i = 0; i < n; i++) {
        struct buf b;

        ok(file_read(files[i], 1 << 26, &b, &err), &err);
        for (at = 0; at + bytes <= b.n; at++)
            hit |= memcmp(b.p + at, text, bytes) == 0;
        buf_free(&b);
    }
    arena_free(&mem);
    reopen(s);
    return hit;
}

/* `stays`: a bit for each of known[]. */
static void look(struct stage *s, unsigned stays)
{
    size_t i;

    for (i = 0; i < countof(known); i++)
        if (found(s, known[i]) != ((stays >> i & 1U) != 0))
            fail_msg("\"%s\" is %s", known[i],
                     stays >> i & 1U ? "gone" : "still there");
}

static void welcome_as(struct stage *s, enum role role, size_t areas_n)
{
    struct area_info areas[] = {{.number = OTHER_AREA,
                                 .slug = bytes_of("tuinwijk"),
                                 .name = bytes_of("Tuinwijk")},
                                {.number = AREA,
                                 .slug = bytes_of("selwerd"),
                                 .name = bytes_of("Selwerd")}};
    struct welcome w = {.epoch = 55,
                        .last = 1,
                        .user = bytes_of("w"),
                        .role = role,
                        .areas = areas,
                        .areas_n = areas_n};
    struct err err;

    ok(local_welcome(&s->l, &w, false, &err), &err);
}

#define ALL ((1U << countof(known)) - 1)

static void what_is_searched_for_can_be_found(void **state)
{
    struct stage *s = *state;

    fill(s);
    look(s, ALL);
}

static void an_area_that_is_lost_leaves_nothing_once_nothing_waits(void **state)
{
    struct stage *s = *state;

    fill(s);
    welcome_as(s, ROLE_WORKER, 1);
    look(s, ALL); /* something is to be handed in first */
    acknowledge(s, 2, 2, 0);
    look(s, 0);
}

static void an_area_without_waiting_work_leaves_nothing_at_once(void **state)
{
    struct stage *s = *state;

    fill(s);
    acknowledge(s, 2, 2, 4);
    welcome_as(s, ROLE_WORKER, 1);
    look(s, 0);
}

static void what_another_area_has_too_stays_for_it(void **state)
{
    struct stage *s = *state;

    fill(s);
    photo(s, known[PHOTO], OTHER_AREA);
    acknowledge(s, 2, 2, 4);
    welcome_as(s, ROLE_WORKER, 1);
    look(s, 1U << PHOTO);
}

static void a_role_that_may_less_keeps_what_waits_alone(void **state)
{
    struct stage *s = *state;

    fill(s);
    welcome_as(s, ROLE_EXTERNAL, 2);
    look(s, 1U << WAITING);
    acknowledge(s, 2, 2, 0);
    welcome_as(s, ROLE_LEAD, 2);
    look(s, 0);
}

static void a_role_that_may_more_keeps_what_it_had_not_handed_in(void **state)
{
    struct stage *s = *state;

    fill(s);
    welcome_as(s, ROLE_LEAD, 2);
    look(s, 1U << WAITING | 1U << DRAFT | 1U << PHOTO_WAITS);
}

static void a_draft_from_an_older_store_goes_with_any_area(void **state)
{
    struct stage *s = *state;
    struct err err;

    fill(s);
    ok(db_run(s->l.db, SQL("UPDATE draft SET area = 0"), &err), &err);
    acknowledge(s, 2, 2, 4);
    welcome_as(s, ROLE_WORKER, 1);
    look(s, 0);
}

/* Nobody would say that it was erased. */
static void what_was_kept_aside_and_one_may_not_see_goes(void **state)
{
    struct stage *s = *state;
    struct changeset c = save(s, 1, "title", known[HANDED_IN]);

    acknowledge(s, c.number, c.number, 0);
    assert_true(found(s, known[HANDED_IN])); /* a worker sees signals */
    welcome_as(s, ROLE_ADMIN, 2);
    c = save(s, 2, "title", known[WAITING]);
    assert_true(found(s, known[WAITING]));
    acknowledge(s, c.number, c.number, 0);
    assert_false(found(s, known[WAITING]));
    assert_int_equal(counts(s).parked, 2); /* and is told all the same */
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_is_searched_for_can_be_found),
        CASE(an_area_that_is_lost_leaves_nothing_once_nothing_waits),
        CASE(an_area_without_waiting_work_leaves_nothing_at_once),
        CASE(what_another_area_has_too_stays_for_it),
        CASE(a_role_that_may_less_keeps_what_waits_alone),
        CASE(a_role_that_may_more_keeps_what_it_had_not_handed_in),
        CASE(a_draft_from_an_older_store_goes_with_any_area),
        CASE(what_was_kept_aside_and_one_may_not_see_goes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
