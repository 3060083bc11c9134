/* fuzz.h - what the targets share: promises that stop the process when broken,
 * a folder of their own, seeds.
 *
 * A target that is run with FUZZ_SEEDS=FOLDER writes its seeds there, made by
 * the product's own writers, and ends. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "sync/base/err.h"
#include "sync/base/mem.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

#define PROMISE(x)                                                          \
    do {                                                                    \
        if (!(x)) {                                                         \
            fprintf(stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #x); \
            abort();                                                        \
        }                                                                   \
    } while (0)

static inline void fuzz_must(enum rc rc, const struct err *err)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "set-up: %s\n", err->text);
    exit(2);
}

static inline bool fuzz_wants_seeds(void)
{
    return getenv("FUZZ_SEEDS") != NULL;
}

static inline void fuzz_seed(const char *name, struct bytes seed)
{
    char path[512];
    FILE *f;

    snprintf(path, sizeof path, "%s/%s", getenv("FUZZ_SEEDS"), name);
    f = fopen(path, "wb");
    if (f == NULL || fwrite(seed.p, 1, seed.n, f) != seed.n || fclose(f) != 0)
        exit(2);
}

/* A folder in memory, if there is such a thing; gone at the end. */
static char fuzz_dir[64];

static inline void fuzz_dir_remove(void)
{
    char command[100];

    snprintf(command, sizeof command, "rm -rf '%s'", fuzz_dir);
    if (system(command) != 0)
        fprintf(stderr, "%s stays\n", fuzz_dir);
}

static inline const char *fuzz_dir_make(void)
{
    snprintf(fuzz_dir, sizeof fuzz_dir, "%s/stoep-fuzz.XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (mkdtemp(fuzz_dir) == NULL)
        exit(2);
    atexit(fuzz_dir_remove);
    return fuzz_dir;
}
