#include "sync/value.h"

#include <stdlib.h>
#include <string.h>

struct value value_null(void)
{
    return (struct value){.kind = VALUE_NULL};
}

struct value value_int(int64_t i)
{
    return (struct value){.kind = VALUE_INT, .as.i = i};
}

struct value value_bytes(struct bytes text)
{
    if (text.n == 0)
        return value_null();
    return (struct value){.kind = VALUE_TEXT, .as.text = text};
}

struct value value_text(const char *text)
{
    return value_bytes(bytes_of(text));
}

struct value value_id(const struct id *id)
{
    return (struct value){.kind = VALUE_ID, .as.id = *id};
}

struct value value_set(struct bytes *members, size_t n)
{
    size_t i, j, kept = 0;

    /* Insertion sort: a set has few members, most of them in order. */
    for (i = 1; i < n; i++) {
        struct bytes m = members[i];

        for (j = i; j > 0 && bytes_cmp(members[j - 1], m) > 0; j--)
            members[j] = members[j - 1];
        members[j] = m;
    }
    for (i = 0; i < n; i++)
        if (kept == 0 || !bytes_eq(members[kept - 1], members[i]))
            members[kept++] = members[i];
    if (kept == 0)
        return value_null();
    return (struct value){.kind = VALUE_SET, .as.set = {members, kept}};
}

static int set_cmp(const struct value *a, const struct value *b)
{
    size_t i;

    for (i = 0; i < a->as.set.n && i < b->as.set.n; i++) {
        int d = bytes_cmp(a->as.set.p[i], b->as.set.p[i]);

        if (d != 0)
            return d;
    }
    return a->as.set.n < b->as.set.n ? -1 : a->as.set.n > b->as.set.n;
}

int value_cmp(const struct value *a, const struct value *b)
{
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    switch (a->kind) {
    case VALUE_NULL: return 0;
    case VALUE_INT: return a->as.i < b->as.i ? -1 : a->as.i > b->as.i;
    case VALUE_TEXT: return bytes_cmp(a->as.text, b->as.text);
    case VALUE_ID: return memcmp(a->as.id.b, b->as.id.b, ID_BYTES);
    case VALUE_SET: return set_cmp(a, b);
    }
    abort(); /* a kind outside the enum is a bug, not an input */
}

bool value_eq(const struct value *a, const struct value *b)
{
    return value_cmp(a, b) == 0;
}

bool value_has(const struct value *set, struct bytes member)
{
    size_t i;

    if (set->kind != VALUE_SET)
        return false;
    for (i = 0; i < set->as.set.n; i++)
        if (bytes_eq(set->as.set.p[i], member))
            return true;
    return false;
}

static struct value set_copy(const struct value *v, struct arena *mem)
{
    struct bytes *p = arena_new(mem, v->as.set.n * sizeof *p);
    size_t i;

    for (i = 0; i < v->as.set.n; i++)
        p[i] = arena_bytes(mem, v->as.set.p[i]);
    return (struct value){.kind = VALUE_SET, .as.set = {p, v->as.set.n}};
}

struct value value_copy(const struct value *v, struct arena *mem)
{
    switch (v->kind) {
    case VALUE_NULL:
    case VALUE_INT:
    case VALUE_ID: return *v;
    case VALUE_TEXT: return value_bytes(arena_bytes(mem, v->as.text));
    case VALUE_SET: return set_copy(v, mem);
    }
    abort(); /* a kind outside the enum is a bug, not an input */
}

size_t value_bytes_n(const struct value *v)
{
    size_t i, n = 0;

    switch (v->kind) {
    case VALUE_NULL: return 1;
    case VALUE_INT: return 9;
    case VALUE_ID: return 2 + ID_BYTES;
    case VALUE_TEXT: return 5 + v->as.text.n;
    case VALUE_SET:
        for (i = 0; i < v->as.set.n; i++)
            n += 5 + v->as.set.p[i].n;
        return 5 + n;
    }
    abort(); /* a kind outside the enum is a bug, not an input */
}

void value_pack(const struct value *v, struct buf *out)
{
    size_t i;

    pack_u64(out, v->kind);
    switch (v->kind) {
    case VALUE_NULL: break;
    case VALUE_INT: pack_i64(out, v->as.i); break;
    case VALUE_TEXT: pack_bytes(out, v->as.text); break;
    case VALUE_ID: buf_put(out, v->as.id.b, ID_BYTES); break;
    case VALUE_SET:
        pack_u64(out, v->as.set.n);
        for (i = 0; i < v->as.set.n; i++)
            pack_bytes(out, v->as.set.p[i]);
        break;
    }
}

struct value value_unpack(struct unpack *u, struct arena *mem)
{
    enum value_kind kind = (enum value_kind)unpack_u64(u, VALUE_SET);
    struct value v = value_null();
    struct bytes b, *p;
    size_t i, n;

    switch (kind) {
    case VALUE_NULL: break;
    case VALUE_INT: return value_int(unpack_i64(u));
    case VALUE_TEXT: return value_bytes(unpack_bytes(u));
    case VALUE_ID:
        b = unpack_raw(u, ID_BYTES);
        v.kind = VALUE_ID;
        for (i = 0; i < b.n; i++)
            v.as.id.b[i] = b.p[i];
        break;
    case VALUE_SET:
        n = (size_t)unpack_u64(u, u->in.n);
        if (u->bad || n == 0) {
            u->bad = true;
            break;
        }
        p = arena_new(mem, n * sizeof *p);
        for (i = 0; i < n; i++)
            p[i] = unpack_bytes(u);
        v = (struct value){.kind = VALUE_SET, .as.set = {p, n}};
        break;
    }
    return v;
}
