/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An arena: memory that is allocated piece by piece and freed all at once. The
 * linker has one for an object and one for an image. Not thread-safe.
 */
#ifndef LZR_ARENA_H
#define LZR_ARENA_H

#include <stddef.h>

struct lzr_arena_chunk;

/* An arena that is all zero is empty. */
struct lzr_arena {
  size_t first; /* the first chunk's size in bytes; 0 for a few hundred */
  struct lzr_arena_chunk *chunks; /* owned, the newest first */
  size_t used;                    /* bytes of the newest chunk in use */
  size_t size;                    /* bytes in the newest chunk */
};

/* Allocates count elements of size bytes each, zeroed and aligned to 16 bytes;
   they live until lzr_arena_fini(). Returns NULL if memory is out or the
   product overflows, but not because count is 0. */
void *lzr_arena_alloc(struct lzr_arena *arena, size_t count, size_t size);

/* Frees everything and leaves an empty arena. */
void lzr_arena_fini(struct lzr_arena *arena);

#endif
