#include "server/verbs.h"

#include <stdio.h>
#include <string.h>

int verb_failed(const struct err *err)
{
    fprintf(stderr, "stoepd: %s\n", err->text);
    return EXIT_FAILED;
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
