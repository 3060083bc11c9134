#include "server/deposit.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/repo.h"

#include "sync/base/mem.h"
#include "sync/base/text.h"
#include "sync/sys/file.h"
#include <git2/sys/mempack.h>

enum { TOLD_MAX = 60 }; /* files that a message names */

static const char lock_name[] = "figures.lock";

struct deposit {
    char *path, *mark;    /* own */
    git_repository *repo; /* own */
    git_odb *disk;        /* own; what is on it: new objects stay in memory
                             until all are written at once */
    git_commit *last;     /* own; NULL: none yet */
    git_tree_update *files;
    size_t files_n, cap;
    struct arena mem; /* of their paths */
    int lock;
    bool bad;
    struct err fault;
};

static enum rc fault(const struct deposit *d, const char *what, struct err *err)
{
    return repo_fault(d->path, what, err);
}

/* -- is it ours? --------------------------------------------------------- */

static bool has_file(const char *path, const char *name)
{
    char full[1200];
    FILE *f;

    snprintf(full, sizeof full, "%s/%s", path, name);
    f = fopen(full, "r");
    if (f != NULL)
        fclose(f);
    return f != NULL;
}

/* Nothing in it, or what one left that was killed as it made the repository. */
static bool may_be_made(const char *path)
{
    DIR *dir = opendir(path);
    const struct dirent *e;
    size_t n = 0;

    if (dir == NULL)
        return errno == ENOENT;
    while ((e = readdir(dir)) != NULL)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n == 0 || has_file(path, lock_name);
}

static enum rc look(const char *path, struct err *err)
{
    git_repository *repo = NULL;
    bool there = git_repository_open_bare(&repo, path) == 0;

    git_repository_free(repo);
    if (there || may_be_made(path))
        return RC_OK;
    return err_set(err, RC_CONFLICT,
                   "%s is in use and no bare git repository: name a folder"
                   " that is empty or not there yet",
                   path);
}

static enum rc check_mark(struct deposit *d, struct err *err)
{
    const git_tree_entry *entry = NULL;
    git_tree *tree = NULL;
    git_blob *blob = NULL;
    bool marked = false, ours = false;
    int bad = git_commit_tree(&tree, d->last);

    if (!bad)
        entry = git_tree_entry_byname(tree, DEPOSIT_MARK);
    if (entry != NULL)
        bad = git_blob_lookup(&blob, d->repo, git_tree_entry_id(entry));
    if (!bad && entry != NULL) {
        struct bytes was = {git_blob_rawcontent(blob),
                            (size_t)git_blob_rawsize(blob)};

        marked = true;
        ours = bytes_eq(was, bytes_of(d->mark));
    }
    git_blob_free(blob);
    git_tree_free(tree);
    if (bad)
        return fault(d, "cannot be read", err);
    if (!marked)
        return err_set(err, RC_CONFLICT,
                       "%s holds a history that stoepd did not write: name a"
                       " folder that is empty or not there yet",
                       d->path);
    if (!ours)
        return err_set(err, RC_CONFLICT,
                       "%s holds the figures of another server: name a folder"
                       " that is empty or not there yet",
                       d->path);
    return RC_OK;
}

/* Commits on other branches alone: somebody uses it for something else. */
static enum rc check_foreign(struct deposit *d, struct err *err)
{
    git_strarray refs = {0};
    size_t n;

    if (git_reference_list(&refs, d->repo) != 0)
        return fault(d, "cannot be read", err);
    n = refs.count;
    git_strarray_dispose(&refs);
    if (n == 0)
        return RC_OK;
    return err_set(err, RC_CONFLICT,
                   "%s holds a history that stoepd did not write: name a"
                   " folder that is empty or not there yet",
                   d->path);
}

/* -- opening ------------------------------------------------------------- */

/* The caller closes what was opened, also after a fault. */
static enum rc open_or_make(struct deposit *d, const char *path,
                            struct err *err)
{
    char lock[1200];
    enum rc rc;

    repo_begin();
    d->path = mem_text(path);
    d->lock = -1;
    rc = look(path, err);
    if (rc == RC_OK)
        rc = file_mkdir(path, 0755, err);
    snprintf(lock, sizeof lock, "%s/%s", path, lock_name);
    if (rc == RC_OK)
        rc = file_lock(lock, &d->lock, err);
    return rc == RC_OK ? repo_open(path, path, &d->repo, err) : rc;
}

static int keep_in_memory(struct deposit *d)
{
    git_odb_backend *memory = NULL;
    git_odb *odb = NULL;
    char path[1200];
    int bad;

    snprintf(path, sizeof path, "%s/objects", d->path);
    bad = git_odb_open(&d->disk, path);
    if (!bad)
        bad = git_repository_odb(&odb, d->repo);
    if (!bad)
        bad = git_mempack_new(&memory);
    if (!bad)
        bad = git_odb_add_backend(odb, memory, 1000); /* before all others */
    git_odb_free(odb);
    return bad;
}

static enum rc check(struct deposit *d, struct err *err)
{
    if (repo_last(d->repo, &d->last) != 0 || keep_in_memory(d) != 0)
        return fault(d, "cannot be read", err);
    return d->last != NULL ? check_mark(d, err) : check_foreign(d, err);
}

enum rc deposit_make(const char *path, struct err *err)
{
    struct deposit *d = mem_new(sizeof *d);
    enum rc rc = open_or_make(d, path, err);

    deposit_close(d);
    return rc == RC_BUSY ? RC_OK : rc; /* who has it makes it, too */
}

enum rc deposit_open(const char *path, const char *mark, struct deposit **out,
                     struct err *err)
{
    struct deposit *d = mem_new(sizeof *d);
    enum rc rc = open_or_make(d, path, err);

    d->mark = mem_text(mark);
    if (rc == RC_OK)
        rc = check(d, err);
    if (rc != RC_OK) {
        deposit_close(d);
        return rc;
    }
    deposit_put(d, DEPOSIT_MARK, bytes_of(mark));
    *out = d;
    return RC_OK;
}

void deposit_close(struct deposit *d)
{
    if (d == NULL)
        return;
    git_commit_free(d->last);
    git_odb_free(d->disk);
    git_repository_free(d->repo);
    file_unlock(d->lock);
    arena_free(&d->mem);
    free(d->files);
    free(d->path);
    free(d->mark);
    free(d);
}

/* -- a state ------------------------------------------------------------- */

void deposit_put(struct deposit *d, const char *path, struct bytes body)
{
    git_tree_update *u;

    if (d->bad)
        return;
    if (d->files_n == d->cap) {
        d->cap = 2 * d->cap + 64;
        d->files = mem_resize(d->files, d->cap * sizeof *d->files);
    }
    u = &d->files[d->files_n];
    *u = (git_tree_update){.action = GIT_TREE_UPDATE_UPSERT,
                           .filemode = GIT_FILEMODE_BLOB,
                           .path = arena_text(&d->mem, path, strlen(path))};
    if (git_blob_create_from_buffer(&u->id, d->repo, body.p, body.n) != 0) {
        d->bad = true;
        fault(d, "cannot be written", &d->fault);
        return;
    }
    d->files_n++;
}

/* git_tree_create_updated() sorts nothing: paths in byte order do. */
static int by_path(const void *a, const void *b)
{
    return strcmp(((const git_tree_update *)a)->path,
                  ((const git_tree_update *)b)->path);
}

static int make_tree(struct deposit *d, git_oid *out)
{
    git_treebuilder *b = NULL;
    git_tree *empty = NULL;
    git_oid id;
    int bad = git_treebuilder_new(&b, d->repo, NULL);

    if (!bad)
        bad = git_treebuilder_write(&id, b);
    git_treebuilder_free(b);
    if (!bad)
        bad = git_tree_lookup(&empty, d->repo, &id);
    qsort(d->files, d->files_n, sizeof *d->files, by_path);
    if (!bad)
        bad =
            git_tree_create_updated(out, d->repo, empty, d->files_n, d->files);
    git_tree_free(empty);
    return bad;
}

/* -- what changed -------------------------------------------------------- */

static const char *word_of(git_delta_t s)
{
    return s == GIT_DELTA_ADDED     ? "new"
           : s == GIT_DELTA_DELETED ? "gone"
                                    : "changed";
}

static void tell(const git_diff *diff, const char *beside, struct buf *out)
{
    size_t i, n = git_diff_num_deltas(diff), told = 0, more = 0;

    for (i = 0; i < n; i++) {
        const git_diff_delta *d = git_diff_get_delta(diff, i);

        if (text_ends_in(d->new_file.path, beside))
            continue;
        if (told++ < TOLD_MAX)
            buf_printf(out, "%s %s\n", word_of(d->status), d->new_file.path);
        else
            more++;
    }
    if (more > 0)
        buf_printf(out, "and %zu more\n", more);
}

static int describe(struct deposit *d, const git_oid *tree, const char *title,
                    const char *beside, struct buf *out)
{
    git_tree *old = NULL, *new = NULL;
    git_diff *diff = NULL;
    int bad = git_tree_lookup(&new, d->repo, tree);

    buf_printf(out, "%s\n\n", title);
    if (!bad && d->last != NULL)
        bad = git_commit_tree(&old, d->last);
    if (!bad)
        bad = git_diff_tree_to_tree(&diff, d->repo, old, new, NULL);
    if (!bad)
        tell(diff, beside, out);
    git_diff_free(diff);
    git_tree_free(old);
    git_tree_free(new);
    return bad;
}

/* -- to the disk --------------------------------------------------------- */

struct packing {
    const struct deposit *d;
    git_packbuilder *pack;
};

static int pack_one(const struct packing *p, const git_oid *id)
{
    return git_odb_exists(p->d->disk, id)
               ? 0
               : git_packbuilder_insert(p->pack, id, NULL);
}

static int pack_entry(const char *root, const git_tree_entry *e, void *ctx)
{
    (void)root;
    return pack_one(ctx, git_tree_entry_id(e));
}

/* All that is new in one pack: few files, and few waits for the disk. */
static int write_new(struct deposit *d, const git_oid *tree_id,
                     const git_oid *commit)
{
    struct packing p = {.d = d};
    git_tree *tree = NULL;
    int bad = git_packbuilder_new(&p.pack, d->repo);

    if (!bad)
        bad = git_tree_lookup(&tree, d->repo, tree_id);
    if (!bad)
        bad = git_tree_walk(tree, GIT_TREEWALK_PRE, pack_entry, &p);
    if (!bad)
        bad = pack_one(&p, tree_id);
    if (!bad)
        bad = pack_one(&p, commit);
    if (!bad)
        bad = git_packbuilder_write(p.pack, NULL, 0, NULL, NULL);
    git_tree_free(tree);
    git_packbuilder_free(p.pack);
    return bad;
}

static int commit(struct deposit *d, const git_oid *tree, const char *title,
                  const char *beside, git_oid *out)
{
    struct buf message = buf_make(SIZE_MAX);
    int bad = describe(d, tree, title, beside, &message);

    if (!bad)
        bad = repo_commit(d->repo, tree, d->last, buf_text(&message), out);
    if (!bad)
        bad = write_new(d, tree, out);
    if (!bad)
        bad = repo_go_on(d->repo, out);
    buf_free(&message);
    return bad;
}

enum rc deposit_keep(struct deposit *d, const char *title, const char *beside,
                     struct deposit_kept *out, struct err *err)
{
    struct deposit_kept kept = {.files = d->files_n};
    git_oid tree, id;
    int bad;

    if (d->bad)
        return err_set(err, d->fault.code, "%s", d->fault.text);
    bad = make_tree(d, &tree);
    kept.changed = !bad && (d->last == NULL ||
                            !git_oid_equal(&tree, git_commit_tree_id(d->last)));
    if (kept.changed)
        bad = commit(d, &tree, title, beside, &id);
    else if (!bad)
        id = *git_commit_id(d->last);
    if (bad)
        return fault(d, "cannot be written", err);
    git_oid_tostr(kept.commit, sizeof kept.commit, &id);
    *out = kept;
    return RC_OK;
}
