/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Memory that a function takes from its stack while it runs, and its variable
 * arguments.
 */
#include "runtime/baseline/generator/access.h"
#include "runtime/baseline/generator/frame.h"
#include "runtime/baseline/x86_64/operations.h"

void lzr_x64_allocate_stack(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned reg = lzr_gen_extended(g, i->a, false, 8);
  lzr_x64_registers(g->code, LZR_X64_IMUL_IMM32, 8, reg, reg);
  lzr_code_put_number(g->code, i->c, 4);
  lzr_x64_immediate(g->code, LZR_X64_IS_ADD, 8, reg, 15);
  lzr_x64_immediate(g->code, LZR_X64_IS_AND, 8, reg, -16);
  lzr_x64_registers(g->code, LZR_X64_SUB, 8, reg, LZR_RSP);
  /* An offset of four bytes, whatever it will be. */
  lzr_x64_memory(g->code, LZR_X64_LEA, 8, reg, lzr_gen_at(LZR_RSP, INT32_MAX),
                 0);
  lzr_gen_note_outgoing(g);
  lzr_gen_done(g, i->a);
  lzr_gen_define(g, i->result, reg);
}

void lzr_x64_save_stack(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_x64_copy(g->code, reg, LZR_RSP);
  lzr_gen_define(g, i->result, reg);
}

void lzr_x64_restore_stack(struct lzr_gen *g, lzr_gen_instruction i) {
  lzr_x64_copy(g->code, LZR_RSP, lzr_gen_use(g, i->a));
  lzr_gen_done(g, i->a);
}

static void store_number(struct lzr_gen *g, struct lzr_gen_memory to,
                         uint32_t number) {
  lzr_x64_memory(g->code, LZR_X64_MOV_IMM, 4, 0, to, 4);
  lzr_code_put_number(g->code, number, 4);
}

static void store_address(struct lzr_gen *g, struct lzr_gen_memory to,
                          int32_t slot) {
  unsigned reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_x64_memory(g->code, LZR_X64_LEA, 8, reg, lzr_gen_frame(g, slot), 0);
  lzr_x64_memory(g->code, LZR_X64_MOV, 8, reg, to, 0);
  lzr_gen_release(g, reg);
}

/* A va_list is { gp_offset, fp_offset, overflow_arg_area, reg_save_area }: how
   much of the saved registers is used up, where arguments on the stack begin,
   and where the registers have been saved. */
void lzr_x64_start_arguments(struct lzr_gen *g, lzr_gen_instruction i) {
  struct lzr_gen_memory list = lzr_gen_address(g, i->a);
  store_number(g, list, 8 * g->named_general);
  store_number(g, lzr_gen_move(g, list, 4), 8 * 6 + 16 * g->named_floating);
  store_address(g, lzr_gen_move(g, list, 8), g->stack_arguments);
  store_address(g, lzr_gen_move(g, list, 16), g->save_area);
  lzr_gen_done(g, i->a);
}
