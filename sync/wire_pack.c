#include "sync/wire_pack.h"

#include <msgpack.h>
#include <string.h>

#include "sync/base/utf8.h"
#include "sync/limits.h"
#include "sync/wire_scan.h"

/* -- writing ------------------------------------------------------------ */

static int append(void *out, const char *p, size_t n)
{
    buf_put(out, p, n);
    return 0; /* a full buf is sticky: looked at once, at the end */
}

static msgpack_packer packer(struct buf *out)
{
    msgpack_packer p;

    msgpack_packer_init(&p, out, append);
    return p;
}

void wire_pack_array(struct buf *out, size_t n)
{
    msgpack_packer p = packer(out);

    msgpack_pack_array(&p, n);
}

void wire_pack_u64(struct buf *out, uint64_t v)
{
    msgpack_packer p = packer(out);

    msgpack_pack_uint64(&p, v);
}

void wire_pack_i64(struct buf *out, int64_t v)
{
    msgpack_packer p = packer(out);

    msgpack_pack_int64(&p, v);
}

void wire_pack_bool(struct buf *out, bool v)
{
    msgpack_packer p = packer(out);

    if (v)
        msgpack_pack_true(&p);
    else
        msgpack_pack_false(&p);
}

void wire_pack_text(struct buf *out, struct bytes text)
{
    msgpack_packer p = packer(out);

    msgpack_pack_str(&p, text.n);
    buf_put(out, text.p, text.n);
}

void wire_pack_bin(struct buf *out, struct bytes b)
{
    msgpack_packer p = packer(out);

    msgpack_pack_bin(&p, b.n);
    buf_put(out, b.p, b.n);
}

void wire_pack_value(struct buf *out, const struct value *v)
{
    msgpack_packer p = packer(out);
    size_t i;

    switch (v->kind) {
    case VALUE_NULL: msgpack_pack_nil(&p); break;
    case VALUE_INT: msgpack_pack_int64(&p, v->as.i); break;
    case VALUE_TEXT: wire_pack_text(out, v->as.text); break;
    case VALUE_ID: wire_pack_bin(out, id_bytes(&v->as.id)); break;
    case VALUE_SET:
        msgpack_pack_array(&p, v->as.set.n);
        for (i = 0; i < v->as.set.n; i++)
            wire_pack_text(out, v->as.set.p[i]);
        break;
    }
}

/* -- reading ------------------------------------------------------------ */

static struct wire_reader reader(const msgpack_object *o)
{
    return (struct wire_reader){.next = o->via.array.ptr,
                                .n = o->via.array.size};
}

bool wire_message_open(struct wire_message *m, struct bytes in)
{
    msgpack_object o;
    size_t at = 0;

    m->zone = NULL;
    m->r = (struct wire_reader){.bad = true};
    if (in.n > message_bytes_max || !wire_scan(in, message_depth_max))
        return false;
    m->zone = msgpack_zone_new(MSGPACK_ZONE_CHUNK_SIZE);
    /* not covered (2): out of memory; what was scanned is lawful */
    if (m->zone == NULL ||
        msgpack_unpack((const char *)in.p, in.n, &at, m->zone, &o) !=
            MSGPACK_UNPACK_SUCCESS)
        return false;
    if (o.type != MSGPACK_OBJECT_ARRAY)
        return false;
    m->r = reader(&o);
    return true;
}

void wire_message_close(struct wire_message *m)
{
    if (m->zone != NULL)
        msgpack_zone_free(m->zone);
    m->zone = NULL;
}

/* The next element, if it is of `type`; NULL and bad otherwise. */
static const msgpack_object *take(struct wire_reader *r,
                                  msgpack_object_type type)
{
    const msgpack_object *o = r->next;

    if (r->bad || r->n == 0 || o->type != type) {
        r->bad = true;
        return NULL;
    }
    r->next = o + 1;
    r->n--;
    return o;
}

static const msgpack_object *peek(const struct wire_reader *r)
{
    return r->bad || r->n == 0 ? NULL : r->next;
}

void wire_pack_next(struct buf *out, struct wire_reader *in)
{
    const msgpack_object *o = peek(in);
    msgpack_packer p = packer(out);

    assert(o != NULL);
    msgpack_pack_object(&p, *o);
    in->next = o + 1;
    in->n--;
}

uint64_t wire_take_u64(struct wire_reader *r, uint64_t max)
{
    const msgpack_object *o = take(r, MSGPACK_OBJECT_POSITIVE_INTEGER);

    if (o == NULL)
        return 0;
    if (o->via.u64 > max) {
        r->bad = true;
        return 0;
    }
    return o->via.u64;
}

int64_t wire_take_i64(struct wire_reader *r)
{
    const msgpack_object *o = peek(r);

    if (o != NULL && o->type == MSGPACK_OBJECT_POSITIVE_INTEGER)
        return (int64_t)wire_take_u64(r, INT64_MAX);
    o = take(r, MSGPACK_OBJECT_NEGATIVE_INTEGER);
    return o == NULL ? 0 : o->via.i64;
}

bool wire_take_bool(struct wire_reader *r)
{
    const msgpack_object *o = take(r, MSGPACK_OBJECT_BOOLEAN);

    return o != NULL && o->via.boolean;
}

struct bytes wire_take_text(struct wire_reader *r, size_t max)
{
    const msgpack_object *o = take(r, MSGPACK_OBJECT_STR);
    struct bytes b = {0};

    if (o == NULL || o->via.str.size == 0)
        return b;
    b = (struct bytes){(const uint8_t *)o->via.str.ptr, o->via.str.size};
    if (b.n <= max && memchr(b.p, 0, b.n) == NULL && utf8_valid(b))
        return b;
    r->bad = true;
    return (struct bytes){0};
}

struct bytes wire_take_bin(struct wire_reader *r)
{
    const msgpack_object *o = take(r, MSGPACK_OBJECT_BIN);

    if (o == NULL)
        return (struct bytes){0};
    return (struct bytes){(const uint8_t *)o->via.bin.ptr, o->via.bin.size};
}

struct id wire_take_id(struct wire_reader *r)
{
    struct bytes b = wire_take_bin(r);
    struct id id = {0};

    if (b.n == ID_BYTES)
        memcpy(id.b, b.p, ID_BYTES);
    else
        r->bad = true;
    return id;
}

struct wire_reader wire_take_array(struct wire_reader *r, size_t max)
{
    const msgpack_object *o = take(r, MSGPACK_OBJECT_ARRAY);

    if (o != NULL && o->via.array.size > max)
        r->bad = true;
    if (r->bad)
        return (struct wire_reader){.bad = true};
    return reader(o);
}

bool wire_reader_end(const struct wire_reader *r, struct wire_reader *parent)
{
    if (r->bad || r->n > 0)
        parent->bad = true;
    return !parent->bad;
}

static struct value take_set(struct wire_reader *r, struct arena *mem)
{
    struct wire_reader in = wire_take_array(r, set_members_max);
    size_t i, n = in.n;
    struct bytes *p;

    if (n == 0) {
        r->bad = true;
        return value_null();
    }
    p = arena_new(mem, n * sizeof *p);
    for (i = 0; i < n; i++) {
        p[i] = wire_take_text(&in, value_bytes_max);
        if (p[i].n == 0 || (i > 0 && bytes_cmp(p[i - 1], p[i]) >= 0))
            in.bad = true;
    }
    if (!wire_reader_end(&in, r))
        return value_null();
    return (struct value){.kind = VALUE_SET, .as.set = {p, n}};
}

struct value wire_take_value(struct wire_reader *r, struct arena *mem)
{
    const msgpack_object *o = peek(r);
    struct bytes text;
    struct id id;

    if (o == NULL) {
        r->bad = true;
        return value_null();
    }
    if (o->type == MSGPACK_OBJECT_NIL) {
        (void)take(r, MSGPACK_OBJECT_NIL);
        return value_null();
    }
    if (o->type == MSGPACK_OBJECT_STR) {
        text = wire_take_text(r, value_bytes_max);
        r->bad |= text.n == 0;
        return value_bytes(text);
    }
    if (o->type == MSGPACK_OBJECT_BIN) {
        id = wire_take_id(r);
        return value_id(&id);
    }
    if (o->type == MSGPACK_OBJECT_ARRAY)
        return take_set(r, mem);
    return value_int(wire_take_i64(r));
}
