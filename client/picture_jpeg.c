/*
 * JPEG by libjpeg-turbo: the coefficients are copied and the markers are not,
 * so the picture is the same, bit for bit.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "client/picture_int.h"
#include "sync/base/mem.h"

struct failing { /* libjpeg ends a call by calling this back */
    struct jpeg_error_mgr base;
    jmp_buf back;
    struct err *err;
    enum rc rc;
};

static void fail(j_common_ptr c)
{
    struct failing *f = (struct failing *)c->err;
    char text[JMSG_LENGTH_MAX];

    f->base.format_message(c, text);
    f->rc = err_set(f->err, RC_INVALID, "%s", text);
    longjmp(f->back, 1);
}

static void say_nothing(j_common_ptr c, int level)
{
    (void)c;
    (void)level;
}

/* -- the way up --------------------------------------------------------- */

static unsigned word(const uint8_t *p, size_t n, bool big)
{
    unsigned v = 0;
    size_t i;

    for (i = 0; i < n; i++)
        v |= (unsigned)p[i] << 8 * (big ? n - 1 - i : i);
    return v;
}

/* Tag 0x0112 of the first directory of EXIF (TIFF 6.0); 1 to 8, 1 if it does
 * not say. */
static unsigned way_up(const uint8_t *p, size_t n)
{
    enum { HEAD = 6, ENTRY = 12, ORIENTATION = 0x0112, SHORT = 3 };
    size_t at, i, count;
    bool big;

    if (n < HEAD + 8 || memcmp(p, "Exif\0", HEAD) != 0)
        return 1;
    p += HEAD;
    n -= HEAD;
    big = p[0] == 'M';
    at = word(p + 4, 4, big);
    if (at > n || n - at < 2)
        return 1;
    count = word(p + at, 2, big);
    at += 2;
    for (i = 0; i < count && n - at >= ENTRY; i++, at += ENTRY) {
        unsigned value = word(p + at + 8, 2, big);

        if (word(p + at, 2, big) == ORIENTATION &&
            word(p + at + 2, 2, big) == SHORT)
            return value >= 1 && value <= 8 ? value : 1;
    }
    return 1;
}

static unsigned way_up_of(const struct jpeg_decompress_struct *in)
{
    const struct jpeg_marker_struct *m;

    for (m = in->marker_list; m != NULL; m = m->next)
        if (m->marker == JPEG_APP0 + 1 && m->data_length >= 6 &&
            memcmp(m->data, "Exif\0", 6) == 0)
            return way_up(m->data, m->data_length);
    return 1;
}

/* EXIF that says this and nothing else. */
static void write_way_up(struct jpeg_compress_struct *out, unsigned way)
{
    uint8_t exif[] = {'E', 'x', 'i', 'f', 0, 0, 'M',  'M', 0, '*', 0,
                      0,   0,   8,   0,   1, 1, 0x12, 0,   3, 0,   0,
                      0,   1,   0,   0,   0, 0, 0,    0,   0, 0};

    exif[25] = (uint8_t)way;
    if (way != 1)
        jpeg_write_marker(out, JPEG_APP0 + 1, exif, sizeof exif);
}

/* -- copying ------------------------------------------------------------ */

struct copying {
    struct jpeg_decompress_struct in;
    struct jpeg_compress_struct out;
    struct failing failing;
    unsigned char *made; /* own */
    unsigned long made_n;
};

static void copy(struct copying *c, struct bytes body)
{
    jvirt_barray_ptr *coefficients;

    c->in.err = c->out.err = &c->failing.base;
    jpeg_create_decompress(&c->in);
    jpeg_create_compress(&c->out);
    jpeg_save_markers(&c->in, JPEG_APP0 + 1, 0xffff);
    jpeg_mem_src(&c->in, body.p, body.n);
    (void)jpeg_read_header(&c->in, TRUE);
    c->failing.rc =
        picture_size(c->in.image_width, c->in.image_height, c->failing.err);
    if (c->failing.rc != RC_OK)
        return;
    coefficients = jpeg_read_coefficients(&c->in);
    jpeg_mem_dest(&c->out, &c->made, &c->made_n);
    jpeg_copy_critical_parameters(&c->in, &c->out);
    c->out.optimize_coding = TRUE;
    jpeg_write_coefficients(&c->out, coefficients);
    write_way_up(&c->out, way_up_of(&c->in));
    jpeg_finish_compress(&c->out);
}

enum rc picture_jpeg(struct bytes body, struct buf *out, struct err *err)
{
    struct copying *c = mem_new(sizeof *c);
    enum rc rc;

    jpeg_std_error(&c->failing.base);
    c->failing.base.error_exit = fail;
    c->failing.base.emit_message = say_nothing;
    c->failing.err = err;
    if (setjmp(c->failing.back) == 0)
        copy(c, body);
    rc = c->failing.rc;
    if (rc == RC_OK)
        buf_put(out, c->made, c->made_n);
    jpeg_destroy_compress(&c->out);
    jpeg_destroy_decompress(&c->in);
    free(c->made);
    free(c);
    return rc;
}
