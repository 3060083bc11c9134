/* db_int.h - what the two files of db_* share. */
#pragma once

#include <sqlite3.h>

#include "sync/sys/db.h"
#include "sync/sys/db_crypt.h"

enum { DB_SLOTS = 1024 }; /* of the table of kept statements; a power of 2 */

struct db_query {
    struct db *db;
    const char *sql; /* its address is the key */
    const char *file;
    int line;
    sqlite3_stmt *st;
    struct err err; /* the first fault */
    bool busy;      /* between db_query() and db_done() */
    bool adhoc;     /* freed by db_done() */
};

struct db {
    sqlite3 *h;
    struct db_crypt *crypt; /* own; NULL: plain files */
    char *path;
    int depth;      /* of nested transactions */
    enum rc doomed; /* why nothing of the transaction may stay */
    bool read_only;
    size_t queries_n;
    struct db_query *queries[DB_SLOTS]; /* own, hashed by address */
    /* db_guard() */
    struct db_guard limits;
    uint64_t rows, deadline_ms;
    bool timed_out;
};

bool db_undone(struct db *db); /* the transaction is gone, not yet ended */
/* Was a page found that does not authenticate?  Then says so. */
bool db_damage(struct db *db, struct err *err);
enum rc db_fault(struct db *db, int code, struct err *err);
