/* A device goes over to other record types on a disk that fails, at every
 * single call: its program and its store have the same ones afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "client/local.h"
#include "tests/sim/disk.h"
#include "tests/sim/world_int.h"

static const char dir[] = "/1";

static void good(enum rc rc, const struct err *err)
{
    if (rc != RC_OK)
        fail_msg("%s", err->text);
}

/* A store with the first types, closed. */
static struct disk_image *first_types(struct arena *mem)
{
    struct disk_image *image;
    struct local l;
    struct err err;

    disks_install();
    disks_reset();
    good(local_open(dir, NULL, &l, &err), &err);
    good(local_enrolled(&l, 3, &err), &err);
    good(local_types_set(&l, types_bundle(1, mem), &err), &err);
    local_close(&l);
    image = disk_image_take(1);
    return image;
}

static struct changeset amount(const struct local *l, struct write *w)
{
    const struct shape_type *t = shape_type_named(l->shape, bytes_of("thing"));
    const struct shape_field *f = shape_field_named(t, bytes_of("amount"));

    *w = (struct write){.field = (uint16_t)(f != NULL ? shape_field_index(t, f)
                                                      : FIELD_DELETED + 1)};
    w->value = f != NULL ? value_int(5) : value_text("a title");
    return (struct changeset){
        .area = 1, .type = t, .record = {{1}}, .writes = w, .writes_n = 1};
}

/* What another program saves now, this one reads. */
static void they_agree(struct local *l, struct arena *mem)
{
    struct local_record r;
    struct changeset c;
    struct local other;
    struct write w;
    struct err err;

    good(local_open(dir, NULL, &other, &err), &err);
    assert_string_equal(l->shape->version, other.shape->version);
    c = amount(&other, &w);
    good(local_save(&other, &c, 1790000000000, mem, &err), &err);
    local_close(&other);
    good(local_load(l, shape_type_named(l->shape, bytes_of("thing")), 1,
                    &c.record, mem, &r, &err),
         &err);
    assert_true(record_exists(&r.shown));
}

/* False: so many calls it does not make. */
static bool fails_at(uint64_t at, uint64_t n, struct arena *mem)
{
    struct disk *d = disk_of(1);
    uint64_t faults = d->faults;
    struct local l;
    struct err err;
    enum rc rc;

    good(local_open(dir, NULL, &l, &err), &err);
    d->fails_at = d->calls + at;
    d->fails_n = n;
    rc = local_types_set(&l, types_bundle(2, mem), &err);
    d->fails_at = d->fails_n = 0;
    if (rc != RC_OK && d->faults == faults)
        fail_msg("%s", err.text);
    they_agree(&l, mem);
    if (rc != RC_OK) /* and once the disk works again it is done */
        good(local_types_set(&l, types_bundle(2, mem), &err), &err);
    they_agree(&l, mem);
    local_close(&l);
    return d->faults > faults;
}

static void record_types_change_whole_or_not_at_all(void **state)
{
    struct arena mem = {0};
    struct disk_image *image = first_types(&mem);
    uint64_t at = 1, n;

    (void)state;
    for (n = 1; n <= 1000; n *= 10)
        for (at = 1; fails_at(at, n, &mem); at++) {
            disk_image_put(1, image);
            arena_reset(&mem);
        }
    assert_true(at > 10);
    disk_image_free(image);
    disks_reset();
    arena_free(&mem);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(record_types_change_whole_or_not_at_all),
    };

    return cmocka_run_group_tests_name("disk_types", tests, NULL, NULL);
}
