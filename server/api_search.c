/* Leads look for words in the notes of their own areas (search.h). */
#include <jansson.h>
#include <stdlib.h>

#include "server/search.h"
#include "server/server.h"
#include "sync/base/text.h"

static enum rc take_number(struct httpd_request *r, const char *name,
                           uint64_t least, uint64_t most, size_t *out,
                           struct err *err)
{
    const char *text = httpd_query(r, name);
    uint64_t n = 0;

    if (text == NULL)
        return RC_OK;
    if (!text_take_u64(bytes_of(text), most, &n) || n < least)
        return err_set(err, RC_INVALID, "%s is a number from %u to %u", name,
                       (unsigned)least, (unsigned)most);
    *out = (size_t)n;
    return RC_OK;
}

static enum rc take_ask(struct store *s, struct httpd_request *r,
                        const struct visit *v, struct search_ask *out,
                        struct err *err)
{
    const char *words = httpd_query(r, "q"), *type = httpd_query(r, "type");
    enum rc rc;

    *out = (struct search_ask){.area = v->area, .limit = SEARCH_HITS_USUAL};
    if (words == NULL)
        return err_set(err, RC_INVALID, "the query lacks q=WORDS");
    out->words = bytes_of(words);
    rc = take_number(r, "limit", 1, SEARCH_HITS_MAX, &out->limit, err);
    if (rc == RC_OK)
        rc = take_number(r, "skip", 0, SEARCH_SKIP_MAX, &out->skip, err);
    if (rc != RC_OK || type == NULL)
        return rc;
    out->type = shape_type_named(s->shape, bytes_of(type));
    return out->type != NULL ? RC_OK
                             : err_set(err, RC_INVALID,
                                       "there is no record type \"%s\"", type);
}

static json_t *hit_json(const struct search_hit *h)
{
    char id[ID_TEXT_CHARS + 1];

    return json_pack("{s:s, s:s, s:s%}", "type", h->type->name, "record",
                     id_text(&h->id, id), "around", (const char *)h->around.p,
                     h->around.n);
}

/* `next`: what to skip to read on; none if that was all. */
static char *answer_text(const struct search_ask *ask,
                         const struct search_found *found)
{
    json_t *list = json_array(), *j;
    size_t i, next = ask->skip + found->n;
    char *text;

    for (i = 0; i < found->n; i++)
        json_array_append_new(list, hit_json(&found->hits[i]));
    j = json_pack("{s:o}", "hits", list);
    if (found->more && next <= SEARCH_SKIP_MAX)
        json_object_set_new(j, "next", json_integer((json_int_t)next));
    text = json_dumps(j, JSON_COMPACT);
    json_decref(j);
    return text;
}

/* The line says how many records were shown, of the versions that there were,
 * and not a word of what was asked; nothing is given out before it stands. */
static enum rc note_found(struct server *srv, struct httpd_request *r,
                          const struct visit *v, const struct search_ask *ask,
                          const struct search_found *found, struct err *err)
{
    struct access_line line = visit_line(v, r);

    line.type = ask->type == NULL ? NULL : ask->type->name;
    line.counted = true;
    line.hits = found->n;
    if (found->n > 0) {
        line.range = ACCESS_VERSIONS;
        line.high = found->version;
    }
    return access_note(srv->access, &line, err);
}

void api_search(void *ctx, struct httpd_request *r)
{
    struct server *srv = ctx;
    struct store *s = server_store(srv, r);
    struct search_ask ask;
    struct search_found found;
    struct visit v;
    struct err err;
    char *text;
    enum rc rc = endpoint_enter(srv, r, ENDPOINT_SEARCH, &v, &err);

    if (rc == RC_OK)
        rc = take_ask(s, r, &v, &ask, &err);
    if (rc == RC_OK)
        rc = search_find(s, &ask, httpd_arena(r), &found, &err);
    if (rc == RC_OK)
        rc = note_found(srv, r, &v, &ask, &found, &err);
    if (rc != RC_OK) {
        visit_refuse(srv, r, &v, &err);
        return;
    }
    text = answer_text(&ask, &found);
    httpd_reply(r, 200, "application/json", bytes_of(text));
    free(text);
}
