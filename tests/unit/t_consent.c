/* t_consent.c - the server keeps nothing without the consent it needs, in
 * whatever order devices hand in, and from a device that obeys no rule. */
#define _GNU_SOURCE /* memmem */ // NOLINT
#include "tests/unit/erasure_stage.h"

#include "schema/rows_consent.h"
#include "server/consent.h"

enum { VISIT = 1, TALK = 2, CONSENT = 3, OTHER_CONSENT = 4, DEVICES = 5 };

static unsigned story; /* each has records of its own */
static uint64_t numbers[DEVICES + 1];

static struct id the_record(unsigned n)
{
    uint8_t random[ID_RANDOM_BYTES] = {(uint8_t)n, (uint8_t)story};

    return id_make(5, random);
}

static const struct shape_type *type(struct stage *s, const char *name)
{
    return shape_type_named(s->s.shape, bytes_of(name));
}

static uint16_t field(const struct shape_type *t, const char *name)
{
    return (uint16_t)shape_field_index(t, shape_field_named(t, bytes_of(name)));
}

static int with_devices(void **state)
{
    struct arena mem = {0};
    struct stage *s;
    struct err err;
    unsigned i;

    memset(numbers, 0, sizeof numbers);
    if (set_up(state) != 0)
        return 1;
    s = *state;
    for (i = 2; i <= DEVICES; i++) {
        struct sign_key *key = sign_key_new();
        struct sign_public public = sign_key_public(key);
        struct digest code = {{(uint8_t)i}};
        struct enrolled e;

        ok(store_code_put(&s->s, &code, 1, 5000, &err), &err);
        ok(store_enrol(&s->s, &code, &public, "", 1000, &mem, &e, &err), &err);
        assert_int_equal(e.device, i);
        sign_key_free(key);
    }
    arena_free(&mem);
    return 0;
}

/* The next changeset of a device; what it became: a version, or 0.  `reason`:
 * why it is kept aside, by the rights of its device. */
static uint64_t give(struct stage *s, uint32_t device, const char *of,
                     unsigned record, struct write *w, size_t n,
                     uint64_t base_version, const char *reason)
{
    const char *verdicts[] = {reason};
    uint64_t number = ++numbers[device];
    struct arena mem = {0};
    struct changeset c = {.device = device,
                          .number = number,
                          .clock = number,
                          .area = 1,
                          .type = type(s, of),
                          .record = the_record(record),
                          .base_version = base_version,
                          .writes = w,
                          .writes_n = n};
    struct batch b = {.device = device,
                      .area = 1,
                      .first = number,
                      .types = bytes_of(s->s.shape->version),
                      .changesets = &c,
                      .changesets_n = 1};
    struct message m = {.kind = MESSAGE_BATCH, .as.batch = b};
    struct buf plain = buf_make(message_bytes_max),
               body = buf_make(message_bytes_max);
    struct batch_job job = {.job = {.run = batch_job_run, .done = nothing},
                            .mem = &mem,
                            .batch = &b,
                            .verdicts = verdicts,
                            .now_ms = 1000};
    uint64_t version;
    struct err err;

    wire_put(&plain, &m);
    ok(pack_compress(buf_view(&plain), 3, &body, &err), &err);
    job.body = buf_view(&body);
    merge_jobs_do(&s->s, &job.job);
    ok(job.job.rc, &job.job.err);
    version = job.ack.ranges[0].version;
    buf_free(&plain);
    buf_free(&body);
    arena_free(&mem);
    return version;
}

static uint64_t consent(struct stage *s, uint32_t device, unsigned record,
                        const char *state, uint64_t base)
{
    const struct shape_type *t = type(s, "consent");
    struct id talk = the_record(TALK);
    struct write w[] = {
        {.field = field(t, "subject"), .value = value_id(&talk)},
        {.field = field(t, "purpose"), .value = value_text("herbezoek")},
        {.field = field(t, "state"), .value = value_text(state)},
    };

    return give(s, device, "consent", record, w, 3, base, NULL);
}

static uint64_t visit(struct stage *s, uint32_t device, bool alone,
                      uint64_t base, const char *reason)
{
    const struct shape_type *t = type(s, "door-visit");
    struct id talk = the_record(TALK);
    struct write w[] = {
        {.field = field(t, "conversation"), .value = value_id(&talk)},
        {.field = field(t, "result"), .value = value_text("gesprek")},
    };

    return give(s, device, "door-visit", VISIT, w, alone ? 1 : 2, base, reason);
}

static struct record load(struct stage *s, struct arena *mem)
{
    struct id id = the_record(VISIT);
    struct record r;
    struct err err;

    ok(rows_load(s->s.rows, type(s, "door-visit"), 1, &id, mem, &r, &err),
       &err);
    return r;
}

static bool row_links(struct stage *s)
{
    struct arena mem = {0};
    struct record r = load(s, &mem);
    struct heads *h = &r.fields[field(r.type, "conversation")];
    bool links = false;
    size_t i;

    for (i = 0; i < h->n; i++)
        links |= h->p[i].value.kind == VALUE_ID;
    arena_free(&mem);
    return links;
}

static bool has_result(struct stage *s)
{
    struct arena mem = {0};
    struct record r = load(s, &mem);
    bool has = r.fields[field(r.type, "result")].n > 0;

    arena_free(&mem);
    return has;
}

static size_t batch_links(struct stage *s, struct bytes body, struct arena *mem)
{
    const struct shape_type *t = type(s, "door-visit");
    struct id id = the_record(VISIT);
    struct buf plain;
    struct message m;
    struct err err;
    size_t i, links = 0;

    ok(pack_expand(body, message_bytes_max, &plain, &err), &err);
    ok(wire_get(arena_bytes(mem, buf_view(&plain)), s->s.shape, mem, &m, &err),
       &err);
    for (i = 0; i < m.as.batch.changesets[0].writes_n; i++)
        links += m.as.batch.changesets[0].type == t &&
                 id_eq(&m.as.batch.changesets[0].record, &id) &&
                 m.as.batch.changesets[0].writes[i].field ==
                     field(t, "conversation");
    buf_free(&plain);
    return links;
}

/* How many writes to the link it holds. */
static size_t journal_links(struct stage *s)
{
    struct db_query *q = db_query(s->s.db, SQL("SELECT body FROM batch"));
    struct arena mem = {0};
    size_t links = 0;
    struct err err;

    while (db_row(q))
        links += batch_links(s, db_blob(q, "body"), &mem);
    ok(db_done(q, &err), &err);
    arena_free(&mem);
    return links;
}

static enum consent given(struct stage *s)
{
    struct arena mem = {0};
    struct id talk = the_record(TALK);
    enum consent c;
    struct err err;

    ok(rows_consent(s->s.rows, 1, &talk, "herbezoek", &mem, &c, &err), &err);
    arena_free(&mem);
    return c;
}

static void settle(struct stage *s)
{
    struct err err;

    ok(erase_settle(s->dir, &s->s, NULL, &err), &err);
}

/* -- the laws ----------------------------------------------------------- */

static void a_link_without_consent_is_dropped_and_the_rest_is_kept(void **state)
{
    struct stage *s = *state;

    assert_int_not_equal(visit(s, 1, false, 0, NULL), 0);
    assert_false(row_links(s));
    assert_false(journal_links(s));
    assert_true(has_result(s));
    assert_int_equal(visit(s, 1, true, 0, NULL), 0); /* nothing is left */
    assert_false(row_links(s));
    assert_false(journal_links(s));
}

static void a_link_with_consent_is_kept(void **state)
{
    struct stage *s = *state;

    (void)consent(s, 1, CONSENT, "gegeven", 0);
    assert_int_not_equal(visit(s, 2, true, 0, NULL), 0);
    assert_true(row_links(s));
    assert_true(journal_links(s));
}

static void what_is_handed_in_again_is_answered_as_before(void **state)
{
    struct stage *s = *state;
    uint64_t version = visit(s, 1, false, 0, NULL);

    numbers[1] = 0;
    assert_int_equal(visit(s, 1, false, 0, NULL), version);
    assert_int_equal(visit(s, 1, true, 0, NULL), 0);
    numbers[1] = 1;
    assert_int_equal(visit(s, 1, true, 0, NULL), 0);
    assert_false(journal_links(s));
}

static void a_withdrawal_takes_it_out_of_row_heads_and_journal(void **state)
{
    struct stage *s = *state;
    struct arena mem = {0};
    struct record r;
    uint64_t v = consent(s, 1, CONSENT, "gegeven", 0);

    (void)visit(s, 2, true, 0, NULL);
    (void)visit(s, 3, false, 0, NULL); /* a second head */
    assert_int_equal(consent(s, 4, CONSENT, "ingetrokken", v), v + 3);
    assert_false(row_links(s)); /* in the same transaction */
    settle(s);
    assert_false(journal_links(s));
    assert_true(has_result(s));
    r = load(s, &mem);
    assert_int_equal(r.version, v + 4); /* devices pull it */
    arena_free(&mem);
}

/* One that a device took back itself, while there was consent: it stands in
 * the journal alone. */
static void a_link_was_replaced(struct stage *s)
{
    uint64_t v = consent(s, 1, CONSENT, "gegeven", 0);
    struct write w = {.field = field(type(s, "door-visit"), "conversation")};

    (void)visit(s, 2, false, 0, NULL);
    (void)give(s, 2, "door-visit", VISIT, &w, 1, v + 1, NULL);
    assert_false(row_links(s));
    settle(s);
    assert_int_equal(journal_links(s), 2);
    (void)consent(s, 4, CONSENT, "ingetrokken", v);
}

static void what_cannot_be_looked_at_is_not_forgotten(void **state)
{
    struct stage *s = *state;
    struct err err;

    a_link_was_replaced(s);
    ok(db_script(s->s.db,
                 "CREATE TABLE kept AS SELECT id, meta FROM door_visit;"
                 "UPDATE door_visit SET meta = X'ff';",
                 &err),
       &err);
    assert_int_equal(erase_settle(s->dir, &s->s, NULL, &err), RC_CORRUPT);
    assert_int_equal(journal_links(s), 2);
    ok(db_script(s->s.db,
                 "UPDATE door_visit SET meta = (SELECT kept.meta FROM kept"
                 " WHERE kept.id = door_visit.id);",
                 &err),
       &err);
    settle(s);
    assert_int_equal(journal_links(s), 1); /* none any more */
    assert_true(has_result(s));
}

static void a_link_that_comes_after_the_withdrawal_is_dropped(void **state)
{
    struct stage *s = *state;
    uint64_t v = consent(s, 1, CONSENT, "gegeven", 0);

    (void)visit(s, 2, true, 0, NULL);
    (void)consent(s, 4, CONSENT, "ingetrokken", v);
    assert_int_equal(visit(s, 3, true, 0, NULL), 0);
    assert_int_equal(visit(s, 3, true, v + 9, NULL), 0); /* seen or not */
    assert_false(row_links(s));
    settle(s);
    assert_false(journal_links(s));
}

static void who_consents_again_may_be_linked_again(void **state)
{
    struct stage *s = *state;
    uint64_t v = consent(s, 1, CONSENT, "gegeven", 0);

    (void)visit(s, 2, true, 0, NULL);
    v = consent(s, 4, CONSENT, "ingetrokken", v);
    (void)consent(s, 1, CONSENT, "gegeven", v + 1); /* having seen that */
    assert_int_equal(given(s), CONSENT_GIVEN);
    assert_int_equal(visit(s, 3, true, 0, NULL), 0); /* from before */
    assert_false(row_links(s));
    assert_int_not_equal(visit(s, 3, true, v + 2, NULL), 0);
    assert_true(row_links(s));
}

static void what_is_kept_aside_is_kept_without_it(void **state)
{
    struct stage *s = *state;

    (void)consent(s, 1, CONSENT, "gegeven", 0);
    assert_int_equal(visit(s, 2, false, 0, "no rights in this area"), 0);
    assert_false(journal_links(s));
}

static void a_consent_that_is_erased_takes_the_link_with_it(void **state)
{
    struct stage *s = *state;
    struct rows_name name = {type(s, "consent"), 1, the_record(CONSENT)};
    struct erased e;
    struct err err;

    (void)consent(s, 1, CONSENT, "gegeven", 0);
    (void)visit(s, 2, false, 0, NULL);
    ok(erase_records(s->dir, &s->s, &name, 1, 2000, &e, &err), &err);
    assert_false(row_links(s));
    settle(s);
    assert_false(journal_links(s));
}

static void a_consent_that_is_emptied_takes_the_link_with_it(void **state)
{
    struct stage *s = *state;
    struct rows_name name = {type(s, "consent"), 1, the_record(CONSENT)};
    uint64_t version;
    struct err err;

    (void)consent(s, 1, CONSENT, "gegeven", 0);
    version = visit(s, 2, false, 0, NULL);
    ok(erase_fields_next(&s->s, &name, UINT64_MAX, 2000, &err), &err);
    assert_false(row_links(s));
    /* Every version is given out once. */
    assert_int_equal(consent(s, 3, OTHER_CONSENT, "gegeven", 0), version + 3);
}

static void a_deleted_consent_takes_the_link_with_it(void **state)
{
    struct stage *s = *state;
    struct write gone = {.field = FIELD_DELETED, .value = value_int(1)};
    uint64_t v = consent(s, 1, CONSENT, "gegeven", 0);

    (void)visit(s, 2, true, 0, NULL);
    (void)give(s, 3, "consent", CONSENT, &gone, 1, v, NULL);
    assert_false(row_links(s));
}

static void a_consent_that_is_put_on_another_takes_the_link_with_it(
    void **state)
{
    struct stage *s = *state;
    const struct shape_type *t = type(s, "consent");
    struct id somebody = the_record(40);
    struct write w = {.field = field(t, "subject"),
                      .value = value_id(&somebody)};
    uint64_t v = consent(s, 1, CONSENT, "gegeven", 0);

    (void)visit(s, 2, true, 0, NULL);
    (void)give(s, 1, "consent", CONSENT, &w, 1, v, NULL);
    assert_false(row_links(s));
}

/* -- every order -------------------------------------------------------- */

enum { OPS = 5 };

/* Each by a device of its own that has seen nothing of the others. */
static void do_op(struct stage *s, int op)
{
    switch (op) {
    case 0: (void)consent(s, 1, CONSENT, "gegeven", 0); break;
    case 1: (void)visit(s, 2, false, 0, NULL); break;
    case 2: (void)consent(s, 3, CONSENT, "ingetrokken", 0); break;
    case 3: (void)consent(s, 4, OTHER_CONSENT, "gegeven", 0); break;
    case 4: (void)visit(s, 5, true, 0, NULL); break;
    }
}

static void hand_in_ordered(struct stage *s, const int order[OPS],
                            bool withdraws)
{
    bool linked = false, consented = false;
    int i;

    story++;
    for (i = 0; i < OPS; i++) {
        if (order[i] == 2 && !withdraws)
            continue;
        do_op(s, order[i]);
        consented |= order[i] == 0 || order[i] == 3;
        linked |= consented && (order[i] == 1 || order[i] == 4);
        if (given(s) != CONSENT_GIVEN)
            assert_false(row_links(s));
    }
    settle(s);
    assert_int_equal(given(s), withdraws ? CONSENT_REFUSED : CONSENT_GIVEN);
    assert_int_equal(row_links(s), !withdraws && linked);
    assert_int_equal(journal_links(s) > 0, !withdraws && linked);
}

static void permute(struct stage *s, int order[OPS], int n, bool withdraws)
{
    int i, swap;

    if (n == OPS) {
        hand_in_ordered(s, order, withdraws);
        return;
    }
    for (i = n; i < OPS; i++) {
        swap = order[n], order[n] = order[i], order[i] = swap;
        permute(s, order, n + 1, withdraws);
        swap = order[n], order[n] = order[i], order[i] = swap;
    }
}

static void no_order_turns_a_refusal_into_consent(void **state)
{
    int order[OPS] = {0, 1, 2, 3, 4};

    permute(*state, order, 0, true);
}

static void consent_before_the_link_keeps_it_in_every_order(void **state)
{
    int order[OPS] = {0, 1, 3, 4, 2};

    permute(*state, order, 0, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, with_devices, tear_down)
        T(a_link_without_consent_is_dropped_and_the_rest_is_kept),
        T(a_link_with_consent_is_kept),
        T(what_is_handed_in_again_is_answered_as_before),
        T(a_withdrawal_takes_it_out_of_row_heads_and_journal),
        T(what_cannot_be_looked_at_is_not_forgotten),
        T(a_link_that_comes_after_the_withdrawal_is_dropped),
        T(who_consents_again_may_be_linked_again),
        T(what_is_kept_aside_is_kept_without_it),
        T(a_consent_that_is_erased_takes_the_link_with_it),
        T(a_consent_that_is_emptied_takes_the_link_with_it),
        T(a_deleted_consent_takes_the_link_with_it),
        T(a_consent_that_is_put_on_another_takes_the_link_with_it),
        T(no_order_turns_a_refusal_into_consent),
        T(consent_before_the_link_keeps_it_in_every_order),
    };

    return cmocka_run_group_tests_name("consent", tests, NULL, NULL);
}
