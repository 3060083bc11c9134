/*
 * question.h - what people ask of the figures, each declared once.
 *
 * A question is one command (`stoepd ask DIR NAME`), one call of the API and
 * one table.  All of them read what counts.h decided to tell, and nothing else:
 * what follows from figures that are told gives nobody away that those did not.
 */
#pragma once

#include "server/dataset.h"
#include "server/plot.h"
#include "server/store.h"

enum { QUESTION_PARAMS_MAX = 8 };

struct question_param {
    const char *name; /* camelCase */
    struct label title;
    const char *example;
    bool required;
};

struct question_asked {
    struct store *store;                     /* outside of a transaction */
    const char *values[QUESTION_PARAMS_MAX]; /* by parameter; NULL: not given */
    enum lang lang;                          /* of words in cells */
    uint64_t now_ms;
};

enum { QUESTION_GROUPS_MAX = 3 };

/* How an answer is drawn: a bar for each row.  All are names of columns. */
struct question_plot {
    const char *label; /* what a bar is */
    const char *part;  /* a row that has none is a total: it is drawn if all
                          are; NULL: there are no totals */
    const char *groups[QUESTION_GROUPS_MAX]; /* headings over bars */
    const char *values[PLOT_SERIES_MAX];     /* figures, or numbers */
    const char *low, *high;                  /* the margin of the first */
    bool percent;
};

/* An answer that is published (publish.h). */
struct question_set {
    const char *values[QUESTION_PARAMS_MAX];
    const char *file;       /* in the folder of the question, without ".csv":
                               answers of one file are put together in it */
    const struct label *of; /* what the files of its folder are about, beside
                               the question; or NULL */
    /* Which rows; NULL: all of them. */
    bool (*keep)(const struct dataset *d, size_t row);
};

struct question_sets { /* in `mem` */
    struct arena *mem;
    struct question_set *p;
    size_t n, cap;
};

/* Which answers are published, of what is told now. */
enum question_publishing {
    PUBLISHED_ONCE,  /* the one without any values; it needs none */
    PUBLISHED_LARGE, /* for each layer, quarter and year, and each type and
                        field where it has such parameters; one file per layer
                        and year; not of neighbourhoods and months */
    PUBLISHED_ALL,   /* of those as well */
    PUBLISHED_NEVER, /* it reads records, and what is published can never be
                        taken back */
};

struct question {
    const char *name; /* kebab-case, a plural: a segment of a path */
    struct label title, about;
    const struct question_param *params;
    size_t params_n;
    const struct dataset_column *columns;
    size_t columns_n;
    const struct question_plot *plot; /* NULL: it is words alone */
    /* `out` is begun.  RC_INVALID: a value is not right, with what would be;
     * RC_NOTFOUND: nothing is told of that. */
    enum rc (*answer)(const struct question_asked *a, struct dataset *out,
                      struct err *err);
    enum question_publishing published;
    /* Which rows are; NULL: all of them.  Of neighbourhoods and months
     * keep_small() says it, where there is one. */
    bool (*keep)(const struct dataset *d, size_t row);
    bool (*keep_small)(const struct dataset *d, size_t row);
};

/* All there are, in the order in which people see them. */
extern const struct question *const questions[];
extern const size_t questions_n;

/* NULL: there is none. */
const struct question *question_named(const char *name);
/* Index of a parameter; params_n: it has no such one. */
size_t question_param_named(const struct question *q, const char *name);
/* RC_INVALID: no such parameter, given twice, or not `name=value`; with those
 * there are.  `text` stays what the values point into. */
MUST_USE enum rc question_take(const struct question *q, const char *name,
                               const char *value, struct question_asked *a,
                               struct err *err);
/* RC_INVALID also if a parameter that is required is missing. */
MUST_USE enum rc question_answer(const struct question *q,
                                 const struct question_asked *a,
                                 struct arena *mem, struct dataset *out,
                                 struct err *err);

/* Append the answer as a picture (question_plot.c), `id` as plot.h has it.
 * RC_INVALID: this question has none. */
MUST_USE enum rc question_draw(const struct question *q,
                               const struct dataset *d, const char *id,
                               enum lang lang, struct buf *out,
                               struct err *err);

/* The same as a map of the areas that its rows are about, numbered as the rows
 * are; `r` is of the boundary year of `d`.  RC_INVALID: they are about no
 * areas, about one several times, or none has an outline. */
struct regions;
MUST_USE enum rc question_map(const struct question *q, const struct dataset *d,
                              const struct regions *r, const char *id,
                              enum lang lang, struct buf *out, struct err *err);

/* Whatever of it is published (ask_publish.c); `values` of `a` are not looked
 * at. */
MUST_USE enum rc question_published(const struct question *q,
                                    const struct question_asked *a,
                                    struct question_sets *sets,
                                    struct err *err);

/* In files of their own. */
extern const struct question question_counts;         /* ask_counts.c */
extern const struct question question_changes;        /* ask_changes.c */
extern const struct question question_needs;          /* ask_needs.c */
extern const struct question question_results;        /* ask_results.c */
extern const struct question question_coverages;      /* ask_coverages.c */
extern const struct question question_voting_results; /* ask_voting.c */
extern const struct question question_year_accounts;  /* ask_year_accounts.c */
extern const struct question question_periods;        /* ask_periods.c */
