/*
 * photo: a photo for the end-to-end tests.
 *
 *   photo make WIDTH HEIGHT   a JPEG full of what a camera writes
 *   photo word                the word that stands in all of that
 *   photo same A B            have two files the same pixels?
 */
#include "tests/unit/picture_made.h"

static struct buf read_all(const char *path)
{
    struct buf b = buf_make(64 * 1024 * 1024);
    uint8_t block[4096];
    size_t n;
    FILE *f = fopen(path, "rb");

    if (f == NULL) {
        perror(path);
        exit(2);
    }
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_put(&b, block, n);
    fclose(f);
    return b;
}

static int same(const char *a, const char *b)
{
    struct buf x = buf_make(256 * 1024 * 1024), y = buf_make(256 * 1024 * 1024);
    struct buf fa = read_all(a), fb = read_all(b);
    int differ;

    picture_jpeg_pixels(buf_view(&fa), &x);
    picture_jpeg_pixels(buf_view(&fb), &y);
    differ = !bytes_eq(buf_view(&x), buf_view(&y));
    buf_free(&x);
    buf_free(&y);
    buf_free(&fa);
    buf_free(&fb);
    return differ;
}

int main(int argc, char **argv)
{
    struct buf out = buf_make(64 * 1024 * 1024);
    struct dice noise = dice_of(7);

    if (argc == 2 && strcmp(argv[1], "word") == 0)
        return puts(PICTURE_WORD) < 0;
    if (argc == 4 && strcmp(argv[1], "same") == 0)
        return same(argv[2], argv[3]);
    if (argc != 4 || strcmp(argv[1], "make") != 0)
        return 2;
    picture_jpeg_made((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]), 6, true,
                      false, &noise, &out);
    fwrite(out.p, 1, out.n, stdout);
    buf_free(&out);
    return fflush(stdout) != 0;
}
