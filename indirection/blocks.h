/*
 * A growing set of equal things that live in target memory: stubs, or
 * trampolines. They are made a block at a time, one allocation and one commit
 * each, so that the cost of both is shared by many.
 *
 * Not thread-safe; the indirection's lock guards it.
 */
#ifndef LZR_BLOCKS_H
#define LZR_BLOCKS_H

#include "stubs/arch.h"
#include "tpc/tpc.h"

struct lzr_blocks {
  lzr_tpc *tpc;                 /* borrowed */
  lzr_allocation **allocations; /* owned, and each of them */
  size_t count;
  size_t capacity;
  size_t members; /* in all blocks together */
};

/* What a new block is made of: members of them, and how their code and data are
   written once it is known where they will be. */
struct lzr_block_plan {
  size_t members;
  size_t code_size; /* bytes */
  size_t data_size; /* bytes */
  lzr_error *(*write_code)(void *maker, struct lzr_place place, lzr_addr data,
                           size_t members);
  /* NULL where data is zero at first. */
  void (*write_data)(void *maker, struct lzr_place place, lzr_addr code,
                     size_t members);
  void *maker; /* their first argument */
};

/* How many members the next block should have, of which at least are needed
   now: as many as there are already, within bounds, so that neither few cost a
   page nor many cost many commits. */
size_t lzr_blocks_next_size(const struct lzr_blocks *blocks, size_t least);

/* Adds a block. *allocation is borrowed until lzr_block_list_release(). */
lzr_error *lzr_blocks_add(struct lzr_blocks *blocks,
                          const struct lzr_block_plan *plan,
                          const lzr_allocation **allocation);

/* Gives every block back to the target, the newest first. */
void lzr_block_list_release(struct lzr_blocks *blocks);

/* Makes room for count elements of size bytes in an array of *capacity, by
   doubling; *array is NULL or from malloc. */
lzr_error *lzr_array_reserve(void *array, size_t *capacity, size_t count,
                             size_t size);

#endif
