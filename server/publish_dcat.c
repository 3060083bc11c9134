/* What is published, described for catalogues: DCAT-AP-NL 3.0 as JSON-LD. */
#include <jansson.h>
#include <string.h>

#include "server/publish_int.h"
#include "sync/civil.h"

#define EU "http://publications.europa.eu/resource/authority/"

static const char access_public[] = EU "access-right/PUBLIC";
static const char theme[] = EU "data-theme/SOCI";
static const char monthly[] = EU "frequency/MONTHLY";
static const char media[] = "https://www.iana.org/assignments/media-types/";

static const struct {
    const char *media, *format;
} formats[] = {
    {"text/csv", EU "file-type/CSV"},
    {"application/geo+json", EU "file-type/GEOJSON"},
    {"application/vnd.sqlite3", EU "file-type/OCTET"},
};

/* -- pieces -------------------------------------------------------------- */

static json_t *iri(const char *text)
{
    return json_pack("{s:s}", "@id", text);
}

static json_t *in_both(const struct label *l)
{
    return json_pack("[{s:s, s:s}, {s:s, s:s}]", "@language", "nl", "@value",
                     l->nl, "@language", "en", "@value", l->en);
}

static json_t *typed(const char *type, const char *text)
{
    return json_pack("{s:s, s:s}", "@type", type, "@value", text);
}

static const char *slash_after(const char *url)
{
    size_t n = strlen(url);

    return n == 0 || url[n - 1] == '/' ? "" : "/";
}

/* Where something is found; seen from the description if no address is set. */
static const char *address(struct publication *p, const char *path)
{
    return arena_printf(&p->mem, "%s%s%s", p->conf->publish_url,
                        slash_after(p->conf->publish_url), path);
}

static const char *name_of(struct publication *p,
                           const struct publish_folder *f)
{
    return address(
        p, arena_printf(&p->mem, "#%s", f->path[0] == '\0' ? "all" : f->path));
}

static json_t *publisher(const struct publication *p)
{
    json_t *j = json_pack("{s:s, s:s}", "@type", "foaf:Agent", "foaf:name",
                          p->conf->publisher);

    if (p->conf->publisher_url[0] != '\0')
        json_object_set_new(j, "@id", json_string(p->conf->publisher_url));
    return j;
}

static json_t *contact(struct publication *p)
{
    return json_pack("{s:s, s:s, s:o}", "@type", "vcard:Organization",
                     "vcard:fn", p->conf->publisher, "vcard:hasEmail",
                     iri(arena_printf(&p->mem, "mailto:%s", p->conf->contact)));
}

static json_t *moment(struct publication *p, int64_t at_ms)
{
    struct civil c = civil_of(at_ms / 1000);

    return typed("xsd:date", arena_printf(&p->mem, "%04d-%02u-%02u", c.year,
                                          c.month, c.day));
}

/* -- a file -------------------------------------------------------------- */

static json_t *distribution(struct publication *p, const struct publish_file *f)
{
    const char *url = address(p, f->path);
    json_t *j = json_pack(
        "{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "@id", url, "@type",
        "dcat:Distribution", "dct:title", f->path, "dcat:accessURL", iri(url),
        "dcat:downloadURL", iri(url), "dct:license", iri(p->conf->licence),
        "dcat:mediaType", iri(arena_printf(&p->mem, "%s%s", media, f->media)),
        "dcat:byteSize",
        typed("xsd:nonNegativeInteger",
              arena_printf(&p->mem, "%llu", (unsigned long long)f->bytes)),
        "spdx:checksum",
        json_pack("{s:s, s:o, s:o}", "@type", "spdx:Checksum", "spdx:algorithm",
                  iri("spdx:checksumAlgorithm_sha256"), "spdx:checksumValue",
                  typed("xsd:hexBinary", f->sha256)));
    size_t i;

    for (i = 0; i < countof(formats); i++)
        if (strcmp(formats[i].media, f->media) == 0)
            json_object_set_new(j, "dct:format", iri(formats[i].format));
    if (strcmp(f->media, "text/csv") == 0)
        json_object_set_new(j, "dct:conformsTo",
                            iri("https://www.w3.org/TR/tabular-metadata/"));
    return j;
}

static bool has_files(const struct publication *p, size_t folder)
{
    size_t i;

    for (i = 0; i < p->files_n; i++)
        if (p->files[i].folder == folder)
            return true;
    return false;
}

/* -- a data set ---------------------------------------------------------- */

static json_t *dataset(struct publication *p, size_t folder)
{
    const struct publish_folder *f = &p->folders[folder];
    json_t *files = json_array();
    const char *name = name_of(p, f);
    json_t *j = json_pack(
        "{s:s, s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:[o]}", "@id",
        name, "@type", "dcat:Dataset", "dct:title", in_both(&f->title),
        "dct:description", in_both(&f->about), "dct:identifier", name,
        "dct:accessRights", iri(access_public), "dcat:contactPoint", contact(p),
        "dct:creator", publisher(p), "dct:publisher", publisher(p),
        "dcat:theme", iri(theme), "dct:accrualPeriodicity", iri(monthly),
        "dct:language", iri(EU "language/NLD"));
    size_t i;

    if (f->at_ms > 0)
        json_object_set_new(j, "dct:modified", moment(p, f->at_ms));
    for (i = 0; i < p->files_n; i++)
        if (p->files[i].folder == folder)
            json_array_append_new(files, distribution(p, &p->files[i]));
    json_object_set_new(j, "dcat:distribution", files);
    return j;
}

/* -- all ----------------------------------------------------------------- */

static json_t *context(void)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s}", "dcat",
                     "http://www.w3.org/ns/dcat#", "dct",
                     "http://purl.org/dc/terms/", "foaf",
                     "http://xmlns.com/foaf/0.1/", "vcard",
                     "http://www.w3.org/2006/vcard/ns#", "spdx",
                     "http://spdx.org/rdf/terms#", "xsd",
                     "http://www.w3.org/2001/XMLSchema#");
}

static int take(const char *text, size_t n, void *arg)
{
    buf_put(arg, text, n);
    return 0;
}

void publish_dcat(struct publication *p)
{
    static const struct label title = {"Beschermde cijfers uit de wijk",
                                       "Protected figures of neighbourhoods"};
    static const struct label about = {
        "Wat er aan de deur en in de wijk is vastgelegd, geteld en zo beschermd"
        " dat niemand erin te herkennen is.",
        "What was recorded at doors and in neighbourhoods, counted and"
        " protected so that nobody can be recognised in it."};
    struct buf text = buf_make(SIZE_MAX);
    json_t *list = json_array(), *j;
    size_t i;

    for (i = 0; i < p->folders_n; i++)
        if (has_files(p, i))
            json_array_append_new(list, dataset(p, i));
    j = json_pack("{s:o, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                  "@context", context(), "@id", address(p, "#catalogue"),
                  "@type", "dcat:Catalog", "dct:title", in_both(&title),
                  "dct:description", in_both(&about), "dct:publisher",
                  publisher(p), "dcat:contactPoint", contact(p), "dct:license",
                  iri(p->conf->licence), "dct:modified",
                  moment(p, (int64_t)p->decided_ms), "dcat:dataset", list);
    json_dump_callback(j, take, &text, JSON_INDENT(2));
    buf_puts(&text, "\n");
    deposit_put(p->to, "dcat.jsonld", buf_view(&text));
    json_decref(j);
    buf_free(&text);
}
