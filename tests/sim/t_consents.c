/* t_consents.c - consents, withdrawals and what rests on them, in all orders
 * and whatever dies meanwhile: nothing is kept without a consent that is given.
 *
 *     t_consents [SEEDS [FROM]]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/local.h"
#include "sync/merge.h"
#include "tests/sim/consents.h"
#include "tests/sim/disk.h"

enum { EACH = 4, STEPS = 60, SEEDS = 150, QUIET_SYNCS = 60 };

/* A few of each, so that they meet. */
static struct id some_id(unsigned what, unsigned n)
{
    uint8_t random[ID_RANDOM_BYTES] = {0};

    random[8] = (uint8_t)what;
    random[9] = (uint8_t)n;
    return id_make(1, random);
}

static struct id some_talk(struct consents *w)
{
    return some_id(CONSENTS_WHATS, (unsigned)roll(&w->dice, CONSENTS_TALKS));
}

/* -- saving ------------------------------------------------------------- */

static void put(struct changeset *c, struct write *w, const char *field,
                struct value v)
{
    const struct shape_field *f = shape_field_named(c->type, bytes_of(field));

    w[c->writes_n++] = (struct write){
        .field = (uint16_t)shape_field_index(c->type, f), .value = v};
    c->writes = w;
}

static void fill_visit(struct consents *w, struct changeset *c,
                       struct write *out)
{
    struct id talk = some_talk(w);

    if (consents_chance(w, 80))
        put(c, out, "conversation",
            consents_chance(w, 85) ? value_id(&talk) : value_null());
    if (c->writes_n == 0 || consents_chance(w, 50))
        put(c, out, "result", value_text("gesprek"));
}

static void fill_consent(struct consents *w, struct changeset *c,
                         struct write *out)
{
    static const char *const states[] = {"gegeven",     "gegeven",
                                         "gegeven",     "niet_gevraagd",
                                         "ingetrokken", "geweigerd"};
    struct id talk = some_talk(w);

    put(c, out, "subject", value_id(&talk));
    put(c, out, "purpose",
        value_text(consents_chance(w, 50) ? "herbezoek" : "contact_bewaren"));
    put(c, out, "state", value_text(states[roll(&w->dice, countof(states))]));
}

static void fill_person(struct consents *w, struct changeset *c,
                        struct write *out)
{
    struct bytes *names = arena_new(&w->mem, sizeof *names);
    struct id talk = some_talk(w);

    *names = bytes_of(consents_user[roll(&w->dice, CONSENTS_DEVICES)]);
    if (consents_chance(w, 60))
        put(c, out, "conversation", value_id(&talk));
    put(c, out, "name", value_text("somebody"));
    if (consents_chance(w, 60))
        put(c, out, "given_to", value_set(names, 1));
}

static void fill(struct consents *w, enum consents_what what,
                 struct changeset *c, struct write *out)
{
    if (consents_chance(w, 8)) {
        out[0] = (struct write){.field = FIELD_DELETED, .value = value_int(1)};
        c->writes = out;
        c->writes_n = 1;
        return;
    }
    switch (what) {
    case VISIT: fill_visit(w, c, out); return;
    case CONSENT: fill_consent(w, c, out); return;
    case PERSON: fill_person(w, c, out); return;
    case CONSENTS_WHATS: break;
    }
    abort();
}

/* Something new, or known to this device or not: they meet at the server. */
static void save(struct consents *w, unsigned d)
{
    enum consents_what what =
        (enum consents_what)roll(&w->dice, CONSENTS_WHATS);
    struct write *out = arena_new(&w->mem, 8 * sizeof *out);
    struct changeset c = {
        .area = 1,
        .type = shape_type_named(w->l[d].shape, bytes_of(consents_type[what])),
        .record = some_id(what, (unsigned)roll(&w->dice, EACH))};
    struct err err;
    enum rc rc;

    fill(w, what, &c, out);
    consents_endanger(w, d + 1);
    rc = local_save(&w->l[d], &c, w->now_ms, &w->mem, &err);
    if (rc != RC_OK && rc != RC_DENIED && rc != RC_NOTFOUND &&
        !disk_of(d + 1)->dead)
        consents_broken(w, "not saved:", err.text);
    consents_spare(w, d + 1);
}

static void erase(struct consents *w)
{
    enum consents_what what =
        (enum consents_what)roll(&w->dice, CONSENTS_WHATS);
    struct rows_name name = {
        shape_type_named(w->writer.shape, bytes_of(consents_type[what])), 1,
        some_id(what, (unsigned)roll(&w->dice, EACH))};
    struct erased done;
    struct err err;

    consents_ok(
        w, erase_records("/0", &w->writer, &name, 1, w->now_ms, &done, &err),
        &err);
    consents_look(w);
}

static void step(struct consents *w)
{
    unsigned d = (unsigned)roll(&w->dice, CONSENTS_DEVICES);

    w->now_ms += 1000;
    pretend_now_ms = w->now_ms;
    if (consents_chance(w, 35))
        consents_sync(w, d);
    else if (consents_chance(w, 3))
        erase(w);
    else
        save(w, d);
    arena_reset(&w->mem);
}

/* Until each has been through a few times: then nothing waits but consent. */
static void come_to_rest(struct consents *w)
{
    struct local_counts counts;
    unsigned i;
    struct err err;

    for (i = 0; i < QUIET_SYNCS; i++)
        consents_sync(w, i % CONSENTS_DEVICES);
    for (i = 0; i < CONSENTS_DEVICES; i++) {
        consents_ok(w, local_count(&w->l[i], &counts, &err), &err);
        if (counts.waiting > 0)
            consents_broken(w, consents_user[i], "could not hand in its work");
    }
}

int main(int argc, char **argv)
{
    static struct consents w;
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : SEEDS;
    uint64_t from = argc > 2 ? strtoull(argv[2], NULL, 10) : 1, i;
    unsigned k;

    puts("1..1");
    for (i = from; i < from + n; i++) {
        consents_begin(&w, i);
        for (k = 0; k < STEPS; k++)
            step(&w);
        come_to_rest(&w);
        consents_end(&w);
    }
    printf("# %llu syncs, %llu times a link or contact data with consent,"
           " %llu times a link that waits for it, %llu hosts died\n",
           (unsigned long long)w.syncs, (unsigned long long)w.links,
           (unsigned long long)w.waits, (unsigned long long)w.deaths);
    printf("%s - nothing_is_kept_without_consent_in_any_order\n",
           w.links > 0 && w.waits > 0 && w.deaths > 0 ? "ok" : "not ok");
    return w.links > 0 && w.waits > 0 && w.deaths > 0 ? 0 : 1;
}
