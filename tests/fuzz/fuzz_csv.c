/* fuzz_csv.c - a CSV of areas at the server: taken in whole or not at all. */
#include "tests/fuzz/fuzz.h"

#include "schema/schema.h"
#include "server/verbs.h"

static char file[128], dir[128];

/* As server/main.c, which is not linked. */
int verb_usage(const char *verb)
{
    (void)verb;
    return EXIT_USAGE;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct err err;

    (void)argc;
    (void)argv;
    if (fuzz_wants_seeds()) {
        fuzz_seed("areas", bytes_of("slug,name,code\nselwerd,\"Selwerd, "
                                    "noord\",2022BU00141000\nx,X,\n"));
        exit(0);
    }
    snprintf(dir, sizeof dir, "%s", fuzz_dir_make());
    snprintf(file, sizeof file, "%s/areas.csv", dir);
    fuzz_must(store_create(dir, schema_builtin_bundle(), &err), &err);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    char verb[] = "areas", csv[] = "--csv";
    char *argv[] = {verb, dir, csv, file, NULL};
    FILE *f = fopen(file, "wb");
    int code;

    PROMISE(f != NULL && fwrite(p, 1, n, f) == n && fclose(f) == 0);
    code = verb_areas(4, argv);
    PROMISE(code == EXIT_DONE || code == EXIT_FAILED);
    return 0;
}
