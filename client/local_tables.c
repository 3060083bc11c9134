#include "client/local_tables.h"

static const char tables[] =
    "CREATE TABLE kv ("
    " key TEXT NOT NULL PRIMARY KEY,"
    " value TEXT NOT NULL);"

    "CREATE TABLE bundle ("
    " version TEXT NOT NULL PRIMARY KEY,"
    " body BLOB NOT NULL);"

    "CREATE TABLE area ("
    " number INTEGER PRIMARY KEY,"
    " slug TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " code TEXT NOT NULL,"
    " granted INTEGER NOT NULL," /* 0: withdrawn; -1: and taken off */
    " cursor INTEGER NOT NULL);"

    "CREATE TABLE journal ("
    " number INTEGER PRIMARY KEY,"
    " area INTEGER NOT NULL,"
    " type TEXT NOT NULL,"
    " record BLOB NOT NULL,"
    " clock INTEGER NOT NULL,"
    " base_version INTEGER NOT NULL,"
    " writes BLOB NOT NULL," /* X'00': none, taken off with its area */
    " saved_ms INTEGER NOT NULL,"
    " acked INTEGER NOT NULL,"   /* when, in ms; 0: not handed in yet */
    " version INTEGER NOT NULL," /* of the area, once acked; 0: not merged */
    " reason TEXT NOT NULL);"    /* why not; '': nothing to tell, erased */
    "CREATE INDEX journal_record ON journal(record, number);"

    "CREATE TABLE pulled ("
    " area INTEGER NOT NULL,"
    " type TEXT NOT NULL,"
    " id BLOB NOT NULL,"
    " version INTEGER NOT NULL,"
    " frozen BLOB NOT NULL,"
    " PRIMARY KEY (area, type, id));"

    "CREATE TABLE draft (" /* answers of a conversation under way */
    " type TEXT NOT NULL,"
    " field TEXT NOT NULL,"
    " answer TEXT NOT NULL,"
    " PRIMARY KEY (type, field));"

    "CREATE TABLE name (" /* "@name" of an import */
    " name TEXT NOT NULL PRIMARY KEY,"
    " record BLOB NOT NULL);"

    "CREATE TABLE attachment ("
    " sha256 TEXT NOT NULL,"
    " area INTEGER NOT NULL,"
    " bytes INTEGER NOT NULL,"
    " sent INTEGER NOT NULL,"
    " PRIMARY KEY (sha256, area));"

    "CREATE TABLE piece ("
    " sha256 TEXT NOT NULL,"
    " at INTEGER NOT NULL,"
    " body BLOB NOT NULL,"
    " PRIMARY KEY (sha256, at));";

/* How far the server's journal was seen (witness.h). */
static const char chain[] =
    "ALTER TABLE area ADD COLUMN links BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE area ADD COLUMN chain BLOB NOT NULL DEFAULT X'';"
    "ALTER TABLE area ADD COLUMN shown_links BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE area ADD COLUMN shown_chain BLOB NOT NULL DEFAULT X'';";

/* Writes that wait for consent, apart from the journal: one per field. */
static const char withheld[] =
    "CREATE TABLE withheld ("
    " record BLOB NOT NULL,"
    " field INTEGER NOT NULL," /* its place in the type, for ever */
    " area INTEGER NOT NULL,"
    " type TEXT NOT NULL,"
    " subject BLOB NOT NULL," /* what the field names */
    " clock INTEGER NOT NULL,"
    " base_version INTEGER NOT NULL,"
    " PRIMARY KEY (record, field));";

/* Where the conversation is held; 0: nobody knows any more. */
static const char draft_area[] =
    "ALTER TABLE draft ADD COLUMN area BIGINT NOT NULL DEFAULT 0;";

/* A draft may change a record that is there, which its writer saw at a version;
 * "keep": what looks like a name in it is none. */
static const char draft_record[] =
    "CREATE TABLE draft_of ("
    " type TEXT NOT NULL,"
    " record BLOB NOT NULL," /* X'': a new one */
    " field TEXT NOT NULL,"
    " answer TEXT NOT NULL,"
    " area BIGINT NOT NULL DEFAULT 0,"
    " seen BIGINT NOT NULL DEFAULT 0,"
    " keep BIGINT NOT NULL DEFAULT 0,"
    " PRIMARY KEY (type, record, field));"
    "INSERT INTO draft_of(type, record, field, answer, area)"
    " SELECT type, X'', field, answer, area FROM draft;"
    "DROP TABLE draft;"
    "ALTER TABLE draft_of RENAME TO draft;";

/* The neighbourhoods of the town (where.h). */
static const char region[] =
    "CREATE TABLE region ("
    " code TEXT NOT NULL PRIMARY KEY," /* with its year */
    " name TEXT NOT NULL,"
    " outline BLOB NOT NULL);"; /* sync/geo.h */

const struct migration local_migrations[] = {
    {.version = 1, .sql = tables},       {.version = 2, .sql = chain},
    {.version = 3, .sql = withheld},     {.version = 4, .sql = draft_area},
    {.version = 5, .sql = draft_record}, {.version = 6, .sql = region},
};
const size_t local_migrations_n = countof(local_migrations);
