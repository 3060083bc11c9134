/* register: the register of processing, and the draft of a DPIA. */
#include <stdio.h>
#include <string.h>

#include "server/page.h"
#include "server/register.h"
#include "server/verbs.h"

enum { REGISTER_BYTES_MAX = 16 * 1024 * 1024 };

static enum rc print(const struct shape *s, enum lang lang, bool html,
                     struct err *err)
{
    struct buf text = buf_make(REGISTER_BYTES_MAX);
    struct buf page = buf_make(REGISTER_BYTES_MAX);
    enum rc rc = RC_OK;

    register_put(&text, s, lang);
    if (html)
        rc = page_html(buf_view(&text), register_title(lang), lang, &page, err);
    if (rc == RC_OK)
        fputs(buf_text(html ? &page : &text), stdout);
    buf_free(&text);
    buf_free(&page);
    return rc;
}

int verb_register(int argc, char **argv)
{
    const char *rest[2];
    bool html = false;
    struct option_spec spec[] = {{"html", NULL, &html}};
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 1, rest, 2, &n) || n == 0 ||
        (n == 2 && strcmp(rest[1], "nl") != 0 && strcmp(rest[1], "en") != 0))
        return verb_usage(argv[0]);
    if (store_open(rest[0], STORE_READ, NULL, &s, &err) != RC_OK)
        return verb_failed(&err);
    rc =
        print(s.shape, n == 2 && strcmp(rest[1], "en") == 0 ? LANG_EN : LANG_NL,
              html, &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
