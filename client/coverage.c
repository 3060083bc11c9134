#include "client/coverage.h"

#include <stdlib.h>
#include <string.h>

#include "sync/merge.h"

bool coverage_on_street(const struct value *streets, struct bytes street)
{
    size_t i;

    for (i = 0; streets->kind == VALUE_SET && i < streets->as.set.n; i++) {
        struct bytes s = streets->as.set.p[i];

        if (s.n >= street.n && memcmp(s.p, street.p, street.n) == 0 &&
            (s.n == street.n || s.p[street.n] == ' '))
            return true;
    }
    return false;
}

/* -- what is read -------------------------------------------------------- */

struct round {
    struct coverage c;
    struct value streets;
};

struct door {
    struct id id;
    uint32_t area;
    struct bytes street; /* nothing: it is not on this device */
    bool do_not_visit;
};

struct visit {
    struct id id, route, address;
    struct bytes result;
};

struct reading {
    struct app *a;
    uint32_t area;
    struct round *rounds; /* these three: own */
    struct door *doors;
    struct visit *visits;
    size_t rounds_n, doors_n, visits_n, rounds_cap, doors_cap, visits_cap;
};

static void *grown(void *p, size_t n, size_t *cap, size_t size)
{
    if (n < *cap)
        return p;
    *cap = 2 * *cap + 64;
    return mem_resize(p, *cap * size);
}

static struct value value_in(struct app *a, const struct record *r,
                             const struct shown *s, const char *field)
{
    const struct shape_field *f = shape_field_named(r->type, bytes_of(field));

    return f == NULL
               ? value_null()
               : value_copy(&s->values[shape_field_index(r->type, f)], &a->mem);
}

static struct id id_in(struct app *a, const struct record *r,
                       const struct shown *s, const char *field)
{
    struct value v = value_in(a, r, s, field);

    return v.kind == VALUE_ID ? v.as.id : (struct id){{0}};
}

static struct bytes text_in(struct app *a, const struct record *r,
                            const struct shown *s, const char *field)
{
    struct value v = value_in(a, r, s, field);

    return v.kind == VALUE_TEXT ? v.as.text : (struct bytes){0};
}

/* False: it is not to be read. */
static bool show(struct reading *x, const struct record *r, struct shown *s)
{
    if (r->erased || (x->area != 0 && r->area != x->area))
        return false;
    merge_show_record(r, &x->a->mem, s);
    return !s->deleted;
}

static bool on_route(void *ctx, const struct record *r)
{
    struct reading *x = ctx;
    struct round one = {.c = {.route = r->id, .area = r->area}};
    struct bytes title;
    struct shown s;

    if (!show(x, r, &s))
        return true;
    title = text_in(x->a, r, &s, "title");
    one.c.title = arena_text(&x->a->mem, (const char *)title.p, title.n);
    one.streets = value_in(x->a, r, &s, "streets");
    x->rounds = grown(x->rounds, x->rounds_n, &x->rounds_cap, sizeof one);
    x->rounds[x->rounds_n++] = one;
    return true;
}

static bool on_address(void *ctx, const struct record *r)
{
    struct reading *x = ctx;
    struct door one = {.id = r->id, .area = r->area};
    struct shown s;

    if (!show(x, r, &s))
        return true;
    one.street = text_in(x->a, r, &s, "street");
    one.do_not_visit =
        bytes_eq(text_in(x->a, r, &s, "do_not_visit"), bytes_of("ja"));
    x->doors = grown(x->doors, x->doors_n, &x->doors_cap, sizeof one);
    x->doors[x->doors_n++] = one;
    return true;
}

static bool on_visit(void *ctx, const struct record *r)
{
    struct reading *x = ctx;
    struct visit one = {.id = r->id};
    struct shown s;

    if (!show(x, r, &s))
        return true;
    one.route = id_in(x->a, r, &s, "route");
    one.address = id_in(x->a, r, &s, "address");
    one.result = text_in(x->a, r, &s, "result");
    x->visits = grown(x->visits, x->visits_n, &x->visits_cap, sizeof one);
    x->visits[x->visits_n++] = one;
    return true;
}

static enum rc read_all(struct reading *x, struct err *err)
{
    static const struct {
        const char *type;
        rows_visit *visit;
    } of[] = {
        {"route", on_route}, {"address", on_address}, {"door-visit", on_visit}};
    enum rc rc = RC_OK;
    size_t i;

    for (i = 0; rc == RC_OK && i < countof(of); i++) {
        const struct shape_type *t =
            shape_type_named(x->a->l.shape, bytes_of(of[i].type));

        if (t != NULL)
            rc = rows_all(x->a->l.rows, t, of[i].visit, x, err);
    }
    return rc;
}

/* -- what is counted ----------------------------------------------------- */

/* By round, then door, then time. */
static int by_door(const void *a, const void *b)
{
    const struct visit *x = a, *y = b;
    int d = memcmp(x->route.b, y->route.b, ID_BYTES);

    if (d == 0)
        d = memcmp(x->address.b, y->address.b, ID_BYTES);
    return d != 0 ? d : memcmp(x->id.b, y->id.b, ID_BYTES);
}

static const struct shape_list *results_of(struct app *a)
{
    const struct shape_type *t =
        shape_type_named(a->l.shape, bytes_of("door-visit"));
    const struct shape_field *f =
        t == NULL ? NULL : shape_field_named(t, bytes_of("result"));

    return f == NULL ? NULL : f->list;
}

static bool on_round(const struct reading *x, const struct round *r,
                     const struct id *address)
{
    size_t i;

    for (i = 0; i < x->doors_n; i++)
        if (id_eq(&x->doors[i].id, address))
            return x->doors[i].area == r->c.area && x->doors[i].street.n > 0 &&
                   coverage_on_street(&r->streets, x->doors[i].street);
    return false;
}

/* The last visit to a door counts for it. */
static void count_visit(const struct reading *x, struct round *r,
                        const struct visit *v, bool last)
{
    const struct shape_choice *c;
    size_t at;

    r->c.visits++;
    if (!last)
        return;
    r->c.visited++;
    if (!on_round(x, r, &v->address))
        r->c.doors++;
    c = r->c.list == NULL ? NULL : shape_choice_coded(r->c.list, v->result);
    at = c == NULL ? COVERAGE_RESULTS_MAX : (size_t)(c - r->c.list->choices);
    if (at < COVERAGE_RESULTS_MAX)
        r->c.results[at]++;
}

static void count_round(const struct reading *x, struct round *r)
{
    size_t i;

    r->c.list = results_of(x->a);
    for (i = 0; i < x->doors_n; i++)
        if (x->doors[i].area == r->c.area && x->doors[i].street.n > 0 &&
            coverage_on_street(&r->streets, x->doors[i].street)) {
            r->c.doors++;
            r->c.do_not_visit += x->doors[i].do_not_visit;
        }
    for (i = 0; i < x->visits_n; i++) {
        const struct visit *v = &x->visits[i], *next = v + 1;

        if (id_eq(&v->route, &r->c.route))
            count_visit(x, r, v,
                        i + 1 == x->visits_n ||
                            !id_eq(&next->route, &v->route) ||
                            !id_eq(&next->address, &v->address));
    }
}

static int by_title(const void *a, const void *b)
{
    const struct coverage *x = a, *y = b;
    int d = strcmp(x->title, y->title);

    return d != 0 ? d : memcmp(x->route.b, y->route.b, ID_BYTES);
}

enum rc coverage_all(struct app *a, uint32_t area, struct coverage **out,
                     size_t *n, struct err *err)
{
    struct reading x = {.a = a, .area = area};
    enum rc rc = read_all(&x, err);
    size_t i;

    if (rc == RC_OK) {
        if (x.visits_n > 0)
            qsort(x.visits, x.visits_n, sizeof *x.visits, by_door);
        *n = x.rounds_n;
        *out = mem_new((x.rounds_n + 1) * sizeof **out);
        for (i = 0; i < x.rounds_n; i++) {
            count_round(&x, &x.rounds[i]);
            (*out)[i] = x.rounds[i].c;
        }
        qsort(*out, *n, sizeof **out, by_title); /* never NULL */
    }
    free(x.rounds);
    free(x.doors);
    free(x.visits);
    return rc;
}
