/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/link/arena.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

enum { ALIGN = 16, MIN_CHUNK = 768 };

struct lzr_arena_chunk {
  struct lzr_arena_chunk *next;
  _Alignas(ALIGN) unsigned char bytes[];
};

/* Chunks double, so that a big object takes few of them. */
static size_t next_chunk_size(const struct lzr_arena *arena, size_t size) {
  size_t wanted = arena->chunks ? arena->size : arena->first / 2;
  wanted = wanted < SIZE_MAX / 4 ? wanted * 2 : wanted;
  if (wanted < MIN_CHUNK)
    wanted = MIN_CHUNK;
  return wanted < size ? size : wanted;
}

static bool add_chunk(struct lzr_arena *arena, size_t size) {
  size_t chunk_size = next_chunk_size(arena, size);
  if (chunk_size > SIZE_MAX - sizeof(struct lzr_arena_chunk))
    return false;
  struct lzr_arena_chunk *chunk =
      calloc(1, sizeof(struct lzr_arena_chunk) + chunk_size);
  if (!chunk)
    return false;
  chunk->next = arena->chunks;
  arena->chunks = chunk;
  arena->used = 0;
  arena->size = chunk_size;
  return true;
}

void *lzr_arena_alloc(struct lzr_arena *arena, size_t count, size_t size) {
  if (size && count > (SIZE_MAX - ALIGN) / size)
    return NULL;
  size_t wanted = (count * size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
  if (!arena->chunks || wanted > arena->size - arena->used)
    if (!add_chunk(arena, wanted))
      return NULL;
  void *bytes = arena->chunks->bytes + arena->used;
  arena->used += wanted;
  return bytes;
}

void lzr_arena_fini(struct lzr_arena *arena) {
  for (struct lzr_arena_chunk *chunk = arena->chunks; chunk;) {
    struct lzr_arena_chunk *next = chunk->next;
    free(chunk);
    chunk = next;
  }
  *arena = (struct lzr_arena){0};
}
