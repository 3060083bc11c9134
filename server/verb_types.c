/* types: the record types in force, and newer ones in their place. */
#include <stdio.h>

#include "schema/diff.h"
#include "schema/schema.h"
#include "server/verbs.h"

static void print_types(const struct shape *shape)
{
    size_t i;

    printf("version %s\n", shape->version);
    for (i = 0; i < shape->types_n; i++)
        printf("%-16s %zu fields  %s\n", shape->types[i].name,
               shape->types[i].fields_n - 1,
               label_in(&shape->types[i].label, LANG_NL));
}

/* Only what loses nothing: see schema/diff.h. */
static enum rc put_in_force(const char *dir, struct store *s,
                            const char *folder, struct err *err)
{
    struct arena mem = {0};
    struct diags diags = {0};
    struct buf changes = buf_make(1 << 20);
    const struct shape *shape;
    struct bytes bundle;
    enum rc rc = schema_read_bundle(folder, &mem, &bundle, err);

    if (rc == RC_OK)
        rc = schema_compile_bundle(bundle, &mem, &diags, &shape, err);
    diags_print(&diags, &changes);
    if (rc == RC_OK && schema_diff(s->shape, shape, &changes) > 0)
        rc = err_set(err, RC_DENIED,
                     "these definitions would lose data; nothing was changed");
    if (changes.n > 0)
        fputs(buf_text(&changes), stderr);
    if (rc == RC_OK)
        rc = verb_note(dir, "types.set", shape->version,
                       store_types_set(s, shape, bundle, err), err);
    if (rc == RC_OK)
        printf("version %s is in force; a running server takes it when it is"
               " started anew\n",
               shape->version);
    buf_free(&changes);
    diags_free(&diags);
    arena_free(&mem);
    return rc;
}

int verb_types(int argc, char **argv)
{
    const char *rest[2];
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, NULL, 0, rest, 2, &n) || n == 0)
        return verb_usage(argv[0]);
    rc = store_open(rest[0], n == 2 ? STORE_WRITE : STORE_READ, NULL, &s, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    if (n == 2)
        rc = put_in_force(rest[0], &s, rest[1], &err);
    else
        print_types(s.shape);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
