/* ui: pages for a browser on this machine. */
#include <stdio.h>

#include "client/ui.h"
#include "sync/sys/clock.h"

int verb_ui(struct app *a, int argc, char **argv)
{
    /* A sync may still be under way when this returns, and ends with the
     * program. */
    static struct ui u = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct err err;
    enum rc rc;

    if (argc != 1)
        return app_usage(a, argv[0]);
    fputs(msg(a->lang, "Open this address in a browser on this device; it"
                       " works once.  Ctrl-C ends it.\n"),
          stderr);
    u.options = a;
    u.app = ui_app(&u);
    u.used_ms = clock_boot_ms();
    rc = ui_open(&u, NULL, &err); /* or a page asks for its PIN */
    if (rc != RC_OK && rc != RC_AUTH && rc != RC_EXPIRED && rc != RC_DENIED)
        return app_failed(a, &err);
    rc = ui_serve(&u, &err);
    pthread_mutex_lock(&u.lock);
    u.ended = true;
    ui_close(&u);
    pthread_mutex_unlock(&u.lock);
    return rc == RC_OK ? EXIT_DONE : app_failed(a, &err);
}
