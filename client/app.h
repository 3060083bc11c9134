/*
 * app.h - what the verbs of stoep share: the store, the language, the way to
 * print.
 *
 * A verb writes results to standard output and everything else to standard
 * error, and returns the exit code.
 */
#pragma once

#include <jansson.h>

#include "client/local.h"
#include "client/pin.h"

enum app_exit {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_NETWORK = 3, /* no answer from the server: try again later */
    EXIT_REVIEW = 4,  /* sync: done, but a person must look at something */
    EXIT_BLOCKED = 5, /* this network stands between: sign in, or another */
    EXIT_CLOCK = 6,   /* the clock of this device must be set */
};

/* What a verb needs open before it runs. */
enum app_opens {
    OPENS_STORE,
    OPENS_IF_THERE, /* without one `l.db` is NULL */
    OPENS_TO_SYNC,  /* also when the lease has run out */
    OPENS_STATUS,   /* both */
    OPENS_OR_MAKES,
    OPENS_NOTHING,
};

struct app {
    const char *dir;
    int lock;            /* own: that the store is in use; -1: it is not */
    struct vault *vault; /* own */
    struct pin_source pin;
    const uint8_t *key; /* foreign; of the store, known from before; or NULL */
    bool no_pin;        /* --no-pin */
    struct local l;
    enum lang lang;
    bool json;
    bool keep_words;  /* --keep-words: what looks like a name is none */
    const char *area; /* --area, or NULL */
    uint64_t now_ms;
    struct arena mem;         /* of the verb */
    struct local_area *areas; /* read once; in `mem` */
    size_t areas_n;
};

/* Open the vault and the store in `dir`, as far as a verb needs.  After a fault
 * too app_close() is called. */
MUST_USE enum rc app_open(struct app *a, enum app_opens opens, struct err *err);
void app_close(struct app *a);
/* Ask for the PIN and open the vault. */
MUST_USE enum rc app_vault_by_pin(struct app *a, bool lease_too_old,
                                  struct err *err);
enum rc app_not_enrolled(const struct app *a, struct err *err);

/* Say what went wrong, with --json also as an object on standard output with
 * a `code` that never changes; returns the exit code. */
int app_failed(const struct app *a, const struct err *err);
/* Say how a verb is used; returns EXIT_USAGE. */
int app_usage(const struct app *a, const char *verb);

/* A record by its full id, by the last digits of it (4 at least), by "@name"
 * of an import, or "@last" for the one saved last. */
MUST_USE enum rc app_find(struct app *a, const char *text,
                          struct rows_name *out, struct err *err);
/* The area meant: --area, or the only one there is. */
MUST_USE enum rc app_area(struct app *a, uint32_t *out, struct err *err);
const char *app_area_slug(struct app *a, uint32_t number);
MUST_USE enum rc app_type(struct app *a, const char *name,
                          const struct shape_type **out, struct err *err);

/* As whom this device was welcomed.  RC_AUTH: it was not yet. */
MUST_USE enum rc app_role(struct app *a, enum role *out, struct err *err);
/* Is this field for the role of who uses this device? */
bool app_sees(struct app *a, const struct shape_field *f);

/* The last eight digits of an id, for people; in the arena of the verb. */
const char *app_short(struct app *a, const struct id *id);

/* What is shown of a record as a JSON object; the caller's reference. */
json_t *app_json(struct app *a, const struct record *r);
void app_print_json(json_t *j); /* steals the reference */

/* The verbs; argv[0] is the verb itself. */
int verb_enrol(struct app *a, int argc, char **argv);
int verb_add(struct app *a, int argc, char **argv);
int verb_edit(struct app *a, int argc, char **argv);
int verb_delete(struct app *a, int argc, char **argv);
int verb_withdraw(struct app *a, int argc, char **argv);
int verb_list(struct app *a, int argc, char **argv);
int verb_show(struct app *a, int argc, char **argv);
int verb_where(struct app *a, int argc, char **argv);
int verb_coverage(struct app *a, int argc, char **argv);
int verb_reviews(struct app *a, int argc, char **argv);
int verb_related(struct app *a, int argc, char **argv);
int verb_chronicle(struct app *a, int argc, char **argv);
int verb_search(struct app *a, int argc, char **argv);
int verb_resolve(struct app *a, int argc, char **argv);
int verb_import(struct app *a, int argc, char **argv);
int verb_export(struct app *a, int argc, char **argv);
int verb_sync(struct app *a, int argc, char **argv);
int verb_status(struct app *a, int argc, char **argv);
int verb_talk(struct app *a, int argc, char **argv);
int verb_ui(struct app *a, int argc, char **argv);
int verb_unlock(struct app *a, int argc, char **argv);
int verb_lock(struct app *a, int argc, char **argv);
int verb_pin(struct app *a, int argc, char **argv);
int verb_rekey(struct app *a, int argc, char **argv);
int verb_check(struct app *a, int argc, char **argv);
int verb_debug(struct app *a, int argc, char **argv);
