/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A map from names to pointers: open addressing, power-of-two capacity, which
 * never shrinks. The C library's hcreate_r cannot grow and tsearch compares
 * strings log n times; symbol tables here hold tens of thousands of names. Not
 * thread-safe. Keys are borrowed and must outlive the map.
 */
#ifndef LZR_MAP_H
#define LZR_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct lzr_map_entry {
  const char *key; /* NULL marks a free entry */
  uint64_t hash;
  void *value;
};

/* All zero is an empty map. */
struct lzr_map {
  struct lzr_map_entry *entries; /* owned */
  size_t capacity;
  size_t count;
};

void lzr_map_fini(struct lzr_map *map);

/* NULL if it is not there. */
void *lzr_map_get(const struct lzr_map *map, const char *key);

/* Reserves space for count more entries; returns false when memory is out.
   After it has returned true, that many puts cannot fail. */
bool lzr_map_reserve(struct lzr_map *map, size_t count);

/* Adds or replaces an entry; returns false when memory is out. */
bool lzr_map_put(struct lzr_map *map, const char *key, void *value);

/* Removes the entry of that key, if it is there. */
void lzr_map_remove(struct lzr_map *map, const char *key);

#endif
