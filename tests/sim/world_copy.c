/* Old copies of stores, and second ones, in the pretend world. */
#include <stdlib.h>
#include <string.h>

#include "tests/sim/world_int.h"

void device_copy(struct world *w, struct device_sim *d)
{
    size_t bytes = d->own_n * sizeof *d->own;

    d->copy = disk_image_take(d->host);
    d->copy_epoch = d->stale ? UINT64_MAX : w->server.epochs;
    d->copy_own_n = d->own_n;
    d->copy_own = mem_new(bytes + 1);
    if (bytes > 0)
        memcpy(d->copy_own, d->own, bytes);
}

void device_copy_free(struct device_sim *d)
{
    disk_image_free(d->copy);
    free(d->copy_own);
    d->copy = NULL;
    d->copy_own = NULL;
}

/* What was handed in stays so; what its writes have lost since the copy was
 * made (NULL: it was not there yet) stands there again. */
static void remember(struct own *o, const struct own *then)
{
    if (then != NULL) {
        o->c = then->c;
        o->whole = then->whole;
        o->dropped = then->dropped;
        o->stripped = then->stripped;
        o->forgotten = then->forgotten && o->forgotten;
    } else if (o->dropped || o->stripped) {
        o->c = o->whole;
        o->dropped = o->stripped = o->forgotten = false;
    }
}

/* Its store is an old copy of itself: what came after is forgotten, and the
 * numbers run again. */
void device_restore(struct world *w, struct device_sim *d)
{
    size_t i;

    device_stop(w, d);
    disk_restart(d->host, false, &w->dice);
    disk_image_put(d->host, d->copy);
    d->unsure = false;
    d->forked = d->restored = true;
    if (d->copy_epoch != w->server.epochs)
        d->stale = true;
    d->stopped = RC_OK;
    memset(d->pulled, 0, sizeof d->pulled);
    memset(d->cursor, 0, sizeof d->cursor);
    for (i = 0; i < d->own_n; i++)
        remember(&d->own[i], i < d->copy_own_n ? &d->copy_own[i] : NULL);
    device_copy_free(d);
    note(w, "%s is put back from an old copy", d->user);
    device_start(w, d);
}

void device_clone(struct world *w, struct device_sim *d)
{
    struct device_sim *twin = &w->devices[w->devices_n];
    struct disk_image *image;

    device_stop(w, d);
    image = disk_image_take(d->host);
    *twin = *d;
    twin->host = 1 + (unsigned)w->devices_n;
    w->devices_n++;
    twin->copy = NULL;
    twin->copy_own = NULL;
    twin->own = NULL;
    if (d->own_n > 0) {
        twin->own = mem_new(d->own_cap * sizeof *twin->own);
        memcpy(twin->own, d->own, d->own_n * sizeof *twin->own);
    }
    twin->forked = d->forked = true;
    disk_image_put(twin->host, image);
    disk_image_free(image);
    note(w, "%s is copied; both copies are in use", d->user);
    device_start(w, d);
    device_start(w, twin);
}
