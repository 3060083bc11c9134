/* Words in the notes of an area (server/search.h): found as soon as they are
 * merged, whether the index has followed or not, by those who may. */
#define _GNU_SOURCE
#include "tests/unit/search_stage.h"

#include "sync/seek.h"

/* -- finding ------------------------------------------------------------ */

static void what_was_merged_is_found_at_once(void **state)
{
    struct stage *s = *state;
    struct words both = {1, "Donkere hoek", false, "Een lantaarn is stuk.", 0};
    struct found f;

    hand_in(s, 1, &both, 1, NULL);
    expect(s, "donkere", 1);
    expect(s, "lantaarn", 1);
    expect(s, "lantaarn hoek", 1); /* of two fields */
    expect(s, "fiets", 0);
    expect(s, "lantaarn fiets", 0);
    f = find_part(s, "lant", 1, 0, 10);
    assert_int_equal(f.records[0], 1);
    assert_string_equal(f.around, "Donkere hoek\nEen «lantaarn» is stuk.");
}

static void capitals_and_accents_make_no_difference(void **state)
{
    struct stage *s = *state;

    write_title(s, 1, 1, "Één café op de Øever, ΑΘΗΝΑ", 0);
    expect(s, "EEN cafe", 1);
    expect(s, "CAFÉ", 1);
    expect(s, "αθηνα", 1);
}

static void the_last_word_may_be_the_beginning_of_one_and_quotes_keep_together(
    void **state)
{
    struct stage *s = *state;

    write_title(s, 1, 1, "de natte stoep bij de brug", 0);
    expect(s, "bru", 1);
    expect(s, "nat bru", 0); /* the first one is whole */
    expect(s, "natte sto", 1);
    expect(s, "\"natte stoep\"", 1);
    expect(s, "\"stoep natte\"", 0);
    expect(s, "\"natte sto\"", 0); /* what is quoted is whole */
    expect(s, "b", 0);             /* one letter is no beginning */
    expect(s, "natte-sto", 1);
}

/* Whatever somebody types: an answer, or a word about it. */
static void nothing_that_is_typed_is_more_than_words(void **state)
{
    static const char *const typed[] = {"AND",
                                        "lamp OR",
                                        "NOT lamp",
                                        "NEAR(lamp hoek)",
                                        "text:lamp",
                                        "scope : a1",
                                        "\"lamp",
                                        "lamp\"",
                                        "^lamp",
                                        "lamp*",
                                        "(lamp",
                                        "lamp)",
                                        "{text}:x",
                                        "-lamp",
                                        "lamp + hoek",
                                        "a\"b\"c",
                                        "'; DROP",
                                        "\xff\xfe lamp",
                                        "lamp \xc3",
                                        "\x01\x02lamp",
                                        "x\" *) OR scope : (a1",
                                        "— lamp",
                                        "ﬁ",
                                        "%s%n",
                                        ":::",
                                        "lamp ^ 2",
                                        "{scope text} : a1"};
    struct stage *s = *state;
    struct arena mem = {0};
    unsigned i, k, seed = 7;
    char random[40];
    struct search_found got;
    struct err err;

    write_title(s, 1, 1, "lamp hoek", 0);
    follow(s);
    write_title(s, 2, 2, "lamp hoek", 0);
    for (i = 0; i < countof(typed) + 3000; i++) {
        struct search_ask ask = {.area = 1, .limit = 5};
        enum rc rc;

        for (k = 0; i >= countof(typed) && k < sizeof random; k++) {
            seed = seed * 1664525 + 1013904223;
            random[k] = "ab*\"^:(){}+- ,.NEAROT\\'\n\t;/"[(seed >> 16) % 28];
        }
        ask.words = i < countof(typed)
                        ? bytes_of(typed[i])
                        : (struct bytes){(const uint8_t *)random,
                                         1 + (seed >> 20) % sizeof random};
        rc = search_find(&s->s, &ask, &mem, &got, &err);
        if (rc != RC_OK && rc != RC_INVALID)
            fail_msg("%.*s: %s", (int)ask.words.n, (const char *)ask.words.p,
                     err.text);
    }
    arena_free(&mem);
    expect(s, "lamp OR", 0); /* a word like any other */
    expect(s, "text:lamp", 0);
    expect(s, "lamp*", 2);
}

static void too_much_and_nothing_at_all_are_refused_with_a_word(void **state)
{
    struct stage *s = *state;
    char longer[SEEK_BYTES_MAX + 2];
    struct search_ask ask = {.area = 1, .limit = 5, .words = bytes_of(" \" ")};
    struct search_found got;
    struct arena mem = {0};
    struct err err;

    assert_int_equal(search_find(&s->s, &ask, &mem, &got, &err), RC_INVALID);
    memset(longer, 'x', sizeof longer);
    for (ask.words.n = 1; ask.words.n < sizeof longer; ask.words.n += 2)
        longer[ask.words.n] = ' ';
    ask.words = (struct bytes){(uint8_t *)longer, SEEK_BYTES_MAX};
    ok(search_find(&s->s, &ask, &mem, &got, &err), &err);
    ask.words.n++;
    assert_int_equal(search_find(&s->s, &ask, &mem, &got, &err), RC_LIMIT);
    arena_free(&mem);
}

static void pages_hold_each_record_once_the_last_written_first(void **state)
{
    struct stage *s = *state;
    unsigned i, at = 0;
    struct found f = {.more = true};

    for (i = 1; i <= 23; i++) {
        write_title(s, i, i, "steeds een lamp", 0);
        if (i == 17)
            follow(s);
    }
    for (; f.more; at += (unsigned)f.n) {
        f = find_part(s, "lamp", 1, at, 5);
        for (i = 0; i < f.n; i++)
            assert_int_equal(f.records[i], 23 - at - i);
    }
    assert_int_equal(at, 23);
}

static void another_area_is_another_world(void **state)
{
    struct stage *s = *state;
    uint32_t area;
    struct err err;

    ok(store_area_put(&s->s, "b", "B", "", &area, &err), &err);
    write_title(s, 1, 1, "lamp", 0);
    assert_int_equal(find_part(s, "lamp", area, 0, 5).n, 0);
    follow(s);
    assert_int_equal(find_part(s, "lamp", area, 0, 5).n, 0);
    assert_int_equal(find_part(s, "lamp", 1, 0, 5).n, 1);
}

/* -- who may see what --------------------------------------------------- */

/* A word of its own in every field that can hold one, in a record of every
 * type; a lead finds those that the declarations give to a lead. */
static void a_hit_is_in_a_field_that_a_lead_may_see_and_no_other(void **state)
{
    struct stage *s = *state;
    unsigned found = 0, hidden = 0, round;
    struct arena mem = {0};
    size_t t, f;
    struct err err;

    for (t = 0; t < s->s.shape->types_n; t++) {
        const struct shape_type *type = &s->s.shape->types[t];
        struct write w[fields_per_type_max];
        struct changeset c = {.device = 1,
                              .number = t + 1,
                              .clock = t + 1,
                              .area = 1,
                              .type = type,
                              .record = record_id((unsigned)t + 1),
                              .writes = w};
        struct record r;

        for (f = 1; f < type->fields_n; f++) {
            struct bytes *member = arena_new(&mem, sizeof *member);

            if (type->fields[f].kind != FIELD_TEXT &&
                type->fields[f].kind != FIELD_PROSE)
                continue;
            *member = bytes_of(arena_printf(&mem, "w%zux%zu", t, f));
            w[c.writes_n++] =
                (struct write){(uint16_t)f,
                               type->fields[f].set ? value_set(member, 1)
                                                   : value_bytes(*member),
                               {0}};
        }
        ok(rows_load(s->s.rows, type, 1, &c.record, &mem, &r, &err), &err);
        merge_apply(&r, &c, t + 1, &mem);
        ok(rows_save(s->s.rows, &r, &mem, &err), &err);
    }
    ok(db_run(s->s.db, SQL("UPDATE area SET version = 99"), &err), &err);
    for (round = 0; round < 2; round++, follow(s))
        for (t = 0; t < s->s.shape->types_n; t++)
            for (f = 1; f < s->s.shape->types[t].fields_n; f++) {
                const struct shape_type *type = &s->s.shape->types[t];
                const struct shape_field *x = &type->fields[f];
                bool text = x->kind == FIELD_PROSE ||
                            (x->kind == FIELD_TEXT && x->format == FORMAT_NONE);
                bool sees =
                    (type->see >> ROLE_LEAD & 1U) && (x->see >> ROLE_LEAD & 1U);
                bool person = type->apart || x->privacy == PRIVACY_DIRECT ||
                              x->privacy == PRIVACY_SPECIAL;
                bool want = text && sees && !person;

                if (hits(s, arena_printf(&mem, "\"w%zux%zu\"", t, f)) != want)
                    fail_msg("%s.%s", type->name, x->name);
                found += want;
                hidden += !want;
            }
    print_message("%u fields looked through, %u not\n", found, hidden);
    assert_true(found > 20 && hidden > 20);
    arena_free(&mem);
}

/* What is sealed with a key of its own is in no byte of the index. */
static void contact_data_never_enters_the_index(void **state)
{
    struct stage *s = *state;
    struct db_query *q;
    struct err err;
    size_t t;

    a_hit_is_in_a_field_that_a_lead_may_see_and_no_other(state);
    for (t = 0; t < s->s.shape->types_n; t++)
        if (s->s.shape->types[t].apart) {
            q = db_query(s->s.db, SQL("SELECT count(*) AS n FROM searched"
                                      " WHERE type = :type"));
            db_bind_text(q, "type", s->s.shape->types[t].name);
            assert_true(db_row(q));
            assert_int_equal(db_i64(q, "n"), 0);
            ok(db_done(q, &err), &err);
        }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(what_was_merged_is_found_at_once),
        CASE(capitals_and_accents_make_no_difference),
        CASE(
            the_last_word_may_be_the_beginning_of_one_and_quotes_keep_together),
        CASE(nothing_that_is_typed_is_more_than_words),
        CASE(too_much_and_nothing_at_all_are_refused_with_a_word),
        CASE(pages_hold_each_record_once_the_last_written_first),
        CASE(another_area_is_another_world),
        CASE(a_hit_is_in_a_field_that_a_lead_may_see_and_no_other),
        CASE(contact_data_never_enters_the_index),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
