/*
 * text_merge.h - two versions of a note, merged sentence by sentence.
 *
 * The two sets of edits are found by libgit2 (xdiff); what happens to each
 * sentence is decided here:
 *   - changed, added or removed on one side only: that side is followed;
 *   - rewritten on both sides: both are kept, ours first;      overlap
 *   - removed on one side and rewritten on the other: it stays; overlap
 *   - added on both sides at one place: both stand, ours first, and what is
 *     the same is kept once.
 * So a sentence that nobody removed is in the result.  Adjacent sentences do
 * not disturb each other.
 */
#pragma once

#include "sync/base/mem.h"

/* `ours` is the one that comes first in order of clock.  `*out` is in `mem`
 * or is one of the inputs; if two of the three are equal it is, byte for
 * byte, what the rule for one side says.  `*overlap`: a person should look. */
void text_merge(struct bytes base, struct bytes ours, struct bytes theirs,
                struct arena *mem, struct bytes *out, bool *overlap);
