/* unlock, lock, pin, rekey, check. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/agent.h"
#include "client/app.h"
#include "client/rekey.h"
#include "client/unlock.h"
#include "sync/base/text.h"
#include "sync/sys/clock.h"
#include "sync/sys/secret.h"

static enum rc need_vault(const struct app *a, struct err *err)
{
    return vault_exists(a->dir) ? RC_OK : app_not_enrolled(a, err);
}

/* -- unlock, lock ------------------------------------------------------- */

static enum rc unlock(struct app *a, unsigned minutes, struct err *err)
{
    struct vault_by how = {.now_ms = a->now_ms, .lang = a->lang};
    enum rc rc = need_vault(a, err);

    if (rc != RC_OK)
        return rc;
    rc = vault_open(a->dir, &how, &a->vault, err);
    if (rc == RC_OK) {
        puts(msg(a->lang, "this store has no PIN: it is never locked"));
        return rc;
    }
    if (rc == RC_AUTH)
        rc = app_vault_by_pin(a, false, err);
    if (rc == RC_OK)
        rc = unlock_keep(a->dir, vault_key(a->vault), minutes, clock_boot_ms(),
                         err);
    vault_close(a->vault);
    a->vault = NULL;
    if (rc == RC_OK) {
        rc = unlock_watch_start(a->dir, err);
        if (rc != RC_OK)
            unlock_forget(a->dir);
    }
    if (rc == RC_OK)
        printf(msg(a->lang, "unlocked, until it was not used for %u"
                            " minutes\n"),
               minutes);
    return rc;
}

int verb_unlock(struct app *a, int argc, char **argv)
{
    uint64_t minutes = UNLOCK_MINUTES;
    struct err err;

    if (argc != 1 &&
        (argc != 3 || strcmp(argv[1], "--minutes") != 0 ||
         !text_take_u64(bytes_of(argv[2]), UNLOCK_MINUTES_MAX, &minutes) ||
         minutes == 0))
        return app_usage(a, argv[0]);
    return unlock(a, (unsigned)minutes, &err) == RC_OK ? EXIT_DONE
                                                       : app_failed(a, &err);
}

int verb_lock(struct app *a, int argc, char **argv)
{
    if (argc != 1)
        return app_usage(a, argv[0]);
    unlock_forget(a->dir);
    puts(msg(a->lang, "locked"));
    return EXIT_DONE;
}

/* -- pin ---------------------------------------------------------------- */

static enum rc change_pin(struct app *a, struct err *err)
{
    struct vault_by how = {.now_ms = a->now_ms, .lang = a->lang};
    char pin[VAULT_PIN_BYTES_MAX + 2] = "";
    enum rc rc = need_vault(a, err);

    if (rc != RC_OK)
        return rc;
    /* Also if it is unlocked: who finds it so is not to change the PIN.  The
     * lease says nothing of the PIN. */
    how.lease_too_old = true;
    rc = vault_open(a->dir, &how, &a->vault, err);
    if (rc == RC_AUTH)
        rc = app_vault_by_pin(a, true, err);
    if (rc == RC_OK)
        rc = pin_ask_new(&a->pin, pin, err);
    how.pin = pin;
    if (rc == RC_OK)
        rc = vault_pin_set(a->vault, &how, err);
    secret_drop(pin, sizeof pin);
    return rc;
}

int verb_pin(struct app *a, int argc, char **argv)
{
    struct err err;

    if (argc != 1)
        return app_usage(a, argv[0]);
    if (change_pin(a, &err) != RC_OK)
        return app_failed(a, &err);
    unlock_forget(a->dir);
    puts(msg(a->lang, "from now on the new PIN counts"));
    return EXIT_DONE;
}

/* -- rekey -------------------------------------------------------------- */

/* With its PIN, also if it is unlocked: the new key is sealed with it. */
static enum rc rekey_by_pin(struct app *a, struct vault_by *how,
                            struct err *err)
{
    char pin[VAULT_PIN_BYTES_MAX + 2] = "";
    enum rc rc = vault_open(a->dir, how, &a->vault, err);

    if (rc == RC_AUTH) {
        rc = pin_ask(&a->pin, msg(a->lang, "PIN"), pin, err);
        how->pin = pin;
        if (rc == RC_OK)
            rc = vault_open(a->dir, how, &a->vault, err);
    }
    if (rc == RC_OK)
        rc = rekey_store(a->dir, a->lock, a->vault, how, err);
    if (rc == RC_BUSY && a->vault != NULL)
        rc = err_set(err, rc, "%s",
                     msg(a->lang, "another program uses this store: end it and"
                                  " try again"));
    secret_drop(pin, sizeof pin);
    how->pin = NULL;
    return rc;
}

static enum rc rekey(struct app *a, bool store, struct err *err)
{
    struct vault_by how = {.now_ms = a->now_ms, .lang = a->lang};
    enum rc rc = need_vault(a, err);

    if (rc == RC_OK && store)
        return rekey_by_pin(a, &how, err);
    if (rc == RC_OK)
        rc = app_open(a, OPENS_TO_SYNC, err);
    return rc == RC_OK ? agent_rekey(&a->l, a->vault, err) : rc;
}

int verb_rekey(struct app *a, int argc, char **argv)
{
    bool store = argc == 2 && strcmp(argv[1], "--store") == 0;
    struct err err;

    if (argc != 1 && !store)
        return app_usage(a, argv[0]);
    if (rekey(a, store, &err) != RC_OK)
        return app_failed(a, &err);
    if (store)
        unlock_forget(a->dir);
    puts(store ? msg(a->lang, "the store is encrypted with another key")
               : msg(a->lang, "from now on this device signs with another"
                              " key"));
    return EXIT_DONE;
}

/* -- check -------------------------------------------------------------- */

/* What waits is numbered without gaps, up to the last number given out. */
static enum rc check_numbers(struct app *a, uint64_t *waiting, struct err *err)
{
    struct db_query *q = db_query(
        a->l.db, SQL("SELECT count(*) AS n, coalesce(min(number), 0) AS first,"
                     " coalesce(max(number), 0) AS last FROM journal"
                     " WHERE acked = 0"));
    uint64_t first = 0, last = 0, given;
    enum rc rc;

    *waiting = 0;
    if (db_row(q)) {
        *waiting = (uint64_t)db_i64(q, "n");
        first = (uint64_t)db_i64(q, "first");
        last = (uint64_t)db_i64(q, "last");
    }
    rc = db_done(q, err);
    if (rc == RC_OK)
        rc = local_get_u64(&a->l, "last", &given, err);
    if (rc == RC_OK && *waiting > 0 &&
        (last - first + 1 != *waiting || last != given))
        rc = err_set(err, RC_CORRUPT, "%s",
                     msg(a->lang, "numbers are missing in what is not handed"
                                  " in yet"));
    return rc;
}

int verb_check(struct app *a, int argc, char **argv)
{
    uint64_t pages = 0, waiting = 0;
    struct err err;
    enum rc rc;

    if (argc != 1)
        return app_usage(a, argv[0]);
    rc = db_quick_check(a->l.db, &err);
    if (rc == RC_OK)
        rc = db_pages_check(a->l.db, &pages, &err);
    if (rc == RC_OK)
        rc = check_numbers(a, &waiting, &err);
    if (rc != RC_OK)
        return app_failed(a, &err);
    if (a->json)
        app_print_json(json_pack("{s:I, s:I}", "pages", (json_int_t)pages,
                                 "waiting", (json_int_t)waiting));
    else
        printf(msg(a->lang, "the store is whole: %" PRIu64
                            " pages, none changed from outside; %" PRIu64
                            " changes wait, none is missing\n"),
               pages, waiting);
    return EXIT_DONE;
}
