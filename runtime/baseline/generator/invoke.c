/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls that exceptions may come from, and where these land. An unwinder brings
 * the frame back to what they were at the call, the exception and a
 * selector in registers; everything else is in the frame, where it was stored
 * before the call.
 */
#include "runtime/baseline/generator/cache.h"
#include "runtime/baseline/generator/label.h"
#include "runtime/baseline/generator/operations.h"
#include "tpc/base/memory.h"

enum { NO_PAD = UINT32_MAX };

/* The instruction behind the phis. */
static uint32_t find_pad(const struct lzr_ir *ir, uint32_t number) {
  const struct lzr_ir_block *block = &ir->blocks[number];
  uint32_t k = block->first;
  while (k < block->end && ir->instructions[k].operation == LZR_IR_PHI)
    k++;
  return k < block->end && ir->instructions[k].operation == LZR_IR_LANDING_PAD
             ? k
             : NO_PAD;
}

static void add_invoke(struct lzr_gen *g, const struct lzr_gen_invoke *invoke) {
  struct lzr_gen_invoke *grown = lzr_array_reserve(
      g->invokes, &g->invoke_room, g->invoke_count + 1, sizeof *grown);
  if (!grown) {
    g->code->out_of_memory = true;
    return;
  }
  g->invokes = grown;
  g->invokes[g->invoke_count++] = *invoke;
}

/* Phis of the landing pad's block are copied where the exception lands, since
   the call may also return, and then they must be what they were. */
void lzr_gen_invoke(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_gen_invoke invoke = {.block = i->c};
  invoke.target = lzr_gen_edge_to(g, i->c);
  if (invoke.target & LZR_GEN_EDGE)
    g->edges[invoke.target & ~LZR_GEN_EDGE].lands = true;
  lzr_gen_generate_call_at(g, i, &invoke.start, &invoke.end);
  lzr_gen_end_instruction(g);
  add_invoke(g, &invoke);
  lzr_gen_go_to(g, i->b);
}

void lzr_gen_landing_pad(struct lzr_gen *g, lzr_gen_instruction i) {
  static const struct lzr_ir_type exception = {.class = LZR_IR_INTEGER,
                                               .bits = 64};
  static const struct lzr_ir_type selector = {.class = LZR_IR_INTEGER,
                                              .bits = 32};
  int32_t slot = lzr_gen_slot(g, i->result);
  lzr_gen_store_slot(g, exception, g->target->exception, slot);
  lzr_gen_store_slot(g, selector, g->target->selector, slot + 8);
  lzr_gen_define_stored(g, i->result);
}

void lzr_gen_finish_invokes(struct lzr_gen *g) {
  g->code->site_count = 0;
  for (size_t k = 0; k < g->invoke_count; k++) {
    const struct lzr_gen_invoke *invoke = &g->invokes[k];
    struct lzr_code_site site = {.start = invoke->start,
                                 .end = invoke->end,
                                 .landing =
                                     lzr_gen_offset_of(g, invoke->target),
                                 .pad = find_pad(g->ir, invoke->block)};
    if (site.pad == NO_PAD)
      lzr_ir_refuse(g->ir, "no landing pad"); /* nobody has checked it */
    lzr_code_add_site(g->code, &site);
  }
}
