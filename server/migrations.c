#include "server/migrations.h"

#include "sync/seek.h"

/* In the subset of SQL that SQLite and PostgreSQL share, but for the numbers
 * that the store gives out. */
static const char tables[] =
    "CREATE TABLE state ("
    " key TEXT NOT NULL PRIMARY KEY,"
    " value BIGINT NOT NULL);"

    "CREATE TABLE types ("
    " version TEXT NOT NULL PRIMARY KEY,"
    " bundle BLOB NOT NULL,"
    " at_ms BIGINT NOT NULL);" /* put in force; the last one is */

    "CREATE TABLE area ("
    " number INTEGER PRIMARY KEY,"
    " slug TEXT NOT NULL UNIQUE,"
    " name TEXT NOT NULL,"
    " code TEXT NOT NULL,"       /* CBS: 2022BU00141001, or empty */
    " version BIGINT NOT NULL);" /* of its last changeset */

    "CREATE TABLE account ("
    " number INTEGER PRIMARY KEY,"
    " name TEXT NOT NULL UNIQUE,"
    " role TEXT NOT NULL,"
    " ends_ms BIGINT NOT NULL);" /* 0: no end */

    "CREATE TABLE account_area ("
    " account BIGINT NOT NULL,"
    " area BIGINT NOT NULL,"
    " PRIMARY KEY (account, area));"

    "CREATE TABLE device ("
    " number INTEGER PRIMARY KEY,"
    " account BIGINT NOT NULL,"
    " key BLOB NOT NULL UNIQUE," /* SubjectPublicKeyInfo */
    " name TEXT NOT NULL,"
    " last BIGINT NOT NULL," /* highest number accepted */
    " enrolled_ms BIGINT NOT NULL,"
    " seen_ms BIGINT NOT NULL,"
    " revoked_ms BIGINT NOT NULL);" /* 0: not */

    "CREATE TABLE code ("
    " secret BLOB NOT NULL PRIMARY KEY," /* SHA-256 of it */
    " account BIGINT NOT NULL,"
    " expires_ms BIGINT NOT NULL,"
    " device BIGINT NOT NULL);" /* 0: not used yet */

    /* The journal: what came in, as it came in. */
    "CREATE TABLE batch ("
    " device BIGINT NOT NULL,"
    " first BIGINT NOT NULL," /* numbers that were new with it */
    " last BIGINT NOT NULL,"
    " area BIGINT NOT NULL,"
    " received_ms BIGINT NOT NULL,"
    " authority TEXT NOT NULL," /* with the body, all that was signed */
    " input TEXT NOT NULL,"
    " signature TEXT NOT NULL,"
    " body BLOB NOT NULL,"
    " ack BLOB NOT NULL,"
    " PRIMARY KEY (device, first));"

    "CREATE TABLE parked ("
    " device BIGINT NOT NULL,"
    " number BIGINT NOT NULL,"
    " area BIGINT NOT NULL,"
    " reason TEXT NOT NULL,"
    " at_ms BIGINT NOT NULL,"
    " PRIMARY KEY (device, number));";

/* The journal as a chain (ledger.h). */
static const char chain[] =
    "ALTER TABLE area ADD COLUMN links BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE area ADD COLUMN chain BLOB NOT NULL DEFAULT X'';" /* head */
    "ALTER TABLE batch ADD COLUMN link BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE batch ADD COLUMN entry BLOB NOT NULL DEFAULT X'';"
    "ALTER TABLE batch ADD COLUMN body_digest BLOB NOT NULL DEFAULT X'';"
    "ALTER TABLE batch ADD COLUMN erased BIGINT NOT NULL DEFAULT 0;"
    "CREATE UNIQUE INDEX batch_link ON batch(area, link) WHERE link > 0;";

static const char erasures[] =
    "CREATE TABLE erasure ("
    " area BIGINT NOT NULL,"
    " version BIGINT NOT NULL," /* of the area: the tombstone's */
    " type TEXT NOT NULL,"
    " record BLOB NOT NULL UNIQUE,"
    " at_ms BIGINT NOT NULL,"
    " PRIMARY KEY (area, version));"

    /* How far a device has pulled, as it said itself. */
    "CREATE TABLE contact ("
    " device BIGINT NOT NULL,"
    " area BIGINT NOT NULL,"
    " cursor BIGINT NOT NULL,"
    " at_ms BIGINT NOT NULL,"
    " PRIMARY KEY (device, area));";

/* What a device said, and was told, at its last hello; and how its end went. */
static const char devices[] =
    "ALTER TABLE device ADD COLUMN lease_ms BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN types TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE device ADD COLUMN pin BIGINT NOT NULL DEFAULT -1;"
    "ALTER TABLE device ADD COLUMN role TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE device ADD COLUMN told_ms BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN wiped_ms BIGINT NOT NULL DEFAULT 0;"
    "ALTER TABLE device ADD COLUMN lost BIGINT NOT NULL DEFAULT 0;"
    /* The highest version that was sent; it may have arrived. */
    "ALTER TABLE contact ADD COLUMN sent BIGINT NOT NULL DEFAULT 0;"

    "ALTER TABLE account ADD COLUMN worker_type TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE account ADD COLUMN rules_ms BIGINT NOT NULL DEFAULT 0;";

/* Fields of records that were emptied (erasure.h). */
static const char emptyings[] =
    "CREATE TABLE emptying ("
    " area BIGINT NOT NULL,"
    " version BIGINT NOT NULL," /* of the area: the emptied record's */
    " type TEXT NOT NULL,"
    " record BLOB NOT NULL,"
    " fields BIGINT NOT NULL," /* a bit each */
    " seen BIGINT NOT NULL,"   /* who has not seen this writes in vain */
    " links BIGINT NOT NULL,"  /* of the area: what came before */
    " at_ms BIGINT NOT NULL,"
    " stripped BIGINT NOT NULL," /* 1: gone from the journal too */
    " listed BIGINT NOT NULL,"   /* 1: in DIR/erasures */
    " PRIMARY KEY (area, version));"
    "CREATE INDEX emptying_record ON emptying(record);"
    "CREATE INDEX emptying_due ON emptying(area) WHERE stripped = 0;"
    "CREATE INDEX emptying_new ON emptying(area) WHERE listed = 0;"

    /* Attachments that may have lost the last record that named them. */
    "CREATE TABLE loose ("
    " area BIGINT NOT NULL,"
    " sha256 TEXT NOT NULL,"
    " PRIMARY KEY (area, sha256));";

/* The keys of devices (device_key.h), and the key of the server to come. */
static const char keys[] =
    "ALTER TABLE device ADD COLUMN next_key BLOB NOT NULL DEFAULT X'';"
    "ALTER TABLE device ADD COLUMN heard BLOB NOT NULL DEFAULT X'';" /* pin */
    "CREATE TABLE device_key ("
    " device BIGINT NOT NULL,"
    " after BIGINT NOT NULL," /* it signs numbers above this */
    " key BLOB NOT NULL UNIQUE,"
    " PRIMARY KEY (device, after));"
    "INSERT INTO device_key(device, after, key)"
    " SELECT number, 0, key FROM device;";

/* When what became a version was taken in; what was deleted, without content
 * (deletion.h). */
static const char retention[] =
    "ALTER TABLE batch ADD COLUMN version BIGINT NOT NULL DEFAULT 0;"
    "CREATE INDEX batch_version ON batch(area, version, received_ms)"
    " WHERE version > 0;"
    "ALTER TABLE erasure ADD COLUMN listed BIGINT NOT NULL DEFAULT 1;"
    "CREATE INDEX erasure_new ON erasure(area) WHERE listed = 0;"
    "CREATE TABLE deletion ("
    " at_ms BIGINT NOT NULL," /* of the run or the request */
    " why TEXT NOT NULL,"
    " type TEXT NOT NULL,"
    " class TEXT NOT NULL,"
    " what TEXT NOT NULL," /* record; or fields */
    " n BIGINT NOT NULL,"
    " oldest_ms BIGINT NOT NULL," /* from when their term counted */
    " newest_ms BIGINT NOT NULL,"
    " note TEXT NOT NULL,"
    " PRIMARY KEY (at_ms, why, type, class, what, note));";
/* What is kept apart (apart.h). */
static const char apart[] =
    "CREATE TABLE reader ("
    " record BLOB NOT NULL,"
    " name TEXT NOT NULL,"    /* of an account, there or yet to come */
    " given BIGINT NOT NULL," /* 1: may read it; 0: had it once */
    " maker BIGINT NOT NULL," /* 2: made it; 1: wrote before that was known */
    " PRIMARY KEY (record, name));"

    /* The record whose key the body is sealed with; empty: it is not. */
    "ALTER TABLE batch ADD COLUMN sealed BLOB NOT NULL DEFAULT X'';";

/* Neighbourhoods and what they make up (regions.h); what was counted, and what
 * of it is told (counts.h). */
static const char counting[] =
    "CREATE TABLE region ("
    " year BIGINT NOT NULL,"
    " layer TEXT NOT NULL,"
    " code TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " PRIMARY KEY (year, layer, code));"
    "CREATE TABLE region_place ("
    " year BIGINT NOT NULL,"
    " layer TEXT NOT NULL,"
    " code TEXT NOT NULL,"
    " place TEXT NOT NULL," /* a neighbourhood */
    " PRIMARY KEY (year, layer, place));"
    "CREATE TABLE region_outline ("
    " year BIGINT NOT NULL,"
    " code TEXT NOT NULL,"
    " outline BLOB NOT NULL," /* geo.h */
    " PRIMARY KEY (year, code));"
    "CREATE TABLE crosswalk ("
    " old TEXT NOT NULL," /* both with their year */
    " new TEXT NOT NULL,"
    " PRIMARY KEY (old, new));"

    /* The secret that rounds; one row. */
    "CREATE TABLE count_key (key BLOB NOT NULL PRIMARY KEY);"
    /* Up to which version of an area, and with which regions and types, its
     * records are in count_part. */
    "CREATE TABLE count_area ("
    " area BIGINT NOT NULL PRIMARY KEY,"
    " version BIGINT NOT NULL,"
    " basis TEXT NOT NULL);"
    "CREATE TABLE count_part ("
    " area BIGINT NOT NULL,"
    " type TEXT NOT NULL,"
    " month BIGINT NOT NULL," /* 12 * year + month - 1 */
    " place TEXT NOT NULL,"   /* a neighbourhood, or empty */
    " field TEXT NOT NULL,"   /* empty: all records */
    " label TEXT NOT NULL,"   /* a choice; empty: nothing filled in */
    " n BIGINT NOT NULL,"
    " who BLOB NOT NULL," /* collectors, see counts_part.c */
    " PRIMARY KEY (area, type, month, place, field, label));"
    "CREATE INDEX count_part_type ON count_part(type, month);"
    "CREATE TABLE count_state ("
    " type TEXT NOT NULL,"
    " year BIGINT NOT NULL,"
    " months BIGINT NOT NULL," /* of it that were over */
    " final BIGINT NOT NULL,"
    " regions BIGINT NOT NULL," /* the boundary year */
    " at_ms BIGINT NOT NULL,"
    " PRIMARY KEY (type, year));"
    /* What it is made of: areas, and columns. */
    "CREATE TABLE count_region ("
    " type TEXT NOT NULL,"
    " year BIGINT NOT NULL,"
    " layer TEXT NOT NULL," /* empty: the whole town */
    " code TEXT NOT NULL,"
    " name TEXT NOT NULL,"
    " area BIGINT NOT NULL," /* two of the same places are one */
    " cell TEXT NOT NULL,"   /* what the key draws by (disclosure.h) */
    " PRIMARY KEY (type, year, layer, code));"
    "CREATE TABLE count_column ("
    " type TEXT NOT NULL,"
    " year BIGINT NOT NULL,"
    " number BIGINT NOT NULL,"
    " field TEXT NOT NULL,"
    " label TEXT NOT NULL,"
    " sensitive BIGINT NOT NULL,"
    " PRIMARY KEY (type, year, number));"
    /* Cells that are not simply small. */
    "CREATE TABLE count_cell ("
    " type TEXT NOT NULL,"
    " year BIGINT NOT NULL,"
    " period TEXT NOT NULL," /* 2026, 2026Q3, 2026-07 */
    " area BIGINT NOT NULL,"
    " number BIGINT NOT NULL," /* of the column */
    " told BIGINT NOT NULL,"   /* 1: a figure; 0: withheld */
    " figure BIGINT NOT NULL,"
    " PRIMARY KEY (type, year, period, area, number));";

/* What programs of analysts sign in with (access_key.h). */
static const char access_keys[] = "CREATE TABLE access_key ("
                                  " number INTEGER PRIMARY KEY,"
                                  " account BIGINT NOT NULL,"
                                  " digest BLOB NOT NULL UNIQUE,"
                                  " made_ms BIGINT NOT NULL,"
                                  " ends_ms BIGINT NOT NULL," /* 0: no end */
                                  " revoked_ms BIGINT NOT NULL);"; /* 0: not */

/* Words in the notes, for leads (search.h). */
static const char search[] =
    "CREATE TABLE searched ("
    " doc INTEGER PRIMARY KEY,"
    " area BIGINT NOT NULL,"
    " type TEXT NOT NULL,"
    " record BLOB NOT NULL UNIQUE,"
    " text TEXT NOT NULL);" /* what a lead may see */
    "CREATE VIEW searched_words AS"
    " SELECT doc, 'a' || area AS scope, text FROM searched;"
    "CREATE VIRTUAL TABLE search USING fts5(scope, text,"
    " content = 'searched_words', content_rowid = 'doc', columnsize = 0,"
    " " SEEK_TOKENS ");"
    "CREATE TABLE search_cursor ("
    " area BIGINT NOT NULL PRIMARY KEY,"
    " version BIGINT NOT NULL);" /* as far as the index follows */
    "CREATE TABLE search_state ("
    " one INTEGER PRIMARY KEY,"
    " types TEXT NOT NULL,"     /* of which the index was made */
    " purge BIGINT NOT NULL);"; /* erasures whose words are in its bytes yet */
/* Who comes in with a browser (passkey_store.h). */
static const char passkeys[] =
    "CREATE TABLE passkey ("
    " number INTEGER PRIMARY KEY,"
    " account BIGINT NOT NULL,"
    " credential BLOB NOT NULL UNIQUE,"
    " key BLOB NOT NULL,"       /* SubjectPublicKeyInfo */
    " name TEXT NOT NULL,"      /* of the browser, as its user calls it */
    " counter BIGINT NOT NULL," /* 0: it does not count */
    " enrolled_ms BIGINT NOT NULL,"
    " seen_ms BIGINT NOT NULL,"
    " revoked_ms BIGINT NOT NULL);" /* 0: not */
    "ALTER TABLE account ADD COLUMN since_ms BIGINT NOT NULL DEFAULT 0;";

/* Signals for the municipality's own system (forward.h). */
static const char forwards[] =
    "CREATE TABLE forwarded ("
    " record BLOB NOT NULL PRIMARY KEY,"
    " area BIGINT NOT NULL,"
    " number TEXT NOT NULL," /* of the other side; empty: not taken */
    " fault TEXT NOT NULL,"  /* of the last try */
    " noted_ms BIGINT NOT NULL,"
    " sent_ms BIGINT NOT NULL,"
    " tries BIGINT NOT NULL,"
    " unsure BIGINT NOT NULL);"; /* 1: sent, and the answer was lost */

/* Links under consent that were replaced (replaced.h). */
static const char replaced[] =
    "CREATE TABLE replaced ("
    " area BIGINT NOT NULL,"
    " subject BLOB NOT NULL,"
    " record BLOB NOT NULL,"
    " type TEXT NOT NULL,"
    " due BIGINT NOT NULL," /* 0: not; 1; 2: under way */
    " PRIMARY KEY (area, subject, record));"
    "CREATE INDEX replaced_due ON replaced(area) WHERE due > 0;";

const struct migration migrations[] = {
    {.version = 1, .sql = tables},    {.version = 2, .sql = chain},
    {.version = 3, .sql = erasures},  {.version = 4, .sql = devices},
    {.version = 5, .sql = emptyings}, {.version = 6, .sql = keys},
    {.version = 7, .sql = retention}, {.version = 8, .sql = apart},
    {.version = 9, .sql = counting},  {.version = 10, .sql = access_keys},
    {.version = 11, .sql = search},   {.version = 12, .sql = forwards},
    {.version = 13, .sql = passkeys}, {.version = 14, .sql = replaced},
};
const size_t migrations_n = countof(migrations);
