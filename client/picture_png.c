/* PNG by libpng: the pixels are read and written anew, with what is needed to
 * show them and nothing else. */
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include <png.h>

#include "client/picture_int.h"
#include "sync/base/mem.h"
#include "sync/limits.h"

struct copying {
    struct bytes left; /* to read */
    struct buf *out;
    struct err *err;
    enum rc rc;
    png_structp in, to;
    png_infop in_info, to_info;
    png_bytepp rows; /* own */
    png_uint_32 rows_n;
};

static void fail(png_structp png, png_const_charp text)
{
    struct copying *c = png_get_error_ptr(png);

    c->rc = err_set(c->err, RC_INVALID, "%s", text);
    png_longjmp(png, 1);
}

static void say_nothing(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

static void read_some(png_structp png, png_bytep to, size_t n)
{
    struct copying *c = png_get_io_ptr(png);

    if (n > c->left.n)
        png_error(png, "it ends too soon");
    memcpy(to, c->left.p, n);
    c->left.p += n;
    c->left.n -= n;
}

static void write_some(png_structp png, png_bytep from, size_t n)
{
    struct copying *c = png_get_io_ptr(png);

    buf_put(c->out, from, n);
}

static void flush(png_structp png)
{
    (void)png;
}

static void make_rows(struct copying *c)
{
    size_t bytes = png_get_rowbytes(c->in, c->in_info);
    png_uint_32 i;

    c->rows_n = png_get_image_height(c->in, c->in_info);
    c->rows = mem_new(c->rows_n * sizeof *c->rows);
    for (i = 0; i < c->rows_n; i++)
        c->rows[i] = mem_new(bytes);
}

/* False after a fault, and c->rc says which. */
static bool read_pixels(struct copying *c)
{
    if (setjmp(png_jmpbuf(c->in)) != 0)
        return false;
    png_set_read_fn(c->in, c, read_some);
    png_set_user_limits(c->in, picture_pixels_max, picture_pixels_max);
    /* Of what is not needed nothing is even read. */
    png_set_keep_unknown_chunks(c->in, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
    png_read_info(c->in, c->in_info);
    c->rc = picture_size(png_get_image_width(c->in, c->in_info),
                         png_get_image_height(c->in, c->in_info), c->err);
    if (c->rc != RC_OK)
        return false;
    (void)png_set_interlace_handling(c->in);
    png_read_update_info(c->in, c->in_info);
    make_rows(c);
    png_read_image(c->in, c->rows);
    return true;
}

static void copy_header(struct copying *c)
{
    png_uint_32 width, height;
    int depth, colour, interlace, n;
    png_colorp palette;
    png_bytep alpha;
    png_color_16p transparent;
    double gamma;

    png_get_IHDR(c->in, c->in_info, &width, &height, &depth, &colour,
                 &interlace, NULL, NULL);
    png_set_IHDR(c->to, c->to_info, width, height, depth, colour,
                 PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
                 PNG_FILTER_TYPE_DEFAULT);
    if (png_get_PLTE(c->in, c->in_info, &palette, &n) != 0)
        png_set_PLTE(c->to, c->to_info, palette, n);
    if (png_get_tRNS(c->in, c->in_info, &alpha, &n, &transparent) != 0)
        png_set_tRNS(c->to, c->to_info, alpha, n, transparent);
    if (png_get_gAMA(c->in, c->in_info, &gamma) != 0)
        png_set_gAMA(c->to, c->to_info, gamma);
}

static bool write_pixels(struct copying *c)
{
    if (setjmp(png_jmpbuf(c->to)) != 0)
        return false;
    png_set_write_fn(c->to, c, write_some, flush);
    copy_header(c);
    png_write_info(c->to, c->to_info);
    png_write_image(c->to, c->rows);
    png_write_end(c->to, NULL);
    return true;
}

enum rc picture_png(struct bytes body, struct buf *out, struct err *err)
{
    struct copying c = {.left = body, .out = out, .err = err};
    png_uint_32 i;

    c.in = png_create_read_struct(PNG_LIBPNG_VER_STRING, &c, fail, say_nothing);
    c.to =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, &c, fail, say_nothing);
    if (c.in == NULL || c.to == NULL)
        abort();
    c.in_info = png_create_info_struct(c.in);
    c.to_info = png_create_info_struct(c.to);
    if (read_pixels(&c))
        (void)write_pixels(&c);
    for (i = 0; i < c.rows_n; i++)
        free(c.rows[i]);
    free(c.rows);
    png_destroy_read_struct(&c.in, &c.in_info, NULL);
    png_destroy_write_struct(&c.to, &c.to_info);
    return c.rc;
}
