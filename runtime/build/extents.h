/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Where compiled functions are. Readers take no lock, so that a reader may be
 * in a signal handler; the caller keeps writers apart.
 */
#ifndef LZR_BUILD_EXTENTS_H
#define LZR_BUILD_EXTENTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tpc/tpc.h"

struct lzr_symbol;

struct lzr_extent {
  lzr_addr start;
  uint64_t size;
  const struct lzr_symbol *symbol; /* borrowed */
  const char *module;              /* borrowed; the file's name */
  uint32_t unit;
  uint32_t version; /* 0 for the function's first body */
};

struct lzr_extent_set;

/* All zero is an empty set. */
struct lzr_extents {
  _Atomic(struct lzr_extent_set *) set; /* owned */
  struct lzr_extent_set *retired; /* owned; readers may still look at them */
  atomic_uint readers;
};

/* The caller makes sure that no reader is left. */
void lzr_extents_fini(struct lzr_extents *extents);

/* Adds extents, which overlap none that are there. Returns false when memory is
   out: these functions then have no name in backtraces. */
bool lzr_extents_add(struct lzr_extents *extents,
                     const struct lzr_extent *added, size_t count);

/* From where to where some code lies. */
struct lzr_code_range {
  lzr_addr start, end;
};

/* Removes the extents that begin in one of these ranges. Returns false, having
   removed none, when memory is out. */
bool lzr_extents_remove(struct lzr_extents *extents,
                        const struct lzr_code_range *ranges, size_t count);

/* Finds the extent that address lies in; returns false if there is none. Any
   thread and a signal handler may call this. It takes time in proportion to the
   square of the logarithm of the number of extents. */
bool lzr_extents_find(struct lzr_extents *extents, lzr_addr address,
                      struct lzr_extent *found);

/* Copies all extents, sorted by address, as they are at one moment. *list is
   owned (free()). Returns false when memory is out. */
bool lzr_extents_list(struct lzr_extents *extents, struct lzr_extent **list,
                      size_t *count);

#endif
