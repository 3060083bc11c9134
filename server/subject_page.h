/*
 * subject_page.h - what is known of a person, as a page to hand to them: what
 * is held, in words; who wrote it when; who could read it, and who did.
 */
#pragma once

#include "server/subject.h"

/* Append one page of HTML. */
MUST_USE enum rc subject_page(const char *dir, struct store *s,
                              const struct rows_name *names, size_t n,
                              enum lang lang, struct buf *out, struct err *err);
