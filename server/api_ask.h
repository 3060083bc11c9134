/*
 * api_ask.h - what calls about protected figures share: parameters that are
 * not those of a question, pages, and how a question is put.
 */
#pragma once

#include "server/question.h"
#include "server/server.h"

enum { PAGE_ROWS_MAX = 10000, PAGE_FEATURES_MAX = 1000 };

struct page {
    size_t limit, number;      /* as asked; number from 1 */
    size_t total, first, rows; /* of all rows: this page's */
    size_t last;               /* number of the last page */
};

/* Cut the page out of `d`, which then holds its rows alone.  RC_NOTFOUND:
 * there is no such page, and which is the last. */
MUST_USE enum rc page_cut(struct page *p, struct dataset *d, struct err *err);
/* The path and query of this call with another number of a page. */
const char *page_href(struct httpd_request *r, size_t number);

/* A question on its way: what was asked for, and which page. */
struct ask {
    const struct question *question;
    struct question_asked asked;
    struct page page;
    bool map; /* a picture of it is to be a map */
};
/* RC_INVALID: says what is wrong and what there is. */
MUST_USE enum rc ask_take(struct httpd_request *r, struct ask *a,
                          struct err *err);
/* The question that this call's path names, before `after`. */
const struct question *ask_question(struct httpd_request *r, const char *after);
