#include "sync/sys/pages.h"

#include <stdlib.h>
#include <string.h>

#include "sync/base/text.h"

/* The next word of a line, in `mem`; *line moves past it. */
static const char *word(struct bytes *line, struct arena *mem)
{
    const uint8_t *space = memchr(line->p, ' ', line->n);
    size_t n = space != NULL ? (size_t)(space - line->p) : line->n;
    const char *out = arena_text(mem, (const char *)line->p, n);

    n += space != NULL;
    line->p += n;
    line->n -= n;
    return out;
}

bool pages_find(struct bytes bundle, const char *path, struct arena *mem,
                struct page *out)
{
    while (bundle.n > 0) {
        const uint8_t *end = memchr(bundle.p, '\n', bundle.n);
        struct bytes line = {bundle.p, (size_t)(end - bundle.p)};
        const char *name = word(&line, mem);
        uint64_t size = 0;

        out->media = word(&line, mem);
        out->etag = arena_printf(mem, "\"%s\"", word(&line, mem));
        if (!text_take_u64(line, bundle.n, &size))
            abort(); /* not made by packaging/bundle-web */
        out->body = (struct bytes){end + 1, (size_t)size};
        if (strcmp(name, path) == 0)
            return true;
        bundle.n -= (size_t)(end + 1 - bundle.p) + (size_t)size;
        bundle.p = end + 1 + size;
    }
    return false;
}

void pages_reply(struct httpd_request *r, struct bytes bundle, const char *path)
{
    const char *takes = httpd_header_in(r, "Accept-Encoding");
    const char *has = httpd_header_in(r, "If-None-Match");
    struct page page;

    if (!pages_find(bundle, path, httpd_arena(r), &page)) {
        httpd_problem(r, 404, "Not found", NULL);
        return;
    }
    /* Who says nothing takes anything (RFC 9110, 12.5.3). */
    if (takes != NULL && strchr(takes, '*') == NULL &&
        strstr(takes, "gzip") == NULL) {
        httpd_problem(r, 406, "Not acceptable", "These files are gzip.");
        return;
    }
    httpd_header(r, "ETag", page.etag);
    httpd_header(r, "Cache-Control", "no-cache");
    httpd_header(r, "Vary", "Accept-Encoding");
    if (has != NULL && strstr(has, page.etag) != NULL) {
        httpd_reply(r, 304, NULL, (struct bytes){0});
        return;
    }
    httpd_header(r, "Content-Encoding", "gzip");
    httpd_reply(r, 200, page.media, page.body);
}
