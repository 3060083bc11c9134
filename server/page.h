/*
 * page.h - a text in Markdown as one page of HTML that needs nothing else: no
 * script, no picture, nothing from another place.
 */
#pragma once

#include "sync/shape.h"

/* Append the page.  Raw HTML in the text stays text. */
MUST_USE enum rc page_html(struct bytes markdown, const char *title,
                           enum lang lang, struct buf *out, struct err *err);

/* Append what somebody wrote, so that nothing in it is Markdown: lines become
 * one, and every mark is quoted. */
void page_put_text(struct buf *markdown, struct bytes text);
