/* fuzz_query.c - any bytes as a $filter of OData, as its other options, and as
 * what a client accepts: what is understood gives the same answer each time,
 * what is demanded holds of every row that is kept, a refusal gives a reason.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "server/accept.h"
#include "server/odata_query.h"
#include "server/open311.h"

static const struct dataset_column columns[] = {
    {"area", {"", ""}, COLUMN_CODE, true},
    {"name", {"", ""}, COLUMN_TEXT, false},
    {"count", {"", ""}, COLUMN_FIGURE, false},
    {"share", {"", ""}, COLUMN_DECIMAL, false},
};
enum { N = countof(columns) };

static const char *const rows[][N] = {{"BU01", "Noord", "120", "0.5"},
                                      {"BU02", "Zuid's", NULL, "-2"},
                                      {"BU10", NULL, "95", NULL}};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const seeds[] = {
        "area eq 'BU01' and (count gt 9 or not contains(name,'oor'))",
        "startswith(area,'BU0') or endswith(name,'''s') and share le -1.5",
        "null eq count or true and not false",
        "count desc, area",
        "text/csv;q=0.5, application/*, */*;q=0.1",
        "2026-11-19T12:30:00+01:00",
    };
    char name[8];
    size_t i;

    (void)argc;
    (void)argv;
    if (!fuzz_wants_seeds())
        return 0;
    for (i = 0; i < countof(seeds); i++) {
        snprintf(name, sizeof name, "%zu", i);
        fuzz_seed(name, bytes_of(seeds[i]));
    }
    exit(0);
}

static void filter(const char *text, struct arena *mem)
{
    struct odata_filter *f;
    struct err err = {.code = RC_OK};
    size_t i, c;

    if (odata_filter_read(text, columns, N, mem, &f, &err) != RC_OK) {
        PROMISE(err.code == RC_INVALID && err.text[0] != '\0');
        return;
    }
    for (i = 0; i < countof(rows); i++) {
        bool kept = odata_filter_keeps(f, rows[i]);

        PROMISE(kept == odata_filter_keeps(f, rows[i]));
        for (c = 0; kept && c < N; c++) {
            const char *must = odata_filter_demands(f, c);

            PROMISE(must == NULL ||
                    (rows[i][c] != NULL && strcmp(must, rows[i][c]) == 0));
        }
    }
}

static void options(const char *text, struct arena *mem)
{
    static const char *const names[] = {"$select", "$orderby", "$top",
                                        "$skip",   "$count",   "$skiptoken",
                                        "$format"};
    struct odata_query q;
    struct err err;
    size_t i, k;

    for (i = 0; i < countof(names); i++) {
        struct httpd_param one = {names[i], text};

        if (odata_query_read(&one, 1, columns, N, mem, &q, &err) != RC_OK)
            continue;
        for (k = 0; k < q.select_n; k++)
            PROMISE(q.select[k] < N);
        for (k = 0; k < q.order_n; k++)
            PROMISE(q.order[k].column < N);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    static const char *const offered[] = {"application/json", "text/csv"};
    struct arena mem = {0};
    const char *text = arena_text(&mem, (const char *)p, n);
    uint64_t at;
    struct err err;

    filter(text, &mem);
    options(text, &mem);
    PROMISE(accept_choose(text, offered, 2) <= 2);
    if (open311_time("start_date", text, &at, &err) != RC_OK)
        PROMISE(err.code == RC_INVALID);
    arena_free(&mem);
    return 0;
}
