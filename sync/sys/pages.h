/*
 * pages.h - the files of a web page, inside the program.
 *
 * packaging/bundle-web makes them one text, file after file:
 *
 *     worker/app.js text/javascript;charset=utf-8 1f2e3d4c5b6a7988 4711\n
 *     and 4711 bytes of it, as gzip
 *
 * They hold no data: whoever may connect may read them.
 */
#pragma once

#include "sync/sys/httpd.h"

struct page {
    const char *media, *etag; /* in the arena given */
    struct bytes body;        /* gzip; in the bundle */
};

/* False: there is no such file. */
bool pages_find(struct bytes bundle, const char *path, struct arena *mem,
                struct page *out);

/* Answer with it: 200, 304 (If-None-Match), 404, or 406 to a client that takes
 * no gzip. */
void pages_reply(struct httpd_request *r, struct bytes bundle,
                 const char *path);
