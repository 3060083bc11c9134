/* fuzz_import.c - files that people bring: JSON lines of records on a device,
 * CSV of areas at the server.  Taken in or refused line by line; a store that
 * took one in stays whole. */
#include "tests/fuzz/fuzz.h"

#include "client/app.h"
#include "schema/schema.h"

static char file[128], device_dir[128];
static struct app app;
static unsigned runs;

static const char lines[] =
    "{\"type\":\"signal\",\"area\":\"selwerd\",\"ref\":\"@lamp\",\"fields\":"
    "{\"title\":\"lamp\",\"themes\":[\"veiligheid\"],\"type\":\"zorg\"}}\n"
    "{\"id\":\"@lamp\",\"set\":{\"title\":\"lamp post\"},\"add\":{\"themes\":"
    "[\"groen\"]}}\n"
    "{\"id\":\"@lamp\",\"delete\":true}\n";

/* As client/main.c, which is not linked. */
int app_usage(const struct app *a, const char *verb)
{
    (void)a;
    (void)verb;
    return EXIT_USAGE;
}

static void open_device(void)
{
    struct area_info area = {
        .number = 1, .slug = bytes_of("selwerd"), .name = bytes_of("Selwerd")};
    struct welcome w = {.epoch = 5, .areas = &area, .areas_n = 1};
    char command[200];
    struct err err;

    if (app.l.db != NULL)
        local_close(&app.l);
    arena_free(&app.mem);
    snprintf(command, sizeof command, "rm -rf '%s'", device_dir);
    if (system(command) != 0)
        exit(2);
    app = (struct app){.now_ms = 1790000000000};
    fuzz_must(local_open(device_dir, NULL, &app.l, &err), &err);
    fuzz_must(local_enrolled(&app.l, 1, &err), &err);
    fuzz_must(local_welcome(&app.l, &w, false, &err), &err);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    const char *dir;

    (void)argc;
    (void)argv;
    if (fuzz_wants_seeds()) {
        fuzz_seed("lines", bytes_of(lines));
        exit(0);
    }
    dir = fuzz_dir_make();
    snprintf(file, sizeof file, "%s/file", dir);
    snprintf(device_dir, sizeof device_dir, "%s/device", dir);
    open_device();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    char verb[] = "import";
    char *argv[] = {verb, file, NULL};
    FILE *f = fopen(file, "wb");
    struct err err;
    int code;

    PROMISE(f != NULL && fwrite(p, 1, n, f) == n && fclose(f) == 0);
    code = verb_import(&app, 2, argv);
    PROMISE(code == EXIT_DONE || code == EXIT_FAILED);
    arena_reset(&app.mem);
    app.areas = NULL;
    if (++runs % 200 == 0) {
        PROMISE(db_quick_check(app.l.db, &err) == RC_OK);
        open_device();
    }
    return 0;
}
