#include "server/open311.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/xml.h"
#include "sync/base/text.h"
#include "sync/civil.h"

enum { DAY_MS = 86400000, TIME_BYTES = 32, MEMBERS_MAX = 20 };

/* -- asking -------------------------------------------------------------- */

enum rc open311_time(const char *name, const char *text, uint64_t *out,
                     struct err *err)
{
    struct civil c = {0};
    int day_n = 0, n = 0, zone_h = 0, zone_m = 0;
    char sign = 'Z', more = '\0';
    int64_t s;

    if (sscanf(text, "%4d-%2u-%2u%n", &c.year, &c.month, &c.day, &day_n) == 3 &&
        text[day_n] == 'T')
        (void)sscanf(text + day_n, "T%2u:%2u:%2u%n", &c.hour, &c.minute,
                     &c.second, &n);
    if (n > 0)
        (void)sscanf(text + day_n + n, "%c%2d:%2d%c", &sign, &zone_h, &zone_m,
                     &more);
    if (day_n == 0 || (text[day_n] != '\0' && n == 0) || more != '\0' ||
        !civil_valid(&c) || c.year < 1970 ||
        (sign != 'Z' && sign != '+' && sign != '-'))
        return err_set(err, RC_INVALID,
                       "%s: \"%s\" is not written as 2026-11-19T00:00:00Z",
                       name, text);
    s = civil_days(c.year, c.month, c.day) * 86400 + c.hour * 3600 +
        c.minute * 60 + c.second;
    s -= (sign == '-' ? -1 : 1) * (zone_h * 3600 + zone_m * 60);
    *out = s < 0 ? 0 : (uint64_t)s * 1000;
    return RC_OK;
}

static const char *status_of(const struct released *r)
{
    return r->open ? "open" : "closed";
}

bool open311_wants(const struct open311_query *q, const struct released *r)
{
    char id[ID_TEXT_CHARS + 1];

    if (q->ids != NULL)
        return text_lists(q->ids, id_text(&r->id, id));
    return (q->codes == NULL || text_lists(q->codes, r->theme->code)) &&
           (q->statuses == NULL || text_lists(q->statuses, status_of(r))) &&
           r->begun_ms >= q->from_ms && r->begun_ms <= q->until_ms;
}

/* -- telling ------------------------------------------------------------- */

/* A service or a request as names and texts; NULL: nothing is said. */
struct thing {
    struct member {
        const char *name, *text;
        bool bare; /* in JSON: a number, true or false */
    } p[MEMBERS_MAX];
    size_t n;
};

static void say(struct thing *t, const char *name, const char *text, bool bare)
{
    t->p[t->n++] = (struct member){name, text, bare};
}

static json_t *member_json(const struct member *m)
{
    if (m->text == NULL || m->text[0] == '\0')
        return json_null();
    return m->bare ? json_loads(m->text, JSON_DECODE_ANY, NULL)
                   : json_string(m->text);
}

static void write_json(const struct thing *things, size_t n, struct buf *out)
{
    json_t *list = json_array();
    size_t i, k;
    char *text;

    for (i = 0; i < n; i++) {
        json_t *j = json_object();

        for (k = 0; k < things[i].n; k++)
            json_object_set_new(j, things[i].p[k].name,
                                member_json(&things[i].p[k]));
        json_array_append_new(list, j);
    }
    text = json_dumps(list, JSON_COMPACT | JSON_REAL_PRECISION(9));
    buf_puts(out, text);
    free(text);
    json_decref(list);
}

static void write_xml(const char *all, const char *one,
                      const struct thing *things, size_t n, struct buf *out)
{
    struct xml *x = xml_begin();
    size_t i, k;

    xml_open(x, all);
    for (i = 0; i < n; i++) {
        xml_open(x, one);
        for (k = 0; k < things[i].n; k++)
            xml_element(x, things[i].p[k].name, things[i].p[k].text);
        xml_close(x);
    }
    xml_end(x, out);
}

void open311_services(const struct shape_choice *const *themes, size_t n,
                      enum open311_format format, struct buf *out)
{
    struct thing *things = mem_new((n + 1) * sizeof *things);
    size_t i;

    for (i = 0; i < n; i++) {
        struct thing *t = &things[i];

        say(t, "service_code", themes[i]->code, false);
        say(t, "service_name", themes[i]->label.nl, false);
        say(t, "description", themes[i]->label.en, false);
        say(t, "metadata", "false", true);
        say(t, "type", "batch", false);
        say(t, "keywords", NULL, false);
        say(t, "group", NULL, false);
    }
    if (format == OPEN311_JSON)
        write_json(things, n, out);
    else
        write_xml("services", "service", things, n, out);
    free(things);
}

static const char *day(struct arena *mem, uint64_t ms)
{
    struct civil c = civil_date((int64_t)(ms / DAY_MS));

    return arena_printf(mem, "%04d-%02u-%02uT00:00:00Z", c.year % 10000,
                        c.month % 100, c.day % 100);
}

static const char *degrees(struct arena *mem, int32_t v)
{
    char text[GEO_DEGREES_BYTES];

    geo_degrees(v, text);
    return arena_text(mem, text, strlen(text));
}

static void tell(const struct released *r, const struct server_conf *conf,
                 struct arena *mem, struct thing *t)
{
    char id[ID_TEXT_CHARS + 1];

    id_text(&r->id, id);
    say(t, "service_request_id", arena_text(mem, id, strlen(id)), false);
    say(t, "status", status_of(r), false);
    say(t, "status_notes", NULL, false);
    say(t, "service_name", r->theme->label.nl, false);
    say(t, "service_code", r->theme->code, false);
    say(t, "description", r->words, false);
    say(t, "agency_responsible", conf->open311_destination, false);
    say(t, "service_notice", NULL, false);
    say(t, "requested_datetime", day(mem, r->begun_ms), false);
    say(t, "updated_datetime", day(mem, r->changed_ms), false);
    say(t, "expected_datetime", NULL, false);
    say(t, "address", r->name, false);
    say(t, "address_id", r->neighbourhood, false);
    say(t, "zipcode", NULL, false);
    say(t, "lat", r->placed ? degrees(mem, r->place.lat) : NULL, true);
    say(t, "long", r->placed ? degrees(mem, r->place.lon) : NULL, true);
    say(t, "media_url", NULL, false);
}

void open311_requests(const struct released *const *list, size_t n,
                      const struct server_conf *conf,
                      enum open311_format format, struct buf *out)
{
    struct thing *things = mem_new((n + 1) * sizeof *things);
    struct arena mem = {0};
    size_t i;

    for (i = 0; i < n; i++)
        tell(list[i], conf, &mem, &things[i]);
    if (format == OPEN311_JSON)
        write_json(things, n, out);
    else
        write_xml("service_requests", "request", things, n, out);
    arena_free(&mem);
    free(things);
}
