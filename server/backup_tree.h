/*
 * backup_tree.h - files and folders for a backup: copied, linked, removed.
 *
 * What was copied is on the disk when the call returns.  Links and devices are
 * not followed and not copied.
 */
#pragma once

#include "sync/base/err.h"

enum { TREE_PATH_BYTES = 1024 };

/* DIR/NAME.  RC_LIMIT: that is too long. */
MUST_USE enum rc tree_path(const char *dir, const char *name,
                           char out[TREE_PATH_BYTES], struct err *err);

struct tree_way {
    bool link; /* give files a second name where the disk can: they never
                  change */
    bool flat; /* no folders in it */
    bool rest; /* what is there already stays as it is */
    /* Which names are taken; NULL: all. */
    bool (*takes)(const char *name);
};
/* Copy the files of a folder, and its folders; `to` is made if need be.  A file
 * that goes meanwhile is left out.  RC_NOTFOUND: there is no such folder. */
MUST_USE enum rc tree_copy(const char *from, const char *to,
                           const struct tree_way *way, struct err *err);

/* All of it; none is no error. */
MUST_USE enum rc tree_remove(const char *path, struct err *err);
