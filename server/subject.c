#include "server/subject.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "server/access_who.h"
#include "server/journal.h"
#include "sync/base/utf8.h"
#include "sync/limits.h"
#include "sync/merge.h"
#include "sync/shape_text.h"
#include "sync/sys/pack.h"

/* -- finding ------------------------------------------------------------ */

static struct bytes lower(struct bytes text, struct arena *mem)
{
    struct buf b = buf_make(SIZE_MAX);
    struct bytes out;
    size_t at = 0;

    while (at < text.n) {
        size_t from = at;
        uint32_t c = utf8_next(text, &at), l = utf8_lower(c);
        uint8_t ascii = (uint8_t)l;

        /* Letters that change their length stay as they are. */
        if (l < 0x80)
            buf_put(&b, &ascii, 1);
        else if (l == c)
            buf_put(&b, text.p + from, at - from);
        else
            buf_printf(&b, "%c%c", (int)(0xc0 | l >> 6),
                       (int)(0x80 | (l & 0x3f)));
    }
    out = arena_bytes(mem, buf_view(&b));
    buf_free(&b);
    return out;
}

static bool contains(struct bytes text, struct bytes words)
{
    size_t i;

    for (i = 0; i + words.n <= text.n; i++)
        if (memcmp(text.p + i, words.p, words.n) == 0)
            return true;
    return false;
}

struct finding {
    struct bytes words; /* in lower case */
    subject_visit *visit;
    void *ctx;
};

static void look_in(const struct finding *f, const struct record *r, size_t at,
                    struct arena *mem)
{
    const struct shape_field *field = &r->type->fields[at];
    size_t i;

    for (i = 0; i < r->fields[at].n; i++) {
        struct buf b = buf_make(SIZE_MAX);
        struct subject_hit hit = {.record = r, .field = field};
        bool hits;

        shape_write(field, &r->fields[at].p[i].value, LANG_NL, &b);
        hits = contains(lower(buf_view(&b), mem), f->words);
        hit.text = buf_text(&b);
        if (hits)
            f->visit(f->ctx, &hit);
        buf_free(&b);
        if (hits)
            return; /* once per field will do */
    }
}

static bool look(void *ctx, const struct record *r)
{
    const struct finding *f = ctx;
    struct arena mem = {0};
    size_t i;

    for (i = 1; i < r->type->fields_n; i++)
        look_in(f, r, i, &mem);
    arena_free(&mem);
    return true;
}

enum rc subject_find(struct store *s, const char *words, subject_visit *visit,
                     void *ctx, struct err *err)
{
    struct arena mem = {0};
    struct finding f = {.visit = visit, .ctx = ctx};
    size_t i;
    enum rc rc = RC_OK;

    f.words = lower(bytes_of(words), &mem);
    for (i = 0; rc == RC_OK && i < s->shape->types_n; i++)
        rc = rows_all(s->rows, &s->shape->types[i], look, &f, err);
    arena_free(&mem);
    return rc;
}

/* -- handing out -------------------------------------------------------- */

static json_t *value_json(const struct shape_field *f, const struct value *v,
                          enum lang lang)
{
    struct buf b = buf_make(SIZE_MAX);
    json_t *j;

    shape_write(f, v, lang, &b);
    j = json_stringn(b.n ? (const char *)b.p : "", b.n);
    buf_free(&b);
    return j;
}

static json_t *field_json(const struct shape_field *f, const struct heads *h,
                          const struct value *shown, enum lang lang)
{
    json_t *j = json_pack("{s:s, s:s, s:o}", "nl", f->label.nl, "en",
                          f->label.en, "value", value_json(f, shown, lang));
    json_t *others;
    size_t i;

    if (h->n > 1) {
        others = json_array();
        for (i = 0; i < h->n; i++)
            json_array_append_new(others, value_json(f, &h->p[i].value, lang));
        json_object_set_new(j, "versions", others);
    }
    return j;
}

static json_t *fields_json(const struct record *r, enum lang lang)
{
    struct arena mem = {0};
    json_t *fields = json_object();
    struct shown shown;
    size_t i;

    merge_show_record(r, &mem, &shown);
    for (i = 1; i < r->type->fields_n; i++)
        if (r->fields[i].n > 0)
            json_object_set_new(fields, r->type->fields[i].name,
                                field_json(&r->type->fields[i], &r->fields[i],
                                           &shown.values[i], lang));
    arena_free(&mem);
    return fields;
}

/* -- the journal -------------------------------------------------------- */

struct history {
    struct store *s;
    const struct rows_name *name;
    enum lang lang;
    json_t *list;
};

static json_t *written_json(const struct changeset *c, enum lang lang)
{
    json_t *fields = json_object();
    size_t i;

    for (i = 0; i < c->writes_n; i++) {
        const struct shape_field *f = &c->type->fields[c->writes[i].field];

        json_object_set_new(fields, f->name,
                            value_json(f, &c->writes[i].value, lang));
    }
    return fields;
}

static enum rc add_batch(struct history *h, struct bytes body, const char *user,
                         uint64_t received_ms, struct err *err)
{
    struct arena mem = {0};
    struct message m = {0};
    struct buf plain = {0};
    size_t i;
    enum rc rc = pack_expand(body, message_bytes_max, &plain, err);

    if (rc == RC_OK)
        rc = wire_get(buf_view(&plain), h->s->shape, &mem, &m, err);
    for (i = 0;
         rc == RC_OK && m.kind == MESSAGE_BATCH && i < m.as.batch.changesets_n;
         i++) {
        const struct changeset *c = &m.as.batch.changesets[i];

        if (c->type != NULL && id_eq(&c->record, &h->name->id))
            json_array_append_new(
                h->list, json_pack("{s:s, s:I, s:o}", "by", user, "received_ms",
                                   (json_int_t)received_ms, "wrote",
                                   written_json(c, h->lang)));
    }
    buf_free(&plain);
    arena_free(&mem);
    return rc;
}

static enum rc history_json(struct store *s, const struct rows_name *name,
                            enum lang lang, json_t *out, struct err *err)
{
    struct history h = {s, name, lang, out};
    struct db_query *q = db_query(
        s->db, SQL("SELECT batch.device AS device, batch.first AS first,"
                   " batch.area AS area, batch.body AS body,"
                   " batch.sealed AS sealed, batch.received_ms AS at,"
                   " account.name AS user FROM batch JOIN device"
                   " ON device.number = batch.device JOIN account"
                   " ON account.number = device.account"
                   " WHERE batch.area = :area ORDER BY batch.link"));
    struct err inner;
    enum rc rc = RC_OK, closed;

    db_bind_i64(q, "area", name->area);
    while (rc == RC_OK && db_row(q)) {
        struct buf body = buf_make(message_bytes_max);
        enum rc read = journal_body(s, q, &body, err);

        if (read !=
            RC_NOTFOUND) /* what nobody can read any more is no history */
            rc = read;
        if (read == RC_OK)
            rc = add_batch(&h, buf_view(&body), db_text(q, "user"),
                           (uint64_t)db_i64(q, "at"), err);
        buf_free(&body);
    }
    closed = db_done(q, rc == RC_OK ? err : &inner);
    return rc == RC_OK ? closed : rc;
}

/* -- who could read it -------------------------------------------------- */

static enum rc given_json(struct store *s, const struct rows_name *name,
                          json_t *out, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT reader.name AS name,"
                   " coalesce(account.role, '') AS role, reader.given AS given"
                   " FROM reader LEFT JOIN account"
                   " ON account.name = reader.name"
                   " WHERE reader.record = :record ORDER BY reader.name"));

    db_bind_blob(q, "record", id_bytes(&name->id));
    while (db_row(q))
        json_array_append_new(out, json_pack("{s:s, s:s, s:b}", "name",
                                             db_text(q, "name"), "role",
                                             db_text(q, "role"), "now",
                                             db_i64(q, "given") != 0));
    return db_done(q, err);
}

static enum rc readers_json(struct store *s, const struct rows_name *name,
                            json_t *out, struct err *err)
{
    struct db_query *q = db_query(
        s->db, SQL("SELECT account.name AS name, account.role AS role"
                   " FROM account JOIN account_area"
                   " ON account_area.account = account.number"
                   " WHERE account_area.area = :area ORDER BY account.name"));
    int role;

    db_bind_i64(q, "area", name->area);
    while (db_row(q)) {
        const char *word = db_text(q, "role");

        for (role = 0; role < ROLES_N; role++)
            if (strcmp(word, role_word((enum role)role)) == 0 &&
                name->type->see & 1U << role)
                json_array_append_new(out, json_pack("{s:s, s:s}", "name",
                                                     db_text(q, "name"), "role",
                                                     word));
    }
    return db_done(q, err);
}

/* -- who had access ----------------------------------------------------- */

static enum rc access_json(const char *dir, struct store *s,
                           const struct rows_name *name, json_t *out,
                           struct err *err)
{
    struct arena mem = {0};
    struct access_party *list = NULL;
    size_t n = 0, i;
    enum rc rc = access_parties(dir, s, name, &mem, &list, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++)
        json_array_append_new(
            out, json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:I}", "name",
                           list[i].user, "role", list[i].role, "did",
                           list[i].did, "first", list[i].first, "last",
                           list[i].last, "times", (json_int_t)list[i].times,
                           "fields", (json_int_t)list[i].fields));
    arena_free(&mem);
    return rc;
}

/* -- all of it ---------------------------------------------------------- */

static enum rc record_json(const char *dir, struct store *s,
                           const struct rows_name *name, enum lang lang,
                           json_t *list, struct err *err)
{
    struct arena mem = {0};
    struct record r;
    char id[ID_TEXT_CHARS + 1];
    json_t *history = json_array(), *readers = json_array(), *j = NULL;
    json_t *access = json_array();
    enum rc rc =
        rows_load(s->rows, name->type, name->area, &name->id, &mem, &r, err);

    if (rc == RC_OK)
        rc = history_json(s, name, lang, history, err);
    if (rc == RC_OK)
        rc = name->type->apart ? given_json(s, name, readers, err)
                               : readers_json(s, name, readers, err);
    if (rc == RC_OK)
        rc = access_json(dir, s, name, access, err);
    if (rc == RC_OK)
        j = json_pack("{s:s, s:s, s:{s:s, s:s}, s:b, s:b, s:o, s:O, s:O, s:O}",
                      "id", id_text(&name->id, id), "type", name->type->name,
                      "label", "nl", name->type->label.nl, "en",
                      name->type->label.en, "erased", r.erased, "unreadable",
                      r.unreadable, "fields", fields_json(&r, lang), "history",
                      history, "readers", readers, "access", access);
    if (j != NULL)
        json_array_append_new(list, j);
    json_decref(history);
    json_decref(readers);
    json_decref(access);
    arena_free(&mem);
    return rc;
}

enum rc subject_json(const char *dir, struct store *s,
                     const struct rows_name *names, size_t n, enum lang lang,
                     struct json_t **out, struct err *err)
{
    json_t *list = json_array();
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < n; i++)
        rc = record_json(dir, s, &names[i], lang, list, err);
    if (rc == RC_OK)
        *out = list;
    else
        json_decref(list);
    return rc;
}

enum rc subject_export(const char *dir, struct store *s,
                       const struct rows_name *names, size_t n, struct buf *out,
                       struct err *err)
{
    json_t *list = NULL;
    char *text;
    enum rc rc = subject_json(dir, s, names, n, LANG_NL, &list, err);

    if (rc == RC_OK) {
        text = json_dumps(list, JSON_INDENT(2) | JSON_SORT_KEYS);
        buf_puts(out, text);
        buf_puts(out, "\n");
        free(text);
    }
    json_decref(list);
    return rc;
}
