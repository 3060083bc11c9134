/*
 * diff.h - what changed between two versions of the definitions, and whether
 * devices and rows made with the old version can live with the new one.
 *
 * Safe: adding types, fields, choices; renaming with `was`; retiring; texts;
 * narrower `see`.  Unsafe: whatever makes a value that exists lose its
 * column, its meaning or its place in the order.
 */
#pragma once

#include "sync/shape.h"

/* Append one line per change, unsafe ones marked and with what to do; return
 * how many are unsafe. */
size_t schema_diff(const struct shape *old, const struct shape *new,
                   struct buf *out);
