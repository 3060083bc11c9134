/*
 * repo.h - what we do with git repositories of our own: bare ones, with one
 * branch, to which one process at a time adds commits.  Between notary.c and
 * deposit.c alone.
 */
#pragma once

#include <git2.h>

#include "sync/base/err.h"

#define REPO_BRANCH "refs/heads/main"

/* libgit2 for us: the settings of whoever runs this are no business of ours,
 * nor may a server read them (confine.h).  It stays open as long as the
 * process: threads that come and go leave nothing behind. */
void repo_begin(void);

/* Open a bare one, or make it; a fault says `name`.  The caller is the only
 * writer: a lock that one left who was killed is taken away. */
MUST_USE enum rc repo_open(const char *path, const char *name,
                           git_repository **out, struct err *err);
/* The commit the branch stands at; *out NULL: none yet.  0, or libgit2's. */
MUST_USE int repo_last(git_repository *repo, git_commit **out);
/* A commit of this tree after `parent`, which may be NULL. */
MUST_USE int repo_commit(git_repository *repo, const git_oid *tree,
                         git_commit *parent, const char *message, git_oid *out);
/* Let the branch stand at a commit: after a crash it stands there or where it
 * stood. */
MUST_USE int repo_go_on(git_repository *repo, const git_oid *commit);
/* What libgit2 said last, as a fault. */
enum rc repo_fault(const char *name, const char *what, struct err *err);
