/* publish: protected figures into a git repository. */
#include <stdio.h>
#include <string.h>

#include "server/publish.h"
#include "server/verbs.h"

static enum rc run(const char *dir, const struct server_conf *conf,
                   struct published *done, struct err *err)
{
    struct store s;
    enum rc rc = store_open(dir, STORE_READ, NULL, &s, err);

    if (rc != RC_OK)
        return rc;
    rc = publish(&s, dir, conf, done, err);
    store_close(&s);
    return verb_note(dir, "publish", NULL, rc, err);
}

int verb_publish(int argc, char **argv)
{
    struct server_conf conf;
    struct published done;
    const char *dir;
    struct err err;

    if (argc < 2 || argv[1][0] == '-')
        return verb_usage(argv[0]);
    dir = argv[1];
    if (verb_conf(dir, &argc, argv, &conf, &err) != RC_OK)
        return verb_failed(&err);
    if (argc > 3 || (argc == 3 && argv[2][0] == '-'))
        return verb_usage(argv[0]);
    if (argc == 3 && strlen(argv[2]) >= sizeof conf.publish) {
        err_set(&err, RC_LIMIT, "the name of the repository is too long");
        return verb_failed(&err);
    }
    if (argc == 3)
        snprintf(conf.publish, sizeof conf.publish, "%s", argv[2]);
    if (conf.publish[0] == '\0') {
        err_set(&err, RC_INVALID,
                "name a repository: `stoepd publish %s REPOSITORY`, or set"
                " \"publish\" in stoepd.conf",
                dir);
        return verb_failed(&err);
    }
    if (run(dir, &conf, &done, &err) != RC_OK)
        return verb_failed(&err);
    printf("%s %.12s: %zu files, %zu tables with %zu rows\n",
           done.kept.changed ? "published as" : "nothing new since",
           done.kept.commit, done.kept.files, done.tables, done.rows);
    return EXIT_DONE;
}
