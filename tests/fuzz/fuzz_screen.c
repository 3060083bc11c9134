/* fuzz_screen.c - any bytes as a note: what is found lies in it, in order and
 * apart, and is found again; ASCII without digits, @ and titles is clean. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "sync/screen.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const seeds[] = {
        "Bel mevrouw Jansen op 06-12345678 of +31 (0)50 123 45 67",
        "bewoner@voorbeeld.nl, NL91 ABNA 0417 1643 00, bsn 1112.22.333",
        "Zonnelaan 5001a, 9742 AK 5001; 12 High Street; dhr. K. van den Berg",
        "Op 19-11-2026 14:05 kostte het 12.345.678 euro",
    };
    char name[8];
    size_t i;

    (void)argc;
    (void)argv;
    if (!fuzz_wants_seeds())
        return 0;
    for (i = 0; i < countof(seeds); i++) {
        snprintf(name, sizeof name, "%zu", i);
        fuzz_seed(name, bytes_of(seeds[i]));
    }
    exit(0);
}

/* ASCII letters, spaces and marks, and no word that could be a title. */
static bool clean(struct bytes text)
{
    static const char *const first[] = {"m", "j", "h", "d", "f"};
    size_t i, k;

    for (i = 0; i < text.n; i++) {
        uint8_t c = text.p[i];

        if (c >= 0x80 || c == '@' || (c >= '0' && c <= '9'))
            return false;
        for (k = 0; k < countof(first); k++)
            if ((c | 0x20) == first[k][0])
                return false; /* may begin one */
    }
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena mem = {0};
    struct bytes text = {p, n};
    struct screening a = screen_text(text, &mem), b = screen_text(text, &mem);
    size_t i, end = 0;

    PROMISE(a.n == b.n);
    for (i = 0; i < a.n; i++) {
        PROMISE(a.p[i].start >= end && a.p[i].n > 0);
        PROMISE(a.p[i].kind == b.p[i].kind && a.p[i].start == b.p[i].start);
        PROMISE(a.p[i].kind < SCREEN_KINDS_N);
        end = a.p[i].start + a.p[i].n;
    }
    PROMISE(end <= n);
    PROMISE(!clean(text) || a.n == 0);
    arena_free(&mem);
    return 0;
}
