#include "server/backup.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "server/access_file.h"
#include "server/backup_tree.h"
#include "server/keys.h"
#include "sync/base/text.h"
#include "sync/sys/db.h"
#include "sync/sys/file.h"

/* -- the parts ---------------------------------------------------------- */

/* What git, or libgit2, writes before it gives it its name. */
static bool of_git(const char *name)
{
    return strncmp(name, "tmp_", 4) != 0 && !text_ends_in(name, ".lock");
}

static bool but_objects(const char *name)
{
    return of_git(name) && strcmp(name, "objects") != 0;
}

/* What it points to first, then all there is: a commit is written before the
 * branch goes on to it. */
static enum rc copy_git(const char *from, const char *to, struct err *err)
{
    static const struct tree_way pointers = {.takes = but_objects};
    static const struct tree_way objects = {.takes = of_git};
    char a[TREE_PATH_BYTES], b[TREE_PATH_BYTES];
    enum rc rc = tree_copy(from, to, &pointers, err);

    if (rc == RC_NOTFOUND) /* nothing was noted yet */
        return RC_OK;
    if (rc == RC_OK)
        rc = tree_path(from, "objects", a, err);
    if (rc == RC_OK)
        rc = tree_path(to, "objects", b, err);
    return rc == RC_OK ? tree_copy(a, b, &objects, err) : rc;
}

static enum rc copy_store(const char *from, const char *to,
                          struct backup_made *out, struct err *err)
{
    struct db *db = NULL, *copy = NULL;
    struct stat st;
    enum rc rc =
        db_open(from, (struct db_options){.read_only = true}, &db, err);

    if (rc == RC_OK) /* so that nobody else reads it from its first byte on */
        rc = file_append(to, (struct bytes){0}, 0600, err);
    if (rc == RC_OK)
        rc = db_copy(db, to, (struct db_options){0}, err);
    db_close(db);
    if (rc == RC_OK)
        rc = db_open(to, (struct db_options){.durable = true}, &copy, err);
    if (rc == RC_OK)
        rc = db_quick_check(copy, err);
    db_close(copy);
    if (rc == RC_OK && stat(to, &st) == 0)
        out->bytes = (uint64_t)st.st_size;
    return rc;
}

static bool whole(const char *name)
{
    return !text_ends_in(name, ".part");
}

static enum rc copy_attachments(const char *from, const char *to,
                                struct err *err)
{
    static const struct tree_way way = {.link = true, .takes = whole};
    enum rc rc = tree_copy(from, to, &way, err);

    return rc == RC_NOTFOUND ? RC_OK : rc;
}

static bool no_lock(const char *name)
{
    return strcmp(name, "lock") != 0;
}

static bool is_month(const char *name)
{
    return text_ends_in(name, ".log");
}

/* Months that are over do not change; of this one nobody adds a line while it
 * is copied, for that holds up whoever reads. */
static enum rc copy_access(const char *from, const char *to, struct err *err)
{
    static const struct tree_way months = {
        .flat = true, .link = true, .takes = is_month};
    static const struct tree_way rest = {
        .flat = true, .rest = true, .takes = no_lock};
    int lock = -1;
    enum rc rc = tree_copy(from, to, &months, err);

    if (rc == RC_OK)
        rc = access_file_hold(from, &lock, err);
    if (rc == RC_OK)
        rc = tree_copy(from, to, &rest, err);
    file_unlock(lock);
    return rc == RC_NOTFOUND ? RC_OK : rc;
}

/* Settings, certificate, lists: all that is no folder and was not copied in a
 * way of its own. */
static bool of_the_rest(const char *name)
{
    return strncmp(name, "stoep.db", 8) != 0 &&
           strncmp(name, "keys.", 5) != 0 && strcmp(name, "stoepd.lock") != 0;
}

static enum rc copy_rest(const char *from, const char *to, struct err *err)
{
    static const struct tree_way way = {.flat = true, .takes = of_the_rest};

    return tree_copy(from, to, &way, err);
}

/* -- all of it ---------------------------------------------------------- */

static enum rc make(const char *dir, const char *work, struct backup_made *out,
                    struct err *err)
{
    char from[TREE_PATH_BYTES], to[TREE_PATH_BYTES];
    enum rc rc = RC_OK;

#define PART(name)                            \
    if (rc == RC_OK)                          \
        rc = tree_path(dir, name, from, err); \
    if (rc == RC_OK)                          \
        rc = tree_path(work, name, to, err);  \
    if (rc == RC_OK)
    PART("journal.git")
    rc = copy_git(from, to, err);
    PART("stoep.db")
    rc = copy_store(from, to, out, err);
    PART("attachments")
    rc = copy_attachments(from, to, err);
    if (rc == RC_OK)
        rc = keys_copy(dir, work, &out->keys, err);
    PART("access")
    rc = copy_access(from, to, err);
#undef PART
    return rc == RC_OK ? copy_rest(dir, work, err) : rc;
}

static enum rc is_free(const char *to, const char *part, struct err *err)
{
    struct stat st;

    if (lstat(to, &st) == 0)
        return err_set(err, RC_CONFLICT,
                       "%s is there already: a backup goes into a new folder",
                       to);
    if (lstat(part, &st) == 0)
        return err_set(err, RC_CONFLICT,
                       "%s is there: a backup that is under way, or was cut"
                       " off; then remove it",
                       part);
    return RC_OK;
}

enum rc backup_to(const char *dir, const char *to,
                  enum rc (*note)(void *ctx, struct err *err), void *ctx,
                  struct backup_made *out, struct err *err)
{
    char name[TREE_PATH_BYTES], part[TREE_PATH_BYTES];
    size_t n = strlen(to);
    struct backup_made made = {0};
    struct err why;
    enum rc rc;

    while (n > 1 && to[n - 1] == '/')
        n--;
    if (n + 6 >= sizeof name)
        return err_set(err, RC_LIMIT, "%s: too long a path", to);
    snprintf(name, sizeof name, "%.*s", (int)n, to);
    snprintf(part, sizeof part, "%.*s.part", (int)n, to);
    rc = is_free(name, part, err);
    if (rc != RC_OK)
        return rc;
    if (mkdir(part, 0700) != 0)
        return err_set(err, errno == EEXIST ? RC_CONFLICT : RC_IO,
                       "cannot make %s: %s", part, strerror(errno));
    rc = make(dir, part, &made, err);
    if (rc == RC_OK)
        rc = note(ctx, err);
    if (rc == RC_OK)
        rc = file_move(part, name, err);
    if (rc == RC_OK)
        *out = made;
    else if (tree_remove(part, &why) != RC_OK)
        err_wrap(err, rc, "%s", why.text);
    return rc;
}
