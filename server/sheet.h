/*
 * sheet.h - what one area says, on one page to print: the neighbourhood sheet.
 *
 * It is made of the same answers as every question (question.h), so nothing is
 * in it that is not told anyway.  HTML that needs nothing else: no script, no
 * picture from elsewhere; it prints on A4, and beside each picture stands the
 * same as a table.
 */
#pragma once

#include "server/store.h"

struct sheet_asked {
    const char *area;   /* its code, "WK001400"; or with its layer, "team/a" */
    const char *period; /* NULL: the last quarter that is told */
    enum lang lang;
};

/* Append the page.  RC_NOTFOUND: there is no such area, or nothing is told of
 * that period; RC_INVALID: several layers have the code, with their names. */
MUST_USE enum rc sheet_html(struct store *s, const struct sheet_asked *a,
                            struct buf *out, struct err *err);
