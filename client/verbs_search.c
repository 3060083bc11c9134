/* search: which records hold these words? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/agent_ask.h"
#include "client/app.h"
#include "sync/base/text.h"
#include "sync/seek.h"
#include "sync/sys/seeker.h"

enum { WORDS_BYTES_MAX = 4096, PATH_BYTES_MAX = 4 * WORDS_BYTES_MAX };
enum { LIMIT_USUAL = 20, LIMIT_MAX = 100 };

struct searching {
    struct app *a;
    const struct shape_type *type; /* NULL: all */
    uint32_t area;                 /* 0: all */
    bool here;
    uint64_t limit;
    struct buf words;
    size_t n;  /* printed */
    bool more; /* there are others */
};

/* -- what is asked ------------------------------------------------------ */

/* What stood between quotes on the command line is to stay together. */
static void add_words(struct searching *s, const char *text)
{
    bool together = strchr(text, ' ') != NULL && strchr(text, '"') == NULL;

    buf_puts(&s->words, s->words.n > 0 ? " " : "");
    buf_puts(&s->words, together ? "\"" : "");
    buf_puts(&s->words, text);
    buf_puts(&s->words, together ? "\"" : "");
}

static enum rc take_words(struct searching *s, int argc, char **argv,
                          struct err *err)
{
    struct app *a = s->a;
    enum rc rc = RC_OK;
    int i;

    for (i = 1; i < argc && rc == RC_OK; i++) {
        if (strcmp(argv[i], "--here") == 0)
            s->here = true;
        else if (strcmp(argv[i], "--type") == 0 && i + 1 < argc)
            rc = app_type(a, argv[++i], &s->type, err);
        else if (strcmp(argv[i], "--limit") == 0 && i + 1 < argc) {
            if (!text_take_u64(bytes_of(argv[++i]), LIMIT_MAX, &s->limit) ||
                s->limit == 0)
                rc = err_set(err, RC_INVALID,
                             msg(a->lang, "--limit is a number from 1 to %d"),
                             LIMIT_MAX);
        } else
            add_words(s, argv[i]);
    }
    if (rc == RC_OK && a->area != NULL)
        rc = app_area(a, &s->area, err);
    if (rc == RC_OK && (s->words.full || s->words.n > SEEK_BYTES_MAX))
        rc = err_set(err, RC_LIMIT,
                     msg(a->lang, "too many words to look for; name a few"));
    return rc;
}

/* -- what is found ------------------------------------------------------ */

static void print_hit(struct searching *s, const struct shape_type *type,
                      uint32_t area, const struct id *id, struct bytes around)
{
    struct app *a = s->a;
    char text[ID_TEXT_CHARS + 1];
    size_t i;

    s->n++;
    if (a->json) {
        app_print_json(json_pack("{s:s, s:s, s:s, s:s%}", "type", type->name,
                                 "id", id_text(id, text), "area",
                                 app_area_slug(a, area), "around",
                                 (const char *)around.p, around.n));
        return;
    }
    printf("%s  %-16s  %-14s  ", app_short(a, id), app_area_slug(a, area),
           label_in(&type->label, a->lang));
    for (i = 0; i < around.n; i++) {
        if (around.p[i] == '\n')
            fputs(" / ", stdout);
        else
            putchar(around.p[i]);
    }
    putchar('\n');
}

/* -- on this device ----------------------------------------------------- */

struct here {
    struct searching *s;
    struct seeker *seeker;
    enum role role;
    struct name {
        const struct shape_type *type;
        uint32_t area;
        struct id id;
    } * names; /* own */
    size_t n, cap;
    struct buf text;
    enum rc rc;
    struct err *err;
};

static bool on_record(void *ctx, const struct record *rec)
{
    struct here *h = ctx;
    struct arena mem = {0};
    struct shown shown;

    if (h->s->area != 0 && rec->area != h->s->area)
        return true;
    merge_show_record(rec, &mem, &shown);
    buf_clear(&h->text);
    seek_text(rec->type, &shown, h->role, &h->text);
    arena_free(&mem);
    if (h->text.n == 0)
        return true;
    if (h->n == h->cap) {
        h->cap = 2 * h->cap + 64;
        h->names = mem_resize(h->names, h->cap * sizeof *h->names);
    }
    h->names[h->n++] = (struct name){rec->type, rec->area, rec->id};
    h->rc = seeker_add(h->seeker, (int64_t)h->n, buf_view(&h->text), h->err);
    return h->rc == RC_OK;
}

static bool on_found(void *ctx, int64_t place, struct bytes around)
{
    struct here *h = ctx;
    const struct name *name = &h->names[place - 1];

    h->s->more = h->s->n == h->s->limit;
    if (!h->s->more)
        print_hit(h->s, name->type, name->area, &name->id, around);
    return !h->s->more;
}

static enum rc look_here(struct searching *s, enum role role, struct err *err)
{
    struct here h = {
        .s = s, .role = role, .text = buf_make(1024 * 1024), .err = err};
    struct buf question = buf_make(8 * WORDS_BYTES_MAX);
    const struct shape *shape = s->a->l.shape;
    enum rc rc = seeker_new(&h.seeker, err);
    size_t t;

    for (t = 0; rc == RC_OK && t < shape->types_n; t++) {
        if (s->type != NULL && s->type != &shape->types[t])
            continue;
        rc = rows_all(s->a->l.rows, &shape->types[t], on_record, &h, err);
        if (rc == RC_OK)
            rc = h.rc;
    }
    if (rc == RC_OK && !seek_question(buf_view(&s->words), NULL, &question))
        rc = err_set(err, RC_INVALID,
                     msg(s->a->lang, "there is no word to look for in that"));
    if (rc == RC_OK)
        rc = seeker_find(h.seeker, buf_view(&question), on_found, &h, err);
    seeker_free(h.seeker);
    buf_free(&question);
    buf_free(&h.text);
    free(h.names);
    return rc;
}

/* -- at the server ------------------------------------------------------ */

static void put_encoded(struct buf *out, struct bytes text)
{
    size_t i;

    for (i = 0; i < text.n; i++)
        buf_printf(out, "%%%02X", text.p[i]);
}

static enum rc take_answer(struct searching *s, uint32_t area,
                           struct bytes answer, struct err *err)
{
    json_t *j = json_loadb((const char *)answer.p, answer.n, 0, NULL);
    json_t *hits = json_object_get(j, "hits"), *hit;
    size_t i;

    json_array_foreach(hits, i, hit)
    {
        const char *name = json_string_value(json_object_get(hit, "type"));
        const char *record = json_string_value(json_object_get(hit, "record"));
        const char *around = json_string_value(json_object_get(hit, "around"));
        const struct shape_type *type =
            name == NULL ? NULL
                         : shape_type_named(s->a->l.shape, bytes_of(name));
        struct id id;

        if (type != NULL && record != NULL && around != NULL &&
            id_parse(bytes_of(record), &id, NULL) == RC_OK)
            print_hit(s, type, area, &id, bytes_of(around));
    }
    s->more |= json_object_get(j, "next") != NULL;
    json_decref(j);
    return hits != NULL
               ? RC_OK
               : err_set(err, RC_CORRUPT, "the server answered something else");
}

static enum rc ask_area(struct searching *s, struct agent_ask *ask,
                        uint32_t area, struct err *err)
{
    struct buf path = buf_make(PATH_BYTES_MAX), answer;
    enum rc rc;

    buf_printf(&path, "/v1/search?area=%u&limit=%u&q=", (unsigned)area,
               (unsigned)(s->limit - s->n));
    put_encoded(&path, buf_view(&s->words));
    if (s->type != NULL)
        buf_printf(&path, "&type=%s", s->type->name);
    rc = agent_ask_json(ask, buf_text(&path), &answer, err);
    buf_free(&path);
    if (rc != RC_OK)
        return rc;
    rc = take_answer(s, area, buf_view(&answer), err);
    buf_free(&answer);
    return rc;
}

static enum rc look_there(struct searching *s, struct err *err)
{
    struct agent_ask *ask = NULL;
    struct local_area *areas = NULL;
    size_t n = 0, i;
    enum rc rc = local_areas(&s->a->l, &s->a->mem, &areas, &n, err);

    if (rc == RC_OK)
        rc = agent_ask_open(&s->a->l, s->a->vault, &ask, err);
    for (i = 0; rc == RC_OK && i < n; i++) {
        if (!areas[i].granted ||
            (s->area != 0 && areas[i].info.number != s->area))
            continue;
        s->more |= s->n == s->limit;
        if (s->n < s->limit)
            rc = ask_area(s, ask, areas[i].info.number, err);
    }
    agent_ask_close(ask);
    return rc;
}

int verb_search(struct app *a, int argc, char **argv)
{
    struct searching s = {
        .a = a, .limit = LIMIT_USUAL, .words = buf_make(WORDS_BYTES_MAX)};
    enum role role = ROLE_WORKER;
    struct err err;
    enum rc rc = take_words(&s, argc, argv, &err);

    if (rc == RC_OK && s.words.n == 0) {
        buf_free(&s.words);
        return app_usage(a, argv[0]);
    }
    if (rc == RC_OK)
        rc = app_role(a, &role, &err);
    if (rc == RC_OK)
        rc = s.here || role != ROLE_LEAD ? look_here(&s, role, &err)
                                         : look_there(&s, &err);
    buf_free(&s.words);
    if (rc != RC_OK)
        return app_failed(a, &err);
    if (s.n == 0 && !a->json)
        puts(msg(a->lang, "nothing found"));
    if (s.more && !a->json)
        fprintf(stderr, msg(a->lang, "there are more: --limit, --area, --type,"
                                     " or more words\n"));
    return EXIT_DONE;
}
