/* where. */
#include <stdio.h>

#include "client/where.h"

#include "client/app.h"

/* "53.21, 6.57" may come in two words. */
static bool take_point(int argc, char **argv, struct geo_point *out)
{
    struct buf b = buf_make(200);
    bool understood;
    int i;

    for (i = 1; i < argc; i++) {
        const char *s = argv[i];

        for (; *s != '\0'; s++)
            if (*s != ' ')
                buf_put(&b, s, 1);
    }
    understood = !b.full && geo_read(buf_view(&b), out);
    buf_free(&b);
    return understood;
}

static void print_where(const struct app *a, const struct where *w)
{
    if (a->json)
        app_print_json(json_pack("{s:s%, s:s%}", "code",
                                 (const char *)w->code.p, w->code.n, "name",
                                 (const char *)w->name.p, w->name.n));
    else
        printf("%.*s  %.*s\n", (int)w->code.n, (const char *)w->code.p,
               (int)w->name.n, (const char *)w->name.p);
}

int verb_where(struct app *a, int argc, char **argv)
{
    struct geo_point p;
    struct where w;
    bool known = false;
    struct err err;
    enum rc rc;

    if (argc < 2 || !take_point(argc, argv, &p))
        return app_usage(a, argv[0]);
    rc = where_at(&a->l, p, &a->mem, &known, &w, &err);
    if (rc == RC_OK && !known)
        rc = err_set(&err, RC_NOTFOUND,
                     msg(a->lang, "this device knows no neighbourhoods: they"
                                  " come with a sync, if your town has them"));
    else if (rc == RC_OK && w.code.n == 0)
        rc = err_set(&err, RC_NOTFOUND,
                     msg(a->lang, "this point lies in no neighbourhood of the"
                                  " town; is it latitude, longitude?"));
    if (rc != RC_OK)
        return app_failed(a, &err);
    print_where(a, &w);
    return EXIT_DONE;
}
