/* fuzz_picture.c - any bytes as a photo: refused with a reason, or cleaned, and
 * then clean: a second time changes nothing. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "client/picture.h"
#include "tests/unit/picture_made.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const uint8_t png[] = {
        0x89, 'P', 'N', 'G',  '\r', '\n', 0x1a, '\n', 0,    0, 0, 13,
        'I',  'H', 'D', 'R',  0,    0,    0,    1,    0,    0, 0, 1,
        8,    0,   0,   0,    0,    0x3a, 0x7e, 0x9b, 0x55, 0, 0, 0,
        10,   'I', 'D', 'A',  'T',  0x78, 0x9c, 0x63, 0x60, 0, 0, 0,
        2,    0,   1,   0x48, 0xaf, 0xa4, 0x71, 0,    0,    0, 0, 'I',
        'E',  'N', 'D', 0xae, 0x42, 0x60, 0x82};
    struct buf b = buf_make(1 << 20);

    (void)argc;
    (void)argv;
    if (!fuzz_wants_seeds())
        return 0;
    picture_jpeg_made(8, 8, 6, true, false, NULL, &b);
    fuzz_seed("jpeg", buf_view(&b));
    buf_clear(&b);
    picture_jpeg_made(17, 9, 3, false, true, NULL, &b);
    fuzz_seed("progressive", buf_view(&b));
    fuzz_seed("png", (struct bytes){png, sizeof png});
    buf_free(&b);
    exit(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct buf once = {0}, twice = {0};
    struct err err = {0};
    enum rc rc = picture_strip((struct bytes){p, n}, LANG_NL, &once, &err);

    if (rc != RC_OK) {
        PROMISE(rc == RC_INVALID || rc == RC_LIMIT);
        PROMISE(err.text[0] != '\0');
        return 0;
    }
    PROMISE(picture_strip(buf_view(&once), LANG_NL, &twice, &err) == RC_OK);
    PROMISE(bytes_eq(buf_view(&once), buf_view(&twice)));
    buf_free(&once);
    buf_free(&twice);
    return 0;
}
