/* Need to know: every role against every record type and field of the
 * definitions that ship, reading and writing, on a real store. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "schema/schema.h"
#include "server/apart.h"
#include "server/conversation.h"
#include "sync/limits.h"
#include "sync/merge.h"
#include "sync/sys/pack.h"

struct stage {
    char dir[256];
    struct store s;
    struct arena mem;
    struct device of[ROLES_N]; /* one device per role */
};

static void ok(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

static void enrol(struct stage *s, enum role role, uint32_t area)
{
    struct sign_key *key = sign_key_new();
    struct sign_public public = sign_key_public(key);
    struct digest secret = {{(uint8_t)(1 + role)}};
    struct enrolled e;
    int64_t account;
    struct err err;

    ok(store_account_put(&s->s, role_word(role), role, &area, 1, 0, &account,
                         &err),
       &err);
    ok(store_code_put(&s->s, &secret, account, 5000, &err), &err);
    ok(store_enrol(&s->s, &secret, &public, "", 1000, &s->mem, &e, &err), &err);
    ok(store_device(&s->s, e.device, &s->mem, &s->of[role], &err), &err);
    sign_key_free(key);
}

/* Something lawful for a field. */
static struct value some_value(const struct shape_field *f, struct arena *mem)
{
    struct id id = {{7}};
    struct bytes *member = arena_new(mem, sizeof *member);
    const char *text = "x";

    if (!f->set && (f->kind == FIELD_INT || f->kind == FIELD_MONEY))
        return value_int(f->min);
    if (!f->set && f->kind == FIELD_REF)
        return value_id(&id);
    if (f->kind == FIELD_CHOICE)
        text = f->list->choices[0].code;
    *member = bytes_of(text);
    return f->set ? value_set(member, 1) : value_text(text);
}

/* Merged as what `user` wrote, if it is of a type that is apart. */
static void save(struct stage *s, const struct changeset *c, uint64_t version,
                 const char *user)
{
    struct record r;
    struct err err;

    ok(rows_load(s->s.rows, c->type, 1, &c->record, &s->mem, &r, &err), &err);
    merge_apply(&r, c, version, &s->mem);
    ok(rows_save(s->s.rows, &r, &s->mem, &err), &err);
    if (c->type->apart)
        ok(apart_note(&s->s, &r, c, bytes_of(user), &err), &err);
}

/* A record with something in every field; what is apart, made by the worker
 * and given to nobody that there is. */
static void fill(struct stage *s, const struct shape_type *t, unsigned n)
{
    struct write w[fields_per_type_max];
    struct id id = {{(uint8_t)(1 + n)}};
    struct changeset c = {.device = 1,
                          .number = 1 + n,
                          .clock = 1 + n,
                          .area = 1,
                          .type = t,
                          .record = id,
                          .writes = w};
    size_t f;

    for (f = 1; f < t->fields_n; f++)
        w[c.writes_n++] = (struct write){
            (uint16_t)f, some_value(&t->fields[f], &s->mem), {0}};
    save(s, &c, 1 + n, "worker");
}

static int set_up(void **state)
{
    struct stage *s = mem_new(sizeof *s);
    const char *tmp = getenv("TMPDIR");
    uint32_t area;
    struct err err;
    int role;
    unsigned t;

    snprintf(s->dir, sizeof s->dir, "%s/roles.XXXXXX", tmp ? tmp : "/tmp");
    assert_non_null(mkdtemp(s->dir));
    ok(store_create(s->dir, schema_builtin_bundle(), &err), &err);
    ok(store_open(s->dir, STORE_WRITE, NULL, &s->s, &err), &err);
    ok(store_area_put(&s->s, "selwerd", "Selwerd", "", &area, &err), &err);
    for (role = 0; role < ROLES_N; role++)
        enrol(s, (enum role)role, area);
    for (t = 0; t < s->s.shape->types_n; t++)
        fill(s, &s->s.shape->types[t], t);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    char command[300];

    store_close(&s->s);
    arena_free(&s->mem);
    snprintf(command, sizeof command, "rm -rf '%s'", s->dir);
    if (system(command) != 0)
        return 1;
    free(s);
    return 0;
}

/* -- reading ------------------------------------------------------------ */

/* What a pull brings a role: per type a bit for each field with a head. */
struct seen {
    uint64_t fields[types_max];
    bool there[types_max], recalled[types_max];
};

static void take_piece(struct stage *s, struct bytes piece, struct seen *out)
{
    struct arena mem = {0};
    struct message m;
    struct buf plain;
    size_t i, f;
    struct err err;

    ok(pack_expand(piece, message_bytes_max, &plain, &err), &err);
    ok(wire_get(buf_view(&plain), s->s.shape, &mem, &m, &err), &err);
    for (i = 0; i < m.as.states.records_n; i++) {
        const struct record *r = &m.as.states.records[i];
        size_t t = shape_type_index(s->s.shape, r->type);

        out->there[t] = !r->recalled;
        out->recalled[t] = r->recalled;
        for (f = 0; f < r->type->fields_n; f++)
            if (r->fields[f].n > 0)
                out->fields[t] |= UINT64_C(1) << f;
    }
    buf_free(&plain);
    arena_free(&mem);
}

static enum rc pull(struct stage *s, enum role role, struct seen *out)
{
    struct pulling p = {0};
    struct buf piece = buf_make(message_bytes_max);
    bool more = true;
    struct err err;
    enum rc rc = pulling_open(&p, &s->s, &s->of[role],
                              &(struct pull){.area = 1}, 2000, &err);

    while (rc == RC_OK && more) {
        buf_clear(&piece);
        rc = pulling_next(&p, &piece, &more, &err);
        if (rc == RC_OK)
            take_piece(s, buf_view(&piece), out);
    }
    pulling_free(&p);
    buf_free(&piece);
    return rc;
}

static void a_role_is_sent_what_the_declarations_say_and_nothing_else(
    void **state)
{
    struct stage *s = *state;
    unsigned looked_at = 0, denied = 0;
    size_t t, f;
    int role;

    for (role = 0; role < ROLES_N; role++) {
        struct seen seen = {{0}, {0}, {0}};
        bool reads = role != ROLE_ANALYST && role != ROLE_ADMIN;

        assert_int_equal(pull(s, (enum role)role, &seen),
                         reads ? RC_OK : RC_DENIED);
        for (t = 0; t < s->s.shape->types_n; t++) {
            const struct shape_type *type = &s->s.shape->types[t];
            bool may = reads && (type->see >> role & 1U) != 0 &&
                       (!type->apart || role == ROLE_WORKER);

            assert_false(seen.recalled[t]); /* not even that it is there */
            assert_int_equal(seen.there[t], may);
            for (f = 1; f < type->fields_n; f++) {
                bool want = may && (type->fields[f].see >> role & 1U) != 0;
                bool is = (seen.fields[t] >> f & 1U) != 0;

                if (want != is)
                    fail_msg("a %s %s %s.%s", role_word((enum role)role),
                             is ? "is sent" : "is not sent", type->name,
                             type->fields[f].name);
                looked_at++;
                denied += !want;
            }
        }
    }
    print_message("%u combinations of role, type and field read, %u denied\n",
                  looked_at, denied);
    assert_true(denied > 100);
}

/* The worker names roles (by the names of their accounts) in all records that
 * are apart. */
static void give(struct stage *s, unsigned roles, uint64_t number)
{
    struct bytes names[ROLES_N];
    struct write w;
    size_t t, n = 0;
    int role;

    for (role = 0; role < ROLES_N; role++)
        if (roles >> role & 1U)
            names[n++] = bytes_of(role_word((enum role)role));
    for (t = 0; t < s->s.shape->types_n; t++) {
        const struct shape_type *type = &s->s.shape->types[t];
        struct changeset c = {.device = 1,
                              .number = number,
                              .clock = number,
                              .area = 1,
                              .type = type,
                              .record = {{(uint8_t)(1 + t)}},
                              .base_version = number - 1,
                              .writes = &w,
                              .writes_n = 1};

        w = (struct write){(uint16_t)type->given_to, value_set(names, n), {0}};
        if (type->apart)
            save(s, &c, number, "worker");
    }
}

static void what_is_apart_is_for_those_named_whatever_their_role_allows(
    void **state)
{
    struct stage *s = *state;
    unsigned named, looked_at = 0;
    uint64_t number = 100;
    size_t t;
    int role;

    for (named = 0; named < 1U << ROLES_N; named++) {
        give(s, named, number++);
        for (role = 0; role < ROLES_N; role++) {
            struct seen seen = {{0}, {0}, {0}};

            if (pull(s, (enum role)role, &seen) != RC_OK)
                continue;
            for (t = 0; t < s->s.shape->types_n; t++) {
                const struct shape_type *type = &s->s.shape->types[t];
                bool sees = (type->see >> role & 1U) != 0;
                bool given = role == ROLE_WORKER || named >> role & 1U;
                bool once = role != ROLE_WORKER && named >> role > 0;

                if (!type->apart)
                    continue;
                assert_int_equal(seen.there[t], sees && given);
                assert_int_equal(seen.recalled[t], sees && !given && once);
                looked_at++;
            }
        }
    }
    print_message("%u combinations of who is named and who asks\n", looked_at);
    assert_true(looked_at > 100);
}

/* -- writing ------------------------------------------------------------ */

static bool may_write(struct stage *s, enum role role,
                      const struct shape_type *t, size_t f)
{
    struct write w = {(uint16_t)f, some_value(&t->fields[f], &s->mem), {0}};
    struct changeset c = {.device = s->of[role].caller.device,
                          .number = 1,
                          .area = 1,
                          .type = t,
                          .record = {{9}},
                          .writes = &w,
                          .writes_n = 1};
    const char *faults[1] = {NULL};
    struct message m = {.kind = MESSAGE_BATCH,
                        .as.batch = {.device = c.device,
                                     .area = 1,
                                     .first = 1,
                                     .types = bytes_of(s->s.shape->version),
                                     .changesets = &c,
                                     .faults = faults,
                                     .changesets_n = 1}};
    struct serve_action a;
    struct serve serve;

    serve_init(&serve, s->s.shape, &s->of[role].caller);
    a = serve_step(&serve,
                   &(struct serve_event){.kind = SERVE_CALLED, .message = &m},
                   &s->mem);
    assert_int_equal(a.kind, SERVE_MERGE);
    return a.verdicts[0] == NULL;
}

static void a_role_writes_what_the_declarations_say_and_nothing_else(
    void **state)
{
    struct stage *s = *state;
    unsigned looked_at = 0, denied = 0;
    size_t t, f;
    int role;

    for (role = 0; role < ROLES_N; role++)
        for (t = 0; t < s->s.shape->types_n; t++)
            for (f = 1; f < s->s.shape->types[t].fields_n; f++) {
                const struct shape_type *type = &s->s.shape->types[t];
                bool want = (type->write >> role & 1U) != 0 &&
                            (type->fields[f].see >> role & 1U) != 0;

                if (may_write(s, (enum role)role, type, f) != want)
                    fail_msg("a %s %s write %s.%s", role_word((enum role)role),
                             want ? "may not" : "may", type->name,
                             type->fields[f].name);
                looked_at++;
                denied += !want;
            }
    print_message("%u combinations of role, type and field written, %u"
                  " denied\n",
                  looked_at, denied);
    assert_true(denied > 100);
}

/* Residents' groups get no free text and nothing that is about a person. */
static void nothing_personal_is_declared_for_residents_groups(void **state)
{
    struct stage *s = *state;
    size_t t, f;

    for (t = 0; t < s->s.shape->types_n; t++)
        for (f = 1; f < s->s.shape->types[t].fields_n; f++) {
            const struct shape_field *x = &s->s.shape->types[t].fields[f];

            if (!(s->s.shape->types[t].see >> ROLE_EXTERNAL & 1U) ||
                !(x->see >> ROLE_EXTERNAL & 1U))
                continue;
            if (x->privacy == PRIVACY_DIRECT || x->privacy == PRIVACY_SPECIAL)
                fail_msg("%s.%s", s->s.shape->types[t].name, x->name);
        }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_role_is_sent_what_the_declarations_say_and_nothing_else),
        CASE(what_is_apart_is_for_those_named_whatever_their_role_allows),
        CASE(a_role_writes_what_the_declarations_say_and_nothing_else),
        CASE(nothing_personal_is_declared_for_residents_groups),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
