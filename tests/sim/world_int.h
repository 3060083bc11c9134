/* world_int.h - shared by world*.c, for nobody else. */
#pragma once

#include <setjmp.h>

#include "client/conversation.h"
#include "client/lease.h"
#include "schema/schema.h"
#include "server/apart.h"
#include "server/conversation.h"
#include "server/erasure.h"
#include "tests/sim/disk.h"
#include "tests/sim/model.h"
#include "tests/sim/pretend.h"
#include "tests/sim/world.h"

enum { DEVICES_MAX = 30, CALLS_MAX = 96, AREAS_MAX = 4, RECORDS_MAX = 600 };
enum { READERS_MAX = 4000 };

/* -- devices ------------------------------------------------------------ */

struct own { /* a changeset that the device saved, and said so */
    struct changeset c;
    bool acked;
    bool forgotten;         /* no longer in its journal: handed in long ago */
    bool dropped;           /* and taken off with its area */
    bool stripped;          /* of writes to fields that were emptied */
    struct changeset whole; /* as it was before that */
    uint64_t version;       /* once acked; 0: parked */
};

struct call;
struct reader_sim;

struct device_sim {
    unsigned host;
    uint32_t number; /* given by the server */
    enum role role;
    char user[16];
    unsigned granted; /* areas it may work in, as bits */
    bool up, revoked;
    bool confirmed;       /* that it has wiped itself, */
    uint64_t wiped_epoch; /* to a server of this epoch */
    struct lease lease;
    uint64_t welcomed_ms, highest_ms; /* by the server's clock; by its own */
    enum rc stopped;                  /* why the last sync was given up */
    bool forked;                      /* its numbers may run twice */
    bool restored; /* an old copy of its store was put back just now */
    int64_t skew_ms;
    struct local l;
    /* The conversation under way. */
    bool talking;
    enum conversation_next next;
    struct conversation talk;
    struct call *call; /* on its way, if any */
    /* What the model knows of it. */
    struct own *own;
    size_t own_n, own_cap;
    uint64_t pulled[RECORDS_MAX]; /* version, by index of the record */
    uint64_t epoch[RECORDS_MAX];  /* and of which epoch */
    uint64_t cursor[MODEL_AREAS];
    unsigned areas; /* granted when it last heard, as bits */
    /* Its server was put back from a backup: what it pulled before need not be
     * there any more, until it has synced. */
    bool stale;
    bool unsure; /* a save failed that may be in the store all the same */
    struct changeset maybe;
    struct disk_image *copy; /* an old one */
    uint64_t copy_epoch;
    struct own *copy_own; /* own; as they were then */
    size_t copy_own_n;
};

/* -- calls -------------------------------------------------------------- */

struct call {
    bool used;
    struct device_sim *from; /* NULL: nobody waits for the answer */
    uint32_t device;
    enum { CALL_SENT, CALL_QUEUED, CALL_STREAM, CALL_ANSWERED } at;
    char path[256];
    struct buf body, answer;
    struct push push;
    struct pulling pulling;
    bool ended;       /* the stream */
    unsigned granted; /* areas of the caller when it called */
    struct arena mem;
    struct device caller;
    struct err err; /* RC_OK, or the refusal */
};

struct server_sim {
    bool up;
    struct store writer, reader;
    struct settling settling;
    bool unsettled;
    uint64_t epochs;
    /* Of its backup. */
    struct disk_image *backup;
    size_t backup_entries;
    uint64_t backup_version[MODEL_AREAS], backup_ms;
};

struct world {
    uint64_t seed;
    const struct plan *plan;
    struct tally *tally;
    struct dice dice;
    uint64_t now_ms;
    unsigned step, steps, areas_n;
    bool settling, newer_types;
    struct model model;
    struct arena types;       /* of the model */
    struct changeset **saved; /* all that anyone ever saved */
    size_t saved_n, saved_cap;
    struct server_sim server;
    struct device_sim devices[DEVICES_MAX];
    size_t devices_n;
    struct call calls[CALLS_MAX];
    const char *user_of[512];                /* by number of the device */
    struct reader_sim *readers[READERS_MAX]; /* of what is kept apart */
    size_t readers_n;
    struct arena scratch; /* emptied after each step */
    jmp_buf broken;
};

enum { SERVER_HOST = 0, world_lease_s = 72 * 3600 };

/* -- world.c ------------------------------------------------------------ */

/* One line of the trace. */
void note(struct world *w, const char *fmt, ...) PRINTF(2, 3);
/* A promise was broken: the run ends here. */
NORETURN void broken(struct world *w, const char *fmt, ...) PRINTF(2, 3);
bool chance(struct world *w, unsigned percent);
bool happens(struct world *w, enum world_event e, unsigned permille);
void random_fill(struct world *w, void *out, size_t n);
struct moment moment_of(struct world *w, const struct device_sim *d);

/* Within so many calls to it, it may fail or be the end of its host. */
void break_disk(struct world *w, struct disk *disk, bool server,
                unsigned within);

/* -- world_types.c ------------------------------------------------------ */

struct bytes types_bundle(unsigned version, struct arena *mem); /* 1 or 2 */
/* A type of the model's, as an older or newer shape has it. */
const struct shape_type *type_in(const struct world *w,
                                 const struct shape *shape,
                                 const struct shape_type *model);
/* Something to write into a field; texts name the area. */
struct value types_value(struct world *w, const struct shape_field *f,
                         uint32_t area, struct arena *mem);

/* -- world_server.c ----------------------------------------------------- */

void server_template(void); /* once per process */
void server_begin(struct world *w);
void server_end(struct world *w);
void server_start(struct world *w);
void server_commit(struct world *w);
/* It died at a disk call: what it had in memory is gone. */
void server_crashed(struct world *w, bool power);
void server_check_all(struct world *w);

/* -- world_admin.c ------------------------------------------------------ */

void server_grant(struct world *w, struct device_sim *d, unsigned areas);
void server_enrol(struct world *w, struct device_sim *d);
void server_revoke(struct world *w, struct device_sim *d);
void server_new_types(struct world *w);
/* Some record, out of everything. */
void server_erase(struct world *w);
/* Some fields of some record. */
void server_empty(struct world *w);
/* A step of what that left to do. */
void server_settle(struct world *w);
void server_backup(struct world *w);
void server_restore(struct world *w);

/* -- world_regions.c ---------------------------------------------------- */

/* Of a year later. */
void server_new_regions(struct world *w);
/* Does a device know none or those of one year; and, once it has settled, those
 * of the server? */
void check_regions(struct world *w, struct device_sim *d, bool settled);

/* -- world_retain.c ----------------------------------------------------- */

/* Weeks or a year go by; then retention runs. */
void server_retain(struct world *w);
/* The versions that the store now says of what was emptied: all of it, still,
 * and as seen before; and those of the areas. */
void admin_emptied(struct world *w, struct store *store,
                   struct model_record *r);
void admin_versions(struct world *w, struct store *store);

/* -- world_net.c -------------------------------------------------------- */

/* The question of a device's conversation is on its way. */
void net_send(struct world *w, struct device_sim *d);
/* One thing happens to a call. */
void net_step(struct world *w, struct call *c);
/* Nobody waits for it any more. */
void net_forget(struct device_sim *d);
void net_server_died(struct world *w);
void net_end(struct world *w);

/* -- world_device.c ----------------------------------------------------- */

/* Are the stores of its devices encrypted? */
static inline bool world_encrypted(uint64_t seed)
{
    return seed % 2 == 0;
}
/* Do leases run out in this world?  (Not in all: whose clock is years ahead
 * could then never save.) */
static inline bool world_leases(uint64_t seed)
{
    return seed % 3 == 0;
}
void device_template(void);
struct device_sim *device_add(struct world *w, enum role role);
void device_start(struct world *w, struct device_sim *d);
void device_stop(struct world *w, struct device_sim *d);
void device_crashed(struct world *w, struct device_sim *d, bool power);
void device_save(struct world *w, struct device_sim *d);
void device_sync(struct world *w, struct device_sim *d);
/* What the conversation wants next, after it was told something. */
void device_next(struct world *w, struct device_sim *d,
                 enum conversation_next next);
/* Whatever is named so from now on, it was saved. */
void archive(struct world *w, const struct changeset *c);
struct own *own_add(struct world *w, struct device_sim *d,
                    const struct changeset *c);
/* A new number from the server for what waits on it. */
void device_enrol_anew(struct world *w, struct device_sim *d);
/* Keep a copy of its store as it is now. */
void device_copy(struct world *w, struct device_sim *d);
void device_copy_free(struct device_sim *d); /* if there is one */
void device_restore(struct world *w, struct device_sim *d);
void device_clone(struct world *w, struct device_sim *d);
void device_end(struct device_sim *d);

/* -- world_apart.c ------------------------------------------------------ */

void apart_enrolled(struct world *w, uint32_t number, const char *user);
/* The server merged it, as this version. */
void apart_took(struct world *w, const struct changeset *c, uint64_t version);
void apart_goes_back(struct world *w); /* to what is not lost */
/* Fields of it were emptied. */
void apart_emptied(struct world *w, const struct model_record *r);
enum apart_standing apart_of(struct world *w, const struct model_record *r,
                             const char *user);
bool apart_lawful(struct world *w, const struct changeset *c);
/* Something to write into a field; texts name the record. */
struct value apart_value(struct world *w, const struct shape_field *f,
                         uint32_t area, const struct id *record);
const char *apart_words(const struct id *id, struct arena *mem);
void apart_check_bytes(struct world *w, const struct device_sim *d,
                       struct bytes plain);

/* -- world_wipe.c ------------------------------------------------------- */

void wipe_template(void); /* once, for all worlds */
const char *device_dir(struct world *w, const struct device_sim *d);
/* A welcome may have renewed the lease. */
void lease_hear(struct device_sim *d);
bool lease_open(struct world *w, struct device_sim *d);
/* Its server said so; its store is open. */
void wipe_now(struct world *w, struct device_sim *d);
bool wipe_under_way(struct world *w, const struct device_sim *d);
void wipe_go_on(struct world *w, struct device_sim *d);
void check_wiped(struct world *w, struct device_sim *d);

/* -- world_check.c ------------------------------------------------------ */

/* Read the journal of a device: has it kept what it said it kept? */
void check_journal(struct world *w, struct device_sim *d);
void check_save(struct world *w, struct device_sim *d,
                const struct changeset *c, size_t index);
void check_device_record(struct world *w, struct device_sim *d, size_t index);
void read_areas(struct world *w, struct device_sim *d);
void check_device(struct world *w, struct device_sim *d);
void check_server_record(struct world *w, const struct model_record *r);
/* A piece of a pull, as sent: may the caller see all of it, and is it what the
 * model says? */
void check_piece(struct world *w, const struct call *c, struct bytes piece);
/* It has applied the piece. */
void note_pulled(struct world *w, struct device_sim *d, struct bytes piece);
/* Everyone has synced: do all who may see the same, see the same? */
void check_convergence(struct world *w);
/* In no table of a device's store stands this text. */
void search_device(struct world *w, struct device_sim *d, const char *text);
/* The device has heard that a record was erased: its numbers stay, what was
 * written goes. */
void check_erased(struct world *w, struct device_sim *d,
                  const struct id *record);
/* Are some of its changesets gone with a server that was put back? */
bool record_incomplete(struct world *w, const struct model_record *r);
size_t record_index_of(struct world *w, const char *type, const struct id *id,
                       uint32_t area);

/* -- world_gone.c ------------------------------------------------------- */

/* Its number stays, its writes do not. */
void own_drop(struct world *w, struct own *o);
/* So far as it has pulled the record, its device knows which fields were
 * emptied. */
void check_emptied(struct world *w, struct device_sim *d, size_t index);
/* It is not given to the device any more: what was handed in goes. */
void check_recalled(struct world *w, struct device_sim *d, size_t index);
/* Everyone has synced: no journal holds what was erased or emptied. */
void check_gone(struct world *w);
