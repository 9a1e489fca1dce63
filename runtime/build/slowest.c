/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/slowest.h"

#include <stdio.h>
#include <string.h>

void lzr_slowest_init(struct lzr_slowest *slowest) {
  *slowest = (struct lzr_slowest){.count = 0};
  pthread_mutex_init(&slowest->lock, NULL);
}

void lzr_slowest_fini(struct lzr_slowest *slowest) {
  pthread_mutex_destroy(&slowest->lock);
}

/* Under lock. */
static struct lzr_slow_unit *insert(struct lzr_slowest *slowest,
                                    uint64_t time) {
  struct lzr_slow_unit *units = slowest->units;
  size_t at = slowest->count < LZR_SLOWEST ? slowest->count++ : LZR_SLOWEST - 1;
  for (; at > 0 && units[at - 1].time < time; at--)
    units[at] = units[at - 1];
  return &units[at];
}

void lzr_slowest_add(struct lzr_slowest *slowest, uint64_t time,
                     uint32_t number, uint32_t functions, const char *name) {
  if (time <= atomic_load(&slowest->least))
    return;
  pthread_mutex_lock(&slowest->lock);
  if (time > atomic_load(&slowest->least)) {
    struct lzr_slow_unit *unit = insert(slowest, time);
    unit->time = time;
    unit->number = number;
    unit->functions = functions;
    snprintf(unit->name, sizeof unit->name, "%s", name);
  }
  if (slowest->count == LZR_SLOWEST)
    atomic_store(&slowest->least, slowest->units[LZR_SLOWEST - 1].time);
  pthread_mutex_unlock(&slowest->lock);
}

size_t lzr_slowest_list(struct lzr_slowest *slowest,
                        struct lzr_slow_unit units[LZR_SLOWEST]) {
  pthread_mutex_lock(&slowest->lock);
  size_t count = slowest->count;
  memcpy(units, slowest->units, count * sizeof *units);
  pthread_mutex_unlock(&slowest->lock);
  return count;
}
