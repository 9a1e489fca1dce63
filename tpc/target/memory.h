/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
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

/* The struct behind an lzr_allocation. The commit files use it; all other code
   sees its first member only. */
struct lzr_block {
  lzr_allocation allocation;
  struct lzr_range *range[LZR_PROT_COUNT]; /* owned, NULL where size is 0 */
  bool zero[LZR_PROT_COUNT]; /* never written since it came from the kernel */
  uint64_t fork_count;       /* when it was reserved */
  bool reused_code;          /* these addresses held other code before */
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
   executor): takes from the window exactly those of where, for each part whose
   size is not 0. Fails with TARGET when they are not free. */
lzr_error *lzr_memory_reserve_at(struct lzr_memory *memory,
                                 const lzr_allocation *where,
                                 struct lzr_block **block);

/* The range of a protection's part in the window. */
void lzr_memory_part(const struct lzr_memory *memory, lzr_prot prot,
                     lzr_addr *start, uint64_t *size);

/* Whether there are parts for large and far data. */
bool lzr_memory_has_large(const struct lzr_memory *memory);

/* Gives the addresses back and fills the code with traps. Takes block. */
void lzr_memory_free(struct lzr_memory *memory, struct lzr_block *block);

/* The newest block, or NULL. Borrowed. */
struct lzr_block *lzr_memory_newest(struct lzr_memory *memory);

/* As lzr_tpc_show. */
lzr_error *lzr_memory_show(struct lzr_memory *memory,
                           const struct lzr_shown_name *names, size_t count);

/* Tells the dynamic linker the program's file name, the first time. */
void lzr_memory_set_path(struct lzr_memory *memory, const char *path);

/* Writes all segments; first checks that each lies inside the block. */
lzr_error *lzr_memory_fill(struct lzr_memory *memory, struct lzr_block *block,
                           const struct lzr_segment *segments, size_t count);

/* Lets code be anonymous memory, the first time: see window.h. */
lzr_error *lzr_memory_become_anonymous(struct lzr_memory *memory);

/* Pointer stores: all are checked before the first is made. */
lzr_error *lzr_memory_check_stores(const struct lzr_memory *memory,
                                   const struct lzr_pointer_store *stores,
                                   size_t count);
void lzr_memory_store(const struct lzr_pointer_store *stores, size_t count);

/* Whether any of the range is code or constants, in the window or at the
   alias. */
bool lzr_memory_is_sealed(const struct lzr_memory *memory, lzr_addr address,
                          uint64_t size);

#endif
