/* migrations.h - the server's own tables, step by step. */
#pragma once

#include "sync/sys/migrate.h"

extern const struct migration migrations[];
extern const size_t migrations_n;
