/*
 * migrate.h - bring a database up to date, one step at a time.
 *
 * The steps are an array that only ever grows at its end.  Each runs in its own
 * transaction together with the note that it ran (table schema_version), so a
 * crash between two steps leaves a store that the next start finishes.
 */
#pragma once

#include "sync/sys/db.h"

struct migration {
    unsigned version; /* 1, 2, 3 ... in order */
    const char *sql;  /* statements, `;` between them; or NULL */
    enum rc (*run)(struct db *db, struct err *err); /* after sql; or NULL */
};

/* RC_OUTDATED: a newer program wrote this store; nothing was changed. */
MUST_USE enum rc migrate(struct db *db, const struct migration *steps, size_t n,
                         struct err *err);
/* The version the store is at; 0 if it never was migrated. */
MUST_USE enum rc migrate_version(struct db *db, unsigned *out, struct err *err);
