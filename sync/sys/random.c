#define _DEFAULT_SOURCE
#include "sync/sys/random.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

void random_bytes(void *out, size_t n)
{
    unsigned char *p = out;

    while (n > 0) {
        ssize_t got = getrandom(p, n, 0);

        if (got > 0) {
            p += got;
            n -= (size_t)got;
        } else if (errno != EINTR) {
            perror("getrandom");
            abort();
        }
    }
}
