/*
 * disclosure_audit.h - is there a world in which this small cell is 0, and one
 * in which it is 4?
 *
 * A WORLD is a count for every atom that fits together (every record has one
 * label of each field; of a set at least one or "not given") and agrees with
 * every cell that is told, read as disclosure_range() says.  The true counts
 * are a world.  Whatever method somebody uses on the answers, bounds, linear
 * programs or trying everything, he cannot rule out a value that a cell has in
 * some world.  So the audit does not imitate an attacker; it looks for worlds.
 *
 * It changes a true count by one and mends what that breaks, step by step,
 * always in the way that breaks least, until all cells agree again.  Found: a
 * proof that stands by itself.  Not found: one of the cells that stood in the
 * way is withheld, which only makes more worlds possible; so nothing that was
 * proved before is lost, one pass is enough, and it ends: when nothing is told
 * there is a world with any value.
 */
#pragma once

#include "server/disclosure.h"

/* Withhold free cells until each cell whose true count is below its threshold,
 * hidden ones too, has been 0 and has been `protect` or more in some world.
 * False: it was stopped before that was sure. */
MUST_USE bool disclosure_audit(const struct family *f,
                               const struct disclosure_rules *r,
                               const struct disclosure_stop *stop,
                               struct cell *cells,
                               struct disclosure_stats *stats);
