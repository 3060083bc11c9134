/* backup. */
#include <inttypes.h>
#include <stdio.h>

#include "server/backup.h"
#include "server/verbs.h"

struct noting {
    const char *dir, *to;
};

/* Who has a copy has read all of it: that is known before there is one. */
static enum rc note(void *ctx, struct err *err)
{
    const struct noting *n = ctx;

    return verb_note(n->dir, "backup", n->to, RC_OK, err);
}

int verb_backup(int argc, char **argv)
{
    struct noting n;
    struct backup_made made;
    struct err err;

    if (argc != 3 || argv[1][0] == '-' || argv[2][0] == '-')
        return verb_usage(argv[0]);
    n = (struct noting){argv[1], argv[2]};
    if (backup_to(n.dir, n.to, note, &n, &made, &err) != RC_OK)
        return verb_failed(&err);
    printf("%s holds all of %s: a store of %" PRIu64 " bytes%s\n", n.to, n.dir,
           made.bytes,
           made.keys ? ", and the keys of contact data: keep it as well as you"
                       " keep those"
                     : "");
    return EXIT_DONE;
}
