/*
 * The memory of a target: allocations in a window (window.h), and the bytes
 * that go into them.
 *
 * Thread-safe; everything runs under the target's lock.
 */
#ifndef LZR_TARGET_MEMORY_H
#define LZR_TARGET_MEMORY_H

#include "tpc/tpc.h"

struct lzr_done_action; /* actions.h */
struct lzr_range;
struct lzr_memory;

/* What stands behind an lzr_allocation. The commit files use it; everything
   else sees the first member. */
struct lzr_block {
  lzr_allocation allocation;
  struct lzr_range *range[LZR_PROT_COUNT]; /* owned, NULL where size is 0 */
  bool zero[LZR_PROT_COUNT]; /* never written since it came from the kernel */
  uint64_t fork_count;       /* when it was reserved */
  bool reused_code;          /* other code has been at these addresses before */
  bool committed;            /* or being committed */
  struct lzr_done_action *done; /* owned, in the order they were run */
  size_t done_count;
  struct lzr_block *next, **link; /* all blocks of a memory, newest first */
};

/* *memory is owned, ended by lzr_memory_destroy() after the last block. */
lzr_error *lzr_memory_create(struct lzr_memory **memory);
void lzr_memory_destroy(struct lzr_memory *memory);

/* As lzr_tpc_reserve; *block is owned, ended by lzr_memory_free(). */
lzr_error *lzr_memory_reserve(struct lzr_memory *memory,
                              const struct lzr_layout *layout,
                              struct lzr_block **block);

/* The same for addresses that somebody else has chosen (the controller of an
   executor), from the window's parts: exactly those of where, for each part
   whose size is not 0. Fails with TARGET when they are not free. */
lzr_error *lzr_memory_reserve_at(struct lzr_memory *memory,
                                 const lzr_allocation *where,
                                 struct lzr_block **block);

/* Where in the window a protection's part is. */
void lzr_memory_part(const struct lzr_memory *memory, lzr_prot prot,
                     lzr_addr *start, uint64_t *size);

/* Gives the addresses back, and what was code becomes traps. Takes block. */
void lzr_memory_free(struct lzr_memory *memory, struct lzr_block *block);

/* The newest block, or NULL. Borrowed. */
struct lzr_block *lzr_memory_newest(struct lzr_memory *memory);

/* Writes all segments; checks first that each lies inside the block. */
lzr_error *lzr_memory_fill(struct lzr_memory *memory, struct lzr_block *block,
                           const struct lzr_segment *segments, size_t count);

/* Which part of block [address, address + size) lies in, or LZR_PROT_COUNT. */
lzr_prot lzr_block_find(const struct lzr_block *block, lzr_addr address,
                        uint64_t size);

/* Pointer stores: all are checked before the first is made. */
lzr_error *lzr_memory_check_stores(const struct lzr_memory *memory,
                                   const struct lzr_pointer_store *stores,
                                   size_t count);
void lzr_memory_store(const struct lzr_pointer_store *stores, size_t count);

/* Whether any of it is code or constants, under whichever address. */
bool lzr_memory_is_sealed(const struct lzr_memory *memory, lzr_addr address,
                          uint64_t size);

#endif
