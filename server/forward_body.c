#include "server/forward_body.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "sync/civil.h"

enum { DAY_MS = 86400000 };

static bool is_signalen(const char *as)
{
    return strcmp(as, "signalen") == 0;
}

bool forward_is_known(const char *as)
{
    return is_signalen(as) || strcmp(as, "open311") == 0;
}

const char *forward_type(const char *as)
{
    return is_signalen(as) ? "application/json"
                           : "application/x-www-form-urlencoded";
}

/* -- Open311: a form ----------------------------------------------------- */

static void put_field(struct buf *out, const char *name, const char *text)
{
    buf_printf(out, "%s%s=", out->n > 0 ? "&" : "", name);
    for (; *text != '\0'; text++) {
        unsigned char c = (unsigned char)*text;

        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
            (c >= '0' && c <= '9') || strchr("-._~", c) != NULL)
            buf_put(out, text, 1);
        else
            buf_printf(out, "%%%02X", c);
    }
}

static void put_form(const struct server_conf *conf, const char *key,
                     const struct released *r, struct buf *out)
{
    char degrees[GEO_DEGREES_BYTES];

    if (key[0] != '\0')
        put_field(out, "api_key", key);
    put_field(out, "jurisdiction_id", conf->open311_jurisdiction);
    put_field(out, "service_code", r->theme->code);
    if (r->placed) {
        put_field(out, "lat", geo_degrees(r->place.lat, degrees));
        put_field(out, "long", geo_degrees(r->place.lon, degrees));
    }
    if (r->name != NULL)
        put_field(out, "address_string", r->name);
    put_field(out, "description",
              r->words == NULL ? r->theme->label.nl : r->words);
}

/* -- Signalen: JSON ------------------------------------------------------ */

static json_t *place_json(const struct released *r)
{
    json_t *j = json_pack("{s:{s:s, s:[f, f]}}", "geometrie", "type", "Point",
                          "coordinates", (double)r->place.lon / GEO_DEGREE,
                          (double)r->place.lat / GEO_DEGREE);

    if (r->neighbourhood != NULL)
        json_object_set_new(j, "buurt_code", json_string(r->neighbourhood));
    return j;
}

static void put_json(const struct server_conf *conf, const struct released *r,
                     struct buf *out)
{
    struct civil day = civil_date((int64_t)(r->begun_ms / DAY_MS));
    char at[32];
    json_t *j;
    char *text;

    snprintf(at, sizeof at, "%04d-%02u-%02uT00:00:00+00:00", day.year % 10000,
             day.month % 100, day.day % 100);
    j = json_pack("{s:s, s:o, s:{s:s}, s:{s:n, s:n, s:b}, s:s}", "text",
                  r->words == NULL ? r->theme->label.nl : r->words, "location",
                  place_json(r), "category", "sub_category",
                  conf->forward_category, "reporter", "email", "phone",
                  "sharing_allowed", 0, "incident_date_start", at);
    text = json_dumps(j, JSON_COMPACT | JSON_REAL_PRECISION(9));
    buf_puts(out, text);
    free(text);
    json_decref(j);
}

enum rc forward_body(const struct server_conf *conf, const char *key,
                     const struct released *r, struct buf *out, struct err *err)
{
    if (is_signalen(conf->forward_as)) {
        if (!r->placed)
            return err_set(err, RC_INVALID,
                           "it has no place, without which Signalen takes"
                           " nothing");
        put_json(conf, r, out);
        return RC_OK;
    }
    if (!r->placed && r->name == NULL)
        return err_set(err, RC_INVALID,
                       "it has neither a place nor a neighbourhood");
    put_form(conf, key, r, out);
    return RC_OK;
}

/* -- answers ------------------------------------------------------------- */

const char *forward_number(struct bytes answer, struct arena *mem)
{
    static const char *const names[] = {"service_request_id", "id_display",
                                        "id", "signal_id", "token"};
    json_t *j = json_loadb((const char *)answer.p, answer.n, 0, NULL);
    const json_t *of = json_is_array(j) ? json_array_get(j, 0) : j;
    const char *out = NULL;
    size_t i;

    for (i = 0; out == NULL && i < countof(names); i++) {
        const json_t *v = json_object_get(of, names[i]);

        if (json_is_integer(v))
            out = arena_printf(mem, "%lld", (long long)json_integer_value(v));
        else if (json_is_string(v) && json_string_length(v) > 0)
            out = arena_printf(mem, "%.200s", json_string_value(v));
    }
    json_decref(j);
    return out;
}
