#define _DEFAULT_SOURCE
/* QR codes: what was drawn is read again, by libqrencode's own squares and, if
 * it is there, by a reader that is not ours (zbarimg). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <png.h>
#include <qrencode.h>

#include <sys/stat.h>
#include <unistd.h>

#include "server/qr.h"
#include "sync/base/mem.h"

static const char text[] =
    "https://stoep.example:8443/#0123-45678-9ABCD-EFGHJ-KMNPQ-RSTVW-XYZ00";

static char dir[256], path[300];

static int set_up(void **state)
{
    const char *tmp = getenv("TMPDIR");

    (void)state;
    snprintf(dir, sizeof dir, "%s/qr.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(dir));
    snprintf(path, sizeof path, "%s/code.png", dir);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(dir);
}

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static void a_picture_holds_the_squares(void **state)
{
    QRcode *q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    png_image image = {.version = PNG_IMAGE_VERSION};
    struct stat st;
    uint8_t *pixels;
    int x, y, side = (q->width + 2 * QR_QUIET) * QR_SCALE;
    struct err err;

    (void)state;
    ok(qr_png(path, text, &err), &err);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_not_equal(png_image_begin_read_from_file(&image, path), 0);
    image.format = PNG_FORMAT_GRAY;
    assert_int_equal(image.width, side);
    assert_int_equal(image.height, side);
    pixels = mem_new(PNG_IMAGE_SIZE(image));
    assert_int_not_equal(png_image_finish_read(&image, NULL, pixels, 0, NULL),
                         0);
    for (y = 0; y < side; y++)
        for (x = 0; x < side; x++) {
            int qx = x / QR_SCALE - QR_QUIET, qy = y / QR_SCALE - QR_QUIET;
            bool dark = qx >= 0 && qy >= 0 && qx < q->width && qy < q->width &&
                        q->data[qy * q->width + qx] & 1;

            assert_int_equal(pixels[y * side + x], dark ? 0 : 255);
        }
    free(pixels);
    QRcode_free(q);
}

static void another_reader_reads_it(void **state)
{
    char command[400], read[200] = "";
    FILE *f;
    struct err err;

    (void)state;
    if (system("command -v zbarimg >/dev/null 2>&1") != 0)
        skip();
    ok(qr_png(path, text, &err), &err);
    snprintf(command, sizeof command,
             "zbarimg --quiet --raw --nodbus '%s' 2>/dev/null", path);
    f = popen(command, "r");
    assert_non_null(f);
    assert_non_null(fgets(read, sizeof read, f));
    pclose(f);
    read[strcspn(read, "\n")] = '\0';
    assert_string_equal(read, text);
}

/* A half block tells two squares; a terminal shows as many columns as rows. */
static void a_terminal_shows_the_same_squares(void **state)
{
    QRcode *q = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
    int side = q->width + 2 * QR_QUIET, x = 0, y = 0;
    char *shown = NULL;
    size_t n = 0;
    FILE *to = open_memstream(&shown, &n);
    const char *p;
    struct err err;

    (void)state;
    ok(qr_print(to, text, &err), &err);
    fclose(to);
    for (p = shown; *p != '\0';) {
        bool upper = true, lower = true; /* dark */
        int k;

        if (*p == '\x1b') {
            p = strchr(p, 'm') + 1;
            continue;
        }
        if (*p == '\n') {
            assert_int_equal(x, side);
            x = 0;
            y += 2;
            p++;
            continue;
        }
        if (*p != ' ') {
            upper = strncmp(p, "\xe2\x96\x84", 3) == 0;
            lower = strncmp(p, "\xe2\x96\x80", 3) == 0;
            p += 2;
        }
        for (k = 0; k < 2; k++) {
            int qx = x - QR_QUIET, qy = y + k - QR_QUIET;
            bool dark = qx >= 0 && qy >= 0 && qx < q->width && qy < q->width &&
                        q->data[qy * q->width + qx] & 1;

            assert_int_equal(k == 0 ? upper : lower, dark);
        }
        x++;
        p++;
    }
    assert_true(y >= side);
    free(shown);
    QRcode_free(q);
}

static void no_file_is_written_over_and_no_text_is_too_long(void **state)
{
    char longer[QR_TEXT_MAX + 2];
    struct stat st;
    struct err err;

    (void)state;
    memset(longer, 'a', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(qr_png(path, longer, &err), RC_LIMIT);
    assert_int_not_equal(stat(path, &st), 0);
    ok(qr_png(path, text, &err), &err);
    assert_int_equal(qr_png(path, text, &err), RC_CONFLICT);
    assert_int_equal(stat(path, &st), 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_picture_holds_the_squares),
        T(another_reader_reads_it),
        T(a_terminal_shows_the_same_squares),
        T(no_file_is_written_over_and_no_text_is_too_long),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
