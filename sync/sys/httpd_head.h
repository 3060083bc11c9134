/*
 * httpd_head.h - the head of a request (RFC 9112), from bytes to fields.
 *
 * Strict where leniency is how requests get smuggled: lines end in CRLF, no
 * folding, one Host, one Content-Length, no Transfer-Encoding.
 */
#pragma once

#include "sync/sys/httpd.h"

struct httpd_head {
    enum httpd_method method;
    const char *target, *path, *query; /* query may be NULL */
    const char *authority; /* lower case; "" for a 1.0 client without */
    struct httpd_head_field {
        const char *name, *value;
    } field[HTTPD_HEADERS_MAX];
    size_t fields;
    uint64_t length; /* of the body, bytes */
    bool close;      /* the client wants no further answer here, or is 1.0 */
    bool old;        /* HTTP/1.0: knows no chunks */
    bool expects;    /* waits for 100 Continue */
};

/* `head` is all of it, up to and with the empty line; what `out` points to
 * lives in `a`.  0, or the status to answer with; *why then says what was
 * wrong and `out` is not whole. */
int httpd_head_parse(struct bytes head, struct arena *a, struct httpd_head *out,
                     const char **why);

/* Undo %XX (and '+' if `plus`) in place.  False: bad escape, or one of NUL. */
bool httpd_head_decode(char *s, bool plus);

/* Does `path` fit `pattern`?  The segments that fell on `*` are copied into
 * `a`, decoded. */
bool httpd_head_match(const char *pattern, const char *path, struct arena *a,
                      char *segment[static HTTPD_SEGMENTS_MAX], size_t *n);

bool httpd_head_same(const char *a, const char *b); /* but for ASCII case */
