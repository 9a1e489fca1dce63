/*
 * A map from pointers to pointers that only grows: open addressing,
 * power-of-two capacity. Moving a function asks it about every constant once.
 * Not thread-safe.
 */
#ifndef LZR_POINTER_MAP_H
#define LZR_POINTER_MAP_H

#include <stdbool.h>
#include <stddef.h>

struct lzr_pointer_pair {
  const void *key; /* NULL marks a free entry */
  void *value;
};

/* All zero is an empty map. */
struct lzr_pointer_map {
  struct lzr_pointer_pair *pairs; /* owned */
  size_t capacity;
  size_t count;
};

void lzr_pointer_map_fini(struct lzr_pointer_map *map);

/* NULL if it is not there. */
void *lzr_pointer_map_get(const struct lzr_pointer_map *map, const void *key);

/* Adds or replaces; false when memory is out. key is not NULL. */
bool lzr_pointer_map_put(struct lzr_pointer_map *map, const void *key,
                         void *value);

#endif
