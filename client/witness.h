/*
 * witness.h - every device remembers how far it has seen the server's journal
 * (sync/sys/chain.h), and notices one that forgot or rewrote.
 *
 * A welcome shows the head of each area.  The device asks for the entries
 * between the head that it knows and the one shown, and works it out for
 * itself.  The first head of an area is taken on trust.
 */
#pragma once

#include "client/local.h"
#include "sync/sys/chain.h"

/* What a welcome shows, inside the transaction that saves it. */
MUST_USE enum rc witness_shown(struct local *l, const struct area_info *a,
                               struct err *err);
/* The server says that it was put back from a backup: begin anew, on trust. */
MUST_USE enum rc witness_restart(struct local *l, struct err *err);

/* An area whose entries are still to be asked for, after which link; 0: none.
 */
MUST_USE enum rc witness_due(struct local *l, uint32_t *area, uint64_t *after,
                             struct err *err);

/* The entries that came back (server/ledger.h).  RC_CORRUPT: cut or damaged;
 * RC_OUTDATED: of another epoch than the head that was shown.  They may be
 * asked for again. */
MUST_USE enum rc witness_take(struct local *l, uint32_t area,
                              struct bytes entries, struct err *err);

/* What this device has to say of the server's journal, in `mem`: "" if all is
 * well. */
MUST_USE enum rc witness_doubt(struct local *l, struct arena *mem,
                               const char **out, struct err *err);
