/*
 * Today's work: the routes of who uses this device with their doors and what
 * came of each; what is to be done after; where things are.
 */
#include <stdlib.h>
#include <string.h>

#include "client/coverage.h"
#include "client/face_int.h"

enum { POINT_LINES_MAX = 2000 };

struct kept { /* a record and what is shown of it; in an arena */
    struct record r;
    struct shown s;
};

struct keeping {
    struct app *a;
    struct kept *p; /* own */
    size_t n, cap;
};

static const struct shape_type *type_named(struct app *a, const char *name)
{
    return shape_type_named(a->l.shape, bytes_of(name));
}

static bool on_kept(void *ctx, const struct record *r)
{
    struct keeping *k = ctx;
    struct kept one = {.r = *r};
    size_t f;

    merge_show_record(r, &k->a->mem, &one.s);
    if (one.s.deleted || r->erased)
        return true;
    for (f = 1; f < r->type->fields_n; f++)
        one.s.values[f] = value_copy(&one.s.values[f], &k->a->mem);
    one.r.fields = NULL; /* lives no longer than the visit */
    if (k->n == k->cap) {
        k->cap = 2 * k->cap + 64;
        k->p = mem_resize(k->p, k->cap * sizeof *k->p);
    }
    k->p[k->n++] = one;
    return true;
}

/* All records of a type that are not deleted; none if there is no such type.
 * The caller frees k->p. */
static enum rc keep_all(struct app *a, const char *type, struct keeping *k,
                        struct err *err)
{
    const struct shape_type *t = type_named(a, type);

    *k = (struct keeping){.a = a};
    return t == NULL ? RC_OK : rows_all(a->l.rows, t, on_kept, k, err);
}

static const struct value *value_of(const struct kept *k, const char *field)
{
    return face_value(&k->r, &k->s, field);
}

static bool names(const struct value *v, const struct id *id)
{
    return v->kind == VALUE_ID && id_eq(&v->as.id, id);
}

static json_t *shown_or_empty(struct app *a, const struct kept *k,
                              const char *field)
{
    const struct shape_field *f = shape_field_named(k->r.type, bytes_of(field));

    return f == NULL ? json_string("") : face_shown(a, f, value_of(k, field));
}

static json_t *plain_or_empty(const struct kept *k, const char *field)
{
    const struct shape_field *f = shape_field_named(k->r.type, bytes_of(field));

    return f == NULL ? json_string("") : face_plain(f, value_of(k, field));
}

static const char *text_of(struct app *a, const struct kept *k,
                           const char *field)
{
    json_t *j = shown_or_empty(a, k, field);
    const char *text =
        arena_text(&a->mem, json_string_value(j), json_string_length(j));

    json_decref(j);
    return text;
}

static bool closed(const struct kept *k)
{
    const struct shape_closed *c = k->r.type->closed;
    size_t i;

    for (i = 0; c != NULL && i < c->codes_n; i++) {
        const struct value *v = &k->s.values[c->field];

        if (v->kind == VALUE_TEXT &&
            bytes_eq(v->as.text, bytes_of(c->codes[i])))
            return true;
    }
    return false;
}

/* -- routes -------------------------------------------------------------- */

struct day {
    struct app *a;
    struct keeping routes, addresses, visits;
};

static bool on_route(const struct kept *route, const struct kept *address)
{
    const struct value *street = value_of(address, "street");

    return route->r.area == address->r.area && street->kind == VALUE_TEXT &&
           coverage_on_street(value_of(route, "streets"), street->as.text);
}

static int by_door(const void *x, const void *y)
{
    const struct kept *a = x, *b = y;
    const struct value *s = value_of(a, "street"), *t = value_of(b, "street");
    const struct value *m, *n;
    int d = 0;

    if (s->kind == VALUE_TEXT && t->kind == VALUE_TEXT)
        d = bytes_cmp(s->as.text, t->as.text);
    if (d != 0)
        return d;
    m = value_of(a, "house_number");
    n = value_of(b, "house_number");
    if (m->kind != VALUE_INT || n->kind != VALUE_INT)
        return 0;
    return (m->as.i > n->as.i) - (m->as.i < n->as.i);
}

static void set_place(json_t *j, const struct value *v)
{
    struct bytes t = v->kind == VALUE_TEXT ? v->as.text : (struct bytes){0};
    const uint8_t *comma = t.n > 0 ? memchr(t.p, ',', t.n) : NULL;
    char text[64];

    if (comma == NULL || t.n >= sizeof text)
        return;
    memcpy(text, t.p, t.n);
    text[t.n] = '\0';
    face_set(j, "lat", json_real(strtod(text, NULL)));
    face_set(j, "lon", json_real(strtod(text + (comma - t.p) + 1, NULL)));
}

/* What came of it on this route: the last visit, and how many. */
static void set_visits(struct day *d, const struct kept *route,
                       const struct kept *address, json_t *door)
{
    const struct kept *last = NULL;
    size_t i, n = 0;
    json_t *j;

    for (i = 0; i < d->visits.n; i++) {
        const struct kept *v = &d->visits.p[i];

        if (!names(value_of(v, "address"), &address->r.id) ||
            !names(value_of(v, "route"), &route->r.id))
            continue;
        n++;
        if (last == NULL || memcmp(v->r.id.b, last->r.id.b, ID_BYTES) > 0)
            last = v;
    }
    face_set(door, "visits", json_integer((json_int_t)n));
    if (last == NULL)
        return;
    j = json_object();
    face_set(j, "id", face_id(&last->r.id));
    face_set(j, "result", plain_or_empty(last, "result"));
    face_set(j, "text", shown_or_empty(d->a, last, "result"));
    face_set(j, "ms", json_integer((json_int_t)id_ms(&last->r.id)));
    face_set(j, "comeBack", shown_or_empty(d->a, last, "come_back_on"));
    face_set(door, "last", j);
}

static json_t *door(struct day *d, const struct kept *route,
                    const struct kept *address)
{
    const struct value *no = value_of(address, "do_not_visit");
    json_t *j = json_object();

    face_set(j, "id", face_id(&address->r.id));
    face_set(j, "street", shown_or_empty(d->a, address, "street"));
    face_set(j, "number",
             json_string(arena_printf(&d->a->mem, "%s%s%s",
                                      text_of(d->a, address, "house_number"),
                                      text_of(d->a, address, "house_letter"),
                                      text_of(d->a, address, "house_suffix"))));
    if (no->kind == VALUE_TEXT && bytes_eq(no->as.text, bytes_of("ja")))
        face_set(j, "doNotVisit", json_true());
    set_place(j, value_of(address, "place"));
    set_visits(d, route, address, j);
    return j;
}

static json_t *route(struct day *d, const struct kept *r)
{
    json_t *j = json_object(), *doors = json_array();
    size_t i;

    face_set(j, "id", face_id(&r->r.id));
    face_set(j, "area", json_string(app_area_slug(d->a, r->r.area)));
    face_set(j, "title", shown_or_empty(d->a, r, "title"));
    face_set(j, "from", shown_or_empty(d->a, r, "starts_on"));
    face_set(j, "to", shown_or_empty(d->a, r, "ends_on"));
    for (i = 0; i < d->addresses.n; i++)
        if (on_route(r, &d->addresses.p[i]))
            face_add(doors, door(d, r, &d->addresses.p[i]));
    face_set(j, "doors", doors);
    return j;
}

/* Of nobody in particular, or of this user among others. */
static bool ours(struct app *a, const struct kept *r)
{
    const struct value *who = value_of(r, "assignees");

    return !closed(r) &&
           (who->kind != VALUE_SET || value_has(who, bytes_of(face_user(a))));
}

enum rc face_today(struct app *a, const json_t *in, json_t *out,
                   struct err *err)
{
    struct day d = {.a = a};
    json_t *routes = json_array();
    size_t i;
    enum rc rc = keep_all(a, "route", &d.routes, err);

    (void)in;
    if (rc == RC_OK)
        rc = keep_all(a, "address", &d.addresses, err);
    if (rc == RC_OK)
        rc = keep_all(a, "door-visit", &d.visits, err);
    if (rc == RC_OK && d.addresses.n > 0)
        qsort(d.addresses.p, d.addresses.n, sizeof *d.addresses.p, by_door);
    for (i = 0; rc == RC_OK && i < d.routes.n; i++)
        if (ours(a, &d.routes.p[i]))
            face_add(routes, route(&d, &d.routes.p[i]));
    free(d.routes.p);
    free(d.addresses.p);
    free(d.visits.p);
    face_set(out, "routes", routes);
    return rc;
}

/* -- what is to be done after -------------------------------------------- */

static int by_due(const void *x, const void *y)
{
    const struct value *a = value_of(x, "due"), *b = value_of(y, "due");

    if (a->kind != VALUE_TEXT || b->kind != VALUE_TEXT)
        return (a->kind != VALUE_TEXT) - (b->kind != VALUE_TEXT);
    return bytes_cmp(a->as.text, b->as.text);
}

static bool mine(struct app *a, const struct kept *k)
{
    const struct value *owner = value_of(k, "owner");

    return owner->kind != VALUE_TEXT ||
           bytes_eq(owner->as.text, bytes_of(face_user(a)));
}

/* What it is about, if that is here. */
static void set_about(struct app *a, const struct kept *k, json_t *j)
{
    const struct value *about = value_of(k, "about");
    struct rows_name name;
    struct record r;
    struct err err;

    if (about->kind == VALUE_ID &&
        rows_find(a->l.rows, &about->as.id, &name.type, &name.area, &err) ==
            RC_OK &&
        rows_load(a->l.rows, name.type, name.area, &about->as.id, &a->mem, &r,
                  &err) == RC_OK)
        face_set(j, "about", face_line(a, &r));
}

enum rc face_due(struct app *a, const json_t *in, json_t *out, struct err *err)
{
    struct keeping k;
    json_t *list = json_array();
    size_t i;
    enum rc rc = keep_all(a, "follow-up", &k, err);

    (void)in;
    if (k.n > 0)
        qsort(k.p, k.n, sizeof *k.p, by_due);
    for (i = 0; rc == RC_OK && i < k.n; i++) {
        json_t *j;

        if (closed(&k.p[i]) || !mine(a, &k.p[i]))
            continue;
        j = json_object();
        face_set(j, "id", face_id(&k.p[i].r.id));
        face_set(j, "title", shown_or_empty(a, &k.p[i], "kind"));
        face_set(j, "due", plain_or_empty(&k.p[i], "due"));
        face_set(j, "dueText", shown_or_empty(a, &k.p[i], "due"));
        face_set(j, "status", shown_or_empty(a, &k.p[i], "status"));
        set_about(a, &k.p[i], j);
        face_add(list, j);
    }
    free(k.p);
    face_set(out, "due", list);
    return rc;
}

/* -- where things are ---------------------------------------------------- */

struct placing {
    struct app *a;
    json_t *points;
};

static bool on_placed(void *ctx, const struct record *r)
{
    struct placing *p = ctx;
    struct shown s;
    size_t f;

    merge_show_record(r, &p->a->mem, &s);
    for (f = 1; !s.deleted && f < r->type->fields_n; f++) {
        json_t *line;

        if (r->type->fields[f].kind != FIELD_POINT ||
            s.values[f].kind != VALUE_TEXT)
            continue;
        line = face_line(p->a, r);
        set_place(line, &s.values[f]);
        face_add(p->points, line);
    }
    return json_array_size(p->points) < POINT_LINES_MAX;
}

enum rc face_places(struct app *a, const json_t *in, json_t *out,
                    struct err *err)
{
    struct placing p = {a, json_array()};
    size_t i;
    enum rc rc = RC_OK;

    (void)in;
    for (i = 0; rc == RC_OK && i < a->l.shape->types_n; i++)
        if (strcmp(a->l.shape->types[i].name, "address") != 0)
            rc = rows_all(a->l.rows, &a->l.shape->types[i], on_placed, &p, err);
    face_set(out, "points", p.points);
    return rc;
}
