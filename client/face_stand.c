/* How this device stands, and what is not handed in. */
#include <string.h>

#include "client/face_int.h"
#include "client/witness.h"

enum rc face_standing(struct app *a, const json_t *in, json_t *out,
                      struct err *err)
{
    static const char *const texts[] = {"user", "role", "url"};
    struct local_counts c;
    const char *text = "", *doubt = "", *last = "";
    json_t *did;
    uint64_t device = 0, synced = 0;
    size_t i;
    enum rc rc = RC_OK;

    (void)in;
    for (i = 0; rc == RC_OK && i < countof(texts); i++) {
        rc = local_get(&a->l, texts[i], &a->mem, &text, err);
        face_set(out, texts[i], json_string(text));
    }
    if (rc == RC_OK)
        rc = local_get_u64(&a->l, "device", &device, err);
    if (rc == RC_OK)
        rc = local_get_u64(&a->l, "synced_ms", &synced, err);
    if (rc == RC_OK)
        rc = witness_doubt(&a->l, &a->mem, &doubt, err);
    if (rc == RC_OK)
        rc = local_count(&a->l, &c, err);
    if (rc == RC_OK)
        rc = local_get(&a->l, FACE_SYNC, &a->mem, &last, err);
    if (rc != RC_OK)
        return rc;
    did = json_loads(last, 0, NULL);
    if (did != NULL) /* what the last sync from a page did */
        face_set(out, "last", did);
    face_set(out, "device", json_integer((json_int_t)device));
    face_set(out, "syncedMs", json_integer((json_int_t)synced));
    face_set(out, "doubt", json_string(doubt));
    face_set(out, "waiting", json_integer((json_int_t)c.waiting));
    face_set(out, "parked", json_integer((json_int_t)c.parked));
    face_set(out, "unkept", json_integer((json_int_t)c.unkept));
    face_set(out, "reviews", json_integer((json_int_t)c.reviews));
    face_set(out, "withheld", json_integer((json_int_t)c.withheld));
    return RC_OK;
}

/* -- one by one ---------------------------------------------------------- */

struct entry { /* of the journal */
    struct rows_name name;
    uint64_t number, saved_ms;
    const char *reason; /* why it was not taken in; "": it waits */
    struct entry *next;
};

static void take_entry(struct app *a, struct db_query *q, struct entry ***tail)
{
    const struct shape_type *t =
        shape_type_named(a->l.shape, db_blob(q, "type"));
    struct bytes id = db_blob(q, "record");
    struct entry *e;

    if (t == NULL || id.n != ID_BYTES)
        return;
    e = arena_new(&a->mem, sizeof *e);
    *e = (struct entry){
        .name = {.type = t, .area = (uint32_t)db_i64(q, "area")},
        .number = (uint64_t)db_i64(q, "number"),
        .saved_ms = (uint64_t)db_i64(q, "saved_ms"),
        .reason = arena_printf(&a->mem, "%s", db_text(q, "reason"))};
    memcpy(e->name.id.b, id.p, ID_BYTES);
    **tail = e;
    *tail = &e->next;
}

static enum rc read_entries(struct app *a, struct entry **out, struct err *err)
{
    struct db_query *q =
        db_query(a->l.db, SQL("SELECT number, area, type, record, saved_ms,"
                              " reason FROM journal WHERE acked = 0"
                              " OR (version = 0 AND reason <> '')"
                              " ORDER BY number DESC LIMIT 500"));
    struct entry **tail = out;

    *out = NULL;
    while (db_row(q))
        take_entry(a, q, &tail);
    return db_done(q, err);
}

static json_t *entry_json(struct app *a, const struct entry *e)
{
    struct record r;
    struct err err;
    json_t *j;

    if (rows_load(a->l.rows, e->name.type, e->name.area, &e->name.id, &a->mem,
                  &r, &err) == RC_OK &&
        record_exists(&r)) {
        j = face_line(a, &r);
    } else { /* it does not count, so nothing of it is shown */
        j = json_object();
        face_set(j, "type", json_string(e->name.type->name));
        face_set(j, "label", face_label(a, &e->name.type->label));
        face_set(j, "title", face_label(a, &e->name.type->label));
    }
    face_set(j, "number", json_integer((json_int_t)e->number));
    face_set(j, "savedMs", json_integer((json_int_t)e->saved_ms));
    if (e->reason[0] != '\0')
        face_set(j, "reason", json_string(msg(a->lang, e->reason)));
    return j;
}

static enum rc count_photos(struct app *a, json_t *out, struct err *err)
{
    struct db_query *q =
        db_query(a->l.db, SQL("SELECT count(*) AS n, coalesce(sum(bytes), 0)"
                              " AS bytes FROM attachment WHERE sent = 0"));

    if (db_row(q)) {
        face_set(out, "photos", json_integer(db_i64(q, "n")));
        face_set(out, "photoBytes", json_integer(db_i64(q, "bytes")));
    }
    return db_done(q, err);
}

enum rc face_waiting(struct app *a, const json_t *in, json_t *out,
                     struct err *err)
{
    json_t *waiting = json_array(), *aside = json_array();
    json_t *unkept = json_array();
    struct entry *e = NULL;
    enum rc rc = read_entries(a, &e, err);

    (void)in;
    for (; rc == RC_OK && e != NULL; e = e->next)
        face_add(e->reason[0] == '\0'      ? waiting
                 : local_unkept(e->reason) ? unkept
                                           : aside,
                 entry_json(a, e));
    face_set(out, "waiting", waiting);
    face_set(out, "aside", aside);
    face_set(out, "unkept", unkept);
    return rc == RC_OK ? count_photos(a, out, err) : rc;
}
