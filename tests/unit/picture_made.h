/* picture_made.h - photos as a camera makes them, with a known word in all that
 * is not the picture, and their pixels. */
#pragma once

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include "sync/base/buf.h"
#include "tests/unit/dice.h"

/* Stands in every marker. */
#define PICTURE_WORD "Zonnelaan5001GPS"

static inline void picture_rows(uint8_t *row, unsigned width, unsigned y,
                                struct dice *noise)
{
    unsigned x;

    for (x = 0; x < 3 * width; x++)
        row[x] = (uint8_t)(noise != NULL ? roll(noise, 256) : x * 5 + y * 3);
}

/* TIFF with an orientation, a word and a position; 100 bytes or so. */
static inline size_t picture_exif(uint8_t *out, bool big, unsigned way)
{
    static const uint8_t tags[][12] = {
        {0x01, 0x0f, 0, 2, 0, 0, 0, 17, 0, 0, 0, 62}, /* maker, at 62 */
        {0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 0, 0, 0},   /* way up */
        {0x88, 0x25, 0, 4, 0, 0, 0, 1, 0, 0, 0, 50},  /* GPS */
    };
    size_t n = 0, i, k;

    memcpy(out, "Exif\0", 6);
    n = 6;
    memcpy(out + n, big ? "MM\0*\0\0\0\x08" : "II*\0\x08\0\0\0", 8);
    n += 8;
    out[n++] = big ? 0 : 3;
    out[n++] = big ? 3 : 0;
    for (i = 0; i < countof(tags); i++) {
        static const size_t parts[][2] = {{0, 2}, {2, 2}, {4, 4}, {8, 4}};

        for (k = 0; k < countof(parts); k++) {
            size_t j, from = parts[k][0], len = parts[k][1];

            for (j = 0; j < len; j++)
                out[n + from + (big ? j : len - 1 - j)] = tags[i][from + j];
        }
        if (i == 1) {
            memset(out + n + 8, 0, 4);
            out[n + 8 + (big ? 1 : 0)] = (uint8_t)way;
        }
        n += 12;
    }
    memset(out + n, 0, 20);
    n += 20;
    memcpy(out + n, PICTURE_WORD, sizeof PICTURE_WORD);
    return n + sizeof PICTURE_WORD;
}

static inline void picture_marker(struct jpeg_compress_struct *c, int which,
                                  const char *begin)
{
    char text[200];
    int n = snprintf(text, sizeof text, "%s%s", begin, PICTURE_WORD);

    jpeg_write_marker(c, which, (const uint8_t *)text, (unsigned)n);
}

/* A JPEG with everything in it; `noise`: pixels that do not compress. */
static inline void picture_jpeg_made(unsigned width, unsigned height,
                                     unsigned way, bool big, bool progressive,
                                     struct dice *noise, struct buf *out)
{
    struct jpeg_compress_struct c = {0};
    struct jpeg_error_mgr e;
    unsigned char *made = NULL;
    unsigned long made_n = 0;
    uint8_t exif[300], *row = malloc(3 * width);
    unsigned y;

    c.err = jpeg_std_error(&e);
    jpeg_create_compress(&c);
    jpeg_mem_dest(&c, &made, &made_n);
    c.image_width = width;
    c.image_height = height;
    c.input_components = 3;
    c.in_color_space = JCS_RGB;
    jpeg_set_defaults(&c);
    jpeg_set_quality(&c, 95, TRUE);
    if (progressive)
        jpeg_simple_progression(&c);
    jpeg_start_compress(&c, TRUE);
    jpeg_write_marker(&c, JPEG_APP0 + 1, exif,
                      (unsigned)picture_exif(exif, big, way));
    picture_marker(&c, JPEG_APP0 + 1, "http://ns.adobe.com/xap/1.0/");
    picture_marker(&c, JPEG_APP0 + 2, "ICC_PROFILE");
    picture_marker(&c, JPEG_APP0 + 13, "Photoshop 3.0");
    picture_marker(&c, JPEG_COM, "");
    for (y = 0; y < height; y++) {
        picture_rows(row, width, y, noise);
        (void)jpeg_write_scanlines(&c, &row, 1);
    }
    jpeg_finish_compress(&c);
    jpeg_destroy_compress(&c);
    buf_put(out, made, made_n);
    buf_puts(out, "behind the end: " PICTURE_WORD);
    free(made);
    free(row);
}

/* Its pixels, in RGB; ends the process on what is no JPEG. */
static inline void picture_jpeg_pixels(struct bytes body, struct buf *out)
{
    struct jpeg_decompress_struct c = {0};
    struct jpeg_error_mgr e;
    uint8_t *row;

    c.err = jpeg_std_error(&e);
    jpeg_create_decompress(&c);
    jpeg_mem_src(&c, body.p, body.n);
    (void)jpeg_read_header(&c, TRUE);
    (void)jpeg_start_decompress(&c);
    row = malloc(3 * c.output_width);
    while (c.output_scanline < c.output_height) {
        (void)jpeg_read_scanlines(&c, &row, 1);
        buf_put(out, row, 3 * c.output_width);
    }
    (void)jpeg_finish_decompress(&c);
    jpeg_destroy_decompress(&c);
    free(row);
}
