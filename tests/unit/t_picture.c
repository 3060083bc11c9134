/* t_picture.c - what a camera writes beside a picture does not leave it with
 * the picture. */
#define _GNU_SOURCE /* memmem */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <png.h>

#include "client/attach.h"
#include "client/picture.h"
#include "sync/limits.h"
#include "sync/sys/file.h"
#include "tests/unit/local_stage.h"
#include "tests/unit/picture_made.h"

enum { MOST = 64 * 1024 * 1024 };

static size_t count(struct bytes in, const char *word)
{
    size_t n = 0;
    const uint8_t *at = in.p, *end = in.p + in.n;

    while (at < end &&
           (at = memmem(at, (size_t)(end - at), word, strlen(word))) != NULL) {
        n++;
        at++;
    }
    return n;
}

static struct buf strip(struct bytes body)
{
    struct buf out = {0};
    struct err err;

    ok(picture_strip(body, LANG_EN, &out, &err), &err);
    return out;
}

static struct buf jpeg(unsigned way, bool big, bool progressive)
{
    struct buf b = buf_make(MOST);

    picture_jpeg_made(203, 97, way, big, progressive, NULL, &b);
    return b;
}

static void same_pixels(struct bytes a, struct bytes b)
{
    struct buf x = buf_make(MOST), y = buf_make(MOST);

    picture_jpeg_pixels(a, &x);
    picture_jpeg_pixels(b, &y);
    assert_true(x.n > 0 && bytes_eq(buf_view(&x), buf_view(&y)));
    buf_free(&x);
    buf_free(&y);
}

static void what_the_camera_wrote_is_gone_and_every_pixel_stays(void **state)
{
    int i;

    (void)state;
    for (i = 0; i < 4; i++) {
        struct buf b = jpeg(1, i & 1, i & 2), out;

        assert_true(count(buf_view(&b), PICTURE_WORD) >= 6);
        out = strip(buf_view(&b));
        assert_int_equal(count(buf_view(&out), PICTURE_WORD), 0);
        assert_int_equal(count(buf_view(&out), "Exif"), 0);
        assert_int_equal(count(buf_view(&out), "http"), 0);
        same_pixels(buf_view(&b), buf_view(&out));
        buf_free(&b);
        buf_free(&out);
    }
}

static void of_all_that_the_way_up_stays(void **state)
{
    unsigned way;

    (void)state;
    for (way = 0; way <= 9; way++) {
        struct buf b = jpeg(way, way & 1, false), out = strip(buf_view(&b));
        const uint8_t *at = memmem(out.p, out.n, "Exif\0", 6);
        bool lawful = way > 1 && way < 9;

        assert_int_equal(count(buf_view(&out), PICTURE_WORD), 0);
        assert_int_equal(at != NULL, lawful);
        if (lawful) {
            assert_int_equal(at[-1], 34); /* and nothing with it */
            assert_int_equal(at[25], way);
        }
        same_pixels(buf_view(&b), buf_view(&out));
        buf_free(&b);
        buf_free(&out);
    }
}

static void cleaned_twice_is_cleaned_once(void **state)
{
    struct buf b = jpeg(6, true, false), once = strip(buf_view(&b)),
               twice = strip(buf_view(&once));

    (void)state;
    assert_true(bytes_eq(buf_view(&once), buf_view(&twice)));
    buf_free(&b);
    buf_free(&once);
    buf_free(&twice);
}

/* -- PNG ---------------------------------------------------------------- */

static void write_some(png_structp png, png_bytep p, size_t n)
{
    buf_put(png_get_io_ptr(png), p, n);
}

static void flush(png_structp png)
{
    (void)png;
}

static struct buf png_made(int colour, int depth, int interlace)
{
    struct buf b = buf_make(MOST);
    png_structp png =
        png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    char key[] = "Comment", comment[] = PICTURE_WORD;
    png_color palette[4] = {{1, 2, 3}, {9, 9, 9}, {200, 0, 7}, {0, 0, 0}};
    png_text text[] = {{.compression = PNG_TEXT_COMPRESSION_NONE,
                        .key = key,
                        .text = comment,
                        .text_length = strlen(PICTURE_WORD)}};
    png_time when = {2026, 11, 19, 9, 5, 0};
    png_byte exif[] = "MM\0*" PICTURE_WORD, rows[16][16 * 8], *p[16];
    size_t x, y;

    for (y = 0; y < 16; y++) {
        p[y] = rows[y];
        for (x = 0; x < sizeof rows[y]; x++)
            rows[y][x] =
                (png_byte)(colour == PNG_COLOR_TYPE_PALETTE ? (x + y) % 4
                                                            : x * 7 + y * 31);
    }
    png_set_write_fn(png, &b, write_some, flush);
    png_set_IHDR(png, info, 16, 16, depth, colour, interlace, 0, 0);
    if (colour == PNG_COLOR_TYPE_PALETTE)
        png_set_PLTE(png, info, palette, 4);
    png_set_text(png, info, text, 1);
    png_set_tIME(png, info, &when);
    png_set_eXIf_1(png, info, sizeof exif, exif);
    png_write_info(png, info);
    png_write_image(png, p);
    png_write_end(png, info);
    png_destroy_write_struct(&png, &info);
    buf_puts(&b, "behind the end: " PICTURE_WORD);
    return b;
}

static void read_some(png_structp png, png_bytep to, size_t n)
{
    struct bytes *left = png_get_io_ptr(png);

    assert_true(n <= left->n);
    memcpy(to, left->p, n);
    left->p += n;
    left->n -= n;
}

/* Rows as they are, and the palette. */
static struct buf png_pixels(struct bytes body)
{
    struct buf out = buf_make(MOST);
    png_structp png =
        png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
    png_infop info = png_create_info_struct(png);
    png_colorp palette;
    png_uint_32 y;
    int n = 0;

    png_set_read_fn(png, &body, read_some);
    png_read_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
    for (y = 0; y < png_get_image_height(png, info); y++)
        buf_put(&out, png_get_rows(png, info)[y], png_get_rowbytes(png, info));
    if (png_get_PLTE(png, info, &palette, &n) != 0)
        buf_put(&out, palette, (size_t)n * sizeof *palette);
    png_destroy_read_struct(&png, &info, NULL);
    return out;
}

static void a_png_loses_all_but_its_pixels(void **state)
{
    static const int kinds[][2] = {{PNG_COLOR_TYPE_RGB, 8},
                                   {PNG_COLOR_TYPE_RGB_ALPHA, 8},
                                   {PNG_COLOR_TYPE_RGB, 16},
                                   {PNG_COLOR_TYPE_GRAY, 8},
                                   {PNG_COLOR_TYPE_PALETTE, 8}};
    size_t i;

    (void)state;
    for (i = 0; i < 2 * countof(kinds); i++) {
        struct buf b = png_made(kinds[i / 2][0], kinds[i / 2][1], i % 2), x, y;
        struct buf out = strip(buf_view(&b));

        assert_true(count(buf_view(&b), PICTURE_WORD) >= 3);
        assert_int_equal(count(buf_view(&out), PICTURE_WORD), 0);
        assert_int_equal(count(buf_view(&out), "tIME"), 0);
        x = png_pixels(buf_view(&b));
        y = png_pixels(buf_view(&out));
        if (!bytes_eq(buf_view(&x), buf_view(&y)))
            fail_msg("kind %zu", i);
        buf_free(&x);
        buf_free(&y);
        buf_free(&b);
        buf_free(&out);
    }
}

/* -- what is refused ---------------------------------------------------- */

static void refused(struct bytes body, enum rc as, const char *says)
{
    struct buf out = {0};
    struct err err;

    assert_int_equal(picture_strip(body, LANG_NL, &out, &err), as);
    if (strstr(err.text, says) == NULL)
        fail_msg("%s does not say %s", err.text, says);
    assert_null(out.p);
}

static void what_is_no_jpeg_or_png_is_refused_by_name(void **state)
{
    static const struct {
        const char *body;
        size_t n;
        const char *says;
    } all[] = {
        {"\0\0\0\x18"
         "ftypheic....",
         16, "HEIC"},
        {"\0\0\0\x18"
         "ftypmif1....",
         16, "HEIC"},
        {"\0\0\0\x18"
         "ftypavif....",
         16, "AVIF"},
        {"\0\0\0\x18"
         "ftypisom....",
         16, "MP4"},
        {"RIFF....WEBPVP8 ", 16, "WebP"},
        {"GIF89a", 6, "GIF"},
        {"%PDF-1.7", 8, "PDF"},
        {"II*\0....", 8, "TIFF"},
        {"hello", 5, "geen foto"},
        {"", 0, "geen foto"},
    };
    size_t i;

    (void)state;
    for (i = 0; i < countof(all); i++)
        refused((struct bytes){(const uint8_t *)all[i].body, all[i].n},
                RC_INVALID, all[i].says);
}

static void what_is_damaged_or_too_large_is_refused(void **state)
{
    struct buf b = jpeg(1, true, false), p = png_made(PNG_COLOR_TYPE_RGB, 8, 0);
    struct bytes head = {b.p, 40};
    uint8_t *size;

    (void)state;
    refused(head, RC_INVALID, "beschadigd");
    refused((struct bytes){p.p, 60}, RC_INVALID, "beschadigd");
    /* SOF0: length, precision, height, width */
    size = memmem(b.p, b.n, "\xff\xc0\0\x11\x08", 5);
    assert_non_null(size);
    memset(size + 5, 0xfe, 4);
    refused(buf_view(&b), RC_LIMIT, "te groot");
    buf_free(&b);
    buf_free(&p);
}

/* -- in the store ------------------------------------------------------- */

static void nothing_of_it_is_in_the_store(void **state)
{
    struct stage *s = *state;
    char path[300], sha256[DIGEST_HEX_CHARS + 1];
    struct buf b = jpeg(3, true, false), stored;
    const char *names[] = {"stoep.db", "stoep.db-wal"};
    struct err err;
    size_t i;

    snprintf(path, sizeof path, "%s/photo", s->dir);
    ok(file_append(path, buf_view(&b), 0600, &err), &err);
    ok(attach_add(&s->l, path, AREA, LANG_EN, sha256, &err), &err);
    for (i = 0; i < countof(names); i++) {
        snprintf(path, sizeof path, "%s/%s", s->dir, names[i]);
        ok(file_read(path, MOST, &stored, &err), &err);
        assert_int_equal(count(buf_view(&stored), PICTURE_WORD), 0);
        buf_free(&stored);
    }
    buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_camera_wrote_is_gone_and_every_pixel_stays),
        cmocka_unit_test(of_all_that_the_way_up_stays),
        cmocka_unit_test(cleaned_twice_is_cleaned_once),
        cmocka_unit_test(a_png_loses_all_but_its_pixels),
        cmocka_unit_test(what_is_no_jpeg_or_png_is_refused_by_name),
        cmocka_unit_test(what_is_damaged_or_too_large_is_refused),
        cmocka_unit_test_setup_teardown(nothing_of_it_is_in_the_store, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests_name("picture", tests, NULL, NULL);
}
