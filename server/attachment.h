/*
 * attachment.h - photos and other files that belong to records.
 *
 * They are named by the SHA-256 of what they hold and kept per area, in
 * DIR/attachments/AREA/SHA256; what has not come in whole yet is called
 * SHA256.part.  A piece that comes twice is harmless.
 */
#pragma once

#include "sync/base/err.h"
#include "sync/base/mem.h"
#include "sync/sys/digest.h"

struct attachment {  /* the name of one; `sha256` in 64 lower-case digits */
    const char *dir; /* of the server; foreign */
    uint32_t area;
    char sha256[DIGEST_HEX_CHARS + 1];
};

/* RC_INVALID: `hex` is no SHA-256. */
MUST_USE enum rc attachment_name(const char *dir, uint32_t area,
                                 const char *hex, struct attachment *out,
                                 struct err *err);

/* How much of it is here; RC_NOTFOUND: nothing. */
MUST_USE enum rc attachment_have(const struct attachment *a, uint64_t *bytes,
                                 bool *whole, struct err *err);

/* Add a piece at `offset` of `total` bytes; *have is what is here then.
 * Another offset than what is here changes nothing: go on from *have.  Once
 * all is here it is checked and on the disk: RC_CORRUPT, and nothing is kept,
 * if it does not have the digest that names it. */
MUST_USE enum rc attachment_put(const struct attachment *a, uint64_t offset,
                                uint64_t total, struct bytes piece,
                                uint64_t *have, struct err *err);

/* Take it off the disk, also what came in of it so far.  None is no error. */
MUST_USE enum rc attachment_remove(const struct attachment *a, struct err *err);

/* Open one that is whole: a descriptor to read from, the caller's. */
MUST_USE enum rc attachment_open(const struct attachment *a, int *fd,
                                 uint64_t *bytes, struct err *err);
