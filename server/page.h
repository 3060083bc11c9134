/*
 * page.h - a text in Markdown as one page of HTML that needs nothing else: no
 * script, no picture, nothing from another place.
 */
#pragma once

#include "sync/shape.h"

/* Append the page.  Raw HTML in the text stays text. */
MUST_USE enum rc page_html(struct bytes markdown, const char *title,
                           enum lang lang, struct buf *out, struct err *err);

/* Append the beginning and the end of a page; `style` is CSS beside that of all
 * pages. */
void page_begin(const char *title, const char *style, enum lang lang,
                struct buf *out);
void page_end(struct buf *out);
/* Append text that is text, in an element or in a quoted attribute. */
void page_put_escaped(struct buf *out, const char *text);

/* Append what somebody wrote, so that nothing in it is Markdown: lines become
 * one, and every mark is quoted. */
void page_put_text(struct buf *markdown, struct bytes text);
