/* Fields that were emptied, in the model: a write to one by who had not seen
 * that counts for nothing, whenever it came. */
#include "tests/sim/model.h"

static const struct model_record *record_of(const struct model *m,
                                            const struct changeset *c)
{
    size_t i;

    for (i = 0; i < m->records_n; i++)
        if (m->records[i]->area == c->area &&
            id_eq(&m->records[i]->id, &c->record))
            return m->records[i];
    return NULL;
}

uint64_t model_lost(const struct model *m, const struct changeset *c,
                    uint64_t version)
{
    const struct model_record *r = record_of(m, c);
    uint64_t emptied = 0, lost = 0;
    size_t i;

    for (i = 0; r != NULL && i < r->emptied_n; i++)
        if (r->emptied[i].version <= version &&
            c->base_version < r->emptied[i].seen)
            emptied |= r->emptied[i].fields;
    for (i = 0; i < c->writes_n; i++)
        lost |= emptied & UINT64_C(1) << c->writes[i].field;
    return lost;
}

bool model_all_lost(const struct model *m, const struct changeset *c,
                    uint64_t version)
{
    uint64_t lost = model_lost(m, c, version);
    size_t i;

    for (i = 0; i < c->writes_n; i++)
        if (!(lost & UINT64_C(1) << c->writes[i].field))
            return false;
    return true;
}

void model_take_emptied(struct record *out, const struct model_record *r,
                        uint64_t version)
{
    size_t i, f;

    for (i = 0; i < r->emptied_n; i++) {
        const struct model_emptied *e = &r->emptied[i];

        if (e->version > version)
            continue;
        for (f = 0; f < out->type->fields_n; f++)
            if (e->fields & UINT64_C(1) << f &&
                out->fields[f].emptied < e->seen)
                out->fields[f].emptied = e->seen;
        if (out->version < e->version)
            out->version = e->version;
    }
}

struct changeset model_rest(struct model *m, const struct changeset *c,
                            uint64_t version)
{
    uint64_t lost = model_lost(m, c, version);
    struct changeset rest = *c;
    struct write *w = arena_new(&m->mem, c->writes_n * sizeof *w);
    size_t i;

    rest.writes_n = 0;
    rest.writes = w;
    for (i = 0; i < c->writes_n; i++)
        if (!(lost & UINT64_C(1) << c->writes[i].field))
            w[rest.writes_n++] = c->writes[i];
    return rest;
}

bool model_same(struct model *m, const struct changeset *a,
                const struct changeset *b)
{
    struct changeset x = model_rest(m, a, UINT64_MAX);
    struct changeset y = model_rest(m, b, UINT64_MAX);

    return changeset_eq(&x, &y);
}

uint64_t model_written(const struct model *m, const struct record *r)
{
    uint64_t last = 0, version = 0;
    size_t f, i, k;

    for (f = 0; f < r->type->fields_n; f++)
        for (i = 0; i < r->fields[f].n; i++)
            if (r->fields[f].p[i].by->version > version)
                version = r->fields[f].p[i].by->version;
    for (k = 0; k < m->entries_n; k++)
        if (!m->entries[k]->lost && m->entries[k]->version == version &&
            m->entries[k]->c.area == r->area && version != 0)
            last = m->entries[k]->received_ms;
    return last;
}
