/*
 * session.h - the sync conversation as the client holds it: a pure step
 * function.  It is told what happened and says what to do next; exactly one
 * action is under way at a time.  sync/serve.h is the other end.
 *
 *     hello -> welcome -> (new record types) -> hand in batch after batch ->
 *     pull area after area -> done
 *
 * All progress is in the client's store: acknowledgements, records and cursors
 * are saved as they come.  So after any fault the conversation is opened anew
 * and goes on where the store says it was, whatever byte it was cut at.  What
 * is done twice is harmless.
 *
 * This file never touches a store, a network or a clock.
 */
#pragma once

#include "sync/backoff.h"
#include "sync/wire.h"

/* What the store knows when a conversation starts. */
struct session_self {
    uint32_t device;
    uint64_t epoch;     /* of the server, when last met; 0: never */
    char types[33];     /* version of the record types in force here */
    uint64_t acked;     /* all changesets up to this number are acknowledged */
    uint64_t last;      /* the last number given out */
    bool pin;           /* the store is behind a PIN */
    uint8_t next[32];   /* pin of the server's next key, if it was told … */
    size_t next_n;      /* … one: 32, or 0 */
    unsigned tries_max; /* faults without progress between them before giving
                           up; 0: never */
};

struct session {
    struct session_self self;
    enum session_action_kind {
        /* Each names the event that ends it; SESSION_FAILED may end any. */
        SESSION_SAY_HELLO,    /* send .hello            -> SESSION_WELCOMED,
                                                           SESSION_WITHDRAWN */
        SESSION_GET_TYPES,    /* take .types in force   -> SESSION_SAVED */
        SESSION_SAVE_WELCOME, /* save .welcome          -> SESSION_SAVED */
        SESSION_LOAD,         /* read a batch from .from -> SESSION_LOADED */
        SESSION_PUSH,         /* send .batch            -> SESSION_ACKED */
        SESSION_SAVE_ACK,     /* save .ack              -> SESSION_SAVED */
        SESSION_PULL,         /* ask for .area, from the cursor in the store
                                                        -> SESSION_STATES */
        SESSION_APPLY,        /* save .states and the cursor, at once
                                                        -> SESSION_SAVED */
        SESSION_READ_ON,      /* of the pull under way  -> SESSION_STATES */
        SESSION_WAIT,         /* .wait_ms               -> SESSION_WAITED */
        SESSION_DONE,         /* all handed in, all pulled */
        SESSION_STOP,         /* given up; .err says why */
        SESSION_WIPE,         /* withdrawn: nothing is handed in any more, and
                                 all that is here is to be destroyed */
    } doing;
    unsigned tries;                /* faults in a row */
    uint32_t areas[64];            /* numbers still to pull, in order */
    size_t areas_n, area;          /* how many; which is next */
    const struct welcome *welcome; /* foreign; while types are taken */
    uint64_t from;                 /* first number not handed in yet */
    uint64_t batch_first, batch_last;
    bool more;               /* the pull under way has more */
    bool news;               /* the states to be applied hold records */
    uint64_t pushed, pulled; /* changesets and records, in this session */
};

struct session_event {
    enum session_event_kind {
        SESSION_START,
        SESSION_WELCOMED,  /* .welcome */
        SESSION_WITHDRAWN, /* said in place of a welcome */
        SESSION_SAVED,
        SESSION_LOADED, /* .batch; changesets_n 0: nothing left */
        SESSION_ACKED,  /* .ack */
        SESSION_STATES, /* .states */
        SESSION_WAITED,
        SESSION_FAILED, /* .err: the action did not come off */
    } kind;
    const struct welcome *welcome;
    const struct batch *batch;
    const struct ack *ack;
    const struct states *states;
    const struct err *err;
    uint32_t random; /* for the length of a wait */
};

/* Pointers are those of the event that led to the action. */
struct session_action {
    enum session_action_kind kind;
    struct hello hello;
    struct bytes types;
    const struct welcome *welcome;
    /* With SESSION_SAVE_WELCOME: the server's store is not the one we knew (it
     * came from a backup).  Set every cursor to 0 and take acknowledgements
     * back for all numbers above welcome->last. */
    bool restart;
    uint64_t from;
    const struct batch *batch;
    const struct ack *ack;
    uint32_t area;
    const struct states *states;
    uint32_t wait_ms; /* what the other side asked for, and chance */
    struct err err;
};

void session_init(struct session *s, const struct session_self *self);

/* The welcome, batch, ack or states that an action points to must stay until
 * the event that ends it.  An event that does not belong to the action under
 * way is a bug of the caller: the process stops. */
struct session_action session_step(struct session *s,
                                   const struct session_event *e);
