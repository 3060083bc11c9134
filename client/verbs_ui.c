/* ui: pages for a browser on this machine. */
#include <stdio.h>
#include <string.h>

#include "client/ui.h"
#include "sync/sys/clock.h"
#include "sync/sys/file.h"

enum { OUTLINES_BYTES_MAX = 2 * 1024 * 1024 };

/* Keep what maps are to draw, for as long as the store is there. */
static enum rc keep_outlines(struct ui *u, const char *path, struct err *err)
{
    struct buf body;
    json_t *shapes;
    enum rc rc;

    if (u->state != UI_OPEN)
        return err_set(err, RC_AUTH, "%s",
                       msg(u->app.lang, "to keep outlines the store must be"
                                        " open: `stoep unlock` first"));
    rc = file_read(path, OUTLINES_BYTES_MAX, &body, err);
    if (rc != RC_OK)
        return rc;
    shapes = json_loadb((const char *)body.p, body.n, 0, NULL);
    if (json_is_array(json_object_get(shapes, "features")))
        rc = local_put(&u->app.l, FACE_OUTLINES, buf_text(&body), err);
    else
        rc = err_set(err, RC_INVALID,
                     msg(u->app.lang, "%s: this is no GeoJSON"), path);
    json_decref(shapes);
    buf_free(&body);
    return rc;
}

int verb_ui(struct app *a, int argc, char **argv)
{
    struct ui u = {.options = a, .lock = PTHREAD_MUTEX_INITIALIZER};
    bool outlines = argc == 3 && strcmp(argv[1], "--outlines") == 0;
    struct err err;
    enum rc rc;

    if (argc != 1 && !outlines)
        return app_usage(a, argv[0]);
    fputs(msg(a->lang, "Open this address in a browser on this device; it"
                       " works once.  Ctrl-C ends it.\n"),
          stderr);
    u.app = ui_app(&u);
    u.used_ms = clock_boot_ms();
    rc = ui_open(&u, NULL, &err); /* or a page asks for its PIN */
    if (rc != RC_OK && rc != RC_AUTH && rc != RC_EXPIRED && rc != RC_DENIED)
        return app_failed(a, &err);
    rc = outlines ? keep_outlines(&u, argv[2], &err) : RC_OK;
    if (rc == RC_OK)
        rc = ui_serve(&u, &err);
    pthread_mutex_lock(&u.lock);
    ui_close(&u);
    pthread_mutex_unlock(&u.lock);
    return rc == RC_OK ? EXIT_DONE : app_failed(a, &err);
}
