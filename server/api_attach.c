/* Attachments in resumable pieces (server.h). */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "server/attachment.h"
#include "server/server.h"
#include "sync/base/text.h"
#include "sync/limits.h"

enum { READ_BYTES = 8192 };

static enum rc take_name(struct server *s, struct httpd_request *r,
                         enum endpoint_id id, struct visit *v,
                         struct attachment *out, struct err *err)
{
    enum rc rc = endpoint_enter(s, r, id, v, err);

    if (rc != RC_OK)
        return rc;
    return attachment_name(s->dir, v->area, httpd_segment(r, 1), out, err);
}

static struct access_line file_line(const struct visit *v,
                                    struct httpd_request *r,
                                    const struct attachment *a)
{
    struct access_line line = visit_line(v, r);

    line.file = a->sha256;
    return line;
}

static void put_offset(struct httpd_request *r, uint64_t offset)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, offset);
    httpd_header(r, "Upload-Offset", text);
}

void api_attachment_head(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct access_line line;
    struct attachment a;
    struct visit v;
    uint64_t have = 0;
    bool whole;
    struct err err;
    enum rc rc = take_name(srv, r, ENDPOINT_FILE_HEAD, &v, &a, &err);

    if (rc == RC_OK)
        rc = attachment_have(&a, &have, &whole, &err);
    if (rc != RC_OK) {
        visit_refuse(srv, r, &v, &err);
        return;
    }
    line = file_line(&v, r, &a);
    access_try(srv->access, &line);
    put_offset(r, have);
    httpd_reply(r, 200, NULL, (struct bytes){0});
}

static enum rc take_number(struct httpd_request *r, const char *header,
                           uint64_t *out, struct err *err)
{
    const char *v = httpd_header_in(r, header);

    if (v != NULL && text_take_u64(bytes_of(v), attachment_bytes_max, out))
        return RC_OK;
    return err_set(err, RC_INVALID,
                   "the header %s is missing or no number up"
                   " to %d",
                   header, attachment_bytes_max);
}

void api_attachment_patch(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct access_line line;
    struct attachment a;
    struct visit v;
    uint64_t offset = 0, total = 0, have = 0;
    struct err err;
    enum rc rc = take_name(srv, r, ENDPOINT_FILE_PATCH, &v, &a, &err);

    if (rc == RC_OK)
        rc = take_number(r, "upload-offset", &offset, &err);
    if (rc == RC_OK)
        rc = take_number(r, "upload-length", &total, &err);
    if (rc == RC_OK)
        rc = attachment_put(&a, offset, total, httpd_body(r), &have, &err);
    if (rc != RC_OK) {
        visit_refuse(srv, r, &v, &err);
        return;
    }
    line = file_line(&v, r, &a);
    access_try(srv->access, &line);
    put_offset(r, have);
    httpd_reply(r, 204, NULL, (struct bytes){0});
}

struct sending {
    int fd;
};

static enum httpd_more next_piece(void *ctx, struct buf *out)
{
    struct sending *s = ctx;
    uint8_t piece[READ_BYTES];
    ssize_t n = read(s->fd, piece, sizeof piece);

    if (n < 0)
        return HTTPD_BREAK;
    if (n == 0)
        return HTTPD_END;
    buf_put(out, piece, (size_t)n);
    return HTTPD_MORE;
}

static void sent(void *ctx)
{
    struct sending *s = ctx;

    close(s->fd);
    free(s);
}

void api_attachment_get(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct access_line line;
    struct attachment a;
    struct visit v;
    struct sending *s;
    uint64_t bytes = 0;
    int fd = -1;
    struct err err;
    enum rc rc = take_name(srv, r, ENDPOINT_FILE_GET, &v, &a, &err);

    if (rc == RC_OK)
        rc = attachment_open(&a, &fd, &bytes, &err);
    if (rc == RC_OK) { /* nothing is given out without its line */
        line = file_line(&v, r, &a);
        rc = access_note(srv->access, &line, &err);
    }
    if (rc != RC_OK) {
        if (fd >= 0)
            close(fd);
        visit_refuse(srv, r, &v, &err);
        return;
    }
    s = mem_new(sizeof *s);
    s->fd = fd;
    httpd_stream(r, 200, "application/octet-stream", bytes,
                 (struct httpd_source){s, next_piece, sent});
}
