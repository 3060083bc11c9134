/* attach.h - files that belong to records, kept in the store in pieces. */
#pragma once

#include "client/local.h"
#include "sync/sys/digest.h"

/* Take in a picture, without what the camera wrote beside it (picture.h);
 * `sha256` of what is left gets 64 digits and a NUL.  Twice is harmless.
 * `err` is in this language.  It belongs to a draft: it is held, and not handed
 * in before attach_release(). */
MUST_USE enum rc attach_hold(struct local *l, struct bytes body, uint32_t area,
                             enum lang lang, char *sha256, struct err *err);
/* The record that names it is saved, in this area. */
MUST_USE enum rc attach_release(struct local *l, struct bytes sha256,
                                uint32_t area, struct err *err);
/* Drop what is held and no draft names any more. */
MUST_USE enum rc attach_sweep(struct local *l, struct err *err);

/* Take in a picture from a file, for a record that is saved with it. */
MUST_USE enum rc attach_add(struct local *l, const char *path, uint32_t area,
                            enum lang lang, char *sha256, struct err *err);

/* All of it; the caller frees *out.  RC_NOTFOUND: it is not on this device (it
 * is another's, or went with its area). */
MUST_USE enum rc attach_load(struct local *l, const char *sha256,
                             struct buf *out, struct err *err);
