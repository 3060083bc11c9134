/*
 * face.h - what a page may ask of the device: one function from a request to
 * a response over the open store.
 *
 *     {"call": "draft-put", in: {"type": "signal", "field": "title", ...}}
 *
 * A request is the name of a call and a JSON object, a response a JSON object;
 * client/README.md lists the calls.  Nothing here knows of HTTP, sockets,
 * threads, processes or folders: whoever calls it has opened the store and
 * says what time it is (struct app).  What it takes to open, lock and sync a
 * store belongs to the shell around it (ui.h).
 */
#pragma once

#include "client/app.h"

/* A word of the store (local_put): what the last sync did, as {"pushed",
 * "pulled", "attachments"}. */
#define FACE_SYNC "face_sync"

struct face_request {
    const char *call;
    const json_t *in; /* an object, or NULL: empty */
};

struct face_response {
    enum rc rc;
    json_t *out; /* own; after a fault {"code", "text"}, and what is beside it:
                    "field", "findings" */
};

/* Answers in full, also after a fault; *out is the caller's to face_drop().
 * Takes memory from a->mem, which may be reset once it has returned. */
void face_answer(struct app *a, const struct face_request *q,
                 struct face_response *out);
void face_drop(struct face_response *r);

/* The response that tells a fault in the language of `lang`. */
struct face_response face_fault(enum lang lang, const struct err *err);

/* The names of all calls, one after another; NULL past the last. */
const char *face_call_name(size_t i);
