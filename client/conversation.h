/*
 * conversation.h - the client's end of a sync over its store, without a
 * network: it says what to ask the server, and is told what came back.
 *
 *     conversation_open(&c, l, tries_max, &err);
 *     for (next = conversation_start(&c, at); ...)
 *         CONVERSATION_ASK   put c.question to the server, then tell
 *                            conversation_answer(), or for a stream
 *                            conversation_piece() ... conversation_end();
 *                            conversation_failed() if it did not come off
 *         CONVERSATION_WAIT  after c.wait_ms tell conversation_waited()
 *         CONVERSATION_DONE  all handed in, all pulled
 *         CONVERSATION_STOP  given up; c.err says why
 *         CONVERSATION_WIPE  its server withdrew this device: see wipe.h
 *
 * What the session (sync/session.h) wants from the store is done here, at
 * once; what it wants from outside is left to the caller, who may take days.
 */
#pragma once

#include "client/local.h"
#include "sync/limits.h"
#include "sync/pace.h"

/* What the core may not ask for itself. */
struct moment {
    uint64_t now_ms;
    uint32_t random;
};

struct question {
    const char *method;
    char path[256];
    struct bytes body;         /* holds until the answer is told */
    const char *type, *coding; /* of the body; NULL: none, plain */
    bool token;                /* with c.token */
    bool sign;                 /* with the device's key */
    bool stream;               /* the answer is a stream of pieces */
    const char *accept;        /* media type of the answer */
    size_t answer_max;         /* bytes */
};

enum conversation_next {
    CONVERSATION_ASK,
    CONVERSATION_WAIT,
    CONVERSATION_DONE,
    CONVERSATION_STOP,
    CONVERSATION_WIPE
};

struct conversation {
    struct local *l; /* foreign */
    struct session session;
    struct session_action next;
    struct question question;
    bool unread;       /* the stream asked for has not begun */
    bool learning;     /* the neighbourhoods of the town are asked for */
    bool learnt;       /* or as far as it goes this time */
    uint32_t proving;  /* the area whose journal is asked for; 0: none */
    bool proved;       /* that far, or as far as it goes this time */
    struct pace pace;  /* of batches */
    uint64_t asked_ms; /* when the last batch was */
    uint32_t wait_ms;
    uint64_t server_ms; /* when its server said welcome, by its clock */
    uint64_t lease_s;   /* and how long from then on it may be read */
    bool leased;        /* that welcome is saved, and was not asked for yet */
    char token[token_bytes_max + 1];
    /* What an action points to lives until the one after it. */
    struct arena mem[2];
    unsigned turn;
    struct err err;
};

/* RC_AUTH: not enrolled.  In any case the caller ends with
 * conversation_close(). */
MUST_USE enum rc conversation_open(struct conversation *c, struct local *l,
                                   unsigned tries_max, struct err *err);
void conversation_close(struct conversation *c);

enum conversation_next conversation_start(struct conversation *c,
                                          struct moment at);
enum conversation_next conversation_answer(struct conversation *c,
                                           struct bytes answer,
                                           struct moment at);
/* Not RC_OK: read no further, and tell conversation_end() or, if the caller
 * has a fault of its own, conversation_failed(). */
MUST_USE enum rc conversation_piece(struct conversation *c, struct bytes piece,
                                    struct moment at, struct err *err);
enum conversation_next conversation_end(struct conversation *c,
                                        struct moment at);
enum conversation_next conversation_failed(struct conversation *c,
                                           const struct err *err,
                                           struct moment at);
enum conversation_next conversation_waited(struct conversation *c,
                                           struct moment at);
