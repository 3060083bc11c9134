/* fuzz_types.c - record types as YAML: they compile or are refused with a
 * reason; what compiled compiles again to the same version, and makes tables.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "schema/rows.h"
#include "schema/schema.h"

static const char seed[] =
    "--- # lists.yaml\n"
    "lists:\n"
    "  level:\n"
    "    label: {nl: Mate, en: Level}\n"
    "    choices:\n"
    "      low: {nl: Laag, en: Low}\n"
    "      high: {nl: Hoog, en: High, was: [top], retired: true}\n"
    "purposes:\n"
    "  work: {nl: Werk, en: Work, basis: GDPR}\n"
    "retention_classes:\n"
    "  R1: {nl: Jaar, en: Year, days: 365}\n"
    "--- # signal.yaml\n"
    "type: signal\n"
    "label: {nl: Signaal, en: Signal}\n"
    "about: {nl: Iets., en: Something.}\n"
    "retention: R1\n"
    "write: worker, lead\n"
    "see: worker, lead\n"
    "fields:\n"
    "  title:\n"
    "    label: {nl: Titel, en: Title}\n"
    "    kind: text\n"
    "    max: 80\n"
    "    policy: latest\n"
    "    required: true\n"
    "    privacy: none\n"
    "    purpose: work\n"
    "  levels:\n"
    "    label: {nl: Maten, en: Levels}\n"
    "    kind: choice\n"
    "    list: level\n"
    "    set: true\n"
    "    policy: union\n"
    "    privacy: none\n"
    "    purpose: work\n";

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    if (!fuzz_wants_seeds())
        return 0;
    fuzz_seed("small", bytes_of(seed));
    exit(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena mem = {0};
    struct diags diags = {0}, none = {0};
    const struct shape *shape, *again;
    struct db *db;
    struct err err;
    enum rc rc =
        schema_compile_bundle((struct bytes){p, n}, &mem, &diags, &shape, &err);

    if (rc != RC_OK) {
        PROMISE(err.text[0] != '\0');
    } else {
        PROMISE(schema_compile_bundle((struct bytes){p, n}, &mem, &none, &again,
                                      &err) == RC_OK);
        PROMISE(strcmp(shape->version, again->version) == 0);
        fuzz_must(
            db_open(":memory:", (struct db_options){.create = true}, &db, &err),
            &err);
        PROMISE(rows_create_tables(db, shape, &err) == RC_OK);
        PROMISE(rows_create_tables(db, shape, &err) == RC_OK);
        db_close(db);
    }
    diags_free(&diags);
    diags_free(&none);
    arena_free(&mem);
    return 0;
}
