/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a walk remembers of the present function.
 */
#include "runtime/llvm/walk_private.h"

void lzr_walk_remember(struct lzr_walk *walk, const void *key,
                       uint32_t number) {
  if (!lzr_pointer_map_put(&walk->memo, key,
                           (void *)(uintptr_t)((uint64_t)number + 1)))
    walk->ir->out_of_memory = true;
}

bool lzr_walk_recall(const struct lzr_walk *walk, const void *key,
                     uint32_t *number) {
  uintptr_t found = (uintptr_t)lzr_pointer_map_get(&walk->memo, key);
  *number = (uint32_t)(found - 1);
  return found != 0;
}

uint32_t lzr_walk_block(const struct lzr_walk *walk, LLVMBasicBlockRef block) {
  uint32_t number;
  return lzr_walk_recall(walk, block, &number) ? number : 0;
}
