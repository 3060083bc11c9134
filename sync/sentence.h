/*
 * sentence.h - where the sentences of a note begin and end.
 *
 * A break of line always ends one, so a list is taken item by item.  A full
 * stop does not when it belongs to an abbreviation ("bijv."), an initial, a
 * number or a date.  Latin, Arabic and Chinese marks are known.
 */
#pragma once

#include "sync/base/mem.h"

struct sentence {
    struct bytes before; /* the white space before it; may be empty */
    struct bytes text;   /* never empty; neither begins nor ends in space */
};

struct sentences { /* before, text, before, text, ..., tail: the whole */
    struct sentence *p;
    size_t n;
    struct bytes tail; /* white space after the last */
};

/* Any bytes are taken; everything returned points into `text`. */
struct sentences sentence_split(struct bytes text, struct arena *mem);

/* Does this sentence end in a mark that ends sentences? */
bool sentence_closed(struct bytes sentence);
