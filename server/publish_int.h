/* publish_int.h - between the files of publish.h alone. */
#pragma once

#include "server/publish.h"
#include "server/question.h"
#include "sync/sys/digest.h"

struct publish_folder { /* files that are one data set */
    const char *path;   /* "counts/signal"; "": all of it */
    struct label title, about;
    int64_t at_ms; /* when the latest of its figures were decided; 0: unknown */
};

struct publish_file {
    const char *path, *media; /* "text/csv" */
    size_t folder;
    uint64_t bytes;
    char sha256[DIGEST_HEX_CHARS + 1];
};

struct publish_insert { /* how rows get into a table of the database */
    const char *table, *sql;
};

struct publication {
    struct store *s;
    const char *dir;
    const struct server_conf *conf;
    struct arena mem;
    struct deposit *to;  /* own */
    struct db *figures;  /* own */
    const char *until;   /* the last month of which something is told */
    uint64_t decided_ms; /* when something was decided last */
    struct publish_insert *inserts;
    size_t inserts_n, inserts_cap;
    struct publish_folder *folders;
    size_t folders_n, folders_cap;
    struct publish_file *files;
    size_t files_n, files_cap;
    struct published *out;
};

/* One file of the next state. */
void publish_put(struct publication *p, size_t folder, const char *path,
                 const char *media, struct bytes body);
/* A folder by its path, made if it is new. */
size_t publish_folder(struct publication *p, const char *path,
                      const struct label *title, const struct label *about);
/* A table as CSV with its metadata, and in the database under `name`. */
MUST_USE enum rc publish_table(struct publication *p, size_t folder,
                               const char *path, const char *name,
                               const struct dataset *d, struct err *err);

/* The lists of codes, record types, fields and areas (publish_code.c). */
MUST_USE enum rc publish_codes(struct publication *p, struct err *err);

/* Areas on the map, where outlines are known (publish_map.c). */
MUST_USE enum rc publish_maps(struct publication *p, struct err *err);

/* The database (publish_db.c): opened, filled by publish_table(), put. */
MUST_USE enum rc publish_db_open(struct publication *p, struct err *err);
MUST_USE enum rc publish_db_add(struct publication *p, const char *name,
                                const struct dataset *d, struct err *err);
MUST_USE enum rc publish_db_put(struct publication *p, struct err *err);

/* README.md, LICENSE and what git is to know (publish_text.c). */
void publish_texts(struct publication *p);

/* The description (publish_dcat.c): of all that was put before. */
void publish_dcat(struct publication *p);
