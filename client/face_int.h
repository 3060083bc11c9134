/* face_int.h - what the files of the face share.  For face*.c only. */
#pragma once

#include "client/draft.h"
#include "client/edit.h"
#include "client/face.h"

/* A call reads `in` and puts its answer into the object `out`. */
typedef enum rc face_call(struct app *a, const json_t *in, json_t *out,
                          struct err *err);

face_call face_hello, face_types, face_form, face_settings_put;
face_call face_list, face_show, face_search;
face_call face_save, face_delete; /* face_save.c */
face_call face_draft, face_draft_put, face_draft_save, face_draft_drop,
    face_drafts;
face_call face_today, face_places, face_due;
face_call face_outlines; /* face_map.c */
face_call face_standing, face_waiting;
face_call face_reviews, face_resolve;
face_call face_consents, face_withdraw, face_screen;
face_call face_photo_add, face_photo;

/* -- reading a request --------------------------------------------------- */

/* RC_INVALID: it is not there, or no text. */
MUST_USE enum rc face_text(struct app *a, const json_t *in, const char *key,
                           const char **out, struct err *err);
/* "" if it is not there. */
const char *face_text_or(const json_t *in, const char *key);
MUST_USE enum rc face_type(struct app *a, const json_t *in,
                           const struct shape_type **out, struct err *err);
/* The record under "id". */
MUST_USE enum rc face_record(struct app *a, const json_t *in,
                             struct rows_name *out, struct err *err);
/* The area under "area" (a slug), or the only one. */
MUST_USE enum rc face_area(struct app *a, const json_t *in, uint32_t *out,
                           struct err *err);

/* -- writing a response -------------------------------------------------- */

void face_set(json_t *to, const char *key, json_t *value); /* takes it */
void face_add(json_t *to, json_t *value);
json_t *face_label(struct app *a, const struct label *l);
json_t *face_id(const struct id *id);
json_t *face_bytes(struct bytes text);
/* A value as people read it. */
json_t *face_shown(struct app *a, const struct shape_field *f,
                   const struct value *v);
/* A value as an input holds it: codes, canonical forms; a set as a list. */
json_t *face_plain(const struct shape_field *f, const struct value *v);
/* What in a text leads to one person, added to `list`. */
void face_findings(struct app *a, const char *text, json_t *list);
/* A record in one line: {id, type, area, title, ms, review, deleted}. */
json_t *face_line(struct app *a, const struct record *r);
/* What a list calls it: its title as people read it, or what there is. */
json_t *face_title(struct app *a, const struct record *r,
                   const struct shown *s);

/* -- saving (face_save.c) -------------------------------------------------- */

/* Which draft a request means: of a new record of "type", or of "id". */
struct face_meant {
    struct draft_name name;
    struct id id; /* if name.record is not NULL */
    uint32_t area;
};

MUST_USE enum rc face_meant_by(struct app *a, const json_t *in,
                               struct face_meant *m, struct err *err);
/* Of a new record: the area asked for, else that of the draft (0: none), else
 * the only one there is. */
MUST_USE enum rc face_meant_area(struct app *a, const json_t *in,
                                 struct face_meant *m, uint32_t begun,
                                 struct err *err);
/* RC_DENIED: not for this role to write. */
MUST_USE enum rc face_begin(struct app *a, struct face_meant *m, struct edit *e,
                            struct err *err);
/* RC_INVALID, and `out` says which, if something needed is empty. */
MUST_USE enum rc face_whole(const struct edit *e, json_t *out, struct err *err);
MUST_USE enum rc face_saved(struct app *a, const struct edit *e, json_t *out,
                            struct err *err);

/* -- the role and who has it --------------------------------------------- */

MUST_USE enum rc face_role(struct app *a, enum role *out, struct err *err);
bool face_writes(struct app *a, const struct shape_type *t);
const char *face_user(struct app *a); /* "" if nobody has said */

/* Fill in what the device knows itself: who, and when. */
MUST_USE enum rc face_fill(struct edit *e, struct err *err);
/* Is it filled in so, and never asked? */
bool face_fills(const struct shape_field *f);

/* A field of a type by its place in the work, not by its name: the one that
 * names a record of type `to`. */
const struct shape_field *face_ref_to(const struct shape_type *t,
                                      const char *to);
/* Value of a named field of what is shown; a VALUE_NULL if there is none. */
const struct value *face_value(const struct record *r, const struct shown *s,
                               const char *field);
