/* Bundles from a folder. */
#include <string.h>

#include "schema/check.h"
#include "schema/schema.h"
#include "sync/limits.h"
#include "sync/sys/file.h"

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

enum rc schema_read_bundle(const char *dir, struct arena *mem,
                           struct bytes *out, struct err *err)
{
    struct buf all = buf_make(types_bundle_bytes_max);
    char **paths;
    size_t i, n;
    enum rc rc;

    rc = file_list(dir, ".yaml", mem, &paths, &n, err);
    if (rc == RC_OK && n == 0)
        rc = err_set(err, RC_NOTFOUND, "%s holds no definitions (*.yaml)", dir);
    for (i = 0; rc == RC_OK && i < n; i++) {
        struct buf one = {0};

        rc = file_read(paths[i], types_bundle_bytes_max, &one, err);
        if (rc == RC_OK) {
            buf_printf(&all, "--- # %s\n", base_name(paths[i]));
            buf_put(&all, one.p, one.n);
            if (one.n > 0 && one.p[one.n - 1] != '\n')
                buf_puts(&all, "\n");
        }
        buf_free(&one);
    }
    if (rc == RC_OK && all.full)
        rc = err_set(err, RC_LIMIT, "%s: the definitions exceed %d bytes", dir,
                     types_bundle_bytes_max);
    if (rc == RC_OK)
        *out = arena_bytes(mem, buf_view(&all));
    buf_free(&all);
    return rc;
}

enum rc schema_compile(const char *dir, struct arena *mem, struct diags *diags,
                       const struct shape **out, struct err *err)
{
    struct bytes bundle;
    enum rc rc = schema_read_bundle(dir, mem, &bundle, err);

    return rc == RC_OK ? compile_bundle(bundle, dir, mem, diags, out, err) : rc;
}
