/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The free part of an address space, as ranges in the order of their addresses.
 * The lowest range that fits is taken (or the highest), and neighbouring ranges
 * join when they are given back. This file does arithmetic on addresses only
 * and never touches the memory itself, which may hold code or not be mapped at
 * all.
 *
 * Taking a range and giving it back cost O(log n) for n free ranges. Addresses
 * and sizes are multiples of LZR_RANGE_UNIT. Not thread-safe.
 */
#ifndef LZR_RANGES_H
#define LZR_RANGES_H

#include <stdbool.h>
#include <stdint.h>

enum { LZR_RANGE_UNIT = 16 };

/* A free range is a node of a treap (a search tree by address that is also a
   heap by random priority, and hence balanced). A taken range belongs to its
   taker. */
struct lzr_range {
  uint64_t address;
  uint64_t size;
  uint64_t largest; /* size, in this subtree */
  struct lzr_range *left, *right;
  uint32_t priority;
};

struct lzr_ranges {
  struct lzr_range *root; /* owned, with all below it */
  uint64_t random;
  bool from_end; /* take the highest range that fits, at its end; set it after
                    lzr_ranges_init() */
};

/* Makes all of [address, address + size) free, except the first unit at each
   multiple of 4 GiB if the ranges are for code: the unwinder cannot handle code
   there. No range lies across such a multiple. Returns false without memory. */
bool lzr_ranges_init(struct lzr_ranges *ranges, uint64_t address, uint64_t size,
                     bool for_code);

/* Frees the free ranges. A taken range is its taker's to free(). */
void lzr_ranges_fini(struct lzr_ranges *ranges);

enum lzr_take { LZR_TAKE_OK, LZR_TAKE_FULL, LZR_TAKE_NO_MEMORY };

/* Takes size bytes (rounded up to the unit; not 0) at a multiple of align, a
   power of two. *taken is owned until it is given back. */
enum lzr_take lzr_ranges_take(struct lzr_ranges *ranges, uint64_t size,
                              uint64_t align, struct lzr_range **taken);

/* Takes exactly [address, address + size), size rounded up likewise; FULL when
   not all of that is free, or address is not a multiple of the unit. */
enum lzr_take lzr_ranges_take_at(struct lzr_ranges *ranges, uint64_t address,
                                 uint64_t size, struct lzr_range **taken);

/* Gives range back. Takes range; never fails. */
void lzr_ranges_give(struct lzr_ranges *ranges, struct lzr_range *range);

#endif
