/*
 * pin.h - where a PIN comes from: a file (--pin-file), a descriptor
 * (STOEP_PIN_FD), or a terminal, in that order.  From the first two a line is
 * read for each PIN that is asked.  Or it was asked elsewhere, and is given.
 */
#pragma once

#include "client/vault.h"

struct pin_source {
    const char *file; /* --pin-file, or NULL */
    enum lang lang;
    int fd;          /* being read; -1: not yet */
    bool given;      /* asked already: it is `pin`, and nobody else is asked */
    const char *pin; /* foreign; NULL: not known */
};

/* Is there a person to ask?  Then a new PIN is asked twice. */
bool pin_from_person(const struct pin_source *s);

/* RC_AUTH: nobody to ask.  The caller ends with secret_drop() of `out`. */
MUST_USE enum rc pin_ask(struct pin_source *s, const char *question,
                         char out[VAULT_PIN_BYTES_MAX + 2], struct err *err);
/* A new one; from a person twice the same, or RC_INVALID. */
MUST_USE enum rc pin_ask_new(struct pin_source *s,
                             char out[VAULT_PIN_BYTES_MAX + 2],
                             struct err *err);
void pin_source_close(struct pin_source *s);
