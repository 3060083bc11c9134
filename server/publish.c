#include "server/publish_int.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "server/counts.h"
#include "server/csvw.h"

/* -- files --------------------------------------------------------------- */

void publish_put(struct publication *p, size_t folder, const char *path,
                 const char *media, struct bytes body)
{
    struct digest sum = digest_of(body);
    struct publish_file *f;

    if (p->files_n == p->files_cap) {
        p->files_cap = 2 * p->files_cap + 64;
        p->files = mem_resize(p->files, p->files_cap * sizeof *p->files);
    }
    f = &p->files[p->files_n++];
    *f = (struct publish_file){.path = arena_text(&p->mem, path, strlen(path)),
                               .media = media,
                               .folder = folder,
                               .bytes = body.n};
    digest_hex(&sum, f->sha256);
    deposit_put(p->to, path, body);
}

size_t publish_folder(struct publication *p, const char *path,
                      const struct label *title, const struct label *about)
{
    size_t i;

    for (i = 0; i < p->folders_n; i++)
        if (strcmp(p->folders[i].path, path) == 0)
            return i;
    if (p->folders_n == p->folders_cap) {
        p->folders_cap = 2 * p->folders_cap + 16;
        p->folders =
            mem_resize(p->folders, p->folders_cap * sizeof *p->folders);
    }
    p->folders[p->folders_n] =
        (struct publish_folder){.path = arena_text(&p->mem, path, strlen(path)),
                                .title = *title,
                                .about = *about};
    return p->folders_n++;
}

/* The last part of a path. */
static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash == NULL ? path : slash + 1;
}

enum rc publish_table(struct publication *p, size_t folder, const char *path,
                      const char *name, const struct dataset *d,
                      struct err *err)
{
    struct publish_folder *f = &p->folders[folder];
    struct csvw about = {.url = base_of(path),
                         .title = f->title,
                         .about = f->about,
                         .lang = LANG_NL,
                         .licence = p->conf->licence};
    struct buf csv = buf_make(SIZE_MAX), metadata = buf_make(SIZE_MAX);

    dataset_csv(d, &csv);
    csvw_metadata(d, &about, &metadata);
    if (d->at_ms > f->at_ms)
        f->at_ms = d->at_ms;
    publish_put(p, folder, path, "text/csv", buf_view(&csv));
    deposit_put(p->to, arena_printf(&p->mem, "%s" CSVW_SUFFIX, path),
                buf_view(&metadata));
    buf_free(&csv);
    buf_free(&metadata);
    p->out->tables++;
    p->out->rows += dataset_rows(d);
    return publish_db_add(p, name, d, err);
}

/* As SQL people like it: year_accounts. */
static const char *table_of(struct publication *p, const struct question *q)
{
    char *name = arena_text(&p->mem, q->name, strlen(q->name)), *c;

    for (c = name; *c != '\0'; c++)
        if (*c == '-')
            *c = '_';
    return name;
}

/* -- questions ----------------------------------------------------------- */

struct asking {
    struct publication *p;
    const struct question *q;
    struct question_asked a;
};

/* The answers of sets[0..n), one table. */
static enum rc put_answers(struct asking *a, const struct question_set *sets,
                           size_t n, struct err *err)
{
    struct publication *p = a->p;
    struct arena mem = {0};
    struct dataset all, one;
    const char *folder;
    enum rc rc = RC_OK;
    size_t i, at;

    dataset_begin(&all, a->q->columns, a->q->columns_n, &mem);
    for (i = 0; rc == RC_OK && i < n; i++) {
        memcpy(a->a.values, sets[i].values, sizeof a->a.values);
        rc = question_answer(a->q, &a->a, &mem, &one, err);
        if (rc == RC_NOTFOUND)
            rc = RC_OK; /* nothing is told of that */
        else if (rc == RC_OK) {
            dataset_join(&all, &one, sets[i].keep);
            all.at_ms = one.at_ms > all.at_ms ? one.at_ms : all.at_ms;
        }
    }
    if (n > 1)
        dataset_sort(&all);
    if (rc == RC_OK && dataset_rows(&all) > 0) {
        const char *path =
            arena_printf(&p->mem, "%s/%s.csv", a->q->name, sets[0].file);
        const struct label *of = sets[0].of;
        struct label title = a->q->title;

        if (of != NULL)
            title = (struct label){
                arena_printf(&p->mem, "%s: %s", a->q->title.nl, of->nl),
                arena_printf(&p->mem, "%s: %s", a->q->title.en, of->en)};
        folder = arena_text(&p->mem, path, (size_t)(base_of(path) - path) - 1);
        at = publish_folder(p, folder, &title, &a->q->about);
        rc = publish_table(p, at, path, table_of(p, a->q), &all, err);
    }
    arena_free(&mem);
    return rc;
}

static enum rc put_question(struct publication *p, const struct question *q,
                            struct err *err)
{
    struct arena mem = {0};
    struct question_sets sets = {.mem = &mem};
    struct asking a = {p, q, {.store = p->s, .lang = LANG_NL}};
    size_t i, n;
    enum rc rc;

    a.a.now_ms = p->decided_ms;
    rc = question_published(q, &a.a, &sets, err);
    for (i = 0; rc == RC_OK && i < sets.n; i += n) {
        for (n = 1;
             i + n < sets.n && strcmp(sets.p[i].file, sets.p[i + n].file) == 0;)
            n++;
        rc = put_answers(&a, sets.p + i, n, err);
    }
    arena_free(&mem);
    return rc == RC_OK ? rc : err_wrap(err, rc, "%s", q->name);
}

/* -- the whole ----------------------------------------------------------- */

/* Up to which month something is told, and as of which decision. */
struct told {
    int64_t year, months, at_ms, states;
};

static enum rc read_told(struct store *s, struct told *out, struct err *err)
{
    struct db_query *q =
        db_query(s->db, SQL("SELECT year, months,"
                            " (SELECT max(at_ms) FROM count_state) AS at_ms,"
                            " (SELECT count(*) FROM count_state) AS states"
                            " FROM count_state"
                            " ORDER BY year DESC, months DESC LIMIT 1"));

    *out = (struct told){0};
    if (db_row(q))
        *out = (struct told){db_i64(q, "year"), db_i64(q, "months"),
                             db_i64(q, "at_ms"), db_i64(q, "states")};
    return db_done(q, err);
}

static enum rc begin(struct publication *p, struct told *told, struct err *err)
{
    enum rc rc = read_told(p->s, told, err);

    if (rc == RC_OK && told->states == 0)
        rc = err_set(err, RC_NOTFOUND,
                     "nothing is told yet: `stoepd ask DIR --renew` decides"
                     " what is");
    if (rc != RC_OK)
        return rc;
    p->until = arena_printf(&p->mem, "%" PRId64 "-%02" PRId64, told->year,
                            told->months);
    p->decided_ms = (uint64_t)told->at_ms;
    return publish_db_open(p, err);
}

/* Half of this decision and half of the next would be neither. */
static enum rc check_still(struct publication *p, const struct told *was,
                           struct err *err)
{
    struct told now;
    enum rc rc = read_told(p->s, &now, err);

    if (rc == RC_OK && memcmp(was, &now, sizeof now) != 0)
        rc = err_set(err, RC_BUSY,
                     "figures were decided anew meanwhile: publish again");
    return rc;
}

static enum rc put_all(struct publication *p, struct err *err)
{
    struct told told;
    enum rc rc = begin(p, &told, err);
    size_t i;

    if (rc == RC_OK)
        rc = publish_codes(p, err);
    for (i = 0; rc == RC_OK && i < questions_n; i++)
        rc = put_question(p, questions[i], err);
    if (rc == RC_OK)
        rc = publish_maps(p, err);
    if (rc == RC_OK)
        rc = publish_db_put(p, err);
    if (rc != RC_OK)
        return rc;
    publish_texts(p);
    publish_dcat(p);
    return check_still(p, &told, err);
}

enum rc publish_check(const struct server_conf *c, struct err *err)
{
    const char *missing = c->publisher[0] == '\0' ? "publisher"
                          : c->contact[0] == '\0' ? "contact"
                          : c->licence[0] == '\0' ? "licence"
                                                  : NULL;

    if (missing == NULL)
        return RC_OK;
    return err_set(err, RC_INVALID,
                   "who publishes figures says so: set \"%s\" in stoepd.conf",
                   missing);
}

/* Of the key that rounds: figures rounded by another one may not stand beside
 * these. */
static enum rc open_deposit(struct store *s, const struct server_conf *conf,
                            struct deposit **out, struct err *err)
{
    char hex[DIGEST_HEX_CHARS + 1];
    struct arena mem = {0};
    struct digest id;
    enum rc rc = counts_identity(s, &id, err);

    if (rc == RC_OK)
        rc = deposit_open(
            conf->publish,
            arena_printf(&mem, "{\"stoep-figures\": 1, \"id\": \"%s\"}\n",
                         digest_hex(&id, hex)),
            out, err);
    arena_free(&mem);
    return rc;
}

enum rc publish(struct store *s, const char *dir,
                const struct server_conf *conf, struct published *out,
                struct err *err)
{
    struct published done = {0};
    struct publication p = {.s = s, .dir = dir, .conf = conf, .out = &done};
    enum rc rc = publish_check(conf, err);

    if (rc == RC_OK)
        rc = open_deposit(s, conf, &p.to, err);
    if (rc == RC_OK)
        rc = put_all(&p, err);
    if (rc == RC_OK)
        rc = deposit_keep(p.to,
                          arena_printf(&p.mem, "Figures up to %s", p.until),
                          CSVW_SUFFIX, &done.kept, err);
    if (rc == RC_OK)
        *out = done;
    db_close(p.figures);
    deposit_close(p.to);
    arena_free(&p.mem);
    free(p.files);
    free(p.folders);
    free(p.inserts);
    return rc;
}
