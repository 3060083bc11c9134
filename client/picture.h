/*
 * picture.h - a photo without what the camera wrote beside it.
 *
 * Out go EXIF (where, when, by which phone), XMP, IPTC, comments, colour
 * profiles, small pictures inside and whatever hangs behind the end.  Of all
 * that the way up stays, written anew: a sideways photo is of no use.  A JPEG
 * is not compressed again, so nothing of the picture is lost.
 *
 * JPEG and PNG; everything else is refused, since nobody here can say what
 * else is in it.
 */
#pragma once

#include "sync/base/buf.h"
#include "sync/base/err.h"
#include "sync/base/msg.h"

/* `body` without it, as *out; the caller's buf.  RC_INVALID: no such picture,
 * or a damaged one; RC_LIMIT: more than picture_pixels_max, or longer than
 * attachment_bytes_max.  `err` says in this language what to do. */
MUST_USE enum rc picture_strip(struct bytes body, enum lang lang,
                               struct buf *out, struct err *err);
