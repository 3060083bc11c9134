/*
 * vault_tries.h - wrong PINs are counted, and slow down.
 *
 * The count is on the disk (DIR/vault.tries) before a PIN is tried, so that
 * nobody gains by pulling the plug.  This holds off whoever has the device in
 * hand; whoever has copied the files guesses elsewhere, and is held off by what
 * one guess costs (vault_pin.h) and by the length of the PIN alone.
 */
#pragma once

#include "sync/base/err.h"
#include "sync/base/msg.h"

/* RC_BUSY: says how long to wait first.  A clock that was set back since the
 * last try makes the wait begin anew. */
MUST_USE enum rc tries_begin(const char *dir, uint64_t now_ms, enum lang lang,
                             struct err *err);
/* The PIN was right. */
MUST_USE enum rc tries_forget(const char *dir, struct err *err);
