/*
 * town DIR [options]: put a made-up town into a server's store, and a year of
 * what people there wrote down.  DIR is what `stoepd init` made, or
 * gets a store alone.  `town` by itself lists the options.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "schema/schema.h"
#include "sync/civil.h"
#include "tests/town/town.h"

enum { MONTHS_MAX = 120, DAYS_MAX = 31 * MONTHS_MAX, A_YEAR = 12 };

static const char usage[] =
    "usage: town DIR [options]\n"
    "  --records N          what is written down (20000)\n"
    "  --neighbourhoods N   of a made-up town (150)\n"
    "  --from YEAR-MONTH    the first month (2025-01)\n"
    "  --months N           how many (12)\n"
    "  --seed N             another town, other words (1)\n"
    "  --codes FILE.csv     neighbourhoods that there are (of the first year)\n"
    "  --outlines FILE      their outlines, GeoJSON\n"
    "  --layers FILE.csv    their layers\n"
    "  --map FOLDER         write codes.csv, layers.csv and outlines.geojson\n"
    "                       of the made-up town there\n";

void town_must(enum rc rc, const struct err *err)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "town: %s\n", err->text);
    exit(1);
}

uint64_t town_hash(const struct town *t, const char *a, const char *b)
{
    uint64_t h = t->o.seed * UINT64_C(0x9e3779b97f4a7c15) + 1;

    for (; *a != '\0'; a++)
        h = (h ^ (uint8_t)*a) * UINT64_C(0x100000001b3);
    for (h ^= 0xff00; *b != '\0'; b++)
        h = (h ^ (uint8_t)*b) * UINT64_C(0x100000001b3);
    h = (h ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
    return h ^ h >> 32;
}

/* -- when things are written --------------------------------------------- */

struct calendar {
    int64_t first; /* days since 1970 */
    size_t days;
    uint64_t sum[DAYS_MAX + 1]; /* of the weights of the days before */
};

static void make_calendar(const struct town_options *o, struct calendar *c)
{
    static const unsigned of_week[] = {110, 100, 100, 100, 80, 25, 5};
    static const unsigned of_month[] = {80, 90, 100, 110, 120, 110,
                                        50, 60, 115, 110, 100, 60};
    unsigned end = o->month - 1 + (unsigned)o->months;
    size_t i;

    c->first = civil_days((int)o->year, o->month, 1);
    c->days = (size_t)(civil_days((int)(o->year + end / A_YEAR),
                                  end % A_YEAR + 1, 1) -
                       c->first);
    for (i = 0; i < c->days; i++) {
        struct civil day = civil_date(c->first + (int64_t)i);
        /* 1970-01-01 was a Thursday. */
        size_t week = (size_t)(c->first + (int64_t)i + 3) % 7;

        c->sum[i + 1] =
            c->sum[i] + (uint64_t)of_week[week] * of_month[day.month - 1];
    }
}

/* The moment of step `i` of `n`: days in order, hours as people work. */
static uint64_t moment(const struct calendar *c, struct dice *d, uint64_t i,
                       uint64_t n, unsigned *month)
{
    uint64_t at = (uint64_t)((double)c->sum[c->days] * (double)i / (double)n);
    size_t low = 0, high = c->days;
    struct civil when;

    while (low + 1 < high) {
        size_t mid = (low + high) / 2;

        if (c->sum[mid] <= at)
            low = mid;
        else
            high = mid;
    }
    when = civil_date(c->first + (int64_t)low);
    when.hour = (unsigned)(13 + roll(d, 5) + roll(d, 4));
    when.minute = (unsigned)roll(d, 60);
    when.second = (unsigned)roll(d, 60);
    *month = when.month;
    return (uint64_t)civil_utc(&when) * 1000 + roll(d, 1000);
}

static void fill(struct town *t)
{
    struct calendar *c = mem_new(sizeof *c);
    uint64_t now_ms = 0;
    unsigned month;
    size_t i;

    make_calendar(&t->o, c);
    for (i = 0; i < t->o.records; i++) {
        now_ms = moment(c, &t->dice, i, t->o.records, &month);
        town_record(t, now_ms, month);
        if (roll(&t->dice, 100) < 8)
            town_edit(t, now_ms);
    }
    town_all_in(t, now_ms);
    free(c);
}

/* -- options ------------------------------------------------------------- */

static bool number(const char *text, size_t low, size_t high, size_t *out)
{
    char *end;
    unsigned long long v = strtoull(text, &end, 10);

    if (*text < '0' || *text > '9' || *end != '\0' || v < low || v > high)
        return false;
    *out = (size_t)v;
    return true;
}

static bool take(struct town_options *o, int which, const char *text)
{
    size_t v;

    switch (which) {
    case 'r': return number(text, 1, 100000000, &o->records);
    case 'n': return number(text, 1, TOWN_PLACES_MAX, &o->neighbourhoods);
    case 'm': return number(text, 1, MONTHS_MAX, &o->months);
    case 's':
        if (!number(text, 0, SIZE_MAX, &v))
            return false;
        o->seed = v;
        return true;
    case 'f':
        return sscanf(text, "%4u-%2u", &o->year, &o->month) == 2 &&
               o->year >= 2000 && o->year <= 2100 && o->month >= 1 &&
               o->month <= A_YEAR;
    case 'c': o->codes = text; return true;
    case 'o': o->outlines = text; return true;
    case 'l': o->layers = text; return true;
    case 'p': o->map = text; return true;
    default: return false;
    }
}

static bool options(int argc, char **argv, struct town_options *o,
                    const char **dir)
{
    static const struct option known[] = {
        {"records", 1, NULL, 'r'},  {"neighbourhoods", 1, NULL, 'n'},
        {"from", 1, NULL, 'f'},     {"months", 1, NULL, 'm'},
        {"seed", 1, NULL, 's'},     {"codes", 1, NULL, 'c'},
        {"outlines", 1, NULL, 'o'}, {"layers", 1, NULL, 'l'},
        {"map", 1, NULL, 'p'},      {NULL, 0, NULL, 0}};
    int which;

    while ((which = getopt_long(argc, argv, "", known, NULL)) != -1)
        if (!take(o, which, optarg))
            return false;
    if (optind + 1 != argc)
        return false;
    *dir = argv[optind];
    return true;
}

int main(int argc, char **argv)
{
    struct town *t = mem_new(sizeof *t);
    const char *dir;
    struct err err;
    size_t i, k;

    t->o = (struct town_options){.records = 20000,
                                 .neighbourhoods = 150,
                                 .months = 12,
                                 .year = 2025,
                                 .month = 1,
                                 .seed = 1};
    if (!options(argc, argv, &t->o, &dir)) {
        fputs(usage, stderr);
        return 2;
    }
    t->dice = dice_of(t->o.seed);
    mkdir(dir, 0700);
    if (store_create(dir, schema_builtin_bundle(), &err) != RC_OK &&
        err.code != RC_CONFLICT)
        town_must(err.code, &err);
    town_must(store_open(dir, STORE_WRITE, NULL, &t->s, &err), &err);
    town_map(t);
    town_people(t);
    town_likely(t);
    fill(t);
    printf("%zu records of %zu neighbourhoods in %zu areas of work: %zu"
           " changes handed in, %zu of them kept aside\n",
           t->o.records, t->regions.places_n, t->areas_n, t->handed_in,
           t->kept_aside);
    for (i = 0; i < t->areas_n; i++)
        for (k = 0; k < TOWN_WORKERS; k++) {
            sign_key_free(t->areas[i].workers[k].key);
            arena_free(t->areas[i].workers[k].mem);
            free(t->areas[i].workers[k].mem);
        }
    free(t->areas);
    store_close(&t->s);
    arena_free(&t->mem);
    free(t);
    return 0;
}
