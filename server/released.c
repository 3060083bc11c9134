#include "server/released.h"

#include <stdlib.h>
#include <string.h>

#include "server/journal.h"
#include "server/regions.h"
#include "sync/base/text.h"
#include "sync/merge.h"
#include "sync/screen.h"

/* What it is made of, in the record types that ship. */
enum field_of { TITLE, TEXT, THEMES, SCALE, BUURT, PLACE, STATUS, TO, SEEN, N };
static const char *const names[N] = {
    [TITLE] = "title",   [TEXT] = "description",    [THEMES] = "themes",
    [SCALE] = "scale",   [BUURT] = "neighbourhood", [PLACE] = "place",
    [STATUS] = "status", [TO] = "destinations",     [SEEN] = "visibility"};

static const char *const forwarded[] = {
    "doorgezet", "in_behandeling", "wacht_reactie", "afgehandeld", "heropend"};
static const char everybody[] = "openbaar", closed[] = "afgehandeld",
                  household[] = "persoon";

enum { DAY_MS = 86400000, PLACE_STEP = GEO_DEGREE / 1000 };

struct looking {
    struct store *s;
    const struct server_conf *conf;
    const struct shape_type *type;
    size_t at[N]; /* fields; 0: it has none such */
    uint32_t *leads;
    size_t leads_n;
    struct arena *mem, scratch;
    struct released *list;
    uint64_t *version;
    size_t n, cap;
};

bool released_offered(const struct server_conf *conf)
{
    return conf->open311_jurisdiction[0] != '\0' &&
           conf->open311_destination[0] != '\0';
}

static const struct shape_list *theme_list(const struct shape *shape)
{
    const struct shape_type *t = shape_type_named(shape, bytes_of("signal"));
    const struct shape_field *f =
        t == NULL ? NULL : shape_field_named(t, bytes_of(names[THEMES]));

    return f == NULL ? NULL : f->list;
}

void released_themes(struct store *s, const struct server_conf *conf,
                     struct arena *mem, const struct shape_choice ***out,
                     size_t *n)
{
    const struct shape_list *l = theme_list(s->shape);
    size_t i;

    *n = 0;
    *out = arena_new(mem, (l == NULL ? 1 : l->choices_n + 1) * sizeof **out);
    for (i = 0; l != NULL && i < l->choices_n; i++)
        if (text_lists(conf->open311_themes, l->choices[i].code))
            (*out)[(*n)++] = &l->choices[i];
}

/* -- one signal ---------------------------------------------------------- */

static const struct heads *heads_of(const struct looking *l,
                                    const struct record *rec, enum field_of f)
{
    static const struct heads none = {NULL, 0, 0};

    return l->at[f] == 0 ? &none : &rec->fields[l->at[f]];
}

static bool is_lead(const struct looking *l, uint32_t device)
{
    size_t i;

    for (i = 0; i < l->leads_n; i++)
        if (l->leads[i] == device)
            return true;
    return false;
}

static bool says(const struct looking *l, const struct shown *shown,
                 enum field_of f, const char *word)
{
    const struct value *v = &shown->values[l->at[f]];

    return l->at[f] != 0 && v->kind == VALUE_TEXT &&
           bytes_eq(v->as.text, bytes_of(word));
}

static bool says_one_of(const struct looking *l, const struct shown *shown,
                        enum field_of f, const char *const *words, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (says(l, shown, f, words[i]))
            return true;
    return false;
}

static const struct shape_choice *theme_of(const struct looking *l,
                                           const struct shown *shown)
{
    const struct shape_list *list = theme_list(l->s->shape);
    size_t i;

    for (i = 0; l->at[THEMES] != 0 && i < list->choices_n; i++)
        if (text_lists(l->conf->open311_themes, list->choices[i].code) &&
            value_has(&shown->values[l->at[THEMES]],
                      bytes_of(list->choices[i].code)))
            return &list->choices[i];
    return NULL;
}

/* The write that released it; NULL: it is not. */
static const struct origin *release_of(const struct looking *l,
                                       const struct record *rec,
                                       const struct shown *shown)
{
    const struct heads *seen = heads_of(l, rec, SEEN);

    if (shown->deleted || seen->n != 1 || !says(l, shown, SEEN, everybody) ||
        !is_lead(l, seen->p[0].by->device) ||
        !says_one_of(l, shown, STATUS, forwarded, countof(forwarded)) ||
        says(l, shown, SCALE, household) || l->at[TO] == 0 ||
        !value_has(&shown->values[l->at[TO]],
                   bytes_of(l->conf->open311_destination)))
        return NULL;
    return seen->p[0].by;
}

/* Did its writer have on screen all that is shown of this field? */
static bool had_seen(const struct origin *by, const struct heads *h)
{
    size_t i;

    for (i = 0; i < h->n; i++) {
        const struct origin *o = h->p[i].by;

        if (o->version > by->base_version &&
            (o->device != by->device || o->number > by->number))
            return false;
    }
    return true;
}

static void put_words(const struct looking *l, const struct record *rec,
                      const struct shown *shown, const struct origin *by,
                      enum field_of f, struct buf *out)
{
    const struct value *v = &shown->values[l->at[f]];
    struct arena mem = {0};

    if (l->at[f] != 0 && v->kind == VALUE_TEXT && v->as.text.n > 0 &&
        had_seen(by, heads_of(l, rec, f)) &&
        screen_text(v->as.text, &mem).n == 0) {
        buf_puts(out, out->n > 0 ? ". " : "");
        buf_put(out, v->as.text.p, v->as.text.n);
    }
    arena_free(&mem);
}

static const char *words_of(const struct looking *l, const struct record *rec,
                            const struct shown *shown, const struct origin *by)
{
    struct buf b = buf_make(SIZE_MAX);
    const char *out = NULL;

    put_words(l, rec, shown, by, TITLE, &b);
    put_words(l, rec, shown, by, TEXT, &b);
    if (b.n > 0)
        out = arena_text(l->mem, (const char *)b.p, b.n);
    buf_free(&b);
    return out;
}

/* Cut here once more: a device that is not ours may have sent more decimals
 * than the declaration keeps. */
static bool place_of(const struct looking *l, const struct shown *shown,
                     struct geo_point *out)
{
    const struct value *v = &shown->values[l->at[PLACE]];

    if (l->at[PLACE] == 0 || v->kind != VALUE_TEXT ||
        !geo_read(v->as.text, out))
        return false;
    out->lat -= out->lat % PLACE_STEP;
    out->lon -= out->lon % PLACE_STEP;
    return true;
}

static struct released *add(struct looking *l)
{
    if (l->n == l->cap) {
        l->cap = 2 * l->cap + 64;
        l->list = mem_resize(l->list, l->cap * sizeof *l->list);
        l->version = mem_resize(l->version, l->cap * sizeof *l->version);
    }
    l->list[l->n] = (struct released){.area = 0};
    return &l->list[l->n++];
}

static bool look(void *ctx, const struct record *rec)
{
    struct looking *l = ctx;
    struct shown shown;
    const struct origin *by;
    const struct shape_choice *theme;
    const struct value *v;
    struct released *r;

    arena_reset(&l->scratch);
    if (!record_exists(rec) || rec->erased || rec->unreadable)
        return true;
    merge_show_record(rec, &l->scratch, &shown);
    by = release_of(l, rec, &shown);
    theme = by == NULL ? NULL : theme_of(l, &shown);
    if (theme == NULL)
        return true;
    r = add(l);
    r->id = rec->id;
    r->area = rec->area;
    r->theme = theme;
    r->open = !says(l, &shown, STATUS, closed);
    r->words = words_of(l, rec, &shown, by);
    v = &shown.values[l->at[BUURT]];
    if (l->at[BUURT] != 0 && v->kind == VALUE_TEXT && v->as.text.n > 0)
        r->neighbourhood =
            arena_text(l->mem, (const char *)v->as.text.p, v->as.text.n);
    r->placed = place_of(l, &shown, &r->place);
    r->begun_ms = id_ms(&rec->id) / DAY_MS * DAY_MS;
    l->version[l->n - 1] = rec->version;
    return true;
}

/* -- all of them --------------------------------------------------------- */

static enum rc load_leads(struct looking *l, struct err *err)
{
    struct db_query *q =
        db_query(l->s->db, SQL("SELECT d.number AS number FROM device d"
                               " JOIN account a ON a.number = d.account"
                               " WHERE a.role = 'lead'"));
    size_t cap = 0;

    while (db_row(q)) {
        if (l->leads_n == cap) {
            cap = 2 * cap + 64;
            l->leads = mem_resize(l->leads, cap * sizeof *l->leads);
        }
        l->leads[l->leads_n++] = (uint32_t)db_i64(q, "number");
    }
    return db_done(q, err);
}

/* How the neighbourhoods are called, if that is known here. */
static enum rc find_names(struct looking *l, struct err *err)
{
    struct regions regions;
    enum rc rc = regions_load(l->s, 0, l->mem, &regions, err);
    size_t i, at;

    if (rc != RC_OK)
        return rc == RC_NOTFOUND ? RC_OK : rc;
    for (i = 0; i < l->n; i++) {
        const char *code = l->list[i].neighbourhood;

        at = code == NULL ? regions.places_n
                          : regions_coded(&regions, bytes_of(code));
        if (at < regions.places_n)
            l->list[i].name = regions.places[at].name;
    }
    return RC_OK;
}

/* When it was changed last, by the clock of this server. */
static enum rc find_changed(struct looking *l, struct err *err)
{
    enum rc rc = RC_OK;
    size_t i;

    for (i = 0; rc == RC_OK && i < l->n; i++) {
        uint64_t at_ms = 0;

        rc =
            journal_received(l->s, l->list[i].area, l->version[i], &at_ms, err);
        l->list[i].changed_ms =
            at_ms == 0 ? l->list[i].begun_ms : at_ms / DAY_MS * DAY_MS;
    }
    return rc;
}

enum rc released_all(struct store *s, const struct server_conf *conf,
                     struct arena *mem, struct released **out, size_t *n,
                     struct err *err)
{
    struct looking l = {.s = s, .conf = conf, .mem = mem};
    enum rc rc = RC_OK;
    size_t i;

    l.type = shape_type_named(s->shape, bytes_of("signal"));
    for (i = 0; l.type != NULL && i < N; i++) {
        const struct shape_field *f =
            shape_field_named(l.type, bytes_of(names[i]));

        l.at[i] = f == NULL ? 0 : shape_field_index(l.type, f);
    }
    if (l.type != NULL)
        rc = load_leads(&l, err);
    if (rc == RC_OK && l.type != NULL)
        rc = rows_all(s->rows, l.type, look, &l, err);
    if (rc == RC_OK)
        rc = find_changed(&l, err);
    if (rc == RC_OK)
        rc = find_names(&l, err);
    if (rc == RC_OK) {
        *out = arena_new(mem, (l.n + 1) * sizeof **out);
        if (l.n > 0)
            memcpy(*out, l.list, l.n * sizeof **out);
        *n = l.n;
    }
    arena_free(&l.scratch);
    free(l.list);
    free(l.version);
    free(l.leads);
    return rc;
}
