/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Blocks of stubs or trampolines, which are the members of a block. A block is
 * one allocation and one commit in the target, so that many members share the
 * cost of both.
 *
 * Not thread-safe; the indirection's lock guards it.
 */
#ifndef LZR_BLOCKS_H
#define LZR_BLOCKS_H

#include <pthread.h>

#include "stubs/arch.h"
#include "tpc/tpc.h"

struct lzr_blocks {
  lzr_tpc *tpc;                 /* borrowed */
  pthread_mutex_t *lock;        /* the indirection's */
  lzr_allocation **allocations; /* array and elements owned; one for a block */
  size_t count;
  size_t members; /* of all blocks together */
};

/* What a new block holds, and the functions that write it once its addresses
   are known. */
struct lzr_block_plan {
  size_t members;
  size_t code_size; /* bytes */
  size_t data_size; /* bytes */
  lzr_error *(*write_code)(void *maker, struct lzr_place place, lzr_addr data,
                           size_t members);
  /* NULL if the data is zero at first. */
  void (*write_data)(void *maker, struct lzr_place place, lzr_addr code,
                     size_t members);
  void *maker; /* the first argument of both */
};

/* How many members the next block should have if least are needed now: as many
   as there are already, within limits. So a few members do not cost a page, and
   many members do not cost many commits. */
size_t lzr_blocks_next_size(const struct lzr_blocks *blocks, size_t least);

/* Adds a block. *allocation is borrowed until lzr_block_list_release().

   Releases the lock while the target makes the block, because that may take a
   message and its answer: no thread waits for another one's message. So other
   threads may have changed everything that the lock guards, and may have added
   blocks, when this function returns. A thread that finds no more members does
   not wait for another's block either, but adds one of its own. So nothing here
   says that a block is being made, and a child that is forked meanwhile has
   nothing to wait for. */
lzr_error *lzr_blocks_add(struct lzr_blocks *blocks,
                          const struct lzr_block_plan *plan,
                          const lzr_allocation **allocation);

/* Releases every block in the target, the newest first. */
void lzr_block_list_release(struct lzr_blocks *blocks);

#endif
