/* vault.h - the device's key, in its store folder, for its owner alone. */
#pragma once

#include "sync/sys/sign.h"

/* Read DIR/device.key.  RC_NOTFOUND: not enrolled yet. */
MUST_USE enum rc vault_load(const char *dir, struct sign_key **out,
                            struct err *err);
/* Put a key in its place (mode 0600), on the disk when this returns. */
MUST_USE enum rc vault_save(const char *dir, const struct sign_key *key,
                            struct err *err);
