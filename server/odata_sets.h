/*
 * odata_sets.h - the entity sets of OData: for each question what is published
 * of it (question_published()), as one table or, where its files stand in
 * folders, one per folder: "counts_signal", "periods".
 *
 * A table is read part by part, each part one file of what is published, so
 * that a page costs as much as its parts and not as much as the table.
 */
#pragma once

#include "server/odata_query.h"
#include "server/question.h"

/* The columns of a question after a key of its own, for no property of a key
 * may be null: "id", the cells of the keys with ';' between. */
struct odata_type {
    const struct question *question;
    struct dataset_column columns[ODATA_COLUMNS_MAX];
    size_t columns_n;
};

/* All that are declared, in `mem`, as long as `questions`. */
const struct odata_type *odata_types(struct arena *mem);
/* "voting-rounds" -> "voting_rounds": what OData takes as a name. */
const char *odata_name(struct arena *mem, const char *text);

struct odata_set {
    const char *name;
    struct label title;
    const struct odata_type *type;
    const struct question_set *answers;
    size_t *parts; /* of the answers, where each part ends */
    size_t parts_n;
};

/* All there are now, in `mem`. */
MUST_USE enum rc odata_sets(struct store *s, uint64_t now_ms, struct arena *mem,
                            struct odata_set **out, size_t *n, struct err *err);

/* The rows of a part in which `filter` (or NULL) may keep something: some that
 * it cannot keep are left out unread. */
MUST_USE enum rc odata_part(const struct odata_set *set, size_t part,
                            const struct odata_filter *filter,
                            const struct question_asked *like,
                            struct arena *mem, struct dataset *rows,
                            struct err *err);
