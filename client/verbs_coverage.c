/* coverage. */
#include <stdio.h>
#include <stdlib.h>

#include "client/coverage.h"
#include "sync/base/utf8.h"

enum { LABEL_CHARS = 28 };

static json_t *number(size_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *as_json(struct app *a, const struct coverage *c)
{
    char id[ID_TEXT_CHARS + 1];
    json_t *j = json_object(), *results = json_object();
    size_t i;

    json_object_set_new(j, "route", json_string(id_text(&c->route, id)));
    json_object_set_new(j, "title", json_string(c->title));
    json_object_set_new(j, "area", json_string(app_area_slug(a, c->area)));
    json_object_set_new(j, "doors", number(c->doors));
    json_object_set_new(j, "visited", number(c->visited));
    json_object_set_new(j, "notYet", number(c->doors - c->visited));
    json_object_set_new(j, "doNotVisit", number(c->do_not_visit));
    json_object_set_new(j, "visits", number(c->visits));
    for (i = 0; c->list != NULL && i < c->list->choices_n; i++)
        if (c->results[i] > 0)
            json_object_set_new(results, c->list->choices[i].code,
                                number(c->results[i]));
    json_object_set_new(j, "results", results);
    return j;
}

static void print_row(const char *label, size_t n, size_t of)
{
    size_t pad = utf8_chars(bytes_of(label));

    printf("  %s", label);
    for (; pad < LABEL_CHARS; pad++)
        putchar(' ');
    printf(" %6zu", n);
    if (of > 0)
        printf(" %4zu %%", (100 * n + of / 2) / of);
    putchar('\n');
}

static void print_round(struct app *a, const struct coverage *c)
{
    size_t i;

    printf("%s  (%s, %s)\n", c->title, app_area_slug(a, c->area),
           app_short(a, &c->route));
    print_row(msg(a->lang, "doors"), c->doors, 0);
    print_row(msg(a->lang, "visited"), c->visited, c->doors);
    for (i = 0; c->list != NULL && i < c->list->choices_n; i++)
        if (c->results[i] > 0)
            print_row(label_in(&c->list->choices[i].label, a->lang),
                      c->results[i], c->doors);
    print_row(msg(a->lang, "not yet visited"), c->doors - c->visited, c->doors);
    if (c->do_not_visit > 0)
        print_row(msg(a->lang, "not to be visited"), c->do_not_visit, c->doors);
    print_row(msg(a->lang, "visits made"), c->visits, 0);
}

int verb_coverage(struct app *a, int argc, char **argv)
{
    struct coverage *all = NULL;
    uint32_t area = 0;
    size_t n = 0, i;
    struct err err;
    enum rc rc = RC_OK;

    if (argc > 1)
        return app_usage(a, argv[0]);
    if (a->area != NULL)
        rc = app_area(a, &area, &err);
    if (rc == RC_OK)
        rc = coverage_all(a, area, &all, &n, &err);
    for (i = 0; i < n; i++)
        if (a->json)
            app_print_json(as_json(a, &all[i]));
        else
            print_round(a, &all[i]);
    if (rc == RC_OK && n == 0 && !a->json)
        fputs(msg(a->lang, "there are no street rounds on this device\n"),
              stderr);
    free(all);
    return rc == RC_OK ? EXIT_DONE : app_failed(a, &err);
}
