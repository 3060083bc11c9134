/* Calls that take more than an open store (ui.h). */
#include <string.h>
#include <unistd.h>

#include "client/ui.h"
#include "client/unlock.h"
#include "sync/sys/clock.h"

typedef enum rc ui_call(struct ui *u, const json_t *in, json_t *out,
                        struct err *err);

static void set(json_t *to, const char *key, json_t *value)
{
    json_object_set_new(to, key, value);
}

static const char *text_in(const json_t *in, const char *key)
{
    return json_string_value(json_object_get(in, key));
}

/* -- how it stands ------------------------------------------------------- */

static enum rc call_state(struct ui *u, const json_t *in, json_t *out,
                          struct err *err)
{
    static const char *const words[] = {"none", "locked", "expired", "open",
                                        "wiped"};

    (void)in;
    (void)err;
    set(out, "state", json_string(words[u->state]));
    set(out, "pin",
        json_boolean(u->state != UI_OPEN || vault_has_pin(u->app.vault)));
    set(out, "lang", json_string(u->options->lang == LANG_EN ? "en" : "nl"));
    set(out, "sync", ui_sync_json(u));
    return RC_OK;
}

static enum rc call_unlock(struct ui *u, const json_t *in, json_t *out,
                           struct err *err)
{
    enum rc rc =
        u->state == UI_OPEN ? RC_OK : ui_open(u, text_in(in, "pin"), err);

    if (rc == RC_OK || rc == RC_EXPIRED)
        return call_state(u, in, out, err);
    return rc;
}

static enum rc call_lock(struct ui *u, const json_t *in, json_t *out,
                         struct err *err)
{
    ui_close(u);
    unlock_forget(u->options->dir);
    /* A store without a PIN is never locked. */
    if (u->state == UI_LOCKED && ui_open(u, NULL, err) != RC_OK &&
        err->code != RC_AUTH)
        return err->code;
    return call_state(u, in, out, err);
}

/* -- becoming a device --------------------------------------------------- */

/* "link" is the text of a QR code: the address, "#" and the code. */
static enum rc enrol(struct ui *u, const json_t *in, struct err *err)
{
    const char *link = text_in(in, "link"), *hash;
    char host[64] = "";
    enum rc rc;

    hash = link != NULL ? strchr(link, '#') : NULL;
    if (hash == NULL)
        return err_set(err, RC_INVALID, "%s",
                       msg(u->app.lang, "this is not the text of a code: it"
                                        " begins with https:// and has a #"));
    u->app = ui_app(u);
    u->app.pin.pin = text_in(in, "pin");
    rc = app_open(&u->app, OPENS_OR_MAKES, err);
    if (rc == RC_OK && gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    if (rc == RC_OK)
        rc = agent_enrol(&u->app.l, u->app.vault,
                         arena_text(&u->app.mem, link, (size_t)(hash - link)),
                         hash + 1, host, err);
    app_close(&u->app);
    return rc;
}

static enum rc call_enrol(struct ui *u, const json_t *in, json_t *out,
                          struct err *err)
{
    enum rc rc;

    if (u->state == UI_OPEN)
        return err_set(err, RC_CONFLICT, "%s",
                       msg(u->app.lang, "this device is enrolled already"));
    rc = enrol(u, in, err);
    if (rc == RC_OK)
        rc = ui_open(u, text_in(in, "pin"), err);
    return rc == RC_OK ? call_state(u, in, out, err) : rc;
}

/* -- sync ---------------------------------------------------------------- */

json_t *ui_sync_json(const struct ui *u)
{
    const struct ui_sync *s = &u->sync;
    struct face_response fault;
    json_t *j = json_pack("{s:b, s:b, s:I, s:I, s:I}", "running", s->running,
                          "any", s->any, "pushed", (json_int_t)s->done.pushed,
                          "pulled", (json_int_t)s->done.pulled, "attachments",
                          (json_int_t)s->done.attachments);

    if (s->running && s->wait_ms > 0) {
        fault = face_fault(u->app.lang, &s->waiting);
        set(fault.out, "waitMs", json_integer((json_int_t)s->wait_ms));
        set(j, "waiting", fault.out);
    } else if (s->any && !s->running && s->rc != RC_OK) {
        set(j, "fault", face_fault(u->app.lang, &s->err).out);
    }
    return j;
}

static enum rc call_sync(struct ui *u, const json_t *in, json_t *out,
                         struct err *err)
{
    const char *pin = text_in(in, "pin");
    enum rc rc;

    if (u->state != UI_OPEN && pin == NULL)
        return err_set(err, RC_AUTH, "%s",
                       msg(u->app.lang, "this store is locked: its PIN,"
                                        " please"));
    rc = ui_sync_start(u, u->state == UI_OPEN ? NULL : pin, err);
    return rc == RC_OK ? call_state(u, in, out, err) : rc;
}

/* -- all of them --------------------------------------------------------- */

static const struct {
    const char *name;
    ui_call *run;
} calls[] = {
    {"state", call_state}, {"unlock", call_unlock}, {"lock", call_lock},
    {"enrol", call_enrol}, {"sync", call_sync},
};

bool ui_answer(struct ui *u, const struct face_request *q,
               struct face_response *out)
{
    json_t *object;
    struct err err = {0};
    size_t i;

    for (i = 0; i < countof(calls); i++)
        if (strcmp(calls[i].name, q->call) == 0)
            break;
    if (i == countof(calls))
        return false;
    object = json_object();
    *out = (struct face_response){calls[i].run(u, q->in, object, &err), object};
    if (out->rc != RC_OK) {
        json_decref(object);
        *out = face_fault(u->app.lang, &err);
    }
    return true;
}
