/* Record types: what a proposed version changes, and putting it in force
 * (schema/diff.h). */
#include <string.h>

#include "schema/diff.h"
#include "schema/schema.h"
#include "server/desk.h"
#include "sync/base/msg.h"

enum { CHANGES_BYTES_MAX = 1 << 20 };

enum rc desk_bundle(struct desk *d, const json_t *in, json_t *out,
                    struct err *err)
{
    const struct shape *s = d->store->shape;
    struct bytes bundle = {0};
    enum rc rc =
        store_types(d->store, bytes_of(s->version), d->mem, &bundle, err);

    (void)in;
    json_object_set_new(out, "version", json_string(s->version));
    json_object_set_new(out, "bundle", desk_bytes(bundle));
    return rc;
}

/* A proposal, compiled; what it changes, a line each, in `changes`. */
static enum rc propose(struct desk *d, const json_t *in, struct bytes *bundle,
                       const struct shape **shape, struct buf *changes,
                       size_t *unsafe, struct err *err)
{
    struct diags diags = {0};
    const char *text = NULL;
    enum rc rc = desk_text(in, "bundle", &text, err);

    if (rc != RC_OK)
        return rc;
    *bundle = bytes_of(text);
    rc = schema_compile_bundle(*bundle, d->mem, &diags, shape, err);
    diags_print(&diags, changes);
    diags_free(&diags);
    if (rc == RC_OK)
        *unsafe = schema_diff(d->store->shape, *shape, changes);
    return rc;
}

/* That it does not compile is an answer, not a fault: with file and line. */
enum rc desk_types_check(struct desk *d, const json_t *in, json_t *out,
                         struct err *err)
{
    struct buf changes = buf_make(CHANGES_BYTES_MAX);
    const struct shape *shape = NULL;
    struct bytes bundle;
    size_t unsafe = 0;
    enum rc rc = propose(d, in, &bundle, &shape, &changes, &unsafe, err);

    json_object_set_new(out, "compiles", json_boolean(rc == RC_OK));
    json_object_set_new(out, "changes", desk_bytes(buf_view(&changes)));
    json_object_set_new(out, "unsafe", json_integer((json_int_t)unsafe));
    if (rc == RC_OK)
        json_object_set_new(out, "version", json_string(shape->version));
    buf_free(&changes);
    return rc == RC_INVALID || rc == RC_CORRUPT ? RC_OK : rc;
}

enum rc desk_types_publish(struct desk *d, const json_t *in, json_t *out,
                           struct err *err)
{
    struct buf changes = buf_make(CHANGES_BYTES_MAX);
    const struct shape *shape = NULL;
    struct bytes bundle;
    size_t unsafe = 0;
    enum rc rc = propose(d, in, &bundle, &shape, &changes, &unsafe, err);

    buf_free(&changes);
    if (rc == RC_OK && unsafe > 0)
        rc = err_set(err, RC_DENIED,
                     MSG("these definitions would lose data; nothing was"
                         " changed"));
    if (rc != RC_OK)
        return rc;
    d->line->on = shape->version;
    desk_writes(d);
    rc = store_types_set(d->store, shape, bundle, err);
    json_object_set_new(out, "version", json_string(shape->version));
    return rc;
}
