/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/pointer_map.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Fibonacci hashing: heap addresses differ in their middle bits, which the
   multiplication spreads into the upper ones. */
static size_t first_index(const void *key, size_t capacity) {
  uint64_t product = (uint64_t)(uintptr_t)key * UINT64_C(0x9e3779b97f4a7c15);
  return (size_t)(product >> 32) & (capacity - 1);
}

/* The key's pair, or the free pair where it belongs. There always is a free
   one, because the map is at most three quarters full. */
static struct lzr_pointer_pair *find(struct lzr_pointer_pair *pairs,
                                     size_t capacity, const void *key) {
  size_t index = first_index(key, capacity);
  while (pairs[index].key && pairs[index].key != key)
    index = (index + 1) & (capacity - 1);
  return &pairs[index];
}

static bool grow(struct lzr_pointer_map *map) {
  size_t capacity = map->capacity ? map->capacity * 2 : 64;
  struct lzr_pointer_pair *pairs = calloc(capacity, sizeof *pairs);
  if (!pairs)
    return false;
  for (size_t i = 0; i < map->capacity; i++)
    if (map->pairs[i].key)
      *find(pairs, capacity, map->pairs[i].key) = map->pairs[i];
  free(map->pairs);
  map->pairs = pairs;
  map->capacity = capacity;
  return true;
}

void lzr_pointer_map_fini(struct lzr_pointer_map *map) {
  free(map->pairs);
  *map = (struct lzr_pointer_map){0};
}

void lzr_pointer_map_clear(struct lzr_pointer_map *map) {
  enum { SMALL = 1024 };
  if (map->capacity > SMALL && map->count < map->capacity / 16)
    lzr_pointer_map_fini(map);
  else if (map->count)
    memset(map->pairs, 0, map->capacity * sizeof *map->pairs);
  map->count = 0;
}

void *lzr_pointer_map_get(const struct lzr_pointer_map *map, const void *key) {
  if (!map->capacity)
    return NULL;
  return find(map->pairs, map->capacity, key)->value;
}

bool lzr_pointer_map_put(struct lzr_pointer_map *map, const void *key,
                         void *value) {
  if (map->count >= map->capacity / 4 * 3 && !grow(map))
    return false;
  struct lzr_pointer_pair *pair = find(map->pairs, map->capacity, key);
  map->count += !pair->key;
  *pair = (struct lzr_pointer_pair){key, value};
  return true;
}
