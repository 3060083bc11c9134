/*
 * expect EXPECTED EXPORT: does what `stoep export` printed hold what is
 * expected (tests/data/expected.jsonl)?  Names each difference; exit 1 if
 * there is one.
 */
#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned faults, checks;

static void compare(const char *id, const char *what, const json_t *want,
                    const json_t *is)
{
    char *a, *b;

    checks++;
    if (json_equal(want, is))
        return;
    faults++;
    a = json_dumps(want, JSON_ENCODE_ANY);
    b = is == NULL ? NULL : json_dumps(is, JSON_ENCODE_ANY);
    fprintf(stderr, "%s: %s is %s, expected %s\n", id, what,
            b == NULL ? "missing" : b, a);
    free(a);
    free(b);
}

static void check(const json_t *want, const json_t *is)
{
    const char *id = json_string_value(json_object_get(want, "id"));
    json_t *shown = json_object_get(want, "shown"), *value;
    json_t *none = json_array(), *review, *yes = json_true();
    const char *field;

    json_object_foreach(shown, field, value)
        compare(id, field, value,
                json_object_get(json_object_get(is, "fields"), field));
    if (json_is_true(json_object_get(want, "deleted")))
        compare(id, "deleted", yes, json_object_get(is, "deleted"));
    review = json_object_get(is, "review");
    compare(id, "review", json_object_get(want, "review"),
            review == NULL ? none : review);
    json_decref(none);
}

/* All lines of a file, by the id of the record. */
static json_t *read_lines(const char *path)
{
    json_t *all = json_object(), *line;
    char *text = NULL;
    size_t cap = 0;
    FILE *f = fopen(path, "r");

    if (f == NULL) {
        perror(path);
        exit(1);
    }
    while (getline(&text, &cap, f) > 0) {
        line = json_loads(text, 0, NULL);
        if (line == NULL) {
            fprintf(stderr, "%s: a line is no JSON\n", path);
            exit(1);
        }
        json_object_set_new(all, json_string_value(json_object_get(line, "id")),
                            line);
    }
    free(text);
    fclose(f);
    return all;
}

int main(int argc, char **argv)
{
    json_t *want, *is, *line;
    const char *id;

    if (argc != 3) {
        fputs("usage: expect EXPECTED EXPORT\n", stderr);
        return 2;
    }
    want = read_lines(argv[1]);
    is = read_lines(argv[2]);
    json_object_foreach(want, id, line) check(line, json_object_get(is, id));
    printf("  %u of %u expectations hold, for %zu records\n", checks - faults,
           checks, json_object_size(want));
    json_decref(want);
    json_decref(is);
    return faults > 0 || checks == 0;
}
