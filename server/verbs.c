#include "server/verbs.h"

#include <stdio.h>
#include <string.h>

#include "sync/civil.h"

int verb_failed(const struct err *err)
{
    fprintf(stderr, "stoepd: %s\n", err->text);
    return EXIT_FAILED;
}

const char *verb_when(uint64_t ms, char out[20])
{
    struct civil c = civil_of((int64_t)(ms / 1000));

    if (ms == 0)
        return "-";
    snprintf(out, 20, "%04d-%02u-%02u %02u:%02u", c.year % 10000, c.month % 100,
             c.day % 100, c.hour % 100, c.minute % 100);
    return out;
}

enum rc verb_day(const char *text, bool end, uint64_t *ms, struct err *err)
{
    struct civil c = {0};
    char left;

    if (sscanf(text, "%4d-%2u-%2u%c", &c.year, &c.month, &c.day, &left) != 3 ||
        !civil_valid(&c) || c.year < 1970)
        return err_set(err, RC_INVALID, "\"%s\": a day is written 2026-11-23",
                       text);
    if (end)
        c = civil_date(civil_days(c.year, c.month, c.day) + 1);
    *ms = (uint64_t)civil_utc(&c) * 1000;
    return RC_OK;
}

static const struct option_spec *find(const struct option_spec *spec,
                                      size_t specs, const char *name, size_t n)
{
    size_t i;

    for (i = 0; i < specs; i++)
        if (strlen(spec[i].name) == n && memcmp(spec[i].name, name, n) == 0)
            return &spec[i];
    return NULL;
}

/* argv[*i] is "--name…": false after saying what is wrong. */
static bool take_option(int argc, char **argv, int *i,
                        const struct option_spec *spec, size_t specs)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    size_t n = equals == NULL ? strlen(name) : (size_t)(equals - name);
    const struct option_spec *o = find(spec, specs, name, n);

    if (o == NULL) {
        fprintf(stderr, "stoepd: %s has no option --%.*s\n", argv[0], (int)n,
                name);
    } else if (o->flag != NULL) {
        *o->flag = true;
        return true;
    } else if (equals != NULL) {
        *o->value = equals + 1;
        return true;
    } else if (*i + 1 < argc) {
        *o->value = argv[++*i];
        return true;
    } else {
        fprintf(stderr, "stoepd: --%s wants a value\n", o->name);
    }
    return false;
}

bool verb_options(int argc, char **argv, const struct option_spec *spec,
                  size_t specs, const char **rest, size_t rest_max,
                  size_t *rest_n)
{
    int i;

    *rest_n = 0;
    for (i = 1; i < argc; i++) {
        if (strncmp(argv[i], "--", 2) == 0 && argv[i][2] != '\0') {
            if (!take_option(argc, argv, &i, spec, specs))
                return false;
        } else if (*rest_n < rest_max) {
            rest[(*rest_n)++] = argv[i];
        } else {
            fprintf(stderr, "stoepd: %s: \"%s\" is one too many\n", argv[0],
                    argv[i]);
            return false;
        }
    }
    return true;
}
