/* The store behind the pages: opened, locked, opened anew (ui.h). */
#include <string.h>

#include "client/ui.h"
#include "client/unlock.h"
#include "sync/sys/clock.h"
#include "sync/sys/secret.h"

struct app ui_app(const struct ui *u)
{
    return (struct app){
        .dir = u->options->dir,
        .lock = -1,
        .lang = u->options->lang,
        .no_pin = u->options->no_pin,
        .now_ms = clock_wall_ms(),
        .pin = {.lang = u->options->lang, .fd = -1, .given = true}};
}

static enum ui_state state_after(const struct ui *u, const struct err *err)
{
    if (err->reason != NULL && strcmp(err->reason, "wiped") == 0)
        return UI_WIPED;
    if (!vault_exists(u->options->dir))
        return UI_NONE;
    return err->code == RC_EXPIRED ? UI_EXPIRED : UI_LOCKED;
}

void ui_close(struct ui *u)
{
    if (u->state == UI_OPEN) {
        app_close(&u->app);
        u->app = ui_app(u);
        u->state = UI_LOCKED;
    }
    secret_free(u->key, VAULT_KEY_BYTES);
    u->key = NULL;
    u->stale = false;
}

/* An enrolment that did not get through leaves a store with its PIN: to enrol
 * goes on with that. */
static bool is_enrolled(struct app *a)
{
    struct err err;
    uint64_t device = 0;

    return local_get_u64(&a->l, "device", &device, &err) != RC_OK ||
           device != 0;
}

enum rc ui_open(struct ui *u, const char *pin, struct err *err)
{
    enum rc rc;

    u->app = ui_app(u);
    u->app.pin.pin = pin;
    u->app.key = u->key;
    rc = app_open(&u->app, OPENS_STORE, err);
    if (rc != RC_OK) {
        app_close(&u->app);
        u->state = state_after(u, err);
        return rc;
    }
    if (!is_enrolled(&u->app)) {
        app_close(&u->app);
        u->app = ui_app(u);
        u->state = UI_NONE;
        return RC_OK;
    }
    u->state = UI_OPEN;
    u->stale = false;
    u->app.key = NULL;
    if (u->key == NULL)
        u->key = memcpy(secret_new(VAULT_KEY_BYTES), vault_key(u->app.vault),
                        VAULT_KEY_BYTES);
    return rc;
}

/* A sync went over the store, here or in another program; that may have been
 * told to destroy it. */
static bool gone_on(struct ui *u)
{
    struct err err;
    bool hold = true;

    return u->stale || !vault_exists(u->options->dir) ||
           (local_types_hold(&u->app.l, &hold, &err) == RC_OK && !hold);
}

void ui_freshen(struct ui *u)
{
    struct err err;

    if (u->state != UI_OPEN)
        return;
    if (!vault_lease_runs(u->app.vault, clock_wall_ms())) {
        ui_close(u);
        u->state = UI_EXPIRED;
    } else if (gone_on(u)) {
        app_close(&u->app);
        u->state = UI_LOCKED;
        if (ui_open(u, NULL, &err) != RC_OK) {
            secret_free(u->key, VAULT_KEY_BYTES);
            u->key = NULL;
        }
    }
}
