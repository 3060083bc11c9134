#include "server/access_check.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/access_file.h"
#include "server/access_read.h"
#include "sync/base/text.h"
#include "sync/sys/file.h"

/* -- checking ----------------------------------------------------------- */

struct check {
    struct chain chain;
    struct chain missing; /* what stood before the first line, if anything */
    const struct chain *noted;
    size_t noted_n, noted_at;
    struct access_checked *out;
};

static enum rc differ(const struct access_said *a, const char *what,
                      struct err *err)
{
    return err_set(err, RC_CORRUPT, "access log, %s, line %llu: %s", a->in,
                   (unsigned long long)a->n, what);
}

static bool hex_is(const char *hex, const struct digest *d)
{
    char text[DIGEST_HEX_CHARS + 1];

    return strcmp(hex, digest_hex(d, text)) == 0;
}

/* The first line there is says where the chain goes on. */
static enum rc begin(struct check *c, const struct access_said *a,
                     struct err *err)
{
    struct bytes prev = bytes_of(a->prev);
    uint8_t head[DIGEST_BYTES];

    if (strcmp(a->act, "log.begins") != 0 ||
        !text_take_hex(prev, head, sizeof head))
        return differ(a, "the log does not begin with it", err);
    (void)chain_read((struct bytes){head, sizeof head}, a->n - 1, &c->chain);
    c->missing = c->chain;
    return RC_OK;
}

static enum rc check_noted(struct check *c, const struct access_said *a,
                           struct err *err)
{
    while (c->noted_at < c->noted_n &&
           c->noted[c->noted_at].links < c->chain.links)
        c->noted_at++;
    for (; c->noted_at < c->noted_n &&
           c->noted[c->noted_at].links == c->chain.links;
         c->noted_at++) {
        if (!chain_eq(&c->noted[c->noted_at], &c->chain))
            return differ(a, "it is not the one noted in git", err);
        c->out->noted++;
    }
    return RC_OK;
}

static enum rc check_line(void *ctx, const struct access_said *a,
                          struct err *err)
{
    struct check *c = ctx;
    enum rc rc = RC_OK;

    if (!a->whole)
        return err_set(err, RC_CORRUPT,
                       "access log, %s: what stands after line %llu is damaged",
                       a->in, (unsigned long long)c->chain.links);
    if (c->out->lines == 0)
        rc = begin(c, a, err);
    if (rc == RC_OK && a->n != c->chain.links + 1)
        rc = differ(a, "the one before it is missing, or elsewhere", err);
    if (rc != RC_OK)
        return rc;
    if (strcmp(a->act, "log.begins") == 0 && !hex_is(a->prev, &c->chain.head))
        return differ(a, "its file does not go on where the last one ended",
                      err);
    chain_add(&c->chain, &a->entry);
    if (!digest_eq(&a->head, &c->chain.head))
        return differ(a, "it was changed, or what is before it", err);
    c->out->lines++;
    c->out->torn += strcmp(a->act, "log.torn") == 0;
    if (strcmp(a->act, "log.expired") == 0) {
        c->out->expired++;
        if (a->hits == c->missing.links && hex_is(a->file, &c->missing.head))
            c->missing.links = 0;
    }
    return check_noted(c, a, err);
}

static int by_links(const void *a, const void *b)
{
    const struct chain *x = a, *y = b;

    return (x->links > y->links) - (x->links < y->links);
}

enum rc access_check(const char *dir, struct chain *noted, size_t n,
                     struct access_checked *out, struct err *err)
{
    struct check c = {.noted = noted, .noted_n = n, .out = out};
    enum rc rc;

    *out = (struct access_checked){0};
    if (n > 0)
        qsort(noted, n, sizeof *noted, by_links);
    rc = access_read(dir, check_line, &c, err);
    if (rc == RC_OK && c.missing.links > 0)
        rc = err_set(err, RC_CORRUPT,
                     "access log: lines 1 to %llu are missing, and no line"
                     " says that their term ran out",
                     (unsigned long long)c.missing.links);
    if (rc == RC_OK && n > 0 && noted[n - 1].links > c.chain.links)
        rc = err_set(err, RC_CORRUPT,
                     "access log: it ends at line %llu, and line %llu was"
                     " noted in git",
                     (unsigned long long)c.chain.links,
                     (unsigned long long)noted[n - 1].links);
    return rc;
}

/* -- what has run out --------------------------------------------------- */

unsigned access_days(const struct shape *shape)
{
    size_t i;

    for (i = 0; i < shape->retentions_n; i++)
        if (strcmp(shape->retentions[i].name, "R5") == 0 &&
            shape->retentions[i].days > 0)
            return shape->retentions[i].days;
    return 5 * 365;
}

struct ending {
    const char *name;
    struct chain chain;
};

static enum rc find_end(void *ctx, const struct access_said *a, struct err *err)
{
    struct ending *e = ctx;

    (void)err;
    if (a->whole && strcmp(a->in, e->name) == 0)
        e->chain = (struct chain){a->n, a->head};
    return RC_OK;
}

static enum rc expire(const char *dir, const char *path, struct err *err)
{
    struct ending e = {.name = strrchr(path, '/') + 1};
    char hex[DIGEST_HEX_CHARS + 1];
    struct access_line line = {.act = "log.expired",
                               .from = "",
                               .on = e.name,
                               .file = hex,
                               .counted = true};
    enum rc rc = access_read(dir, find_end, &e, err);

    digest_hex(&e.chain.head, hex);
    line.hits = e.chain.links;
    if (rc == RC_OK)
        rc = access_say(dir, &line, err);
    if (rc == RC_OK && unlink(path) != 0)
        rc = err_set(err, RC_IO, "%s cannot be removed: error %d", path, errno);
    return rc;
}

enum rc access_expire(const char *dir, uint64_t now_ms, unsigned days,
                      unsigned *months, struct err *err)
{
    struct arena mem = {0};
    char **files, at[ACCESS_TIME_BYTES];
    uint64_t keep_ms = UINT64_C(86400000) * days;
    size_t n = 0, i;
    enum rc rc;

    *months = 0;
    if (now_ms < keep_ms)
        return RC_OK;
    access_time(now_ms - keep_ms, at);
    rc = file_list(arena_printf(&mem, "%s/access", dir), ".log", &mem, &files,
                   &n, err);
    if (rc == RC_NOTFOUND)
        rc = RC_OK;
    for (i = 0; rc == RC_OK && i < n; i++) {
        /* "2026-11.log" and "2026-11-25T...": all of a month before this one */
        if (strncmp(strrchr(files[i], '/') + 1, at, 7) >= 0)
            break;
        rc = expire(dir, files[i], err);
        *months += rc == RC_OK;
    }
    arena_free(&mem);
    return rc;
}
