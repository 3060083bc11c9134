/* From a folder to an open store: its vault, its PIN, its lease. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/agent.h"
#include "client/app.h"
#include "client/rekey.h"
#include "client/unlock.h"
#include "sync/sys/clock.h"
#include "sync/sys/file.h"
#include "sync/sys/secret.h"

enum rc app_not_enrolled(const struct app *a, struct err *err)
{
    return err_set(err, RC_AUTH, "%s",
                   msg(a->lang, "this device is not enrolled yet: `stoep enrol"
                                " URL CODE`"));
}

static struct vault_by by(const struct app *a)
{
    return (struct vault_by){.now_ms = a->now_ms, .lang = a->lang};
}

enum rc app_vault_by_pin(struct app *a, bool lease_too_old, struct err *err)
{
    char pin[VAULT_PIN_BYTES_MAX + 2] = "";
    struct vault_by how = by(a);
    enum rc rc = pin_ask(&a->pin, msg(a->lang, "PIN"), pin, err);

    how.pin = pin;
    how.lease_too_old = lease_too_old;
    if (rc == RC_OK)
        rc = vault_open(a->dir, &how, &a->vault, err);
    secret_drop(pin, sizeof pin);
    return rc;
}

/* By the key that was kept, if any; without a PIN nothing more is needed. */
static enum rc open_kept(struct app *a, struct err *err)
{
    uint8_t key[VAULT_KEY_BYTES];
    struct vault_by how = by(a);
    enum rc rc;

    if (a->key != NULL)
        how.key = a->key;
    else if (unlock_find(a->dir, clock_boot_ms(), key))
        how.key = key;
    rc = vault_open(a->dir, &how, &a->vault, err);
    mem_wipe(key, sizeof key);
    if (rc == RC_EXPIRED) /* what may not be read needs no key in memory */
        unlock_forget(a->dir);
    if (rc == RC_DENIED && how.key != NULL) { /* of a store that was here */
        unlock_forget(a->dir);
        rc = RC_AUTH;
    }
    return rc;
}

static enum rc open_vault(struct app *a, enum app_opens opens, struct err *err)
{
    bool closed_too = opens == OPENS_TO_SYNC || opens == OPENS_STATUS;
    struct vault_by how = by(a);
    enum rc rc = open_kept(a, err);

    if (rc == RC_AUTH)
        rc = app_vault_by_pin(a, closed_too, err);
    else if (rc == RC_EXPIRED && closed_too) {
        how.lease_too_old = true;
        rc = vault_open(a->dir, &how, &a->vault, err); /* if without a PIN */
        if (rc == RC_AUTH)
            rc = app_vault_by_pin(a, true, err);
    }
    return rc;
}

static enum rc make_vault(struct app *a, struct err *err)
{
    char pin[VAULT_PIN_BYTES_MAX + 2] = "";
    struct vault_by how = by(a);
    enum rc rc = a->no_pin ? RC_OK : pin_ask_new(&a->pin, pin, err);

    how.pin = a->no_pin ? NULL : pin;
    if (rc == RC_OK)
        rc = vault_make(a->dir, &how, &a->vault, err);
    else if (rc == RC_AUTH && pin_from_person(&a->pin))
        err_set(err, rc, "%s",
                msg(a->lang, "there is nobody to ask for a PIN: give"
                             " --pin-file; or --no-pin, and whoever has the"
                             " files can read them"));
    secret_drop(pin, sizeof pin);
    return rc == RC_OK ? wipe_forget(a->dir, err) : rc;
}

/* A store without its vault cannot be read, and is not written over. */
static bool orphan(const struct app *a)
{
    char path[1024];

    snprintf(path, sizeof path, "%s/stoep.db", a->dir);
    return access(path, F_OK) == 0;
}

/* A wipe that was broken off goes on before anything else. */
static enum rc go_on_wiping(struct app *a, enum app_opens opens,
                            struct err *err)
{
    bool makes = opens == OPENS_OR_MAKES;
    enum rc rc = wipe_destroy(a->dir, err);

    if (rc != RC_OK)
        return rc;
    if (!makes && opens != OPENS_TO_SYNC)
        return wipe_told(false, err);
    rc = agent_wiped(a->dir, err);
    if (makes && err->reason == NULL && (rc == RC_AUTH || rc == RC_DENIED))
        rc = wipe_end(a->dir, err); /* a server that knows nothing of it */
    if (!makes)
        return wipe_told(rc == RC_OK, err);
    return rc;
}

static enum rc after_wipe(struct app *a, enum app_opens opens, struct err *err)
{
    switch (wipe_state(a->dir)) {
    case WIPE_NONE: break;
    case WIPE_BEGUN: return go_on_wiping(a, opens, err);
    case WIPE_DONE:
        return opens == OPENS_OR_MAKES ? RC_OK : wipe_told(true, err);
    }
    return RC_OK;
}

/* As long as we use the store nobody gives it another key. */
static enum rc share(struct app *a, enum app_opens opens, struct err *err)
{
    bool there = vault_exists(a->dir);
    enum rc rc = RC_OK;

    if (a->lock >= 0 || (!there && opens != OPENS_OR_MAKES))
        return RC_OK;
    if (!there)
        rc = file_mkdir(a->dir, 0700, err);
    if (rc == RC_OK)
        rc = rekey_share(a->dir, &a->lock, err);
    if (rc == RC_BUSY)
        rc = err_set(err, rc, "%s",
                     msg(a->lang, "this store gets another key just now: try"
                                  " again in a moment"));
    return rc;
}

enum rc app_open(struct app *a, enum app_opens opens, struct err *err)
{
    enum rc rc = after_wipe(a, opens, err);

    if (rc == RC_OK)
        rc = share(a, opens, err);
    if (rc != RC_OK || opens == OPENS_NOTHING)
        return rc;
    if (vault_exists(a->dir))
        rc = open_vault(a, opens, err);
    else if (orphan(a))
        rc = err_set(err, RC_NOTFOUND,
                     msg(a->lang, "%s holds a store, but not its key (vault):"
                                  " put it back, or enrol in another folder"),
                     a->dir);
    else if (opens == OPENS_OR_MAKES)
        rc = make_vault(a, err);
    else if (opens == OPENS_IF_THERE || opens == OPENS_STATUS)
        return RC_OK;
    else
        rc = app_not_enrolled(a, err);
    if (rc == RC_OK)
        rc = rekey_settle(a->dir, vault_key(a->vault), err);
    if (rc == RC_OK)
        rc = local_open(a->dir, vault_key(a->vault), &a->l, err);
    return rc;
}

void app_close(struct app *a)
{
    if (a->l.db != NULL)
        local_close(&a->l);
    vault_close(a->vault);
    file_unlock(a->lock);
    pin_source_close(&a->pin);
    arena_free(&a->mem);
}
