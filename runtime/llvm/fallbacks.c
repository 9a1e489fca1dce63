/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/fallbacks.h"

#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"

void lzr_fallbacks_init(struct lzr_fallbacks *fallbacks) {
  *fallbacks = (struct lzr_fallbacks){.made = 0};
  pthread_mutex_init(&fallbacks->lock, NULL);
}

void lzr_fallbacks_fini(struct lzr_fallbacks *fallbacks) {
  for (size_t i = 0; i < fallbacks->count; i++)
    free((char *)fallbacks->table[i].reason);
  free(fallbacks->table);
  pthread_mutex_destroy(&fallbacks->lock);
}

/* Under lock. There are few reasons. */
static struct lzr_fallback *find(struct lzr_fallbacks *fallbacks,
                                 const char *reason) {
  for (size_t i = 0; i < fallbacks->count; i++)
    if (strcmp(fallbacks->table[i].reason, reason) == 0)
      return &fallbacks->table[i];
  struct lzr_fallback *grown = lzr_array_reserve(
      fallbacks->table, &fallbacks->room, fallbacks->count + 1, sizeof *grown);
  char *copy = grown ? strdup(reason) : NULL;
  if (grown)
    fallbacks->table = grown;
  if (!copy)
    return NULL;
  grown[fallbacks->count] = (struct lzr_fallback){copy, 0};
  return &grown[fallbacks->count++];
}

void lzr_fallbacks_count(struct lzr_fallbacks *fallbacks, const char *reason) {
  pthread_mutex_lock(&fallbacks->lock);
  struct lzr_fallback *found = reason ? find(fallbacks, reason) : NULL;
  if (found)
    found->functions++;
  fallbacks->made += !reason;
  pthread_mutex_unlock(&fallbacks->lock);
}

static int by_frequency(const void *one, const void *other) {
  uint64_t a = ((const struct lzr_fallback *)one)->functions;
  uint64_t b = ((const struct lzr_fallback *)other)->functions;
  return a > b ? -1 : a < b;
}

uint64_t lzr_fallbacks_made(struct lzr_fallbacks *fallbacks) {
  pthread_mutex_lock(&fallbacks->lock);
  uint64_t made = fallbacks->made;
  pthread_mutex_unlock(&fallbacks->lock);
  return made;
}

lzr_error *lzr_fallbacks_list(struct lzr_fallbacks *fallbacks,
                              struct lzr_fallback **list, size_t *count) {
  pthread_mutex_lock(&fallbacks->lock);
  *count = fallbacks->count;
  *list = calloc(*count + 1, sizeof **list);
  if (*list && *count)
    memcpy(*list, fallbacks->table, *count * sizeof **list);
  pthread_mutex_unlock(&fallbacks->lock);
  if (!*list)
    return lzr_out_of_memory();
  qsort(*list, *count, sizeof **list, by_frequency);
  return NULL;
}
