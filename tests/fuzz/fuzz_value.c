/* fuzz_value.c - what somebody typed into a field of any record type: it is
 * refused with a reason, or lawful; written plainly it reads the same. */
#include "tests/fuzz/fuzz.h"

#include "schema/schema.h"
#include "sync/shape_text.h"

static const struct shape *shape;
static struct arena shape_mem;
static const struct shape_field *fields[1024];
static size_t fields_n;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const seeds[] = {
        "Het is donker.", "12,50", "23-11-2026 14:05",   "gisteren",
        "53.219,6.567",   "a, b",  "\"a \"\"b\"\"\"; c", "2026-11-23T14:05:00Z",
    };
    struct diags diags = {0};
    struct err err;
    size_t t, f;

    (void)argc;
    (void)argv;
    fuzz_must(schema_compile_bundle(schema_builtin_bundle(), &shape_mem, &diags,
                                    &shape, &err),
              &err);
    diags_free(&diags);
    for (t = 0; t < shape->types_n; t++)
        for (f = 0; f < shape->types[t].fields_n && fields_n < 1024; f++)
            fields[fields_n++] = &shape->types[t].fields[f];
    if (!fuzz_wants_seeds())
        return 0;
    for (f = 0; f < fields_n; f++) {
        char name[32];
        struct buf b = buf_make(100);
        uint8_t head[2] = {(uint8_t)f, (uint8_t)(f >> 8)};

        snprintf(name, sizeof name, "field%zu", f);
        buf_put(&b, head, 2);
        buf_puts(&b, seeds[f % countof(seeds)]);
        fuzz_seed(name, buf_view(&b));
        buf_free(&b);
    }
    exit(0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
    struct arena mem = {0};
    const struct shape_field *f;
    struct value v, back;
    struct buf b;
    struct err err;

    if (n < 2)
        return 0;
    f = fields[(p[0] | p[1] << 8) % (int)fields_n];
    if (shape_read(f, (struct bytes){p + 2, n - 2}, UINT64_C(1790000000000),
                   LANG_NL, &mem, &v, &err) != RC_OK) {
        PROMISE(err.text[0] != '\0');
        arena_free(&mem);
        return 0;
    }
    PROMISE(shape_check(f, &v, LANG_EN, &err) == RC_OK);
    b = buf_make(SIZE_MAX);
    shape_write(f, &v, LANG_NL, &b);
    buf_clear(&b);
    shape_write_plain(f, &v, &b);
    PROMISE(shape_read(f, buf_view(&b), 0, LANG_EN, &mem, &back, &err) ==
            RC_OK);
    PROMISE(value_eq(&v, &back));
    buf_free(&b);
    arena_free(&mem);
    return 0;
}
