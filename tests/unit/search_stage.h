/* search_stage.h - asking a server's store for words (erasure_stage.h). */
#pragma once

#include "tests/unit/erasure_stage.h"

#include "server/search.h"

struct found {
    size_t n;
    bool more;
    unsigned records[SEARCH_HITS_MAX]; /* last bytes of their ids */
    char around[200];                  /* of the first */
};

static inline struct found find_part(struct stage *s, const char *words,
                                     uint32_t area, size_t skip, size_t limit)
{
    struct search_ask ask = {
        .area = area, .words = bytes_of(words), .skip = skip, .limit = limit};
    struct search_found got;
    struct found out = {0};
    struct arena mem = {0};
    struct err err;
    size_t i;

    ok(search_find(&s->s, &ask, &mem, &got, &err), &err);
    out.n = got.n;
    out.more = got.more;
    for (i = 0; i < got.n; i++)
        out.records[i] = got.hits[i].id.b[ID_BYTES - 1];
    if (got.n > 0)
        snprintf(out.around, sizeof out.around, "%.*s",
                 (int)got.hits[0].around.n, (const char *)got.hits[0].around.p);
    arena_free(&mem);
    return out;
}

static inline size_t hits(struct stage *s, const char *words)
{
    return find_part(s, words, 1, 0, SEARCH_HITS_MAX).n;
}

static inline void follow(struct stage *s)
{
    bool more = true;
    struct err err;

    while (more)
        ok(search_follow(&s->s, &more, &err), &err);
}

/* Both ways: from the records, and from the index. */
static inline void expect(struct stage *s, const char *words, size_t n)
{
    struct err err;

    assert_int_equal(hits(s, words), n);
    follow(s);
    assert_int_equal(hits(s, words), n);
    ok(db_run(s->s.db,
              SQL("INSERT INTO search(search, rank) VALUES"
                  " ('integrity-check', 1)"),
              &err),
       &err);
}

static inline void write_title(struct stage *s, uint64_t number,
                               unsigned record, const char *text, uint64_t base)
{
    struct words w = {record, text, false, NULL, base};

    assert_true(hand_in(s, number, &w, 1, NULL) > 0);
}
