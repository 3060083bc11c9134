#include "server/accept.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct range {
    const char *type;
    size_t type_n; /* without its parameters */
    double q;
};

static size_t trim(const char **p, size_t n)
{
    while (n > 0 && (**p == ' ' || **p == '\t')) {
        ++*p;
        n--;
    }
    while (n > 0 && ((*p)[n - 1] == ' ' || (*p)[n - 1] == '\t'))
        n--;
    return n;
}

/* "text/csv;q=0.8" up to a comma; how it ends is where *at goes on. */
static struct range read_range(const char **at)
{
    size_t n = strcspn(*at, ","), semicolon;
    struct range r = {.type = *at, .q = 1};
    const char *param;

    for (semicolon = 0; semicolon < n && (*at)[semicolon] != ';'; semicolon++)
        ;
    r.type_n = trim(&r.type, semicolon);
    for (param = *at + semicolon; param < *at + n; param++) {
        const char *word = param + 1;
        size_t left = trim(&word, (size_t)(*at + n - word));

        if (*param == ';' && left > 2 && strncasecmp(word, "q=", 2) == 0)
            r.q = strtod(word + 2, NULL);
    }
    *at += n;
    *at += **at == ',';
    return r;
}

/* How closely a range names a type: 0 not, 1 any, 2 any of its kind, 3. */
static unsigned close_to(const struct range *r, const char *type)
{
    const char *slash = strchr(type, '/');
    size_t kind = slash == NULL ? 0 : (size_t)(slash - type) + 1;

    if (r->type_n == strlen(type) && strncasecmp(r->type, type, r->type_n) == 0)
        return 3;
    if (r->type_n == kind + 1 && strncasecmp(r->type, type, kind) == 0 &&
        r->type[kind] == '*')
        return 2;
    return r->type_n == 3 && memcmp(r->type, "*/*", 3) == 0 ? 1 : 0;
}

static double liking(const char *header, const char *type)
{
    unsigned closest = 0;
    double q = 0;

    while (*header != '\0') {
        struct range r = read_range(&header);
        unsigned c = close_to(&r, type);

        if (c > closest) {
            closest = c;
            q = r.q;
        }
    }
    return q;
}

size_t accept_choose(const char *header, const char *const *offered, size_t n)
{
    size_t best = n, i;
    double most = 0;

    if (header == NULL)
        return 0;
    for (i = 0; i < n; i++) {
        double q = liking(header, offered[i]);

        if (q > most) {
            most = q;
            best = i;
        }
    }
    return best;
}
