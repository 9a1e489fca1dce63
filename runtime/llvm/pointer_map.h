/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A map from pointers to pointers, from which nothing is removed but
 * everything. It is a hash table with open addressing, because moving a
 * function looks up every constant once. Not thread-safe.
 */
#ifndef LZR_POINTER_MAP_H
#define LZR_POINTER_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct lzr_pointer_pair {
  const void *key; /* NULL marks a free entry */
  void *value;
};

/* A map that is all zero is empty. */
struct lzr_pointer_map {
  struct lzr_pointer_pair *pairs; /* owned */
  size_t capacity;                /* a power of two, or 0 */
  size_t count;
};

void lzr_pointer_map_fini(struct lzr_pointer_map *map);

/* Removes all pairs; keeps the memory, unless it is much for what was there. */
void lzr_pointer_map_clear(struct lzr_pointer_map *map);

/* The key's value, or NULL if the map does not have the key. */
void *lzr_pointer_map_get(const struct lzr_pointer_map *map, const void *key);

/* Adds a pair, or replaces the key's value. Returns false when memory is out.
   key must not be NULL. */
bool lzr_pointer_map_put(struct lzr_pointer_map *map, const void *key,
                         void *value);

#endif
