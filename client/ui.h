/*
 * ui.h - the shell around the face (face.h) that serves it to a browser on
 * this machine: `stoep ui`.
 *
 *     main thread   waits for a signal; locks what was not used for a while
 *     loop thread   answers requests, one at a time, over one open store
 *     sync thread   one sync, with the store opened a second time
 *
 * What a request and its answer are, and who may ask, is in ui_serve.c; what
 * takes more than an open store (unlock, lock, enrol, sync) in ui_calls.c.
 */
#pragma once

#include <pthread.h>

#include "client/agent.h"
#include "client/face.h"

enum ui_state {
    UI_NONE,    /* not enrolled: no store */
    UI_LOCKED,  /* its PIN, please */
    UI_EXPIRED, /* a sync with its PIN opens it */
    UI_OPEN,
    UI_WIPED
};

enum { UI_SECRET_CHARS = 43 }; /* 32 bytes in base64url */

struct ui_sync {       /* under ui.lock */
    bool running, any; /* any: since this program began */
    struct agent_progress done;
    enum rc rc;
    struct err err;     /* how it ended */
    uint64_t wait_ms;   /* a fault is tried again after so long; 0: it runs */
    struct err waiting; /* and which */
};

struct ui {
    const struct app *options; /* foreign */
    pthread_mutex_t lock;      /* of all below */
    struct app app;            /* open if state is UI_OPEN */
    enum ui_state state;
    uint8_t *key; /* own, wiped: of the store, while it is open; or NULL */
    bool stale;   /* a sync went over it: open it anew */
    bool ended;   /* nobody asks any more */
    uint64_t used_ms;
    struct ui_sync sync;
    /* Who may ask (ui_serve.c). */
    char host[32], origin[48], cookie_name[32];
    char once[UI_SECRET_CHARS + 1]; /* in the address; "": used */
    char cookie[UI_SECRET_CHARS + 1], page[UI_SECRET_CHARS + 1];
};

/* -- ui_store.c: the store, open or not; u->lock is held ------------------- */

/* Open it: with a PIN, or NULL.  One that is not enrolled yet is as good as
 * none: UI_NONE, and RC_OK. */
MUST_USE enum rc ui_open(struct ui *u, const char *pin, struct err *err);
void ui_close(struct ui *u);
/* Before each request: open it anew after a sync, close it when its lease has
 * run out. */
void ui_freshen(struct ui *u);
/* A struct app that opens the same store. */
struct app ui_app(const struct ui *u);

/* -- ui_calls.c: what it takes a shell for ------------------------------- */

/* False: there is no such call here. */
bool ui_answer(struct ui *u, const struct face_request *q,
               struct face_response *out);
json_t *ui_sync_json(const struct ui *u);

/* -- ui_sync.c ----------------------------------------------------------- */

/* RC_BUSY: one runs.  `pin`: for a store that is not open; or NULL. */
MUST_USE enum rc ui_sync_start(struct ui *u, const char *pin, struct err *err);

/* -- ui_serve.c ---------------------------------------------------------- */

/* Serve until a signal says stop. */
MUST_USE enum rc ui_serve(struct ui *u, struct err *err);
