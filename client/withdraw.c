#include "client/withdraw.h"

#include "client/edit.h"
#include "schema/rows_consent.h"

struct withdrawing {
    struct app *a;
    const struct shape_type *consents;
    const char *purpose; /* as typed, or NULL: all */
    struct value code;   /* of it */
    json_t *done;        /* foreign; what was withdrawn */
    bool refused;        /* it was withdrawn, or refused, before */
};

static const char *field_name(const struct withdrawing *w, size_t f)
{
    return w->consents->fields[f].name;
}

static enum rc put(struct withdrawing *w, struct edit *e, size_t field,
                   const char *typed, struct err *err)
{
    return edit_field(e, bytes_of(field_name(w, field)), EDIT_SET,
                      bytes_of(typed), err);
}

static void note(struct withdrawing *w, const struct value *purpose,
                 const struct id *id)
{
    const struct shape_consents *c = w->consents->consents;
    const struct shape_choice *choice = NULL;
    char text[ID_TEXT_CHARS + 1];

    if (purpose->kind == VALUE_TEXT)
        choice = shape_choice_coded(w->consents->fields[c->purpose].list,
                                    purpose->as.text);
    json_array_append_new(
        w->done,
        json_pack("{s:s, s:s}", "id", id_text(id, text), "purpose",
                  choice != NULL ? label_in(&choice->label, w->a->lang) : "?"));
}

/* One consent that there is. */
static enum rc withdraw_one(struct withdrawing *w, const struct rows_name *name,
                            struct err *err)
{
    const struct shape_consents *c = w->consents->consents;
    const struct value *purpose, *state;
    struct edit e;
    enum rc rc = edit_open(&e, w->a, name, err);

    if (rc != RC_OK)
        return rc;
    purpose = &e.shown.values[c->purpose];
    state = &e.shown.values[c->state];
    if (w->purpose != NULL && !value_eq(purpose, &w->code))
        return RC_OK;
    if (!shape_state_allows(w->consents, state)) {
        w->refused |= state->kind != VALUE_NULL;
        return RC_OK;
    }
    rc = put(w, &e, c->state, c->withdrawn, err);
    if (rc == RC_OK)
        rc = edit_save(&e, err);
    if (rc == RC_OK)
        note(w, purpose, &name->id);
    return rc;
}

/* None was recorded: say that there is none, for whoever may have one. */
static enum rc refuse(struct withdrawing *w, const struct rows_name *subject,
                      struct err *err)
{
    const struct shape_consents *c = w->consents->consents;
    char id[ID_TEXT_CHARS + 1];
    struct edit e;
    enum rc rc;

    edit_new(&e, w->a, w->consents, subject->area, NULL);
    rc = put(w, &e, c->subject, id_text(&subject->id, id), err);
    if (rc == RC_OK)
        rc = put(w, &e, c->purpose, w->purpose, err);
    if (rc == RC_OK)
        rc = put(w, &e, c->state, c->withdrawn, err);
    if (rc == RC_OK)
        rc = edit_save(&e, err);
    if (rc == RC_OK)
        note(w, &w->code, &e.id);
    return rc;
}

static enum rc withdraw_all(struct withdrawing *w,
                            const struct rows_name *subject, struct err *err)
{
    struct rows_name *names;
    size_t n, i;
    enum rc rc = rows_consents(w->a->l.rows, subject->area, &subject->id,
                               &w->a->mem, &names, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        rc = withdraw_one(w, &names[i], err);
    if (rc != RC_OK || json_array_size(w->done) > 0 || w->refused)
        return rc;
    if (w->purpose != NULL)
        return refuse(w, subject, err);
    return err_set(err, RC_NOTFOUND,
                   msg(w->a->lang,
                       "no consent was recorded about this; to record that"
                       " there is none for something, add --purpose"));
}

static enum rc read_purpose(struct withdrawing *w, struct err *err)
{
    size_t f = w->consents->consents->purpose;
    struct edit e;
    enum rc rc;

    if (w->purpose == NULL)
        return RC_OK;
    edit_new(&e, w->a, w->consents, 0, NULL);
    rc = put(w, &e, f, w->purpose, err);
    if (rc == RC_OK)
        w->code = e.writes[0].value;
    return rc;
}

static enum rc withdraw(struct withdrawing *w, const char *what,
                        struct err *err)
{
    struct rows_name name;
    enum rc rc = app_find(w->a, what, &name, err);

    if (rc == RC_OK)
        rc = read_purpose(w, err);
    if (rc != RC_OK)
        return rc;
    return name.type == w->consents ? withdraw_one(w, &name, err)
                                    : withdraw_all(w, &name, err);
}

enum rc withdraw_consent(struct app *a, const char *what, const char *purpose,
                         json_t *done, struct err *err)
{
    struct withdrawing w = {.a = a,
                            .consents = shape_consents_type(a->l.shape),
                            .purpose = purpose,
                            .done = done};
    enum rc rc;

    if (w.consents == NULL)
        return err_set(err, RC_NOTFOUND, "%s",
                       msg(a->lang, "no record type holds consents"));
    rc = db_begin(a->l.db, err);
    return rc == RC_OK ? db_end(a->l.db, withdraw(&w, what, err), err) : rc;
}
