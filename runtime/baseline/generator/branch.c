/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The ends of blocks, but for switches.
 */
#include "runtime/baseline/generator/access.h"
#include "runtime/baseline/generator/cache.h"
#include "runtime/baseline/generator/label.h"
#include "runtime/baseline/generator/operations.h"

/* It may be the next in the code. */
void lzr_gen_go_to(struct lzr_gen *g, uint32_t to) {
  lzr_gen_copy_phis(g, g->block, to);
  if (to != g->block + 1)
    lzr_gen_jump_to(g, to);
}

void lzr_gen_branch(struct lzr_gen *g, lzr_gen_instruction i) {
  lzr_gen_go_to(g, i->b);
}

/* At most one of the ways goes through code elsewhere: phis of the block that
   is not jumped to are copied right here. */
void lzr_gen_branch_if(struct lzr_gen *g, lzr_gen_instruction i) {
  bool yes_has_phis = g->ir->blocks[i->b].has_phis;
  bool no_has_phis = g->ir->blocks[i->c].has_phis;
  if (i->b == i->c) {
    lzr_gen_test_done(g, i->a);
    lzr_gen_go_to(g, i->b);
    return;
  }
  struct lzr_gen_test test = lzr_gen_test(g, i->a);
  bool jumps_if = no_has_phis || (!yes_has_phis && i->b != g->block + 1);
  uint32_t target = lzr_gen_edge_to(g, jumps_if ? i->b : i->c);
  lzr_gen_test_done(g, i->a);
  lzr_gen_jump_on(g, test, jumps_if, target);
  lzr_gen_end_instruction(g);
  lzr_gen_go_to(g, jumps_if ? i->c : i->b);
}

/* Results. */

static void load_parts(struct lzr_gen *g, uint32_t value) {
  struct lzr_ir_type type = lzr_gen_value(g, value)->type;
  const struct lzr_ir_layout *layout = &g->ir->layouts[type.layout];
  struct lzr_gen_results results = g->target->find_results(g->ir, type);
  bool is_zero = lzr_gen_value(g, value)->kind == LZR_IR_CONSTANT;
  for (unsigned k = 0; k < layout->part_count; k++) {
    unsigned reg = results.regs[k];
    if (is_zero)
      g->target->zero(g, reg);
    else
      lzr_gen_read(g, layout->parts[k].type, reg,
                   lzr_gen_frame(g, lzr_gen_slot(g, value) +
                                        (int32_t)layout->parts[k].offset));
  }
}

static void load_number(struct lzr_gen *g, uint32_t value) {
  struct lzr_ir_type type = lzr_gen_value(g, value)->type;
  unsigned reg = g->target->find_results(g->ir, type).regs[0];
  uint32_t passing = lzr_gen_passing(g, type, g->ir->result_passing);
  lzr_gen_load_into(g, value, reg);
  if (passing & (LZR_IR_PASS_ZERO_EXTENDED | LZR_IR_PASS_SIGN_EXTENDED))
    g->target->extend(g, reg, type.bits, passing & LZR_IR_PASS_SIGN_EXTENDED,
                      lzr_gen_wide(type.bits));
}

/* No value is needed any more, so the registers are simply written over. */
void lzr_gen_return(struct lzr_gen *g, lzr_gen_instruction i) {
  if (i->a && lzr_gen_value(g, i->a)->type.class == LZR_IR_AGGREGATE) {
    lzr_gen_forget_registers(g);
    g->locked = g->target->results;
    load_parts(g, i->a);
  } else if (i->a) {
    load_number(g, i->a);
  }
  bool is_last = g->block + 1 == g->ir->block_count && !g->edge_count;
  if (!is_last)
    lzr_gen_jump_to(g, LZR_GEN_EPILOGUE);
  g->returns = true;
}

/* An edge's code begins with nothing in registers, whatever comes before it; or
   with an exception, which must stay there. */
void lzr_gen_finish_edges(struct lzr_gen *g) {
  for (size_t k = 0; k < g->edge_count; k++) {
    struct lzr_gen_edge *edge = &g->edges[k];
    edge->offset = (uint32_t)g->code->size;
    lzr_gen_forget_registers(g);
    g->reserved = edge->lands ? LZR_GEN_BIT(g->target->exception) |
                                    LZR_GEN_BIT(g->target->selector)
                              : 0;
    lzr_gen_copy_phis(g, edge->from, edge->to);
    lzr_gen_jump_to(g, edge->to);
    g->reserved = 0;
  }
}
