#include "runtime/map.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a: short keys, no adversary but the user's own program. */
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

/* The entry that holds key, or the free one where it belongs. */
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
