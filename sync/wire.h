/*
 * wire.h - the messages of the sync conversation, as bytes.
 *
 * Every message is one MessagePack array that opens with the version of the
 * protocol and the kind of message; sync/README.md gives each of them element
 * by element.  Bytes from outside go through wire_scan() before anything is
 * decoded, so what a header claims never asks for memory that the bytes do not
 * back.
 *
 * Decoded messages point into their bytes and into `mem`; both must outlive
 * them.  Encoding never fails but for size: look at buf.full (RC_LIMIT).
 */
#pragma once

#include "sync/record.h"
#include "sync/wire_scan.h"

enum { WIRE_VERSION = 1 };

enum message_kind {
    MESSAGE_HELLO = 1, /* client: who I am, what I know */
    MESSAGE_WELCOME,   /* server: what I know of you, what you may see */
    MESSAGE_BATCH,     /* client: changesets of one area, in order */
    MESSAGE_ACK,       /* server: on my disk, as these versions */
    MESSAGE_PULL,      /* client: what changed in an area since */
    MESSAGE_STATES,    /* server: records as they stand now */
    MESSAGE_WIPE,      /* server: you were withdrawn, destroy what you hold */
    MESSAGE_WIPED,     /* client: I have */
    MESSAGE_REGIONS,   /* server: the neighbourhoods of the town */
    MESSAGE_KINDS_END
};

struct hello {
    uint32_t device;
    uint64_t epoch;     /* of the server, when last met; 0: never */
    struct bytes types; /* version of the record types that the client has */
    bool pin;           /* the store of this device is behind a PIN */
    struct bytes next;  /* pin of the server's next key, if it was told one */
};

struct area_info {
    uint32_t number;
    struct bytes slug, name, code; /* code: CBS, "2022BU00141001", or empty */
    uint64_t version;              /* of its last changeset */
    uint64_t links;                /* of its journal (sync/sys/chain.h) */
    struct bytes chain;            /* and the head, of 32 bytes; 0: none */
};

struct welcome {
    uint64_t epoch;
    uint64_t last; /* highest number accepted from this device, 0: none */
    uint64_t now_ms;
    struct bytes types; /* version of the record types that are in force */
    struct bytes token; /* proof of this session, for the calls that follow */
    struct bytes user;  /* short name of the account */
    enum role role;
    uint64_t lease_s; /* so long it may be read without another welcome */
    const struct area_info *areas;
    size_t areas_n;
    struct bytes pin;  /* of the server's key in force, 32 bytes; 0: not told */
    struct bytes next; /* of the key that comes after it; 0: there is none */
    struct bytes regions; /* version of the neighbourhoods; 0: there are none */
};

struct batch {
    uint32_t device, area;
    uint64_t first;     /* number of changesets[0]; the others follow */
    struct bytes types; /* version of the record types it was written with */
    const struct changeset *changesets;
    size_t changesets_n;
    /* One per changeset: why it cannot be merged with the types in force, or
     * NULL.  Such a changeset keeps its type NULL and has no writes. */
    const char *const *faults;
    /* One per changeset: the record type that it names, known here, also where
     * there is a fault; NULL for all: those of the changesets. */
    const struct shape_type *const *named;
};

/* Does it write to a record that is kept apart (shape.h)?  *record is the first
 * one; *alone says that it writes to nothing else. */
bool batch_apart(const struct batch *b, struct id *record, bool *alone);

/* Numbers first to last were accepted as version, version + 1, …; version 0:
 * they were not merged. */
struct ack_range {
    uint64_t first, last, version;
};

/* One that was not merged, and why: parked (kept aside, seen by a lead, never
 * merged by itself), or not to be kept.  Those of version 0 without one were
 * written to what is erased: there is nothing to tell. */
struct ack_parked {
    uint64_t number;
    struct bytes reason; /* one sentence */
};
/* The reasons of those that are kept nowhere; all others are kept aside. */
extern const char ack_no_consent[], ack_emptied[];

struct ack {
    uint32_t device, area;
    const struct ack_range *ranges; /* consecutive numbers */
    size_t ranges_n;
    const struct ack_parked *parked;
    size_t parked_n;
};

struct pull {
    uint32_t area;
    uint64_t after; /* the cursor: send what has a higher version */
};

struct states {
    uint32_t area;
    uint64_t upto; /* the cursor after this message */
    bool more;     /* other messages of the same pull follow */
    struct bytes types;
    const struct record *records;
    size_t records_n;
};

/* In place of a welcome. */
struct wipe {
    uint32_t device;
};

struct wiped {
    uint32_t device;
    uint64_t lost; /* changesets that were not handed in */
};

struct region_told {
    struct bytes code;    /* with its year: "2022BU00141001" */
    struct bytes name;    /* not empty */
    struct bytes outline; /* packed, valid (geo.h) */
};

struct regions_told {
    struct bytes version;
    const struct region_told *regions; /* by code, each once */
    size_t regions_n;
};

struct message {
    enum message_kind kind;
    union {
        struct hello hello;
        struct welcome welcome;
        struct batch batch;
        struct ack ack;
        struct pull pull;
        struct states states;
        struct wipe wipe;
        struct wiped wiped;
        struct regions_told regions;
    } as;
};

/* Append one message.  `batch.faults` is not sent. */
void wire_put(struct buf *out, const struct message *m);

/* Read exactly one message.  `shape` is needed for batches and states; NULL
 * otherwise.
 *   RC_CORRUPT   not a lawful message: damaged, or made by a faulty program
 *   RC_OUTDATED  another version of the protocol; or states made with other
 *                record types than `shape`
 *   RC_LIMIT     more than sync/limits.h allows
 * A batch whose changesets use types or fields that `shape` does not know is
 * lawful: see batch.faults. */
MUST_USE enum rc wire_get(struct bytes in, const struct shape *shape,
                          struct arena *mem, struct message *out,
                          struct err *err);

/* States record by record, for a store that reads rows as it goes: begin, add,
 * and end once `body.n` reaches states_bytes_target. */
struct wire_states {
    const struct shape *shape;
    struct buf body;
    size_t n;         /* records in it */
    uint64_t version; /* of the last one */
};

void wire_states_begin(struct wire_states *s, const struct shape *shape);
void wire_states_add(struct wire_states *s, const struct record *r,
                     struct arena *scratch);
/* Append the message to `out` and make `s` ready for the next one. */
void wire_states_end(struct wire_states *s, uint32_t area, uint64_t upto,
                     bool more, struct buf *out);
void wire_states_free(struct wire_states *s);
