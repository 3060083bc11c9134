/*
 * bench_save SAVES: what a save on the device costs, durable, in an encrypted
 * store and in the same store in plain files, turn by turn; and what
 * trying a PIN costs.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/local.h"
#include "client/vault_pin.h"

enum { AREA = 1, SAVES = 2000 };

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void must(enum rc rc, const struct err *err)
{
    if (rc == RC_OK)
        return;
    fprintf(stderr, "bench: %s\n", err->text);
    exit(1);
}

static void prepare(const char *dir, const uint8_t *key, struct local *l)
{
    struct area_info area = {
        .number = AREA, .slug = bytes_of("x"), .name = bytes_of("X")};
    struct welcome w = {.epoch = 1,
                        .user = bytes_of("w"),
                        .role = ROLE_WORKER,
                        .areas = &area,
                        .areas_n = 1};
    struct err err;

    must(local_open(dir, key, l, &err), &err);
    must(local_enrolled(l, 1, &err), &err);
    must(local_welcome(l, &w, false, &err), &err);
}

/* One signal with a title and a description; ms. */
static double save(struct local *l, unsigned n)
{
    static const char *const names[] = {"title", "description"};
    const struct shape_type *type =
        shape_type_named(l->shape, bytes_of("signal"));
    uint8_t random[ID_RANDOM_BYTES] = {0};
    struct write w[countof(names)] = {{0}};
    struct changeset c = {
        .area = AREA, .type = type, .writes = w, .writes_n = countof(names)};
    struct arena mem = {0};
    struct err err;
    double begin;
    size_t i;

    for (i = 0; i < countof(names); i++) {
        w[i].field = (uint16_t)shape_field_index(
            type, shape_field_named(type, bytes_of(names[i])));
        w[i].value = value_text("It is dark on the corner. Neighbours ask for"
                                " a lamp, and for a bench next to it.");
    }
    memcpy(random + 4, &n, sizeof n);
    c.record = id_make(UINT64_C(1790000000000) + n, random);
    begin = now_ms();
    must(local_save(l, &c, 1790000000000, &mem, &err), &err);
    begin = now_ms() - begin;
    arena_free(&mem);
    return begin;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return x < y ? -1 : x > y;
}

static void line(const char *what, double *v, size_t n)
{
    qsort(v, n, sizeof *v, by_value);
    printf("  %-28s median %6.2f ms   p99 %6.2f ms   worst %6.2f ms\n", what,
           v[n / 2], v[n * 99 / 100], v[n - 1]);
}

int main(int argc, char **argv)
{
    size_t n = argc > 1 ? (size_t)strtoul(argv[1], NULL, 10) : SAVES, i;
    static const uint8_t key[LOCAL_KEY_BYTES] = {1, 2, 3};
    char plain_dir[] = "/tmp/stoep-bench.XXXXXX";
    char crypt_dir[] = "/tmp/stoep-bench.XXXXXX";
    uint8_t salt[PIN_SALT_BYTES] = {0}, out[PIN_KEY_BYTES];
    double *plain = mem_new((n + 1) * sizeof *plain);
    double *sealed = mem_new((n + 1) * sizeof *sealed);
    struct local a, b;
    double begin;

    if (n == 0 || mkdtemp(plain_dir) == NULL || mkdtemp(crypt_dir) == NULL)
        return 1;
    prepare(plain_dir, NULL, &a);
    prepare(crypt_dir, key, &b);
    for (i = 0; i < n; i++) {
        plain[i] = save(&a, (unsigned)i);
        sealed[i] = save(&b, (unsigned)i);
    }
    local_close(&a);
    local_close(&b);
    printf("device: %zu saves, each durable\n", n);
    line("save, in plain files", plain, n);
    line("save, encrypted", sealed, n);
    begin = now_ms();
    if (!pin_stretch("123456", salt, pin_cost_now, out))
        return 1;
    printf("  %-28s        %6.0f ms   %u MiB\n", "a PIN", now_ms() - begin,
           (unsigned)(pin_cost_now.kib / 1024));
    free(plain);
    free(sealed);
    return 0;
}
