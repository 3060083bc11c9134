/* verify: journal, chain, store and git against each other. */
#include <inttypes.h>
#include <stdio.h>

#include "server/verbs.h"
#include "server/verify.h"

int verb_verify(int argc, char **argv)
{
    const char *dir, *git = NULL;
    struct option_spec spec[] = {{"git", &git, NULL}};
    struct verified v;
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 1, &dir, 1, &n) || n != 1)
        return verb_usage(argv[0]);
    if (store_open(dir, STORE_READ, NULL, &s, &err) != RC_OK)
        return verb_failed(&err);
    rc = verify_all(dir, git, &s, &v, &err);
    store_close(&s);
    if (rc != RC_OK)
        return verb_failed(&err);
    printf("%" PRIu64 " batches in their chains, %" PRIu64
           " of them emptied by an erasure\n"
           "%" PRIu64 " signatures of their devices\n"
           "%" PRIu64 " changesets lead to the %" PRIu64
           " records of the store\n"
           "%" PRIu64 " lines of the access log in their chain, %" PRIu64
           " of them noted in git\n"
           "%" PRIu64 " notes in git agree\n",
           v.batches, v.emptied, v.signatures, v.changesets, v.records,
           v.access.lines, v.access.noted, v.commits);
    if (v.lost > 0)
        printf("%" PRIu64 " heads noted in git are not in the journal: they are"
               " of before the store was put back from a backup\n",
               v.lost);
    if (v.unreadable > 0)
        printf("%" PRIu64 " records cannot be read: their keys are not in"
               " keys.db; the log names them\n",
               v.unreadable);
    return EXIT_DONE;
}
