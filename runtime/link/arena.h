/*
 * Memory that is given back all at once: everything made while one object is
 * linked. Not thread-safe.
 */
#ifndef LZR_ARENA_H
#define LZR_ARENA_H

#include <stddef.h>

struct lzr_arena_chunk;

/* All zero is an empty arena. */
struct lzr_arena {
  size_t first;                   /* bytes to start with; 0 for a few hundred */
  struct lzr_arena_chunk *chunks; /* owned, the newest first */
  size_t used;                    /* bytes of the newest chunk */
  size_t size;                    /* bytes in it */
};

/* Room for count elements of size bytes each, zeroed and aligned to 16; never
   NULL for a count of 0. NULL when memory is out or the product overflows. */
void *lzr_arena_alloc(struct lzr_arena *arena, size_t count, size_t size);

/* Gives everything back and leaves an empty arena. */
void lzr_arena_fini(struct lzr_arena *arena);

#endif
