/* Consent of residents, photos, and what should not stand in free text. */
#include "client/attach.h"
#include "client/face_int.h"
#include "client/screened.h"
#include "client/withdraw.h"
#include "schema/rows_consent.h"
#include "sync/base/text.h"
#include "sync/limits.h"

/* -- consent ------------------------------------------------------------- */

static enum rc consent_json(struct app *a, const struct rows_name *name,
                            json_t *list, struct err *err)
{
    const struct shape_consents *c = name->type->consents;
    struct record r;
    struct shown s;
    json_t *j;
    enum rc rc = rows_load(a->l.rows, name->type, name->area, &name->id,
                           &a->mem, &r, err);

    if (rc != RC_OK)
        return rc;
    merge_show_record(&r, &a->mem, &s);
    if (s.deleted)
        return RC_OK;
    j = face_line(a, &r);
    face_set(
        j, "purpose",
        face_plain(&name->type->fields[c->purpose], &s.values[c->purpose]));
    face_set(
        j, "purposeText",
        face_shown(a, &name->type->fields[c->purpose], &s.values[c->purpose]));
    face_set(j, "stateText",
             face_shown(a, &name->type->fields[c->state], &s.values[c->state]));
    face_set(j, "given",
             json_boolean(shape_state_allows(name->type, &s.values[c->state])));
    face_add(list, j);
    return RC_OK;
}

/* What was agreed about the record "id". */
enum rc face_consents(struct app *a, const json_t *in, json_t *out,
                      struct err *err)
{
    struct rows_name name, *found = NULL;
    json_t *list = json_array();
    size_t n = 0, i;
    enum rc rc = face_record(a, in, &name, err);

    if (rc == RC_OK)
        rc = rows_consents(a->l.rows, name.area, &name.id, &a->mem, &found, &n,
                           err);
    for (i = 0; rc == RC_OK && i < n; i++)
        rc = consent_json(a, &found[i], list, err);
    face_set(out, "consents", list);
    return rc;
}

enum rc face_withdraw(struct app *a, const json_t *in, json_t *out,
                      struct err *err)
{
    const char *what, *purpose = face_text_or(in, "purpose");
    json_t *done = json_array();
    enum rc rc = face_text(a, in, "id", &what, err);

    if (rc == RC_OK)
        rc = withdraw_consent(a, what, purpose[0] != '\0' ? purpose : NULL,
                              done, err);
    face_set(out, "withdrawn", done);
    return rc;
}

/* -- free text ----------------------------------------------------------- */

void face_findings(struct app *a, const char *text, json_t *list)
{
    struct screening s = screen_text(bytes_of(text), &a->mem);
    size_t i;

    for (i = 0; i < s.n; i++) {
        json_t *j = json_object();

        face_set(j, "kind", json_string(screen_word(s.p[i].kind)));
        face_set(j, "text", json_stringn(text + s.p[i].start, s.p[i].n));
        face_set(j, "advice",
                 json_string(screened_advice(a->lang, s.p[i].kind)));
        face_set(j, "mayStay", json_boolean(screen_may_stay(s.p[i].kind)));
        face_add(list, j);
    }
}

enum rc face_screen(struct app *a, const json_t *in, json_t *out,
                    struct err *err)
{
    json_t *list = json_array();

    (void)err;
    face_findings(a, face_text_or(in, "text"), list);
    face_set(out, "findings", list);
    return RC_OK;
}

/* -- photos -------------------------------------------------------------- */

enum rc face_photo_add(struct app *a, const json_t *in, json_t *out,
                       struct err *err)
{
    char sha256[DIGEST_HEX_CHARS + 1];
    struct buf body = buf_make(attachment_bytes_max);
    const char *text;
    uint32_t area = 0;
    enum rc rc = face_area(a, in, &area, err);

    if (rc == RC_OK)
        rc = face_text(a, in, "body", &text, err);
    if (rc == RC_OK && !text_take_base64(bytes_of(text), &body))
        rc = err_set(err, RC_INVALID, "%s",
                     msg(a->lang, "this photo did not come through whole"));
    if (rc == RC_OK)
        rc = attach_hold(&a->l, buf_view(&body), area, a->lang, sha256, err);
    if (rc == RC_OK)
        face_set(out, "sha256", json_string(sha256));
    buf_free(&body);
    return rc;
}

enum rc face_photo(struct app *a, const json_t *in, json_t *out,
                   struct err *err)
{
    struct buf body = {0}, text;
    const char *sha256;
    enum rc rc = face_text(a, in, "sha256", &sha256, err);

    if (rc == RC_OK)
        rc = attach_load(&a->l, sha256, &body, err);
    if (rc != RC_OK)
        return rc;
    text = buf_make(2 * (size_t)attachment_bytes_max);
    text_put_base64(&text, buf_view(&body));
    face_set(out, "body", face_bytes(buf_view(&text)));
    face_set(out, "media",
             json_string(body.n > 0 && body.p[0] == 0x89 ? "image/png"
                                                         : "image/jpeg"));
    buf_free(&text);
    buf_free(&body);
    return RC_OK;
}
