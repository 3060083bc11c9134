#include "server/page.h"

#include <md4c-html.h>
#include <string.h>

static const char style[] =
    "body{font:1rem/1.5 system-ui,sans-serif;color:#111;background:#fff;"
    "max-width:75rem;margin:2rem auto;padding:0 1rem}"
    "h1,h2,h3{line-height:1.2;margin:2rem 0 .5rem}"
    "table{border-collapse:collapse;margin:1rem 0;font-size:.95rem}"
    "th,td{border:1px solid #767676;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top}"
    "th{background:#eee}"
    "@media print{body{margin:0;max-width:none;font-size:.8rem}"
    "h1,h2,h3{break-after:avoid}tr{break-inside:avoid}}";

void page_put_escaped(struct buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '<': buf_puts(out, "&lt;"); break;
        case '>': buf_puts(out, "&gt;"); break;
        case '&': buf_puts(out, "&amp;"); break;
        case '"': buf_puts(out, "&quot;"); break;
        default: buf_put(out, text, 1);
        }
}

void page_begin(const char *title, const char *more, enum lang lang,
                struct buf *out)
{
    buf_printf(out,
               "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n"
               "<meta charset=\"utf-8\">\n"
               "<meta name=\"viewport\""
               " content=\"width=device-width\">\n<title>",
               lang == LANG_NL ? "nl" : "en");
    page_put_escaped(out, title);
    buf_printf(out, "</title>\n<style>%s%s</style>\n</head>\n<body>\n", style,
               more);
}

void page_end(struct buf *out)
{
    buf_puts(out, "</body>\n</html>\n");
}

static void take(const MD_CHAR *text, MD_SIZE n, void *out)
{
    buf_put(out, text, n);
}

enum rc page_html(struct bytes markdown, const char *title, enum lang lang,
                  struct buf *out, struct err *err)
{
    page_begin(title, "", lang, out);
    if (md_html((const MD_CHAR *)markdown.p, (MD_SIZE)markdown.n, take, out,
                MD_FLAG_TABLES | MD_FLAG_NOHTML, 0) != 0)
        return err_set(err, RC_INVALID, "the page cannot be written");
    page_end(out);
    return RC_OK;
}

void page_put_text(struct buf *markdown, struct bytes text)
{
    size_t i;

    for (i = 0; i < text.n; i++) {
        char c = (char)text.p[i];

        if (c == '\n' || c == '\r' || c == '\t')
            c = ' ';
        if (c > ' ' && c < 127 &&
            strchr("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~", c) != NULL)
            buf_puts(markdown, "\\");
        buf_put(markdown, &c, 1);
    }
}
