/* fuzz_blobs.c - what the stores keep as blobs: the meta of a record, the
 * writes of a changeset, a record as it was pulled.  Damaged ones are refused;
 * what is read and packed again is the same. */
#include "tests/fuzz/fuzz.h"

#include "sync/frozen.h"
#include "sync/merge.h"
#include "tests/unit/model.h"

static const struct value columns[F_COUNT];

static struct record a_record(struct arena *mem)
{
    struct id id = some_id(1);
    struct record r = record_new(&model_types[0], &id, 2, mem);
    struct write w[3] = {
        {F_TITLE, value_text("lamp"), {0}},
        {F_NOTE, value_text("Dark. Wet."), value_text("Dark.")},
        {F_THEMES, words(mem, "green night"), {0}}};
    struct changeset c = {.area = 2,
                          .type = &model_types[0],
                          .record = id,
                          .writes = w,
                          .writes_n = 3};

    for (c.device = 1; c.device < 4; c.device++) {
        c.number = c.clock = c.device;
        merge_apply(&r, &c, c.device, mem);
    }
    return r;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    struct arena mem = {0};
    struct record r;
    struct buf b = buf_make(10000);
    struct write w = {F_NOTE, value_text("Dark."), value_text("Wet.")};
    struct changeset c = {.writes = &w, .writes_n = 1};

    (void)argc;
    (void)argv;
    if (!fuzz_wants_seeds())
        return 0;
    r = a_record(&mem);
    buf_puts(&b, "0");
    record_pack(&r, &mem, &b);
    fuzz_seed("meta", buf_view(&b));
    buf_clear(&b);
    buf_puts(&b, "1");
    writes_pack(&c, &b);
    fuzz_seed("writes", buf_view(&b));
    buf_clear(&b);
    buf_puts(&b, "2");
    frozen_put(&r, &mem, &b);
    fuzz_seed("frozen", buf_view(&b));
    exit(0);
}

static void meta(struct bytes in, struct arena *mem)
{
    struct id id = some_id(1);
    struct record r = record_new(&model_types[0], &id, 2, mem), back;
    struct buf b = buf_make(SIZE_MAX);
    struct shown s;

    if (record_unpack(&r, in, columns, mem, NULL) == RC_OK) {
        merge_show_record(&r, mem, &s);
        record_pack(&r, mem, &b);
        back = record_new(&model_types[0], &id, 2, mem);
        PROMISE(record_unpack(&back, buf_view(&b), columns, mem, NULL) ==
                RC_OK);
        PROMISE(record_eq(&r, &back));
    }
    buf_free(&b);
}

static void writes(struct bytes in, struct arena *mem)
{
    struct changeset c = {.type = &model_types[0], .record = some_id(1)};
    struct changeset back = c;
    struct buf b = buf_make(SIZE_MAX);

    if (writes_unpack(&c, in, mem, NULL) == RC_OK) {
        (void)(changeset_check(&c, NULL) == RC_OK);
        writes_pack(&c, &b);
        PROMISE(writes_unpack(&back, buf_view(&b), mem, NULL) == RC_OK);
        PROMISE(changeset_eq(&c, &back));
    }
    buf_free(&b);
}

static void frozen(struct bytes in, struct arena *mem)
{
    struct id id = some_id(1);
    struct record r = record_new(&model_types[0], &id, 2, mem), back;
    struct buf b = buf_make(SIZE_MAX);
    struct shown s;

    if (frozen_take(&r, in, mem, NULL) == RC_OK) {
        merge_show_record(&r, mem, &s);
        frozen_put(&r, mem, &b);
        back = record_new(&model_types[0], &id, 2, mem);
        PROMISE(frozen_take(&back, buf_view(&b), mem, NULL) == RC_OK);
        PROMISE(record_eq(&r, &back));
    }
    buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena mem = {0};
    struct bytes in = {p + 1, n - 1};

    if (n == 0)
        return 0;
    if (p[0] % 3 == 0)
        meta(in, &mem);
    else if (p[0] % 3 == 1)
        writes(in, &mem);
    else
        frozen(in, &mem);
    arena_free(&mem);
    return 0;
}
