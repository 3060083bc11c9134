#include "server/notary.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/access_file.h"
#include "server/repo.h"
#include "sync/base/text.h"
#include "sync/limits.h"

static const char epoch_word[] = "@epoch ";
static const char fetched[] = "refs/remotes/origin/main"; /* in a clone */

static const char name[] = "journal.git"; /* in DIR */

static enum rc fault(const char *what, struct err *err)
{
    return repo_fault(name, what, err);
}

static void path_in(const char *dir, char *out, size_t n)
{
    snprintf(out, n, "%s/%s", dir, name);
}

static enum rc open_or_make(const char *dir, git_repository **out,
                            struct err *err)
{
    char path[1024];

    path_in(dir, path, sizeof path);
    repo_begin();
    return repo_open(path, name, out, err);
}

/* -- noting ------------------------------------------------------------- */

static enum rc access_text(const char *dir, struct buf *out, struct err *err)
{
    char hex[DIGEST_HEX_CHARS + 1];
    struct chain c;
    enum rc rc = access_file_head(dir, &c, err);

    if (rc == RC_OK && c.links > 0)
        buf_printf(out, "%s %llu %s\n", NOTARY_ACCESS,
                   (unsigned long long)c.links, digest_hex(&c.head, hex));
    return rc;
}

static enum rc heads_text(struct store *s, struct buf *out, struct err *err)
{
    struct arena mem = {0};
    struct area_info *areas;
    struct chain c;
    char hex[DIGEST_HEX_CHARS + 1];
    size_t n, i;
    enum rc rc = store_areas(s, &mem, &areas, &n, err);

    for (i = 0; rc == RC_OK && i < n; i++) {
        if (areas[i].links == 0)
            continue;
        if (!chain_read(areas[i].chain, areas[i].links, &c))
            rc = err_set(err, RC_CORRUPT, "the chain of area %.*s is damaged",
                         (int)areas[i].slug.n, (const char *)areas[i].slug.p);
        buf_printf(out, "%.*s %llu %s\n", (int)areas[i].slug.n,
                   (const char *)areas[i].slug.p, (unsigned long long)c.links,
                   digest_hex(&c.head, hex));
    }
    arena_free(&mem);
    return rc;
}

/* A tree of the one file. */
static int make_tree(git_repository *repo, const struct buf *text, git_oid *out)
{
    git_treebuilder *b = NULL;
    git_oid blob;
    int bad = git_blob_create_from_buffer(&blob, repo, text->p, text->n);

    if (!bad)
        bad = git_treebuilder_new(&b, repo, NULL);
    if (!bad)
        bad =
            git_treebuilder_insert(NULL, b, "heads", &blob, GIT_FILEMODE_BLOB);
    if (!bad)
        bad = git_treebuilder_write(out, b);
    git_treebuilder_free(b);
    return bad;
}

static enum rc note(git_repository *repo, const struct buf *text, bool *noted,
                    struct err *err)
{
    git_commit *parent = NULL;
    git_oid tree, id;
    int bad = repo_last(repo, &parent);

    if (!bad)
        bad = make_tree(repo, text, &tree);
    if (!bad &&
        (parent == NULL || !git_oid_equal(&tree, git_commit_tree_id(parent)))) {
        bad = repo_commit(repo, &tree, parent, "heads of the journal\n", &id);
        if (!bad)
            bad = repo_go_on(repo, &id);
        *noted = !bad;
    }
    git_commit_free(parent);
    return bad ? fault("cannot be written", err) : RC_OK;
}

enum rc notary_note(const char *dir, struct store *s, bool *noted,
                    struct err *err)
{
    struct buf text = buf_make(SIZE_MAX);
    git_repository *repo = NULL;
    size_t before;
    enum rc rc;

    *noted = false;
    buf_printf(&text, "%s%llu\n", epoch_word, (unsigned long long)s->epoch);
    before = text.n;
    rc = access_text(dir, &text, err);
    if (rc == RC_OK)
        rc = heads_text(s, &text, err);
    if (rc == RC_OK && text.n > before) {
        rc = open_or_make(dir, &repo, err);
        if (rc == RC_OK)
            rc = note(repo, &text, noted, err);
        git_repository_free(repo);
    }
    buf_free(&text);
    return rc;
}

/* -- reading ------------------------------------------------------------ */

static bool take_epoch(struct bytes line, struct notary_head *h)
{
    size_t n = sizeof epoch_word - 1;

    return line.n > n && memcmp(line.p, epoch_word, n) == 0 &&
           text_take_u64((struct bytes){line.p + n, line.n - n}, INT64_MAX,
                         &h->epoch);
}

static bool take_head(struct bytes line, struct notary_head *h)
{
    const uint8_t *end = line.p + line.n;
    const uint8_t *a, *b;
    uint8_t head[DIGEST_BYTES];
    uint64_t links;

    a = memchr(line.p, ' ', line.n);
    b = a == NULL ? NULL : memchr(a + 1, ' ', (size_t)(end - a - 1));
    if (b == NULL)
        return false;
    h->slug = (struct bytes){line.p, (size_t)(a - line.p)};
    return text_take_u64((struct bytes){a + 1, (size_t)(b - a - 1)}, INT64_MAX,
                         &links) &&
           text_take_hex((struct bytes){b + 1, (size_t)(end - b - 1)}, head,
                         sizeof head) &&
           chain_read((struct bytes){head, sizeof head}, links, &h->chain);
}

static enum rc visit_blob(git_blob *blob, uint64_t at_s, notary_visit *visit,
                          void *ctx, struct err *err)
{
    struct bytes text = {git_blob_rawcontent(blob),
                         (size_t)git_blob_rawsize(blob)};
    struct notary_head h = {.at_s = at_s};
    enum rc rc = RC_OK;

    while (rc == RC_OK && text.n > 0) {
        const uint8_t *end = memchr(text.p, '\n', text.n);
        struct bytes line = {text.p, end == NULL ? 0 : (size_t)(end - text.p)};

        if (take_head(line, &h))
            rc = visit(ctx, &h, err);
        else if (!take_epoch(line, &h))
            rc = err_set(err, RC_CORRUPT, "journal.git: a damaged line");
        text.p += line.n + 1;
        text.n -= rc == RC_OK ? line.n + 1 : 0;
    }
    return rc;
}

static enum rc visit_commit(git_repository *repo, const git_oid *id,
                            notary_visit *visit, void *ctx, struct err *err)
{
    const git_tree_entry *entry;
    git_commit *c = NULL;
    git_tree *tree = NULL;
    git_blob *blob = NULL;
    int bad = git_commit_lookup(&c, repo, id);
    enum rc rc;

    if (!bad)
        bad = git_commit_tree(&tree, c);
    entry = bad ? NULL : git_tree_entry_byname(tree, "heads");
    if (entry != NULL)
        bad = git_blob_lookup(&blob, repo, git_tree_entry_id(entry));
    rc = bad || entry == NULL
             ? fault("a commit cannot be read", err)
             : visit_blob(blob, (uint64_t)git_commit_time(c), visit, ctx, err);
    git_blob_free(blob);
    git_tree_free(tree);
    git_commit_free(c);
    return rc;
}

/* From where to walk back.  Our own may be there without a first commit: a
 * server just makes it. */
static int walk_from(git_repository *repo, bool own, git_revwalk *walk)
{
    git_oid id;
    int bad = git_reference_name_to_id(&id, repo, REPO_BRANCH);

    if (bad == GIT_ENOTFOUND && own)
        return 0;
    if (bad)
        bad = git_reference_name_to_id(&id, repo, fetched);
    return bad ? bad : git_revwalk_push(walk, &id);
}

enum rc notary_walk(const char *dir, const char *copy, notary_visit *visit,
                    void *ctx, uint64_t *commits, struct err *err)
{
    char path[1024];
    git_repository *repo = NULL;
    git_revwalk *walk = NULL;
    git_oid id;
    enum rc rc = RC_OK;
    int bad;

    *commits = 0;
    path_in(dir, path, sizeof path);
    repo_begin();
    bad = copy != NULL ? git_repository_open(&repo, copy)
                       : git_repository_open_bare(&repo, path);
    if (bad != GIT_ENOTFOUND || copy != NULL) {
        if (!bad)
            bad = git_revwalk_new(&walk, repo);
        if (!bad)
            bad = walk_from(repo, copy == NULL, walk);
        if (bad)
            rc = fault("cannot be read", err);
        while (rc == RC_OK && git_revwalk_next(&id, walk) == 0) {
            rc = visit_commit(repo, &id, visit, ctx, err);
            ++*commits;
        }
    }
    git_revwalk_free(walk);
    git_repository_free(repo);
    return rc;
}
