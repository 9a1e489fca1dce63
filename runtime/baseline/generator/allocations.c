/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/generator/frame.h"
#include "tpc/base/memory.h"

void lzr_gen_note_outgoing(struct lzr_gen *g) {
  uint32_t *grown = lzr_array_reserve(g->allocations, &g->allocation_room,
                                      g->allocation_count + 1, sizeof *grown);
  if (!grown) {
    g->code->out_of_memory = true;
    return;
  }
  g->allocations = grown;
  g->allocations[g->allocation_count++] = (uint32_t)g->code->size - 4;
}
