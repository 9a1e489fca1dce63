/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/builder.h"
#include "runtime/symbols/resident.h"
#include "tpc/base/memory.h"

#include <stdlib.h>

/* Frees what builds have left, once nobody waits for their jobs any more. */
static void tidy(void *owner, unsigned thread) {
  struct lzr_builder *builder = owner;
  struct lzr_used_modules *used = &builder->used[thread];
  while (used->count > 0)
    lzr_module_tidy(used->modules[--used->count], thread);
}

bool lzr_builder_use(struct lzr_builder *builder, unsigned thread,
                     lzr_module *module) {
  struct lzr_used_modules *used = &builder->used[thread];
  for (size_t i = 0; i < used->count; i++)
    if (used->modules[i] == module)
      return true;
  lzr_module **grown =
      lzr_array_grow(used->modules, used->count, sizeof *grown);
  if (!grown)
    return false;
  used->modules = grown;
  used->modules[used->count++] = module;
  return true;
}

lzr_error *lzr_builder_init(struct lzr_builder *builder,
                            struct lzr_symbols *symbols,
                            unsigned thread_count) {
  builder->symbols = symbols;
  symbols->workers = &builder->workers;
  pthread_mutex_init(&builder->turn_lock, NULL);
  pthread_cond_init(&builder->turn_free, NULL);
  lzr_slowest_init(&builder->slowest);
  return lzr_workers_init(&builder->workers, thread_count, builder, tidy);
}

void lzr_builder_fini(struct lzr_builder *builder) {
  lzr_workers_fini(&builder->workers);
  while (builder->symbols && builder->symbols->residents) {
    struct lzr_resident *resident = builder->symbols->residents;
    lzr_resident_detach(resident);
    lzr_resident_release(resident);
  }
  for (unsigned i = 0; i < LZR_MAX_THREADS; i++)
    free(builder->used[i].modules);
  lzr_extents_fini(&builder->extents);
  lzr_slowest_fini(&builder->slowest);
  pthread_cond_destroy(&builder->turn_free);
  pthread_mutex_destroy(&builder->turn_lock);
}

void lzr_builder_take_turn(struct lzr_builder *builder) {
  pthread_mutex_lock(&builder->turn_lock);
  while (builder->turn_taken)
    pthread_cond_wait(&builder->turn_free, &builder->turn_lock);
  builder->turn_taken = true;
  pthread_mutex_unlock(&builder->turn_lock);
}

void lzr_builder_give_turn(struct lzr_builder *builder) {
  pthread_mutex_lock(&builder->turn_lock);
  builder->turn_taken = false;
  pthread_cond_signal(&builder->turn_free);
  pthread_mutex_unlock(&builder->turn_lock);
}
