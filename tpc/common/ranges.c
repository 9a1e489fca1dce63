/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/common/ranges.h"

#include <stdlib.h>

/* A range that is large enough may still have no aligned place. The search
   tries this many ranges before it looks for one that fits at any alignment. So
   a freed aligned block is found again, and the search stays short. */
enum { ALIGNMENT_TRIES = 64 };

/* libgcc's registry of unwind information (its search in unwind-dw2-fde.c)
   takes a function for one that the linker has dropped if the low bits of its
   address are zero, as many bits as the encoding stores. Compilers use four
   bytes, so no exception passes through a function that begins at a multiple of
   4 GiB. */
#define UNUSABLE_EVERY (UINT64_C(1) << 32)

static uint64_t largest_of(const struct lzr_range *range) {
  return range ? range->largest : 0;
}

static void update(struct lzr_range *range) {
  uint64_t left = largest_of(range->left), right = largest_of(range->right);
  uint64_t below = left > right ? left : right;

  range->largest = range->size > below ? range->size : below;
}

/* Splits the tree: all ranges below address go to *low, the others to *high. */
static void split(struct lzr_range *root, uint64_t address,
                  struct lzr_range **low, struct lzr_range **high) {
  if (!root) {
    *low = *high = NULL;
    return;
  }
  if (root->address < address) {
    *low = root;
    split(root->right, address, &root->right, high);
  } else {
    *high = root;
    split(root->left, address, low, &root->left);
  }
  update(root);
}

/* Joins two trees. All of low lies below all of high. */
static struct lzr_range *join(struct lzr_range *low, struct lzr_range *high) {
  if (!low || !high)
    return low ? low : high;
  if (low->priority > high->priority) {
    low->right = join(low->right, high);
    update(low);
    return low;
  }
  high->left = join(low, high->left);
  update(high);
  return high;
}

static uint32_t next_random(struct lzr_ranges *ranges) {
  ranges->random ^= ranges->random << 13;
  ranges->random ^= ranges->random >> 7;
  ranges->random ^= ranges->random << 17;
  return (uint32_t)(ranges->random >> 32);
}

static void make_node(struct lzr_ranges *ranges, struct lzr_range *range,
                      uint64_t address, uint64_t size) {
  *range = (struct lzr_range){.address = address,
                              .size = size,
                              .largest = size,
                              .priority = next_random(ranges)};
}

static void insert(struct lzr_ranges *ranges, struct lzr_range *range) {
  struct lzr_range *low, *high;

  split(ranges->root, range->address, &low, &high);
  ranges->root = join(join(low, range), high);
}

static void remove_node(struct lzr_ranges *ranges, struct lzr_range *range) {
  struct lzr_range *low, *self, *high;

  split(ranges->root, range->address, &low, &high);
  split(high, range->address + 1, &self, &high);
  ranges->root = join(low, high);
}

static void free_tree(struct lzr_range *range) {
  if (!range)
    return;
  free_tree(range->left);
  free_tree(range->right);
  free(range);
}

void lzr_ranges_fini(struct lzr_ranges *ranges) {
  free_tree(ranges->root);
  ranges->root = NULL;
}

static bool add(struct lzr_ranges *ranges, uint64_t start, uint64_t end) {
  struct lzr_range *range;

  if (start == end)
    return true;
  range = malloc(sizeof *range);
  if (!range)
    return false;
  make_node(ranges, range, start, end - start);
  insert(ranges, range);
  return true;
}

bool lzr_ranges_init(struct lzr_ranges *ranges, uint64_t address, uint64_t size,
                     bool for_code) {
  uint64_t end = address + size;
  bool fine = true;

  *ranges = (struct lzr_ranges){.random = UINT64_C(0x9e3779b97f4a7c15)};
  while (for_code && fine && end - address > -address % UNUSABLE_EVERY) {
    uint64_t unusable = address + -address % UNUSABLE_EVERY;

    fine = add(ranges, address, unusable);
    address = unusable + LZR_RANGE_UNIT;
  }
  fine = fine && add(ranges, address, end);
  if (!fine)
    lzr_ranges_fini(ranges);
  return fine;
}

static uint64_t align_up(uint64_t address, uint64_t align) {
  return (address + align - 1) & ~(align - 1);
}

/* What is looked for. */
struct wanted {
  uint64_t size, align;
  uint64_t enough; /* bytes of a range that is worth a look */
  unsigned tries;  /* how many such ranges are looked at */
  bool from_end;
};

/* Where the bytes would lie in a range of at least that size. */
static uint64_t place_in(const struct lzr_range *range,
                         const struct wanted *wanted) {
  return wanted->from_end ? (range->address + range->size - wanted->size) &
                                ~(wanted->align - 1)
                          : align_up(range->address, wanted->align);
}

static bool fits(const struct lzr_range *range, const struct wanted *wanted) {
  uint64_t offset = place_in(range, wanted) - range->address;

  return offset <= range->size && wanted->size <= range->size - offset;
}

/* The first range of at least enough bytes that has an aligned place, from the
   end that is wanted. */
static struct lzr_range *first_fit(struct lzr_range *range,
                                   struct wanted *wanted) {
  struct lzr_range *found;

  if (largest_of(range) < wanted->enough || wanted->tries == 0)
    return NULL;
  found = first_fit(wanted->from_end ? range->right : range->left, wanted);
  if (found)
    return found;
  if (range->size >= wanted->enough && wanted->tries > 0) {
    wanted->tries--;
    if (fits(range, wanted))
      return range;
  }
  return first_fit(wanted->from_end ? range->left : range->right, wanted);
}

static struct lzr_range *find(const struct lzr_ranges *ranges,
                              struct wanted wanted) {
  struct lzr_range *found;

  wanted.enough = wanted.size;
  wanted.tries = ALIGNMENT_TRIES;
  found = first_fit(ranges->root, &wanted);
  if (found)
    return found;
  wanted.enough = wanted.size + wanted.align - LZR_RANGE_UNIT;
  wanted.tries = 1;
  return first_fit(ranges->root, &wanted);
}

/* Makes node the free range from start to end, or frees it if nothing is left
   between them. Takes node. */
static void put_rest(struct lzr_ranges *ranges, struct lzr_range *node,
                     uint64_t start, uint64_t end) {
  if (start == end) {
    free(node);
    return;
  }
  make_node(ranges, node, start, end - start);
  insert(ranges, node);
}

/* Takes [start, start + size) out of the free range that contains it. */
static enum lzr_take cut(struct lzr_ranges *ranges, struct lzr_range *range,
                         uint64_t start, uint64_t size,
                         struct lzr_range **taken) {
  struct lzr_range *before = malloc(sizeof *before);
  struct lzr_range *after = malloc(sizeof *after);
  uint64_t end = range->address + range->size;

  if (!before || !after) {
    free(before);
    free(after);
    return LZR_TAKE_NO_MEMORY;
  }
  remove_node(ranges, range);
  put_rest(ranges, before, range->address, start);
  put_rest(ranges, after, start + size, end);
  make_node(ranges, range, start, size);
  *taken = range;
  return LZR_TAKE_OK;
}

enum lzr_take lzr_ranges_take(struct lzr_ranges *ranges, uint64_t size,
                              uint64_t align, struct lzr_range **taken) {
  struct wanted wanted = {.align =
                              align < LZR_RANGE_UNIT ? LZR_RANGE_UNIT : align,
                          .from_end = ranges->from_end};
  struct lzr_range *range;

  if (size == 0 || size > largest_of(ranges->root))
    return LZR_TAKE_FULL; /* from here on, no sum overflows */
  wanted.size = align_up(size, LZR_RANGE_UNIT);
  range = find(ranges, wanted);
  if (!range)
    return LZR_TAKE_FULL;
  return cut(ranges, range, place_in(range, &wanted), wanted.size, taken);
}

/* The highest free range that starts at or below address. */
static struct lzr_range *floor_of(struct lzr_range *range, uint64_t address) {
  struct lzr_range *found = NULL;

  while (range) {
    bool below = range->address <= address;

    if (below)
      found = range;
    range = below ? range->right : range->left;
  }
  return found;
}

enum lzr_take lzr_ranges_take_at(struct lzr_ranges *ranges, uint64_t address,
                                 uint64_t size, struct lzr_range **taken) {
  struct lzr_range *range = floor_of(ranges->root, address);

  if (!range || address % LZR_RANGE_UNIT != 0 || size == 0 ||
      size > range->size)
    return LZR_TAKE_FULL;
  size = align_up(size, LZR_RANGE_UNIT);
  if (address - range->address > range->size - size)
    return LZR_TAKE_FULL;
  return cut(ranges, range, address, size, taken);
}

static struct lzr_range *lowest(struct lzr_range *range) {
  while (range && range->left)
    range = range->left;
  return range;
}

static struct lzr_range *highest(struct lzr_range *range) {
  while (range && range->right)
    range = range->right;
  return range;
}

void lzr_ranges_give(struct lzr_ranges *ranges, struct lzr_range *range) {
  struct lzr_range *low, *high, *below, *above;
  uint64_t address = range->address, end = range->address + range->size;

  split(ranges->root, address, &low, &high);
  below = highest(low);
  above = lowest(high);
  ranges->root = join(low, high);
  if (below && below->address + below->size == address) {
    remove_node(ranges, below);
    address = below->address;
    free(below);
  }
  if (above && above->address == end) {
    remove_node(ranges, above);
    end = above->address + above->size;
    free(above);
  }
  make_node(ranges, range, address, end - address);
  insert(ranges, range);
}
