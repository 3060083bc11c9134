/* Requests of people about their data, and the proof of what was done
 * (subject.h, erasure.h, deletion.h). */
#include <string.h>

#include "server/correct.h"
#include "server/deletion.h"
#include "server/desk.h"
#include "server/erasure.h"
#include "server/subject_page.h"
#include "sync/base/msg.h"
#include "sync/base/text.h"

enum { HITS_MAX = 300, NAMES_MAX = 200, WORDS_LEAST = 3 };

/* -- looking for somebody
 * --------------------------------------------------------- */

struct finding {
    struct desk *d;
    json_t *list;
    bool more;
};

static void on_hit(void *ctx, const struct subject_hit *hit)
{
    struct finding *f = ctx;
    const struct record *r = hit->record;
    char id[ID_TEXT_CHARS + 1];

    if (!caller_has_area(&f->d->who->caller, r->area))
        return;
    if (json_array_size(f->list) == HITS_MAX) {
        f->more = true;
        return;
    }
    json_array_append_new(
        f->list,
        json_pack("{s:s, s:s, s:{s:s, s:s}, s:I, s:{s:s, s:s}, s:s}", "id",
                  id_text(&r->id, id), "type", r->type->name, "label", "nl",
                  r->type->label.nl, "en", r->type->label.en, "area",
                  (json_int_t)r->area, "field", "nl", hit->field->label.nl,
                  "en", hit->field->label.en, "text", hit->text));
    desk_shows(f->d, r);
}

enum rc desk_subject_find(struct desk *d, const json_t *in, json_t *out,
                          struct err *err)
{
    struct finding f = {.d = d, .list = json_array()};
    const char *words = NULL;
    enum rc rc = desk_text(in, "words", &words, err);

    json_object_set_new(out, "hits", f.list);
    if (rc == RC_OK && strlen(words) < WORDS_LEAST)
        rc = err_set(err, RC_INVALID, MSG("type three letters or more"));
    if (rc == RC_OK)
        rc = subject_find(d->store, words, on_hit, &f, err);
    json_object_set_new(out, "more", json_boolean(f.more));
    d->line->counted = true;
    d->line->hits = json_array_size(f.list);
    return rc;
}

/* -- what was picked
 * ---------------------------------------------------------------- */

static enum rc take_name(struct desk *d, const char *text,
                         struct rows_name *out, struct err *err)
{
    enum rc rc = id_parse(bytes_of(text == NULL ? "" : text), &out->id, err);

    if (rc == RC_OK)
        rc = rows_find(d->store->rows, &out->id, &out->type, &out->area, err);
    if (rc == RC_OK && !caller_has_area(&d->who->caller, out->area))
        rc = err_set(err, RC_DENIED, "you have no rights in this area");
    if (rc == RC_OK)
        desk_names(d, out);
    return rc;
}

static enum rc take_names(struct desk *d, const json_t *in,
                          struct rows_name **out, size_t *n, struct err *err)
{
    const json_t *ids = json_object_get(in, "ids");
    struct rows_name *names =
        arena_new(d->mem, (NAMES_MAX + 1) * sizeof *names);
    json_t *one;
    size_t i;
    enum rc rc = RC_OK;

    *n = json_array_size(ids);
    if (*n == 0 || *n > NAMES_MAX)
        return err_set(err, RC_INVALID, MSG("pick one record or more"));
    json_array_foreach(ids, i, one)
    {
        if (rc == RC_OK)
            rc = take_name(d, json_string_value(one), &names[i], err);
    }
    *out = names;
    return rc;
}

enum rc desk_subject_export(struct desk *d, const json_t *in, json_t *out,
                            struct err *err)
{
    struct buf b = buf_make(SIZE_MAX);
    struct rows_name *names = NULL;
    size_t n = 0;
    enum rc rc = take_names(d, in, &names, &n, err);

    if (rc == RC_OK)
        rc = subject_page(d->dir, d->store, names, n, d->lang, &b, err);
    if (rc == RC_OK)
        json_object_set_new(out, "page", desk_bytes(buf_view(&b)));
    buf_free(&b);
    return rc;
}

static enum rc take_note(const json_t *in, const char **out, struct err *err)
{
    *out = desk_text_or(in, "note", "");
    return (*out)[0] != '\0'
               ? RC_OK
               : err_set(err, RC_INVALID,
                         MSG("say why, without content: the letter, the day"));
}

/* In the merger's transaction; what is left to do it does after that. */
enum rc desk_subject_erase(struct desk *d, const json_t *in, json_t *out,
                           struct err *err)
{
    struct rows_name *names = NULL;
    const char *note = NULL;
    size_t n = 0, i;
    enum rc rc = take_names(d, in, &names, &n, err);

    if (rc == RC_OK)
        rc = take_note(in, &note, err);
    if (rc == RC_OK)
        desk_writes(d);
    for (i = 0; rc == RC_OK && i < n; i++) {
        struct deletion gone = {.why = DELETION_REQUEST,
                                .type = names[i].type,
                                .class = names[i].type->retention,
                                .record = true,
                                .note = note};

        rc = erase_record_next(d->store, &names[i], d->now_ms, err);
        if (rc == RC_OK)
            rc = deletion_add(d->store, &gone, d->now_ms, err);
    }
    json_object_set_new(out, "records", json_integer((json_int_t)n));
    return rc;
}

enum rc desk_subject_correct(struct desk *d, const json_t *in, json_t *out,
                             struct err *err)
{
    struct correction c = {
        .pairs_n = 1, .forget = json_is_true(json_object_get(in, "forget"))};
    const char *field = NULL, *value = NULL, *id = NULL, *pair;
    enum rc rc = desk_text(in, "id", &id, err);

    (void)out;
    if (rc == RC_OK)
        rc = take_name(d, id, &c.name, err);
    if (rc == RC_OK)
        rc = desk_text(in, "field", &field, err);
    if (rc == RC_OK)
        rc = desk_text(in, "value", &value, err);
    if (rc == RC_OK)
        rc = take_note(in, &c.note, err);
    if (rc != RC_OK)
        return rc;
    pair = arena_printf(d->mem, "%s=%s", field, value);
    c.pairs = &pair;
    desk_writes(d);
    return correct_next(d->dir, d->store, &c, d->now_ms, err);
}

/* -- proof
 * ----------------------------------------------------------------------------
 */

enum rc desk_deletions(struct desk *d, const json_t *in, json_t *out,
                       struct err *err)
{
    struct db_query *q = db_query(
        d->store->db,
        SQL("SELECT at_ms, why, type, class, what, n, oldest_ms, newest_ms,"
            " note FROM deletion ORDER BY at_ms DESC LIMIT 500"));
    json_t *list = json_array();

    (void)in;
    while (db_row(q))
        json_array_append_new(
            list,
            json_pack("{s:o, s:s, s:s, s:s, s:s, s:I, s:s}", "at",
                      desk_when((uint64_t)db_i64(q, "at_ms")), "why",
                      db_text(q, "why"), "type", db_text(q, "type"), "class",
                      db_text(q, "class"), "what", db_text(q, "what"), "n",
                      (json_int_t)db_i64(q, "n"), "note", db_text(q, "note")));
    json_object_set_new(out, "deletions", list);
    return db_done(q, err);
}

/* Devices that have not heard of an erasure yet. */
enum rc desk_unconfirmed(struct desk *d, const json_t *in, json_t *out,
                         struct err *err)
{
    struct db_query *q = db_query(d->store->db, subject_unconfirmed);
    json_t *list = json_array();

    (void)in;
    while (db_row(q))
        json_array_append_new(
            list, json_pack("{s:I, s:s, s:s, s:I, s:I}", "device",
                            (json_int_t)db_i64(q, "device"), "user",
                            db_text(q, "user"), "name", db_text(q, "name"),
                            "area", (json_int_t)db_i64(q, "area"), "erasures",
                            (json_int_t)db_i64(q, "n")));
    json_object_set_new(out, "devices", list);
    return db_done(q, err);
}
