/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Memory that a function takes from its stack while it runs, and its variable
 * arguments.
 */
#include "runtime/baseline/aarch64/operations.h"
#include "runtime/baseline/generator/frame.h"

enum { SP = LZR_A64_SP - LZR_A64_OTHER };

void lzr_a64_allocate_stack(struct lzr_gen *g, lzr_gen_instruction i) {
  const uint32_t align = UINT32_C(0x927cec00); /* and xd, xn, #-16 */
  const uint32_t take = UINT32_C(0xcb2063ff);  /* sub sp, sp, xm */
  unsigned reg = lzr_gen_extended(g, i->a, false, 8), rd = lzr_a64_number(reg);
  g->target->multiply(g, reg, (int32_t)i->c);
  lzr_a64_immediate(g->code, LZR_A64_ADD_IMM, 8, rd, rd, 15, false);
  lzr_a64_word(g->code, align | rd << 5 | rd);
  lzr_a64_word(g->code, take | rd << 16);
  lzr_a64_immediate(g->code, LZR_A64_ADD_IMM, 8, rd, SP, 0, false);
  lzr_gen_note_outgoing(g);
  lzr_gen_done(g, i->a);
  lzr_gen_define(g, i->result, reg);
}

void lzr_a64_save_stack(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned reg = lzr_gen_allocate(g, g->target->general);
  lzr_a64_immediate(g->code, LZR_A64_ADD_IMM, 8, lzr_a64_number(reg), SP, 0,
                    false);
  lzr_gen_define(g, i->result, reg);
}

void lzr_a64_restore_stack(struct lzr_gen *g, lzr_gen_instruction i) {
  lzr_a64_immediate(g->code, LZR_A64_ADD_IMM, 8, SP,
                    lzr_a64_number(lzr_gen_use(g, i->a)), 0, false);
  lzr_gen_done(g, i->a);
}

static void store_address(struct lzr_gen *g, struct lzr_gen_memory to,
                          int32_t slot) {
  unsigned reg = lzr_gen_allocate(g, g->target->general);
  g->target->address(g, reg, lzr_gen_frame(g, slot));
  g->target->store(g, 8, reg, to);
  lzr_gen_release(g, reg);
}

/* A va_list is { stack, gr_top, vr_top, gr_offs, vr_offs }: where arguments on
   the stack begin, where the saved registers of both kinds end, and how far
   below that end the next one is. */
void lzr_a64_start_arguments(struct lzr_gen *g, lzr_gen_instruction i) {
  enum { GENERAL = 8 * 8, FLOATING = 8 * 16 };
  struct lzr_gen_memory list = lzr_gen_address(g, i->a);
  store_address(g, list, (g->stack_arguments + 7) & ~7);
  store_address(g, lzr_gen_move(g, list, 8), g->save_area + GENERAL);
  store_address(g, lzr_gen_move(g, list, 16),
                g->save_area + GENERAL + FLOATING);
  g->target->store_number(g, 4, 8 * (int32_t)g->named_general - GENERAL,
                          lzr_gen_move(g, list, 24));
  g->target->store_number(g, 4, 16 * (int32_t)g->named_floating - FLOATING,
                          lzr_gen_move(g, list, 28));
  lzr_gen_done(g, i->a);
}
