/*
 * model.h - section 2 of the architecture as slow, obvious code.
 *
 * It keeps every changeset that was ever accepted and works out everything
 * from that, anew each time: which writes are heads follows from the rule
 * alone, over all pairs of writes; what is shown follows from the heads.  The
 * real code is compared with it after every step of a simulated run.
 */
#pragma once

#include "sync/merge.h"

struct model_entry { /* a changeset that the server accepted, or was to */
    struct changeset c;
    uint64_t version;     /* 0: parked */
    uint64_t received_ms; /* by the server */
    bool lost;            /* undone by a server put back from a backup */
};

struct model_emptied { /* some fields of a record, for good */
    uint64_t fields;   /* a bit each */
    uint64_t seen;     /* who had not seen this writes in vain */
    uint64_t version;  /* of the area: what was pulled later knows of it */
};

enum { MODEL_EMPTIED_MAX = 16 };

struct model_record {
    const struct shape_type *type;
    struct id id;
    uint32_t area;
    uint64_t erased; /* as this version; 0: not */
    struct model_emptied emptied[MODEL_EMPTIED_MAX];
    size_t emptied_n;
};

enum { MODEL_AREAS = 8 };

struct model {
    const struct shape *shape; /* the newest; foreign */
    struct arena mem;
    struct model_entry **entries;
    size_t entries_n, entries_cap;
    struct model_record **records;
    size_t records_n, records_cap;
    uint64_t version[MODEL_AREAS]; /* by number */
};

void model_free(struct model *m);

/* The record of that name, made if it is new. */
struct model_record *model_record(struct model *m, const char *type,
                                  const struct id *id, uint32_t area);

/* A copy whose type is the model's own. */
struct changeset model_copy(struct model *m, const struct changeset *c);

/* The server took it in; version 0: parked. */
void model_accept(struct model *m, const struct changeset *c, uint64_t version,
                  uint64_t received_ms);
/* The last writing that still stands in a record was taken in then; 0: none
 * does. */
uint64_t model_written(const struct model *m, const struct record *r);
/* Is that record erased? */
bool model_erased(const struct model *m, const struct id *record);
/* The fields of `c` that were emptied unseen by its writer, as who has pulled
 * `version` of the record knows; UINT64_MAX: as the server does. */
uint64_t model_lost(const struct model *m, const struct changeset *c,
                    uint64_t version);
bool model_all_lost(const struct model *m, const struct changeset *c,
                    uint64_t version);
/* What a record says of it that was pulled as `version`. */
void model_take_emptied(struct record *out, const struct model_record *r,
                        uint64_t version);
/* `c` without those; in the model's memory. */
struct changeset model_rest(struct model *m, const struct changeset *c,
                            uint64_t version);
/* The same changeset, but for writes that are lost? */
bool model_same(struct model *m, const struct changeset *a,
                const struct changeset *b);
/* The one that is in, or NULL. */
const struct model_entry *model_find(const struct model *m, uint32_t device,
                                     uint64_t number);

/* The record as it is when the server is at `version`, with the changesets of
 * `own` laid over it: only those of this record that it does not hold yet. */
void model_state(const struct model *m, const struct model_record *r,
                 uint64_t version, const struct changeset *const *own,
                 size_t own_n, struct arena *mem, struct record *out);

/* What is shown of a record. */
void model_show(const struct record *r, struct arena *mem, struct shown *out);

/* NULL if the real record holds and shows what the model's does; otherwise
 * what differs, in `mem`. */
const char *model_differs(const struct record *model, const struct record *real,
                          struct arena *mem);
