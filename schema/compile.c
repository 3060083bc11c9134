#include "schema/schema.h"

#include <string.h>

#include "schema/check.h"
#include "sync/limits.h"
#include "sync/sys/digest.h"

/* Made by ld from the files in schema/types/; the names are its own. */
extern const uint8_t _binary_types_bundle_start[]; // NOLINT
extern const uint8_t _binary_types_bundle_end[];   // NOLINT

struct bytes schema_builtin_bundle(void)
{
    const uint8_t *p = _binary_types_bundle_start;

    // cppcheck-suppress comparePointers
    return (struct bytes){p, (size_t)(_binary_types_bundle_end - p)};
}

static void set_version(struct shape *s, struct bytes bundle)
{
    struct digest d = digest_of(bundle);
    char hex[DIGEST_HEX_CHARS + 1];

    digest_hex(&d, hex);
    memcpy(s->version, hex, sizeof s->version - 1);
}

static enum rc report(struct diags *diags, struct err *err)
{
    const struct diag *d;

    diags_sort(diags);
    d = &diags->p[0];
    if (d->line == 0)
        return err_set(err, RC_INVALID, "%s: %s: %s", d->file, d->what,
                       d->remedy);
    return err_set(err, RC_INVALID, "%s:%zu:%zu: %s: %s", d->file, d->line,
                   d->column, d->what, d->remedy);
}

enum rc compile_bundle(struct bytes bundle, const char *dir, struct arena *mem,
                       struct diags *diags, const struct shape **out,
                       struct err *err)
{
    struct reader r = {.mem = mem, .diags = diags};
    struct shape *s = arena_new(mem, sizeof *s);
    struct tree *trees;
    size_t n;

    if (bundle.n > types_bundle_bytes_max)
        return err_set(err, RC_LIMIT, "definitions of %zu bytes (at most %d)",
                       bundle.n, types_bundle_bytes_max);
    parse_bundle(bundle, dir, mem, diags, &trees, &n);
    if (n == 0 && diags->n == 0)
        return err_set(err, RC_INVALID, "there are no definitions at all");
    if (diags->n == 0) {
        check_lists(&r, trees, n, s);
        check_types(&r, trees, n, s);
        check_between(&r, trees, n, s);
    }
    if (diags->n > 0)
        return report(diags, err);
    set_version(s, bundle);
    *out = s;
    return RC_OK;
}

enum rc schema_compile_bundle(struct bytes bundle, struct arena *mem,
                              struct diags *diags, const struct shape **out,
                              struct err *err)
{
    return compile_bundle(bundle, "", mem, diags, out, err);
}
