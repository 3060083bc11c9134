/* fuzz_code.c - bytes become a code and come back; what is typed never reads
 * past its end, and a code that is read is written and read the same. */
#include "sync/code.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

static void round_trip(const struct code *c)
{
    char text[CODE_TEXT_BYTES];
    struct code d;

    code_write(c, text);
    if (code_read(bytes_of(text), &d, NULL) != RC_OK ||
        memcmp(c, &d, sizeof d) != 0)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct code c;
    struct err err;

    if (code_read((struct bytes){p, n}, &c, &err) == RC_OK)
        round_trip(&c);
    if (n >= sizeof c) {
        memcpy(&c, p, sizeof c);
        round_trip(&c);
    }
    return 0;
}
