/* What stands in a CSV is said beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

#include "server/csvw.h"
#include "server/question.h"

static const struct csvw about = {.url = "counts.csv",
                                  .title = {"Aantallen", "Counts"},
                                  .about = {"Hoeveel.", "How many."},
                                  .lang = LANG_EN,
                                  .licence = "https://example.org/licence"};

static json_t *metadata(const struct question *q, enum lang lang)
{
    struct buf text = buf_make(SIZE_MAX);
    struct csvw a = about;
    struct dataset d;
    json_error_t fault;
    json_t *j;

    a.lang = lang;
    dataset_begin(&d, q->columns, q->columns_n, NULL);
    csvw_metadata(&d, &a, &text);
    j = json_loadb((const char *)text.p, text.n, JSON_REJECT_DUPLICATES,
                   &fault);
    assert_non_null(j);
    buf_free(&text);
    return j;
}

static const char *text_at(const json_t *j, const char *name)
{
    return json_string_value(json_object_get(j, name));
}

static const char *base_of(const json_t *column)
{
    const json_t *type = json_object_get(column, "datatype");

    return json_is_string(type) ? json_string_value(type)
                                : text_at(type, "base");
}

static void every_column_of_every_question_is_described(void **state)
{
    size_t i, k;

    (void)state;
    for (i = 0; i < questions_n; i++) {
        const struct question *q = questions[i];
        json_t *j = metadata(q, LANG_NL);
        const json_t *columns =
            json_object_get(json_object_get(j, "tableSchema"), "columns");

        assert_int_equal(json_array_size(columns), q->columns_n);
        for (k = 0; k < q->columns_n; k++) {
            const json_t *c = json_array_get(columns, k);
            const json_t *titles = json_object_get(c, "titles");

            assert_string_equal(text_at(c, "name"), q->columns[k].name);
            assert_string_equal(text_at(titles, "nl"), q->columns[k].title.nl);
            assert_string_equal(text_at(titles, "en"), q->columns[k].title.en);
            assert_string_equal(text_at(titles, "und"), q->columns[k].name);
            assert_string_equal(text_at(c, "null"), "");
            assert_non_null(base_of(c));
        }
        json_decref(j);
    }
}

static void keys_are_the_primary_key_and_name_a_row(void **state)
{
    json_t *j = metadata(&question_counts, LANG_EN);
    const json_t *schema = json_object_get(j, "tableSchema");
    const json_t *keys = json_object_get(schema, "primaryKey");

    (void)state;
    assert_int_equal(json_array_size(keys), 6);
    assert_string_equal(json_string_value(json_array_get(keys, 0)), "type");
    assert_string_equal(text_at(schema, "aboutUrl"),
                        "#type={type}&period={period}&layer={layer}"
                        "&area={area}&field={field}&label={label}");
    json_decref(j);
}

static void a_figure_is_a_number_and_its_status_a_letter(void **state)
{
    json_t *j = metadata(&question_counts, LANG_EN);
    const json_t *columns =
        json_object_get(json_object_get(j, "tableSchema"), "columns");
    const json_t *figure = json_array_get(columns, 8);
    const json_t *status = json_array_get(columns, 10);

    (void)state;
    assert_string_equal(base_of(figure), "nonNegativeInteger");
    assert_string_equal(text_at(json_object_get(status, "datatype"), "format"),
                        "[FCD]");
    json_decref(j);
}

static void its_language_is_that_of_its_words(void **state)
{
    json_t *nl = metadata(&question_counts, LANG_NL);
    json_t *en = metadata(&question_counts, LANG_EN);

    (void)state;
    assert_string_equal(text_at(nl, "dc:title"), "Aantallen");
    assert_string_equal(text_at(en, "dc:title"), "Counts");
    assert_string_equal(
        text_at(json_array_get(json_object_get(nl, "@context"), 1),
                "@language"),
        "nl");
    assert_string_equal(text_at(en, "url"), "counts.csv");
    assert_string_equal(text_at(json_object_get(en, "dc:license"), "@id"),
                        "https://example.org/licence");
    json_decref(nl);
    json_decref(en);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column_of_every_question_is_described),
        cmocka_unit_test(keys_are_the_primary_key_and_name_a_row),
        cmocka_unit_test(a_figure_is_a_number_and_its_status_a_letter),
        cmocka_unit_test(its_language_is_that_of_its_words),
    };

    cmocka_set_test_filter(getenv("ONLY"));
    return cmocka_run_group_tests(tests, NULL, NULL);
}
