/* elapse DIR PIN - the lease of this store has run out long ago: as if its
 * owner had been away, for tests that do not wait. */
#include <stdio.h>

#include "client/vault.h"

int main(int argc, char **argv)
{
    struct vault_by by = {.lang = LANG_EN, .lease_too_old = true};
    struct vault *v = NULL;
    struct err err;
    enum rc rc;

    if (argc != 3)
        return 2;
    by.pin = argv[2];
    by.now_ms = UINT64_C(1700000000000);
    rc = vault_open(argv[1], &by, &v, &err);
    if (rc == RC_OK)
        rc = vault_lease(v, by.now_ms, 3600, &err);
    if (rc != RC_OK)
        fprintf(stderr, "elapse: %s\n", err.text);
    vault_close(v);
    return rc != RC_OK;
}
