/* regions: the neighbourhoods by which is counted. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/regions.h"
#include "server/table.h"
#include "server/verbs.h"
#include "sync/sys/file.h"

enum { FILE_BYTES_MAX = 64 * 1024 * 1024 };

static enum rc list(struct store *s, bool json, struct err *err)
{
    static const char *const heads[] = {
        "#year", "layer", "code", "name", "#neighbourhoods", "outline", NULL};
    struct db_query *q = db_query(
        s->db,
        SQL("SELECT r.year AS year, r.layer AS layer, r.code AS code,"
            " r.name AS name,"
            " (SELECT count(*) FROM region_place p WHERE p.year = r.year"
            "  AND p.layer = r.layer AND p.code = r.code) AS places,"
            " (SELECT count(*) FROM region_outline o WHERE o.year = r.year"
            "  AND o.code = r.code AND r.layer = 'neighbourhood') AS outline"
            " FROM region r ORDER BY r.year, r.layer, r.code"));
    struct table t;
    enum rc rc;

    table_init(&t, heads);
    while (db_row(q)) {
        table_printf(&t, "%" PRId64, db_i64(q, "year"));
        table_put(&t, db_text(q, "layer"));
        table_put(&t, db_text(q, "code"));
        table_put(&t, db_text(q, "name"));
        table_printf(&t, "%" PRId64, db_i64(q, "places"));
        table_put(&t, db_i64(q, "outline") ? "yes" : "");
    }
    rc = db_done(q, err);
    if (rc == RC_OK)
        table_print(&t, json);
    table_free(&t);
    return rc;
}

static enum rc take(struct store *s, const char *what, unsigned year,
                    struct buf *file, size_t *n, struct err *err)
{
    if (strcmp(what, "import") == 0)
        return regions_import_codes(s, year, buf_text(file), n, err);
    if (strcmp(what, "outlines") == 0)
        return regions_import_outlines(s, year, buf_view(file), n, err);
    if (strcmp(what, "layers") == 0)
        return regions_import_layers(s, year, buf_text(file), n, err);
    return regions_import_crosswalk(s, buf_text(file), n, err);
}

static enum rc import(struct store *s, const char *what, unsigned year,
                      const char *path, struct err *err)
{
    struct buf file;
    size_t n = 0;
    enum rc rc = file_read(path, FILE_BYTES_MAX, &file, err);

    if (rc != RC_OK)
        return rc;
    rc = take(s, what, year, &file, &n, err);
    buf_free(&file);
    if (rc != RC_OK)
        return err_wrap(err, rc, "%s", path);
    printf("%zu taken in from %s\n", n, path);
    return RC_OK;
}

/* DIR; DIR import|outlines|layers YEAR FILE; DIR crosswalk FILE. */
static bool understood(const char *const *rest, size_t n)
{
    if (n == 3)
        return strcmp(rest[1], "crosswalk") == 0;
    return n == 1 || (n == 4 && (strcmp(rest[1], "import") == 0 ||
                                 strcmp(rest[1], "outlines") == 0 ||
                                 strcmp(rest[1], "layers") == 0));
}

int verb_regions(int argc, char **argv)
{
    const char *rest[4];
    bool json = false;
    struct option_spec spec[] = {{"json", NULL, &json}};
    struct store s;
    struct err err;
    size_t n;
    enum rc rc;

    if (!verb_options(argc, argv, spec, 1, rest, 4, &n) || !understood(rest, n))
        return verb_usage(argv[0]);
    rc = store_open(rest[0], n > 1 ? STORE_WRITE : STORE_READ, NULL, &s, &err);
    if (rc != RC_OK)
        return verb_failed(&err);
    if (n == 1)
        rc = list(&s, json, &err);
    else
        rc = verb_note(rest[0], "regions", rest[1],
                       import(&s, rest[1],
                              n == 4 ? (unsigned)strtoul(rest[2], NULL, 10) : 0,
                              rest[n - 1], &err),
                       &err);
    store_close(&s);
    return rc == RC_OK ? EXIT_DONE : verb_failed(&err);
}
