#include "server/qr.h"

#include <errno.h>
#include <fcntl.h>
#include <png.h>
#include <qrencode.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sync/base/mem.h"

static enum rc encode(const char *text, QRcode **out, struct err *err)
{
    *out = strlen(text) > QR_TEXT_MAX
               ? NULL
               : QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    if (*out == NULL)
        return err_set(err, RC_LIMIT,
                       "this is too long for a QR code: at most %d bytes",
                       QR_TEXT_MAX);
    return RC_OK;
}

/* With the quiet zone; what lies outside is light. */
static bool is_dark(const QRcode *q, int x, int y)
{
    x -= QR_QUIET;
    y -= QR_QUIET;
    return x >= 0 && y >= 0 && x < q->width && y < q->width &&
           (q->data[y * q->width + x] & 1) != 0;
}

/* -- terminal ----------------------------------------------------------- */

enum rc qr_print(FILE *to, const char *text, struct err *err)
{
    static const char *const blocks[2][2] = {
        {"\xe2\x96\x88", "\xe2\x96\x80"}, /* both light; the upper one */
        {"\xe2\x96\x84", " "}};           /* the lower one; none */
    QRcode *q;
    enum rc rc = encode(text, &q, err);
    int x, y, side;

    if (rc != RC_OK)
        return rc;
    side = q->width + 2 * QR_QUIET;
    for (y = 0; y < side; y += 2) {
        fputs("\x1b[97;40m", to); /* white on black, whatever the terminal */
        for (x = 0; x < side; x++)
            fputs(blocks[is_dark(q, x, y)][is_dark(q, x, y + 1)], to);
        fputs("\x1b[0m\n", to);
    }
    QRcode_free(q);
    return RC_OK;
}

/* -- SVG ---------------------------------------------------------------- */

enum rc qr_svg(const char *text, struct buf *out, struct err *err)
{
    QRcode *q;
    enum rc rc = encode(text, &q, err);
    int x, y, side;

    if (rc != RC_OK)
        return rc;
    side = q->width + 2 * QR_QUIET;
    buf_printf(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d"
               " %d\"><path fill=\"#fff\" d=\"M0 0h%dv%dH0z\"/><path d=\"",
               side, side, side, side);
    for (y = 0; y < side; y++)
        for (x = 0; x < side; x++)
            if (is_dark(q, x, y))
                buf_printf(out, "M%d %dh1v1h-1z", x, y);
    buf_puts(out, "\"/></svg>");
    QRcode_free(q);
    return RC_OK;
}

/* -- PNG ---------------------------------------------------------------- */

/* A byte per pixel. */
static uint8_t *paint(const QRcode *q, unsigned side)
{
    uint8_t *pixels = mem_new((size_t)side * side);
    unsigned x, y;

    for (y = 0; y < side; y++)
        for (x = 0; x < side; x++)
            pixels[y * side + x] =
                is_dark(q, (int)(x / QR_SCALE), (int)(y / QR_SCALE)) ? 0 : 255;
    return pixels;
}

static enum rc write_png(FILE *to, const char *path, const QRcode *q,
                         struct err *err)
{
    unsigned side = (unsigned)(q->width + 2 * QR_QUIET) * QR_SCALE;
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = side,
                       .height = side,
                       .format = PNG_FORMAT_GRAY};
    uint8_t *pixels = paint(q, side);
    int well = png_image_write_to_stdio(&image, to, 0, pixels, 0, NULL);

    free(pixels);
    if (!well)
        return err_set(err, RC_IO, "write %s: %s", path, image.message);
    return RC_OK;
}

enum rc qr_png(const char *path, const char *text, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *to = fd < 0 ? NULL : fdopen(fd, "wb");
    QRcode *q = NULL;
    enum rc rc;

    if (to == NULL)
        return errno == EEXIST
                   ? err_set(err, RC_CONFLICT, "there is a %s already", path)
                   : err_set(err, RC_IO, "%s cannot be made", path);
    rc = encode(text, &q, err);
    if (rc == RC_OK)
        rc = write_png(to, path, q, err);
    QRcode_free(q);
    if (fclose(to) != 0 && rc == RC_OK)
        rc = err_set(err, RC_IO, "%s cannot be written", path);
    if (rc != RC_OK)
        unlink(path);
    return rc;
}
