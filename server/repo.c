#include "server/repo.h"

#include <pthread.h>
#include <stdio.h>

#include "sync/sys/file.h"

static void open_library(void)
{
    static const int levels[] = {GIT_CONFIG_LEVEL_PROGRAMDATA,
                                 GIT_CONFIG_LEVEL_SYSTEM, GIT_CONFIG_LEVEL_XDG,
                                 GIT_CONFIG_LEVEL_GLOBAL};
    size_t i;

    git_libgit2_init();
    for (i = 0; i < countof(levels); i++)
        git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, levels[i], "");
    git_libgit2_opts(GIT_OPT_ENABLE_FSYNC_GITDIR, 1);
}

void repo_begin(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, open_library);
}

enum rc repo_fault(const char *name, const char *what, struct err *err)
{
    const git_error *e = git_error_last();

    return err_set(err, RC_IO, "%s: %s: %s", name, what,
                   e == NULL || e->message == NULL ? "failed" : e->message);
}

enum rc repo_open(const char *path, const char *name, git_repository **out,
                  struct err *err)
{
    git_repository_init_options o = {
        .version = GIT_REPOSITORY_INIT_OPTIONS_VERSION,
        .flags = GIT_REPOSITORY_INIT_BARE | GIT_REPOSITORY_INIT_MKPATH,
        .initial_head = "main"};
    char lock[1200];
    enum rc rc;

    if (git_repository_open_bare(out, path) != 0 &&
        git_repository_init_ext(out, path, &o) != 0)
        return repo_fault(name, "cannot be opened", err);
    snprintf(lock, sizeof lock, "%s/" REPO_BRANCH ".lock", path);
    rc = file_remove(lock, err);
    if (rc != RC_OK) {
        git_repository_free(*out);
        *out = NULL;
    }
    return rc;
}

int repo_last(git_repository *repo, git_commit **out)
{
    git_oid id;
    int bad = git_reference_name_to_id(&id, repo, REPO_BRANCH);

    *out = NULL;
    if (bad == GIT_ENOTFOUND)
        return 0;
    return bad ? bad : git_commit_lookup(out, repo, &id);
}

int repo_commit(git_repository *repo, const git_oid *tree_id,
                git_commit *parent, const char *message, git_oid *out)
{
    const git_commit *parents[] = {parent};
    git_signature *who = NULL;
    git_tree *tree = NULL;
    int bad = git_signature_now(&who, "stoepd", "stoepd@localhost");

    if (!bad)
        bad = git_tree_lookup(&tree, repo, tree_id);
    if (!bad)
        bad = git_commit_create(out, repo, NULL, who, who, "UTF-8", message,
                                tree, parent != NULL, parents);
    git_tree_free(tree);
    git_signature_free(who);
    return bad;
}

int repo_go_on(git_repository *repo, const git_oid *commit)
{
    git_reference *ref = NULL;
    int bad = git_reference_create(&ref, repo, REPO_BRANCH, commit, 1, NULL);

    git_reference_free(ref);
    return bad;
}
