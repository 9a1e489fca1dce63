/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/support/map.h"

#include <stdlib.h>
#include <string.h>

/* The hash is FNV-1a, because keys are short and the only adversary is the
   user's own program. */
static uint64_t hash_name(const char *key) {
  uint64_t hash = 14695981039346656037u;
  for (; *key; key++)
    hash = (hash ^ (unsigned char)*key) * 1099511628211u;
  return hash;
}

void lzr_map_fini(struct lzr_map *map) {
  free(map->entries);
  memset(map, 0, sizeof *map);
}

/* Finds the entry that holds key, or the free entry where key belongs. */
static struct lzr_map_entry *find_entry(const struct lzr_map *map,
                                        const char *key, uint64_t hash) {
  size_t mask = map->capacity - 1;
  size_t i = hash & mask;
  while (map->entries[i].key && (map->entries[i].hash != hash ||
                                 strcmp(map->entries[i].key, key) != 0))
    i = (i + 1) & mask;
  return &map->entries[i];
}

void *lzr_map_get(const struct lzr_map *map, const char *key) {
  if (map->capacity == 0)
    return NULL;
  return find_entry(map, key, hash_name(key))->value;
}

static bool grow(struct lzr_map *map, size_t capacity) {
  struct lzr_map bigger = {calloc(capacity, sizeof *bigger.entries), capacity,
                           map->count};
  if (!bigger.entries)
    return false;
  for (size_t i = 0; i < map->capacity; i++)
    if (map->entries[i].key)
      *find_entry(&bigger, map->entries[i].key, map->entries[i].hash) =
          map->entries[i];
  free(map->entries);
  *map = bigger;
  return true;
}

bool lzr_map_reserve(struct lzr_map *map, size_t count) {
  size_t capacity = map->capacity ? map->capacity : 16;
  while ((map->count + count) * 4 > capacity * 3)
    capacity *= 2;
  return capacity == map->capacity || grow(map, capacity);
}

bool lzr_map_put(struct lzr_map *map, const char *key, void *value) {
  if (!lzr_map_reserve(map, 1))
    return false;
  uint64_t hash = hash_name(key);
  struct lzr_map_entry *entry = find_entry(map, key, hash);
  map->count += entry->key == NULL;
  *entry = (struct lzr_map_entry){key, hash, value};
  return true;
}

/* The entries behind the hole, up to the next free entry, move up as far as
   their hashes allow. So no search meets a hole before what it looks for. */
static void close_hole(struct lzr_map *map, size_t hole) {
  size_t mask = map->capacity - 1;
  for (size_t i = (hole + 1) & mask; map->entries[i].key; i = (i + 1) & mask) {
    size_t from_home = (i - map->entries[i].hash) & mask;
    if (from_home < ((i - hole) & mask))
      continue;
    map->entries[hole] = map->entries[i];
    hole = i;
  }
  map->entries[hole] = (struct lzr_map_entry){NULL, 0, NULL};
}

void lzr_map_remove(struct lzr_map *map, const char *key) {
  if (map->capacity == 0)
    return;
  struct lzr_map_entry *entry = find_entry(map, key, hash_name(key));
  if (!entry->key)
    return;
  map->count--;
  close_hole(map, (size_t)(entry - map->entries));
}
