/* sheet: what one area says, as a page to print. */
#include <stdio.h>
#include <string.h>

#include "server/access.h"
#include "server/sheet.h"
#include "server/verbs.h"

static enum rc make(const char *dir, const struct sheet_asked *a,
                    struct err *err)
{
    struct access_line line = {.act = "sheet", .on = a->area};
    struct buf page = buf_make(SIZE_MAX);
    struct store s;
    enum rc rc = store_open(dir, STORE_READ, NULL, &s, err);

    if (rc != RC_OK)
        return rc;
    rc = sheet_html(&s, a, &page, err);
    if (rc == RC_OK)
        rc = access_say(dir, &line, err);
    if (rc == RC_OK)
        fwrite(page.p, 1, page.n, stdout);
    buf_free(&page);
    store_close(&s);
    return rc;
}

int verb_sheet(int argc, char **argv)
{
    struct sheet_asked a = {0};
    const char *lang = "nl", *rest[2];
    struct option_spec spec[] = {{"lang", &lang, NULL},
                                 {"period", &a.period, NULL}};
    struct err err;
    size_t n;

    if (!verb_options(argc, argv, spec, countof(spec), rest, countof(rest),
                      &n) ||
        n != 2)
        return verb_usage(argv[0]);
    a.area = rest[1];
    a.lang = strcmp(lang, "en") == 0 ? LANG_EN : LANG_NL;
    return make(rest[0], &a, &err) == RC_OK ? EXIT_DONE : verb_failed(&err);
}
