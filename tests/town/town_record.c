/* What is written down: how often, where, and what it says.
 *
 * Every choice has a weight, a factor in each neighbourhood and a month in
 * which there is most of it, all from the seed; what people know to be common
 * or rare stands in the tables below. */
#include <stdio.h>
#include <string.h>

#include "sync/civil.h"
#include "tests/town/town.h"

enum { PERCENT = 100, A_YEAR = 12, TRIES = 20, STREETS = 40, DOORS = 120 };

/* So many of 1,000 records; the others are seldom made. */
static const struct {
    const char *type;
    unsigned share;
} shares[] = {{"door-visit", 455}, {"conversation", 190}, {"signal", 190},
              {"follow-up", 60},   {"tally", 25},         {"session", 22},
              {"address", 15},     {"idea", 14},          {"activity", 10},
              {"support", 8},      {"initiative", 5},     {"meeting", 2},
              {"budget-line", 2},  {"route", 1},          {"voting-round", 1}};

/* How often a field that need not be is filled in. */
static const struct {
    const char *field;
    unsigned percent;
} filled[] = {{"visibility", 3},     {"merged_into", 0},   {"do_not_visit", 3},
              {"language", 10},      {"quote", 5},         {"note", 8},
              {"description", 40},   {"summary", 25},      {"come_back_on", 8},
              {"come_back_part", 8}, {"voting_round", 95}, {"place", 60},
              {"sources", 40},       {"route", 90},        {"address", 90}};

/* What the dice do not know. */
static const struct {
    const char *list, *code;
    uint32_t weight;
} known[] = {{"door-result", "niet_thuis", 420},
             {"door-result", "gesprek", 300},
             {"door-result", "gesprek_deels", 40},
             {"door-result", "nu_niet", 110},
             {"door-result", "weigering", 70},
             {"door-result", "taal", 20},
             {"door-result", "geen_toegang", 15},
             {"door-result", "niet_veilig", 3},
             {"door-result", "leegstand", 12},
             {"door-result", "geen_woning", 6},
             {"door-result", "niet_bezocht", 14},
             {"signal-status", "gemeld", 500},
             {"signal-status", "concept", 60},
             {"tally-what", "stemmen", 700},
             {"theme", "groen", 200},
             {"theme", "schoon", 220},
             {"theme", "verkeer", 180},
             {"theme", "anders", 20},
             {"yes-no", "ja", 120},
             {"yes-no", "nee", 90}};

static const char *const begins[] = {"Lamp",    "Bank",     "Speeltoestel",
                                     "Afval",   "Fietspad", "Boom",
                                     "Portiek", "Koffie"};
static const char *const rests[] = {"is kapot", "ontbreekt", "gaat goed",
                                    "wordt gemist", "kan beter"};

/* -- how likely a choice is ---------------------------------------------- */

static uint32_t weight_of(const struct town *t, const struct shape_list *l,
                          const struct shape_choice *c)
{
    static const uint32_t levels[] = {150, 110, 80, 60, 40, 25, 15, 8};
    size_t i;

    for (i = 0; i < countof(known); i++)
        if (strcmp(known[i].list, l->name) == 0 &&
            strcmp(known[i].code, c->code) == 0)
            return known[i].weight;
    if (c->retired)
        return 0;
    return levels[town_hash(t, l->name, c->code) % countof(levels)] /
               (1 + c->sensitivity) +
           1;
}

void town_likely(struct town *t)
{
    const struct shape *shape = t->s.shape;
    size_t i, k, p;

    t->first_choice =
        arena_new(&t->mem, (shape->lists_n + 1) * sizeof *t->first_choice);
    for (i = 0; i < shape->lists_n; i++) {
        t->first_choice[i] = t->choices_n;
        t->choices_n += shape->lists[i].choices_n;
    }
    t->season = arena_new(&t->mem, t->choices_n * sizeof *t->season);
    t->likely = arena_new(&t->mem, t->regions.places_n * t->choices_n *
                                       sizeof *t->likely);
    for (i = 0; i < shape->lists_n; i++)
        for (k = 0; k < shape->lists[i].choices_n; k++) {
            const struct shape_choice *c = &shape->lists[i].choices[k];
            size_t at = t->first_choice[i] + k;
            uint32_t weight = weight_of(t, &shape->lists[i], c);

            t->season[at] =
                (uint32_t)(town_hash(t, "season", c->code) % A_YEAR);
            for (p = 0; p < t->regions.places_n; p++)
                t->likely[p * t->choices_n + at] =
                    weight *
                    (uint32_t)(40 + town_hash(t, c->code,
                                              t->regions.places[p].code) %
                                        180);
        }
}

/* 60 to 150 of 100, by how far away its month is. */
static uint32_t in_season(uint32_t best, unsigned month)
{
    uint32_t far = (best + A_YEAR + 1 - month) % A_YEAR;

    return 150 - 15 * (far > A_YEAR / 2 ? A_YEAR - far : far);
}

static size_t draw(struct dice *d, const uint64_t *sum, size_t n)
{
    uint64_t at = roll(d, sum[n]);
    size_t low = 0, high = n;

    while (low + 1 < high) {
        size_t mid = (low + high) / 2;

        if (sum[mid] <= at)
            low = mid;
        else
            high = mid;
    }
    return low;
}

/* -- one record ---------------------------------------------------------- */

struct writing {
    struct town *t;
    struct town_area *area;
    struct town_worker *who;
    const struct shape_type *type;
    size_t place;
    uint64_t now_ms;
    unsigned month;
    const struct shape_type *about; /* what its last reference names */
};

static const char *choose(struct writing *w, const struct shape_list *l)
{
    struct town *t = w->t;
    size_t first = t->first_choice[l - t->s.shape->lists], i;
    uint64_t sum[choices_per_list_max + 1];

    sum[0] = 0;
    for (i = 0; i < l->choices_n; i++)
        sum[i + 1] =
            sum[i] + (uint64_t)t->likely[w->place * t->choices_n + first + i] *
                         in_season(t->season[first + i], w->month);
    return l->choices[draw(&t->dice, sum, l->choices_n)].code;
}

static struct value choices(struct writing *w, const struct shape_field *f)
{
    struct bytes *members;
    size_t n = 1, i;

    if (strcmp(f->list->name, "worker-type") == 0 && !f->set)
        return value_text(w->who->type);
    if (!f->set)
        return value_text(choose(w, f->list));
    while (n < 3 && roll(&w->t->dice, PERCENT) < 35)
        n++;
    members = arena_new(w->who->mem, n * sizeof *members);
    for (i = 0; i < n; i++)
        members[i] = bytes_of(choose(w, f->list));
    return value_set(members, n);
}

static struct value point(struct writing *w)
{
    const struct town_place *p = &w->t->places[w->place];
    struct bytes outline = w->t->regions.places[w->place].outline;
    struct dice *d = &w->t->dice;
    struct geo_point g;
    size_t i;

    for (i = 0; outline.n > 0 && i < TRIES; i++) {
        g.lat = p->low.lat +
                (int32_t)roll(d, (uint64_t)(p->high.lat - p->low.lat) + 1);
        g.lon = p->low.lon +
                (int32_t)roll(d, (uint64_t)(p->high.lon - p->low.lon) + 1);
        g.lat -= g.lat % 1000; /* the three decimals that are kept */
        g.lon -= g.lon % 1000;
        if (g.lat > 0 && g.lon > 0 && geo_holds(outline, g))
            return value_text(
                arena_printf(w->who->mem, "%d.%03d,%d.%03d", g.lat / GEO_DEGREE,
                             g.lat % GEO_DEGREE / 1000, g.lon / GEO_DEGREE,
                             g.lon % GEO_DEGREE / 1000));
    }
    return value_null();
}

/* One of the latest records of a type that it may name. */
static struct value reference(struct writing *w, const struct shape_field *f)
{
    struct dice *d = &w->t->dice;
    size_t from = (size_t)roll(d, f->to_n), i;

    if (f->consent != NULL)
        return value_null();
    for (i = 0; i < f->to_n; i++) {
        const struct shape_type *to = f->to[(from + i) % f->to_n];
        size_t type = shape_type_index(w->t->s.shape, to);
        size_t n = w->area->recent_n[type];
        struct id *id;
        struct bytes *member;

        if (n == 0)
            continue;
        id = &w->area->recent[type][roll(d, n < TOWN_RECENT ? n : TOWN_RECENT)];
        w->about = to;
        if (!f->set)
            return value_id(id);
        member = arena_new(w->who->mem, sizeof *member);
        *member =
            bytes_of(id_text(id, arena_new(w->who->mem, ID_TEXT_CHARS + 1)));
        return value_set(member, 1);
    }
    return value_null();
}

static struct value number(struct writing *w, const struct shape_field *f)
{
    int64_t most = f->kind == FIELD_MONEY ? 500000 : 40;
    int64_t high = f->max != 0 && f->max < most ? f->max : most;
    int64_t low = f->min > 0 ? f->min : 0;

    if (strcmp(f->name, "house_number") == 0)
        return value_int(5001 + (int64_t)roll(&w->t->dice, DOORS));
    return value_int(low +
                     (int64_t)roll(&w->t->dice, (uint64_t)(high - low) + 1));
}

static struct value words(struct writing *w, const struct shape_field *f)
{
    struct dice *d = &w->t->dice;
    struct arena *mem = w->who->mem;

    if (f->set || (f->format != FORMAT_NONE && f->format != FORMAT_LANGUAGE &&
                   f->format != FORMAT_VERSION))
        return value_null();
    if (f->format != FORMAT_NONE)
        return value_text(f->format == FORMAT_LANGUAGE ? "nl" : "1.0.0");
    if (strcmp(f->name, "street") == 0)
        return value_text(arena_printf(mem, "Straat %zu-%u", w->place + 1,
                                       (unsigned)roll(d, STREETS) + 1));
    if (f->max > 0 && f->max < 40)
        return value_null();
    if (f->kind == FIELD_TEXT)
        return value_text(arena_printf(mem, "%s %s",
                                       begins[roll(d, countof(begins))],
                                       rests[roll(d, countof(rests))]));
    return value_text(arena_printf(
        mem, "%s %s. Bewoners zeggen dat %u van de %u het merken.",
        begins[roll(d, countof(begins))], rests[roll(d, countof(rests))],
        (unsigned)roll(d, 9) + 1, (unsigned)roll(d, 20) + 10));
}

static struct value when(struct writing *w, bool time)
{
    struct civil c = civil_date((int64_t)(w->now_ms / 86400000));
    unsigned s = (unsigned)(w->now_ms / 1000 % 86400);

    if (!time)
        return value_text(arena_printf(w->who->mem, "%04d-%02u-%02u", c.year,
                                       c.month, c.day));
    return value_text(
        arena_printf(w->who->mem, "%04d-%02u-%02uT%02u:%02u:%02uZ", c.year,
                     c.month, c.day, s / 3600, s / 60 % 60, s % 60));
}

static struct value filled_in(struct writing *w, const struct shape_field *f)
{
    switch (f->kind) {
    case FIELD_TEXT:
    case FIELD_PROSE: return words(w, f);
    case FIELD_INT:
    case FIELD_MONEY: return number(w, f);
    case FIELD_CHOICE: return choices(w, f);
    case FIELD_DATE: return when(w, false);
    case FIELD_TIME: return when(w, true);
    case FIELD_POINT: return point(w);
    case FIELD_REF: return reference(w, f);
    case FIELD_CODE:
        return value_text(arena_printf(w->who->mem, "%u%s", w->t->regions.year,
                                       w->t->regions.places[w->place].code));
    case FIELD_WORKER: return f->set ? value_null() : value_text(w->who->user);
    case FIELD_ATTACHMENT:
    case FIELD_KINDS_N: break;
    }
    return value_null();
}

static bool is_filled(struct dice *d, const struct shape_field *f)
{
    size_t i;

    if (f->retired)
        return false;
    if (f->required)
        return true;
    for (i = 0; i < countof(filled); i++)
        if (strcmp(filled[i].field, f->name) == 0)
            return roll(d, PERCENT) < filled[i].percent;
    return roll(d, PERCENT) < 85;
}

/* Votes are for ideas; voters are those of a round. */
static struct value count_what(const struct writing *w, struct value drawn)
{
    if (w->about == NULL)
        return drawn;
    if (strcmp(w->about->name, "idea") == 0)
        return value_text("stemmen");
    if (strcmp(w->about->name, "signal") == 0)
        return value_text("huishoudens");
    if (strcmp(w->about->name, "meeting") == 0)
        return value_text("deelnemers");
    return value_text(w->now_ms % 2 == 0 ? "stemmers" : "deelnemers");
}

static struct id new_id(struct town *t, uint64_t now_ms)
{
    uint8_t random[ID_RANDOM_BYTES];
    size_t i;

    for (i = 0; i < sizeof random; i++)
        random[i] = (uint8_t)roll(&t->dice, 256);
    return id_make(now_ms, random);
}

static void write_down(struct writing *w)
{
    const struct shape_type *type = w->type;
    struct write *writes =
        arena_new(w->who->mem, type->fields_n * sizeof *writes);
    struct changeset c = {
        .type = type, .record = new_id(w->t, w->now_ms), .writes = writes};
    size_t index = shape_type_index(w->t->s.shape, type), f;
    struct value v;

    for (f = FIELD_DELETED + 1; f < type->fields_n; f++) {
        if (!is_filled(&w->t->dice, &type->fields[f]))
            continue;
        v = filled_in(w, &type->fields[f]);
        if (strcmp(type->fields[f].name, "what") == 0)
            v = count_what(w, v);
        if (v.kind != VALUE_NULL)
            writes[c.writes_n++] =
                (struct write){.field = (uint16_t)f, .value = v};
    }
    town_hand_in(w->t, w->area, w->who, c, w->now_ms);
    w->area->recent[index][w->area->recent_n[index]++ % TOWN_RECENT] = c.record;
}

/* -- which one ----------------------------------------------------------- */

static const struct shape_type *draw_type(struct town *t, unsigned month)
{
    uint64_t sum[countof(shares) + 1] = {0};
    size_t i;

    for (i = 0; i < countof(shares); i++)
        sum[i + 1] =
            sum[i] +
            (uint64_t)shares[i].share *
                in_season(
                    (uint32_t)(town_hash(t, "type", shares[i].type) % A_YEAR),
                    month);
    return shape_type_named(
        t->s.shape,
        bytes_of(shares[draw(&t->dice, sum, countof(shares))].type));
}

static size_t draw_place(struct town *t)
{
    uint64_t all = 0, at;
    size_t i;

    for (i = 0; i < t->regions.places_n; i++)
        all += t->places[i].weight;
    at = roll(&t->dice, all);
    for (i = 0; at >= t->places[i].weight; i++)
        at -= t->places[i].weight;
    return i;
}

static struct town_worker *draw_worker(struct town *t, struct town_area *a,
                                       const struct shape_type *type)
{
    size_t i = (size_t)roll(&t->dice, TOWN_WORKERS);

    if (!(type->write & 1U << ROLE_WORKER) ||
        (a->workers[i].external && !(type->write & 1U << ROLE_EXTERNAL)))
        i = 0;
    return &a->workers[i];
}

void town_record(struct town *t, uint64_t now_ms, unsigned month)
{
    struct writing w = {.t = t, .now_ms = now_ms, .month = month};

    w.type = draw_type(t, month);
    w.place = draw_place(t);
    w.area = &t->areas[t->places[w.place].area];
    w.who = draw_worker(t, w.area, w.type);
    write_down(&w);
}

/* A signal or a follow-up gets further; a few records go again. */
void town_edit(struct town *t, uint64_t now_ms)
{
    static const char *const moves[][3] = {
        {"signal", "status", "afgehandeld"},
        {"signal", "status", "in_behandeling"},
        {"signal", "status", "doorgezet"},
        {"follow-up", "status", "gedaan"},
        {"follow-up", "status", "gepland"},
        {"conversation", NULL, NULL}};
    const char *const *move = moves[roll(&t->dice, countof(moves))];
    const struct shape_type *type =
        shape_type_named(t->s.shape, bytes_of(move[0]));
    size_t index = shape_type_index(t->s.shape, type);
    struct town_area *a = &t->areas[t->places[draw_place(t)].area];
    struct town_worker *who = &a->workers[0];
    size_t n = a->recent_n[index];
    struct write *write = arena_new(who->mem, sizeof *write);
    struct changeset c = {
        .type = type, .base_version = INT64_MAX / 2, .writes = write};

    if (n == 0)
        return;
    c.record =
        a->recent[index][roll(&t->dice, n < TOWN_RECENT ? n : TOWN_RECENT)];
    c.writes_n = 1;
    if (move[1] == NULL) {
        write->field = FIELD_DELETED;
        write->value = value_int(1);
    } else {
        write->field = (uint16_t)shape_field_index(
            type, shape_field_named(type, bytes_of(move[1])));
        write->value = value_text(move[2]);
    }
    town_hand_in(t, a, who, c, now_ms);
}
