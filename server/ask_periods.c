/* Of which years something is told. */
#include <inttypes.h>

#include "server/question.h"

static const struct dataset_column columns[] = {
    {"type", {"soort", "type"}, COLUMN_CODE, true},
    {"year", {"jaar", "year"}, COLUMN_PERIOD, true},
    {"months", {"maanden voorbij", "months over"}, COLUMN_INTEGER, false},
    {"final", {"definitief", "final"}, COLUMN_TEXT, false},
    {"regions", {"grenzen van", "boundaries of"}, COLUMN_PERIOD, false},
};

static enum rc answer(const struct question_asked *a, struct dataset *out,
                      struct err *err)
{
    static const struct label yes = {"ja", "yes"}, no = {"nee", "no"};
    struct db_query *q =
        db_query(a->store->db, SQL("SELECT type, year, months, final, regions"
                                   " FROM count_state ORDER BY type, year"));

    while (db_row(q)) {
        dataset_put(out, db_text(q, "type"));
        dataset_printf(out, "%" PRId64, db_i64(q, "year"));
        dataset_printf(out, "%" PRId64, db_i64(q, "months"));
        dataset_put(out, label_in(db_i64(q, "final") ? &yes : &no, a->lang));
        dataset_printf(out, "%" PRId64, db_i64(q, "regions"));
    }
    return db_done(q, err);
}

const struct question question_periods = {
    .name = "periods",
    .title = {"Perioden", "Periods"},
    .about = {"Van welke jaren er cijfers zijn, en tot en met welke maand.",
              "Of which years there are figures, and up to which month."},
    .columns = columns,
    .columns_n = countof(columns),
    .answer = answer,
};
