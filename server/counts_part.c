/* How many records of each type an area of work has (counts.h). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "schema/rows_scan.h"
#include "server/counts_int.h"
#include "sync/civil.h"
#include "sync/limits.h"
#include "sync/sys/digest.h"
#include "sync/sys/random.h"

/* -- the secret --------------------------------------------------------- */

enum rc counts_key(struct db *db, struct arena *mem, struct bytes *key,
                   struct err *err)
{
    struct db_query *q = db_query(db, SQL("SELECT key FROM count_key"));
    enum rc rc;

    *key = db_row(q) ? arena_bytes(mem, db_blob(q, "key")) : (struct bytes){0};
    rc = db_done(q, err);
    if (rc == RC_OK && key->n != DIGEST_BYTES)
        rc = err_set(err, RC_NOTFOUND, "nothing has been counted yet");
    return rc;
}

enum rc counts_key_make(struct db *db, struct err *err)
{
    uint8_t key[DIGEST_BYTES];
    struct db_query *q =
        db_query(db, SQL("INSERT INTO count_key(key) SELECT :key"
                         " WHERE NOT EXISTS (SELECT 1 FROM count_key)"));

    random_bytes(key, sizeof key);
    db_bind_blob(q, "key", (struct bytes){key, sizeof key});
    mem_wipe(key, sizeof key);
    return db_done(db_run_at(q), err);
}

enum rc counts_identity(struct store *s, struct digest *out, struct err *err)
{
    struct arena mem = {0};
    struct bytes key;
    enum rc rc = counts_key(s->db, &mem, &key, err);

    if (rc == RC_OK)
        *out = digest_hmac(key, bytes_of("whose figures these are"));
    arena_free(&mem);
    return rc;
}

/* -- a tally: how many of each (month, place, column) -------------------- */

struct tally {
    int64_t month;
    uint32_t place, column; /* place: places_n where none is known */
    uint32_t n;             /* 0: free */
    struct who who;
};

struct tallies {
    struct tally *p; /* own; a hash table */
    size_t n, cap;   /* a power of two */
};

static struct tally *slot(const struct tallies *t, int64_t month,
                          uint32_t place, uint32_t column)
{
    uint64_t h = (uint64_t)month * UINT64_C(0x9e3779b97f4a7c15);
    size_t i;

    h = (h ^ place) * UINT64_C(0xd6e8feb86659fd93);
    h = (h ^ column ^ h >> 32) * UINT64_C(0xd6e8feb86659fd93);
    for (i = (size_t)(h >> 32) & (t->cap - 1);
         t->p[i].n > 0 && (t->p[i].month != month || t->p[i].place != place ||
                           t->p[i].column != column);
         i = (i + 1) & (t->cap - 1))
        ;
    return &t->p[i];
}

static void grow(struct tallies *t)
{
    struct tallies more = {NULL, t->n, t->cap == 0 ? 1024 : 2 * t->cap};
    size_t i;

    more.p = mem_new(more.cap * sizeof *more.p);
    for (i = 0; i < t->cap; i++)
        if (t->p[i].n > 0)
            *slot(&more, t->p[i].month, t->p[i].place, t->p[i].column) =
                t->p[i];
    free(t->p);
    *t = more;
}

static void count_one(struct tallies *t, int64_t month, uint32_t place,
                      size_t column, uint32_t collector)
{
    struct tally *one;

    if (2 * t->n >= t->cap)
        grow(t);
    one = slot(t, month, place, (uint32_t)column);
    if (one->n++ == 0) {
        t->n++;
        one->month = month;
        one->place = place;
        one->column = (uint32_t)column;
    }
    who_add(&one->who, collector);
}

/* -- records ------------------------------------------------------------ */

struct counting {
    const struct counts_basis *basis;
    const struct count_kind *kind;
    struct bytes key;
    uint32_t home; /* the neighbourhood of the area of work */
    struct tallies tallies;
    size_t fields[fields_per_type_max]; /* asked for, in this order: */
    size_t fields_n; /* labels; then what there is of place, point, collector,
                        uncounted */
    size_t place, point, collector, uncounted; /* where; SIZE_MAX: not */
};

static size_t ask_for(struct counting *c, size_t field)
{
    if (field == 0)
        return SIZE_MAX;
    c->fields[c->fields_n] = field;
    return c->fields_n++;
}

static uint32_t place_of(const struct counting *c, const char *const *texts)
{
    const struct regions *r = c->basis->regions;
    size_t at = r->places_n;
    struct geo_point p;

    if (c->place != SIZE_MAX)
        at = regions_coded(r, bytes_of(texts[c->place]));
    if (at == r->places_n && c->point != SIZE_MAX &&
        geo_read(bytes_of(texts[c->point]), &p))
        at = regions_at(r, p);
    return at == r->places_n ? c->home : (uint32_t)at;
}

/* One that is the same for a name everywhere; 0: nobody said. */
static uint32_t collector_of(const struct counting *c, const char *name)
{
    struct digest d;
    uint32_t v;

    if (name[0] == '\0')
        return 0;
    d = digest_hmac(c->key, bytes_of(name));
    memcpy(&v, d.b, sizeof v);
    return v | 1;
}

static bool is_uncounted(const struct counting *c, const char *text)
{
    const struct shape_type *t = c->kind->type;
    const struct shape_choice *choice =
        shape_choice_coded(t->fields[t->uncounted->field].list, bytes_of(text));
    size_t i;

    for (i = 0; choice != NULL && i < t->uncounted->codes_n; i++)
        if (strcmp(choice->code, t->uncounted->codes[i]) == 0)
            return true;
    return false;
}

/* A set is a JSON array of codes, which hold no escapes. */
static void count_labels(struct counting *c, const struct count_field *f,
                         const char *text, int64_t month, uint32_t place,
                         uint32_t who)
{
    const struct shape_list *l = f->field->list;
    uint64_t seen[choices_per_list_max / 64] = {0};
    const char *p = text, *end;
    bool any = false;

    for (;;) {
        const struct shape_choice *one;
        size_t at;

        if (!f->field->set) {
            end = p + strlen(p);
        } else {
            p = strchr(p, '"');
            end = p == NULL ? NULL : strchr(++p, '"');
        }
        if (end == NULL || end == p)
            break;
        one = shape_choice_coded(
            l, (struct bytes){(const uint8_t *)p, (size_t)(end - p)});
        at = one == NULL ? 0 : (size_t)(one - l->choices);
        if (one != NULL && !(seen[at / 64] >> at % 64 & 1)) {
            seen[at / 64] |= UINT64_C(1) << at % 64;
            count_one(&c->tallies, month, place, f->labels.first + at, who);
            any = true;
        }
        if (!f->field->set)
            break;
        p = end + 1;
    }
    if (!any)
        count_one(&c->tallies, month, place, f->labels.first + f->labels.n - 1,
                  who);
}

static void count_record(void *ctx, int64_t created_ms,
                         const char *const *texts)
{
    struct counting *c = ctx;
    struct civil day = civil_of(created_ms / 1000);
    int64_t month = month_number(day.year, day.month);
    uint32_t place = place_of(c, texts), who = 0;
    size_t i;

    if (c->uncounted != SIZE_MAX && is_uncounted(c, texts[c->uncounted]))
        return;
    if (c->collector != SIZE_MAX)
        who = collector_of(c, texts[c->collector]);
    count_one(&c->tallies, month, place, 0, who);
    for (i = 0; i < c->kind->fields_n; i++)
        count_labels(c, &c->kind->fields[i], texts[i], month, place, who);
}

/* -- into the store ----------------------------------------------------- */

static void pack_who(struct buf *out, const struct who *w)
{
    size_t i;

    buf_clear(out);
    pack_u64(out, w->unknown);
    for (i = 0; i < DISCLOSURE_WHO; i++)
        pack_u64(out, w->p[i]);
}

struct who counts_who(struct bytes packed)
{
    struct unpack u = {.in = packed};
    struct who w = {.unknown = unpack_u64(&u, 1) != 0};
    size_t i;

    for (i = 0; i < DISCLOSURE_WHO; i++)
        w.p[i] = (uint32_t)unpack_u64(&u, UINT32_MAX);
    w.unknown |= u.bad;
    return w;
}

static enum rc put_tally(struct db *db, uint32_t area, const struct counting *c,
                         const struct tally *t, struct buf *who,
                         struct err *err)
{
    const struct regions *r = c->basis->regions;
    const struct count_field *f = counts_field_of(c->kind, t->column);
    const struct shape_choice *choice = counts_choice_of(c->kind, t->column);
    struct db_query *q = db_query(
        db, SQL("INSERT INTO count_part(area, type, month, place, field, label,"
                " n, who) VALUES (:area, :type, :month, :place, :field, :label,"
                " :n, :who)"));

    pack_who(who, &t->who);
    db_bind_i64(q, "area", area);
    db_bind_text(q, "type", c->kind->type->name);
    db_bind_i64(q, "month", t->month);
    db_bind_text(q, "place",
                 t->place == r->places_n ? "" : r->places[t->place].code);
    db_bind_text(q, "field", f == NULL ? "" : f->field->name);
    db_bind_text(q, "label", choice == NULL ? "" : choice->code);
    db_bind_i64(q, "n", t->n);
    db_bind_blob(q, "who", buf_view(who));
    return db_done(db_run_at(q), err);
}

static enum rc count_type(struct store *s, uint32_t area, struct counting *c,
                          struct err *err)
{
    const struct count_kind *k = c->kind;
    struct buf who = buf_make(256);
    size_t i;
    enum rc rc;

    c->fields_n = 0;
    c->tallies = (struct tallies){0};
    for (i = 0; i < k->fields_n; i++)
        ask_for(c, k->fields[i].at);
    c->place = ask_for(c, k->place);
    c->point = ask_for(c, k->point);
    c->collector = ask_for(c, k->collector);
    c->uncounted =
        ask_for(c, k->type->uncounted == NULL ? 0 : k->type->uncounted->field);
    rc = rows_scan(s->db, k->type, area, c->fields, c->fields_n, count_record,
                   c, err);
    for (i = 0; rc == RC_OK && i < c->tallies.cap; i++)
        if (c->tallies.p[i].n > 0)
            rc = put_tally(s->db, area, c, &c->tallies.p[i], &who, err);
    free(c->tallies.p);
    buf_free(&who);
    return rc;
}

static enum rc find_area(struct store *s, uint32_t number, struct arena *mem,
                         struct area_info *out, struct err *err)
{
    struct db_query *q = db_query(s->db, SQL("SELECT version, code FROM area"
                                             " WHERE number = :number"));

    db_bind_i64(q, "number", number);
    *out = (struct area_info){.number = number};
    if (db_row(q)) {
        out->version = (uint64_t)db_i64(q, "version");
        out->code = arena_bytes(mem, db_blob(q, "code"));
    }
    return db_done(q, err);
}

/* What parts of an area follow from, beside its records. */
static const char *basis_of(const struct counts_basis *b,
                            const struct area_info *a, struct arena *mem)
{
    return arena_printf(mem, "%s %.*s", b->name, (int)a->code.n, a->code.p);
}

static enum rc note_area(struct db *db, const struct area_info *a,
                         const char *basis, struct err *err)
{
    struct db_query *q =
        db_query(db, SQL("INSERT INTO count_area(area, version, basis)"
                         " VALUES (:area, :version, :basis)"
                         " ON CONFLICT (area) DO UPDATE"
                         " SET version = excluded.version,"
                         " basis = excluded.basis"));

    db_bind_i64(q, "area", a->number);
    db_bind_i64(q, "version", (int64_t)a->version);
    db_bind_text(q, "basis", basis);
    return db_done(db_run_at(q), err);
}

enum rc counts_refresh(struct store *s, const struct counts_basis *b,
                       uint32_t area, struct err *err)
{
    struct counting c = {.basis = b};
    struct arena mem = {0};
    struct area_info info;
    struct db_query *q;
    size_t i;
    enum rc rc = find_area(s, area, &mem, &info, err);

    if (rc == RC_OK)
        rc = counts_key_make(s->db, err);
    if (rc == RC_OK)
        rc = counts_key(s->db, &mem, &c.key, err);
    if (rc == RC_OK) {
        c.home = (uint32_t)regions_coded(b->regions, info.code);
        q = db_query(s->db, SQL("DELETE FROM count_part WHERE area = :area"));
        db_bind_i64(q, "area", area);
        rc = db_done(db_run_at(q), err);
    }
    for (i = 0; rc == RC_OK && i < b->kinds_n; i++) {
        c.kind = &b->kinds[i];
        rc = count_type(s, area, &c, err);
    }
    if (rc == RC_OK)
        rc = note_area(s->db, &info, basis_of(b, &info, &mem), err);
    arena_free(&mem);
    return rc;
}

enum rc counts_stale(struct store *s, const struct counts_basis *b,
                     struct arena *mem, struct area_info **out, size_t *n,
                     struct err *err)
{
    struct area_info *all;
    size_t all_n, i;
    enum rc rc = store_areas(s, mem, &all, &all_n, err);

    *n = 0;
    *out = all;
    for (i = 0; rc == RC_OK && i < all_n; i++) {
        struct db_query *q = db_query(
            s->db, SQL("SELECT 1 AS one FROM count_area WHERE area = :area"
                       " AND version = :version AND basis = :basis"));
        bool fresh;

        db_bind_i64(q, "area", all[i].number);
        db_bind_i64(q, "version", (int64_t)all[i].version);
        db_bind_text(q, "basis", basis_of(b, &all[i], mem));
        fresh = db_row(q);
        rc = db_done(q, err);
        if (!fresh)
            all[(*n)++] = all[i];
    }
    return rc;
}
