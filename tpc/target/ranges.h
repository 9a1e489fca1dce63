/*
 * The free part of an address space: address-ordered ranges, the lowest that
 * fits is taken, neighbours join again when they come back. Only arithmetic on
 * addresses: the memory itself is never touched, so it may be code, or not
 * there.
 *
 * Taking and giving back cost O(log n) for n free ranges. Addresses and sizes
 * are multiples of LZR_RANGE_UNIT. Not thread-safe.
 */
#ifndef LZR_TARGET_RANGES_H
#define LZR_TARGET_RANGES_H

#include <stdbool.h>
#include <stdint.h>

enum { LZR_RANGE_UNIT = 16 };

/* A free range is a node of a treap (a search tree by address that is a heap by
   random priority, hence balanced); a taken one is its taker's. */
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
};

/* All of [address, address + size) is free, except for the unit at each
   multiple of 4 GiB: whatever code were there could not be unwound. Nothing
   lies across one. False without memory. */
bool lzr_ranges_init(struct lzr_ranges *ranges, uint64_t address,
                     uint64_t size);

/* Frees what is not taken; taken ranges are the taker's to free(). */
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

/* Takes range; never fails. */
void lzr_ranges_give(struct lzr_ranges *ranges, struct lzr_range *range);

#endif
