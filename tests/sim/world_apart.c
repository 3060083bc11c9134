/* Records that are kept apart: who may have them, worked out from all that was
 * ever taken in, and looked for in every byte that leaves the server. */
#include <inttypes.h>
#include <string.h>

#include "tests/sim/world_int.h"

struct reader_sim { /* somebody who has or had a record */
    const struct model_record *r;
    const char *user;
    bool named; /* as it is shown now */
    enum { NEVER, PERHAPS, SURELY } made;
};

void apart_enrolled(struct world *w, uint32_t number, const char *user)
{
    if (number >= countof(w->user_of))
        broken(w, "too many devices");
    w->user_of[number] = arena_text(&w->model.mem, user, strlen(user));
}

static struct reader_sim *reader_of(struct world *w,
                                    const struct model_record *r,
                                    const char *user, bool make)
{
    size_t i;

    for (i = 0; i < w->readers_n; i++)
        if (w->readers[i]->r == r && strcmp(w->readers[i]->user, user) == 0)
            return w->readers[i];
    if (!make)
        return NULL;
    if (w->readers_n == READERS_MAX)
        broken(w, "too many readers");
    w->readers[w->readers_n] = arena_new(&w->model.mem, sizeof *w->readers[0]);
    *w->readers[w->readers_n] = (struct reader_sim){.r = r, .user = user};
    return w->readers[w->readers_n++];
}

static bool is_made(const struct world *w, const struct model_record *r)
{
    size_t i;

    for (i = 0; i < w->readers_n; i++)
        if (w->readers[i]->r == r && w->readers[i]->made == SURELY)
            return true;
    return false;
}

/* Whom does it name, as of this version? */
static void name_readers(struct world *w, const struct model_record *r,
                         uint64_t version)
{
    struct record now;
    struct shown shown;
    struct value names;
    size_t i;

    model_state(&w->model, r, version, NULL, 0, &w->scratch, &now);
    model_show(&now, &w->scratch, &shown);
    names = shown.values[r->type->given_to];
    for (i = 0; i < w->readers_n; i++)
        if (w->readers[i]->r == r)
            w->readers[i]->named = false;
    for (i = 0; names.kind == VALUE_SET && i < names.as.set.n; i++) {
        struct bytes name = names.as.set.p[i];
        const char *user =
            arena_text(&w->model.mem, (const char *)name.p, name.n);

        reader_of(w, r, user, true)->named = true;
    }
}

void apart_emptied(struct world *w, const struct model_record *r)
{
    if (r->type->apart && r->erased == 0)
        name_readers(w, r, UINT64_MAX);
}

/* A changeset of it became this version. */
static void took(struct world *w, const struct model_record *r,
                 const struct changeset *c, uint64_t version)
{
    bool first = !is_made(w, r);
    size_t i;

    if (first && c->base_version == 0)
        for (i = 0; i < w->readers_n; i++)
            if (w->readers[i]->r == r)
                w->readers[i]->made = NEVER;
    if (first)
        reader_of(w, r, w->user_of[c->device], true)->made =
            c->base_version == 0 ? SURELY : PERHAPS;
    name_readers(w, r, version);
}

void apart_took(struct world *w, const struct changeset *c, uint64_t version)
{
    const struct model_record *r =
        model_record(&w->model, c->type->name, &c->record, c->area);

    if (r->type->apart && version != 0)
        took(w, r, c, version);
}

void apart_goes_back(struct world *w)
{
    size_t i;

    w->readers_n = 0;
    for (i = 0; i < w->model.entries_n; i++)
        if (!w->model.entries[i]->lost)
            apart_took(w, &w->model.entries[i]->c,
                       w->model.entries[i]->version);
}

enum apart_standing apart_of(struct world *w, const struct model_record *r,
                             const char *user)
{
    const struct reader_sim *x = reader_of(w, r, user, false);

    if (!r->type->apart)
        return APART_READS;
    if (x == NULL)
        return APART_NOBODY;
    return x->named || x->made != NEVER ? APART_READS : APART_ONCE;
}

bool apart_lawful(struct world *w, const struct changeset *c)
{
    const struct model_record *r =
        model_record(&w->model, c->type->name, &c->record, c->area);

    return !r->type->apart || !is_made(w, r) ||
           apart_of(w, r, w->user_of[c->device]) == APART_READS;
}

const char *apart_words(const struct id *id, struct arena *mem)
{
    char text[ID_TEXT_CHARS + 1];

    return arena_printf(mem, "person-%s", id_text(id, text));
}

struct value apart_value(struct world *w, const struct shape_field *f,
                         uint32_t area, const struct id *record)
{
    struct bytes *names = arena_new(&w->scratch, DEVICES_MAX * sizeof *names);
    size_t i, n = 0;

    if (f->kind == FIELD_WORKER) {
        for (i = 0; i < w->devices_n; i++)
            if (roll(&w->dice, 3) == 0)
                names[n++] = bytes_of(w->devices[i].user);
        return value_set(names, n);
    }
    return value_text(arena_printf(
        &w->scratch, "%s word %u of area-%u ", apart_words(record, &w->scratch),
        (unsigned)roll(&w->dice, 6), (unsigned)area));
}

static bool holds(struct bytes b, const void *what, size_t n)
{
    size_t i;

    for (i = 0; i + n <= b.n; i++)
        if (b.p[i] == *(const uint8_t *)what && memcmp(b.p + i, what, n) == 0)
            return true;
    return false;
}

/* No byte of a person goes to who is neither its maker nor named in it, and no
 * word that it is there to who never was. */
void apart_check_bytes(struct world *w, const struct device_sim *d,
                       struct bytes plain)
{
    size_t i;

    for (i = 0; i < w->model.records_n; i++) {
        const struct model_record *r = w->model.records[i];
        enum apart_standing standing = apart_of(w, r, d->user);
        const char *words;

        if (standing == APART_READS)
            continue;
        words = apart_words(&r->id, &w->scratch);
        if (holds(plain, words, strlen(words)))
            broken(w, "%s was sent words of r%zu, which is not given to it",
                   d->user, i);
        if (standing == APART_NOBODY && holds(plain, r->id.b, ID_BYTES))
            broken(w, "%s was told that there is r%zu, never given to it",
                   d->user, i);
        w->tally->kept_apart++;
    }
}
