/* fuzz_frame.c - zstd frames from outside, and settings from a file. */
#include "tests/fuzz/fuzz.h"

#include "server/conf.h"
#include "sync/sys/pack.h"

static char path[128];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct buf b = buf_make(10000);
    struct err err;

    (void)argc;
    (void)argv;
    if (!fuzz_wants_seeds()) {
        snprintf(path, sizeof path, "%s/conf", fuzz_dir_make());
        return 0;
    }
    buf_puts(&b, "0");
    fuzz_must(
        pack_compress(bytes_of("a lamp, a lamp, a lamp, a lamp"), 3, &b, &err),
        &err);
    fuzz_seed("frame", buf_view(&b));
    fuzz_seed("conf", bytes_of("1# a note\nlisten 127.0.0.1:0\nwaiting_max "
                               "64m\nlog debug\n"));
    exit(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    enum { MOST = 100000 };
    struct server_conf conf;
    struct buf out;
    struct err err;
    FILE *f;

    if (n == 0)
        return 0;
    if (p[0] % 2 == 0) {
        if (pack_expand((struct bytes){p + 1, n - 1}, MOST, &out, &err) ==
            RC_OK) {
            PROMISE(out.n <= MOST);
            buf_free(&out);
        }
        return 0;
    }
    f = fopen(path, "wb");
    PROMISE(f != NULL && fwrite(p + 1, 1, n - 1, f) == n - 1 && fclose(f) == 0);
    conf_defaults(&server_conf_table, &conf);
    if (conf_file(&server_conf_table, path, &conf, &err) != RC_OK)
        PROMISE(err.text[0] != '\0');
    return 0;
}
