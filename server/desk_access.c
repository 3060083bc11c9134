/* The access log, read on a page (access_read.h). */
#include <stdlib.h>
#include <string.h>

#include "server/access_read.h"
#include "server/desk.h"

enum { LINES_MAX = 300 };

/* The last lines that fit, as a ring. */
struct reading {
    const char *user, *record, *from, *to; /* "": any */
    json_t *ring[LINES_MAX];
    uint64_t n;
};

static bool asked(const struct reading *r, const struct access_said *a)
{
    return a->whole && (r->user[0] == '\0' || strcmp(a->user, r->user) == 0) &&
           (r->record[0] == '\0' || strcmp(a->record, r->record) == 0) &&
           (r->from[0] == '\0' || strcmp(a->at, r->from) >= 0) &&
           (r->to[0] == '\0' || strncmp(a->at, r->to, strlen(r->to)) <= 0);
}

static enum rc on_line(void *ctx, const struct access_said *a, struct err *err)
{
    struct reading *r = ctx;
    json_t **at;

    (void)err;
    if (!asked(r, a))
        return RC_OK;
    at = &r->ring[r->n++ % LINES_MAX];
    json_decref(*at);
    *at = json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:s, s:s,"
                    " s:s, s:I}",
                    "at", a->at, "did", a->act, "result", a->result, "user",
                    a->user[0] != '\0' ? a->user : a->os, "role", a->role,
                    "from", a->from, "device", (json_int_t)a->device, "passkey",
                    (json_int_t)a->passkey, "area", (json_int_t)a->area, "type",
                    a->type, "record", a->record, "on", a->on, "hits",
                    a->counted ? (json_int_t)a->hits : (json_int_t)-1);
    return RC_OK;
}

enum rc desk_access(struct desk *d, const json_t *in, json_t *out,
                    struct err *err)
{
    struct reading r = {.user = desk_text_or(in, "user", ""),
                        .record = desk_text_or(in, "record", ""),
                        .from = desk_text_or(in, "from", ""),
                        .to = desk_text_or(in, "to", "")};
    json_t *list = json_array();
    uint64_t i;
    enum rc rc = access_read(d->dir, on_line, &r, err);

    for (i = 0; i < LINES_MAX && i < r.n; i++) /* the last one first */
        json_array_append(list, r.ring[(r.n - 1 - i) % LINES_MAX]);
    for (i = 0; i < LINES_MAX; i++)
        json_decref(r.ring[i]);
    json_object_set_new(out, "lines", list);
    json_object_set_new(out, "more", json_boolean(r.n > LINES_MAX));
    d->line->on = r.user[0] == '\0' ? NULL : r.user;
    d->line->counted = true;
    d->line->hits = json_array_size(list);
    return rc;
}
