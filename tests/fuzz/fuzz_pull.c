/* fuzz_pull.c - what a server may answer to a device, however ill it means it:
 * the conversation ends or waits, and the store stays whole. */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "client/conversation.h"
#include "client/where.h"
#include "sync/merge.h"
#include "sync/shape_text.h"
#include "tests/unit/where_stage.h"

static const char wire_type[] = "application/vnd.stoep+msgpack";
static char dir[128], fresh[300];
static struct local l;
static unsigned runs;
static const struct moment now = {.now_ms = 1790000000000, .random = 5};

static void open_store(void)
{
    struct err err;

    if (l.db != NULL)
        local_close(&l);
    if (system(fresh) != 0)
        exit(2);
    fuzz_must(local_open(dir, NULL, &l, &err), &err);
}

static void save_one(void)
{
    const struct shape_type *t = shape_type_named(l.shape, bytes_of("signal"));
    struct write w = {
        (uint16_t)shape_field_index(t, shape_field_named(t, bytes_of("title"))),
        value_text("lamp"),
        {0}};
    uint8_t random[ID_RANDOM_BYTES] = {1};
    struct changeset c = {.area = 1,
                          .type = t,
                          .record = id_make(5, random),
                          .writes = &w,
                          .writes_n = 1};
    struct arena mem = {0};
    struct err err;

    fuzz_must(local_enrolled(&l, 1, &err), &err);
    fuzz_must(local_save(&l, &c, now.now_ms, &mem, &err), &err);
    arena_free(&mem);
}

/* -- seeds: what a server says in a good conversation ------------------- */

/* Each answer with its length before it: 4 bytes, big-endian. */
static void put_part(struct buf *b, struct bytes part)
{
    uint8_t n[4] = {(uint8_t)(part.n >> 24), (uint8_t)(part.n >> 16),
                    (uint8_t)(part.n >> 8), (uint8_t)part.n};

    buf_put(b, n, sizeof n);
    buf_put(b, part.p, part.n);
}

static void put_seeds(void)
{
    struct area_info area = {
        .number = 1, .slug = bytes_of("selwerd"), .name = bytes_of("Selwerd")};
    struct message w = {.kind = MESSAGE_WELCOME,
                        .as.welcome = {.epoch = 5,
                                       .now_ms = 1790000000000,
                                       .types = bytes_of(l.shape->version),
                                       .token = bytes_of("t"),
                                       .user = bytes_of("w"),
                                       .areas = &area,
                                       .areas_n = 1,
                                       .regions = bytes_of("5-1")}};
    struct ack_range range = {1, 1, 7};
    struct message a = {
        .kind = MESSAGE_ACK,
        .as.ack = {.device = 1, .area = 1, .ranges = &range, .ranges_n = 1}};
    struct buf one = buf_make(message_bytes_max), all = buf_make(SIZE_MAX);
    struct id id = {{1}};
    struct arena mem = {0};
    struct record r = record_new(&l.shape->types[0], &id, 1, &mem);
    struct wire_states s;
    struct message told = told_squares("5-1", 2022, 2, &mem);

    wire_put(&one, &w);
    put_part(&all, buf_view(&one));
    buf_clear(&one);
    wire_put(&one, &a);
    put_part(&all, buf_view(&one));
    buf_clear(&one);
    r.version = 9;
    wire_states_begin(&s, l.shape);
    wire_states_add(&s, &r, &mem);
    wire_states_end(&s, 1, 9, false, &one);
    put_part(&all, buf_view(&one));
    buf_clear(&one);
    wire_put(&one, &told);
    put_part(&all, buf_view(&one));
    fuzz_seed("whole", buf_view(&all));
    exit(0);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct err err;

    (void)argc;
    (void)argv;
    snprintf(dir, sizeof dir, "%s/device", fuzz_dir_make());
    fuzz_must(local_open(dir, NULL, &l, &err), &err);
    save_one();
    if (fuzz_wants_seeds())
        put_seeds();
    local_close(&l);
    l.db = NULL;
    snprintf(fresh, sizeof fresh,
             "[ -d %s.kept ] || cp -r %s %s.kept; rm -rf %s; cp -r %s.kept %s",
             dir, dir, dir, dir, dir, dir);
    open_store();
    return 0;
}

static struct bytes part(struct bytes *in)
{
    size_t n = 0, i;
    struct bytes out;

    for (i = 0; i < 4 && in->n > 0; i++, in->p++, in->n--)
        n = n << 8 | in->p[0];
    out = (struct bytes){in->p, n < in->n ? n : in->n};
    in->p += out.n;
    in->n -= out.n;
    return out;
}

static enum conversation_next hear(struct conversation *c, struct bytes piece)
{
    struct buf packed = buf_make(2 * message_bytes_max);
    enum conversation_next next;
    struct err err;

    bool compressed = strcmp(c->question.accept, wire_type) != 0 &&
                      strncmp(c->question.path, "/v1/chain", 9) != 0;

    if (compressed)
        fuzz_must(pack_compress(piece, 1, &packed, &err), &err);
    else
        buf_put(&packed, piece.p, piece.n);
    if (!c->question.stream) {
        next = conversation_answer(c, buf_view(&packed), now);
        buf_free(&packed);
        return next;
    }
    if (conversation_piece(c, buf_view(&packed), now, &err) != RC_OK)
        PROMISE(err.text[0] != '\0');
    next = conversation_end(c, now);
    buf_free(&packed);
    return next;
}

/* Whatever neighbourhoods came, a point lies in one or in none. */
static void look_about(void)
{
    struct arena mem = {0};
    struct where at;
    bool known;
    struct err err;

    PROMISE(where_at(&l, (struct geo_point){53050000, 6050000}, &mem, &known,
                     &at, &err) == RC_OK);
    PROMISE(at.code.n == 0 || (known && shape_is_code(at.code)));
    arena_free(&mem);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct bytes in = {p, n};
    struct conversation c;
    enum conversation_next next;
    struct err err;

    fuzz_must(conversation_open(&c, &l, 3, &err), &err);
    next = conversation_start(&c, now);
    while (in.n > 0 && (next == CONVERSATION_ASK || next == CONVERSATION_WAIT))
        next = next == CONVERSATION_WAIT ? conversation_waited(&c, now)
                                         : hear(&c, part(&in));
    PROMISE(c.err.code != RC_IO);
    look_about();
    conversation_close(&c);
    if (++runs % 50 == 0) {
        PROMISE(db_quick_check(l.db, &err) == RC_OK);
        open_store();
    }
    return 0;
}
