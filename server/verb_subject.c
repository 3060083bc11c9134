/* subject: what is known of a person, handed out or erased. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "server/access.h"
#include "server/apart.h"
#include "server/correct.h"
#include "server/subject_page.h"
#include "server/table.h"
#include "server/verbs.h"
#include "sync/sys/clock.h"

enum { NAMES_MAX = 1000 };

struct asked {
    const char *dir, *rest[NAMES_MAX + 2];
    size_t n; /* of rest, DIR and the word aside */
    const char *note;
    bool json, yes, html, en, forget;
};

/* -- find --------------------------------------------------------------- */

static void put_hit(void *ctx, const struct subject_hit *hit)
{
    struct table *t = ctx;
    char id[ID_TEXT_CHARS + 1];

    table_put(t, id_text(&hit->record->id, id));
    table_put(t, hit->record->type->name);
    table_printf(t, "%" PRIu32, hit->record->area);
    table_put(t, hit->field->name);
    table_put(t, hit->text);
}

static enum rc find(struct store *s, const struct asked *a, struct err *err)
{
    static const char *const heads[] = {"id",    "type", "#area",
                                        "field", "text", NULL};
    struct table t;
    enum rc rc;

    table_init(&t, heads);
    rc = subject_find(s, a->rest[0], put_hit, &t, err);
    if (rc == RC_OK)
        rc = verb_show(a->dir, "subject.find", &t, a->json, err);
    table_free(&t);
    return rc;
}

/* A line for each, before anything is shown or done. */
static enum rc note_names(const char *dir, const char *act,
                          const struct rows_name *names, size_t n,
                          struct err *err)
{
    char id[ID_TEXT_CHARS + 1];
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < n; i++) {
        struct access_line line = {.act = act,
                                   .area = names[i].area,
                                   .type = names[i].type->name,
                                   .record = id_text(&names[i].id, id)};

        rc = access_say(dir, &line, err);
    }
    return rc;
}

/* -- export, erase ------------------------------------------------------ */

static enum rc take_names(struct store *s, const struct asked *a,
                          struct rows_name *out, struct err *err)
{
    size_t i;
    enum rc rc = RC_OK;

    for (i = 0; rc == RC_OK && i < a->n; i++) {
        rc = id_parse(bytes_of(a->rest[i]), &out[i].id, err);
        if (rc == RC_OK)
            rc =
                rows_find(s->rows, &out[i].id, &out[i].type, &out[i].area, err);
    }
    return rc;
}

static enum rc export(const struct asked *a, struct store *s,
                      const struct rows_name *names, struct err *err) {
    struct buf b = buf_make(SIZE_MAX);
    enum lang lang = a->en ? LANG_EN : LANG_NL;
    enum rc rc = a->html ? subject_page(a->dir, s, names, a->n, lang, &b, err)
                         : subject_export(a->dir, s, names, a->n, &b, err);

    if (rc == RC_OK)
        rc = note_names(a->dir, "subject.export", names, a->n, err);
    if (rc == RC_OK) fwrite(b.p, 1, b.n, stdout);
    buf_free(&b);
    return rc;
}

/* -- correct ------------------------------------------------------------ */

static enum rc correct_one(struct store *s, const struct asked *a,
                           struct err *err)
{
    struct asked first = *a;
    struct correction c = {.pairs = a->rest + 1,
                           .pairs_n = a->n - 1,
                           .note = a->note,
                           .forget = a->forget};
    enum rc rc;

    if (a->note == NULL || a->note[0] == '\0')
        return err_set(err, RC_INVALID,
                       "say why, without content: --note \"at request, letter"
                       " of ...\"");
    first.n = 1;
    rc = take_names(s, &first, &c.name, err);
    if (rc == RC_OK)
        rc = note_names(a->dir, "subject.correct", &c.name, 1, err);
    if (rc == RC_OK)
        rc = correct(a->dir, s, &c, clock_wall_ms(), err);
    if (rc == RC_OK)
        printf("corrected: %zu fields of a %s; devices take it in at their next"
               " sync\n",
               c.pairs_n, c.name.type->name);
    return rc;
}

/* -- erase -------------------------------------------------------------- */

static enum rc erase(const struct asked *a, struct store *s,
                     const struct rows_name *names, struct err *err)
{
    char id[ID_TEXT_CHARS + 1];
    struct erased done;
    size_t i;
    enum rc rc;

    if (!a->yes) {
        for (i = 0; i < a->n; i++)
            printf("%s %s in area %" PRIu32 "\n", names[i].type->name,
                   id_text(&names[i].id, id), names[i].area);
        puts("would be erased for ever: row, versions, journal and photos here,"
             " and the same\non every device at its next sync; say --yes to do"
             " it");
        return RC_OK;
    }
    rc = note_names(a->dir, "subject.erase", names, a->n, err);
    if (rc == RC_OK)
        rc = erase_records(a->dir, s, names, a->n, clock_wall_ms(), &done, err);
    if (rc == RC_OK)
        printf("erased: %" PRIu64 " records, %" PRIu64
               " changesets of the journal, %" PRIu64 " photos;\n`stoepd"
               " subject %s unconfirmed` lists the devices that have not"
               " heard of it\n",
               done.records, done.changesets, done.attachments, a->dir);
    return rc;
}

static enum rc on_names(struct store *s, const struct asked *a, bool erases,
                        struct err *err)
{
    struct arena mem = {0};
    struct rows_name *names = arena_new(&mem, a->n * sizeof *names);
    enum rc rc = take_names(s, a, names, err);

    if (rc == RC_OK)
        rc = erases ? erase(a, s, names, err) : export(a, s, names, err);
    arena_free(&mem);
    return rc;
}

/* -- who has not heard of an erasure ------------------------------------ */

static enum rc unconfirmed(struct store *s, const struct asked *a,
                           struct err *err)
{
    static const char *const heads[] = {"#device", "user",      "name",
                                        "#area",   "#erasures", NULL};
    struct db_query *q = db_query(s->db, subject_unconfirmed);
    struct table t;
    enum rc rc;

    table_init(&t, heads);
    while (db_row(q)) {
        table_printf(&t, "%" PRId64, db_i64(q, "device"));
        table_put(&t, db_text(q, "user"));
        table_put(&t, db_text(q, "name"));
        table_printf(&t, "%" PRId64, db_i64(q, "area"));
        table_printf(&t, "%" PRId64, db_i64(q, "n"));
    }
    rc = db_done(q, err);
    if (rc == RC_OK)
        table_print(&t, a->json);
    table_free(&t);
    return rc;
}

/* -- all of it ---------------------------------------------------------- */

static enum rc run(struct store *s, const char *word, const struct asked *a,
                   bool *understood, struct err *err)
{
    *understood = true;
    /* What nobody can read is not to be taken for what is not there. */
    if (!a->yes && apart_check(s, a->dir, err) != RC_OK)
        return err->code;
    if (strcmp(word, "find") == 0 && a->n == 1)
        return find(s, a, err);
    if (strcmp(word, "export") == 0 && a->n > 0)
        return on_names(s, a, false, err);
    if (strcmp(word, "correct") == 0 && a->n > 1)
        return correct_one(s, a, err);
    if (strcmp(word, "erase") == 0 && a->n > 0)
        return on_names(s, a, true, err);
    if (strcmp(word, "unconfirmed") == 0 && a->n == 0)
        return unconfirmed(s, a, err);
    *understood = false;
    return RC_OK;
}

int verb_subject(int argc, char **argv)
{
    static struct asked a;
    const char *lang = "nl";
    struct option_spec spec[] = {
        {"json", NULL, &a.json}, {"yes", NULL, &a.yes},
        {"html", NULL, &a.html}, {"forget", NULL, &a.forget},
        {"note", &a.note, NULL}, {"lang", &lang, NULL}};
    const char *rest[NAMES_MAX + 2];
    bool understood = true;
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, countof(spec), rest, NAMES_MAX + 2,
                      &n) ||
        n < 2 || (strcmp(lang, "nl") != 0 && strcmp(lang, "en") != 0))
        return verb_usage(argv[0]);
    a.dir = rest[0];
    a.en = strcmp(lang, "en") == 0;
    a.n = n - 2;
    memcpy(a.rest, rest + 2, a.n * sizeof *rest);
    rc = store_open(a.dir,
                    a.yes || strcmp(rest[1], "correct") == 0 ? STORE_WRITE
                                                             : STORE_READ,
                    NULL, &s, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    rc = run(&s, rest[1], &a, &understood, &err);
    store_close(&s);
    if (!understood)
        return verb_usage(argv[0]);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
