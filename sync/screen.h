/*
 * screen.h - what should not stand in free text: numbers, addresses and names
 * that lead to one person.
 *
 * For notes that hold what was said and not by whom.  It reads Dutch and
 * English, knows no dictionary of names, and finds what has the form of such a
 * thing: it misses a name without a title before it.  A text without digits,
 * without @ and without a title (mevrouw, Mr ...) has no findings.
 */
#pragma once

#include "sync/base/mem.h"

enum screen_kind {
    SCREEN_IBAN,
    SCREEN_EMAIL,
    SCREEN_PHONE,
    SCREEN_BSN, /* 8 or 9 digits that pass the test of eleven */
    SCREEN_POSTCODE,
    SCREEN_ADDRESS, /* a street and a house number */
    SCREEN_NAME,    /* after a title */
    SCREEN_KINDS_N,
};

struct screen_finding {
    enum screen_kind kind;
    size_t start, n; /* bytes of the text */
};

struct screening {
    struct screen_finding *p; /* in order, none within another */
    size_t n;
};

/* Any bytes are taken; the findings are in `mem`. */
struct screening screen_text(struct bytes text, struct arena *mem);

/* May a person decide that it is a false alarm?  A name may be a street or a
 * shop; a number may not be anything else. */
bool screen_may_stay(enum screen_kind kind);

const char *screen_word(enum screen_kind kind); /* "phone", for programs */
