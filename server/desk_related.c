/* Records that may be the same matter as one that is looked at (related.h). */
#include <stdlib.h>

#include "server/desk_record.h"
#include "sync/related.h"

enum { SHOWN_MAX = 6, LOOKED_MAX = 5000 };

struct near {
    struct desk *d;
    const struct record *of;
    struct related_item item;
    const struct value *unlike; /* looked at, and another matter */
    struct arena mem;           /* of one record */
    struct found {
        struct related_why why;
        json_t *line;
        uint64_t version;
    } best[SHOWN_MAX];
    size_t n, looked;
};

static void keep(struct near *l, const struct related_why *why,
                 const struct record *r, const struct shown *s)
{
    size_t at = l->n < SHOWN_MAX ? l->n++ : SHOWN_MAX - 1;

    if (l->best[at].line != NULL) {
        if (l->best[at].why.score >= why->score)
            return;
        json_decref(l->best[at].line);
    }
    for (; at > 0 && l->best[at - 1].why.score < why->score; at--)
        l->best[at] = l->best[at - 1];
    l->best[at] = (struct found){*why, desk_line(l->d, r, s), r->version};
}

static bool is_unlike(const struct near *l, const struct record *r)
{
    char id[ID_TEXT_CHARS + 1];

    return l->unlike->kind == VALUE_SET &&
           value_has(l->unlike, bytes_of(id_text(&r->id, id)));
}

static bool on_near(void *ctx, const struct record *rec)
{
    struct near *l = ctx;
    struct related_item item;
    struct related_why why;
    struct record r;
    struct shown s;

    arena_reset(&l->mem);
    if (l->looked++ == LOOKED_MAX)
        return false;
    if (rec->erased || !record_exists(rec) || id_eq(&rec->id, &l->of->id) ||
        is_unlike(l, rec))
        return true;
    r = record_for(rec, l->d->who->caller.role, &l->mem);
    merge_show_record(&r, &l->mem, &s);
    if (s.deleted ||
        !related_item_of(&r, &s, l->d->who->caller.role, &l->mem, &item))
        return true;
    why = related_why(&l->item, &item);
    if (why.score >= RELATED_LEAST)
        keep(l, &why, &r, &s);
    return true;
}

static void put_found(const struct near *l, json_t *list)
{
    size_t i;

    for (i = 0; i < l->n; i++) {
        const struct related_why *w = &l->best[i].why;
        json_t *j = l->best[i].line;

        json_object_set_new(j, "score", json_integer(w->score));
        json_object_set_new(j, "days", json_integer(w->days));
        if (w->measured)
            json_object_set_new(j, "metres", json_integer(w->metres));
        json_array_append_new(list, j);
        desk_shows(l->d, &(struct record){.type = l->of->type,
                                          .area = l->of->area,
                                          .version = l->best[i].version});
    }
}

/* How to say that two are one: the fields of its type that hold it. */
static void put_how(const struct shape_type *t, json_t *out)
{
    const struct shape_duplicates *d = t->duplicates;

    json_object_set_new(out, "into", json_string(t->fields[d->into].name));
    json_object_set_new(out, "unlike", json_string(t->fields[d->unlike].name));
    json_object_set_new(out, "field", json_string(t->fields[d->field].name));
    json_object_set_new(out, "code", json_string(d->code));
}

enum rc desk_related(struct desk *d, const json_t *in, json_t *out,
                     struct err *err)
{
    struct near l = {.d = d};
    json_t *list = json_array();
    struct record r;
    struct shown s;
    enum rc rc = desk_load(d, in, &r, err);

    json_object_set_new(out, "records", list);
    if (rc != RC_OK || r.type->duplicates == NULL)
        return rc;
    put_how(r.type, out);
    merge_show_record(&r, d->mem, &s);
    l.of = &r;
    l.unlike = &s.values[r.type->duplicates->unlike];
    if (related_item_of(&r, &s, d->who->caller.role, d->mem, &l.item))
        rc = rows_latest(d->store->rows, r.type, r.area, on_near, &l, err);
    put_found(&l, list);
    d->line->counted = true;
    d->line->hits = l.n;
    arena_free(&l.mem);
    return rc;
}
