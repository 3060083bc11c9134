/* Records saved in one go, and what that shares with drafts. */
#include "client/face_int.h"

/* -- which one, and by whom ----------------------------------------------- */

enum rc face_meant_by(struct app *a, const json_t *in, struct face_meant *m,
                      struct err *err)
{
    struct rows_name name;
    enum rc rc;

    *m = (struct face_meant){0};
    if (face_text_or(in, "id")[0] == '\0')
        return face_type(a, in, &m->name.type, err);
    rc = face_record(a, in, &name, err);
    if (rc != RC_OK)
        return rc;
    m->id = name.id;
    m->area = name.area;
    m->name = (struct draft_name){name.type, &m->id};
    return RC_OK;
}

enum rc face_meant_area(struct app *a, const json_t *in, struct face_meant *m,
                        uint32_t begun, struct err *err)
{
    if (m->name.record != NULL)
        return RC_OK;
    if (face_text_or(in, "area")[0] == '\0' && begun != 0) {
        m->area = begun;
        return RC_OK;
    }
    return face_area(a, in, &m->area, err);
}

enum rc face_begin(struct app *a, struct face_meant *m, struct edit *e,
                   struct err *err)
{
    const struct rows_name name = {m->name.type, m->area, m->id};

    if (!face_writes(a, m->name.type))
        return err_set(err, RC_DENIED,
                       msg(a->lang, "%s is not for your role to write"),
                       label_in(&m->name.type->label, a->lang));
    if (m->name.record != NULL)
        return edit_open(e, a, &name, err);
    edit_new(e, a, m->name.type, m->area, NULL);
    return RC_OK;
}

enum rc face_whole(const struct edit *e, json_t *out, struct err *err)
{
    const char *missing = edit_missing(e);

    if (missing == NULL)
        return RC_OK;
    face_set(out, "missing", json_string(missing));
    return err_set(err, RC_INVALID,
                   msg(e->app->lang, "still to be filled in: %s"), missing);
}

enum rc face_saved(struct app *a, const struct edit *e, json_t *out,
                   struct err *err)
{
    bool waits = false;
    enum rc rc = local_withheld(&a->l, &e->id, &waits, err);

    face_set(out, "id", face_id(&e->id));
    face_set(out, "withheld", json_boolean(waits));
    return rc;
}

/* -- in one go ----------------------------------------------------------- */

static enum rc save_fields(struct app *a, const json_t *in, json_t *out,
                           struct err *err)
{
    const json_t *fields = json_object_get(in, "fields");
    const char *key;
    json_t *value;
    struct face_meant m;
    struct edit e;
    enum rc rc = face_meant_by(a, in, &m, err);

    if (rc == RC_OK)
        rc = face_meant_area(a, in, &m, 0, err);
    if (rc == RC_OK)
        rc = face_begin(a, &m, &e, err);
    if (rc != RC_OK)
        return rc;
    a->keep_words = json_is_true(json_object_get(in, "keepWords"));
    json_object_foreach((json_t *)(uintptr_t)fields, key, value)
    {
        rc = edit_json(&e, key, EDIT_SET, value, err);
        if (rc != RC_OK)
            return rc;
    }
    rc = face_whole(&e, out, err);
    if (rc == RC_OK)
        rc = face_fill(&e, err);
    if (rc == RC_OK)
        rc = edit_save(&e, err);
    return rc == RC_OK ? face_saved(a, &e, out, err) : rc;
}

enum rc face_save(struct app *a, const json_t *in, json_t *out, struct err *err)
{
    enum rc rc = db_begin(a->l.db, err);

    return rc == RC_OK ? db_end(a->l.db, save_fields(a, in, out, err), err)
                       : rc;
}

static enum rc delete_one(struct app *a, const json_t *in, struct err *err)
{
    struct rows_name name;
    struct edit e;
    enum rc rc = face_record(a, in, &name, err);

    if (rc == RC_OK)
        rc = edit_open(&e, a, &name, err);
    if (rc != RC_OK)
        return rc;
    edit_delete(&e);
    return edit_save(&e, err);
}

enum rc face_delete(struct app *a, const json_t *in, json_t *out,
                    struct err *err)
{
    enum rc rc = db_begin(a->l.db, err);

    (void)out;
    return rc == RC_OK ? db_end(a->l.db, delete_one(a, in, err), err) : rc;
}
