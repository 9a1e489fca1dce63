/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Prologue and epilogue. unwind.c, which describes them to unwinders, relies on
 * the length of each instruction up to the one that makes the frame, and on the
 * epilogue being LEAVE and RET.
 */
#include "runtime/baseline/generator/frame.h"
#include "runtime/baseline/x86_64/abi.h"
#include "runtime/baseline/x86_64/operations.h"

/* Stores all registers that may have arguments, for va_arg. AL is 0 if none is
   in an XMM register. */
static void save_arguments(struct lzr_gen *g) {
  enum { GENERAL = 6, XMM = 8, SIZE = 8 * GENERAL + 16 * XMM };
  g->save_area = lzr_gen_new_slot(g, SIZE, 16);
  for (unsigned k = 0; k < GENERAL; k++)
    lzr_x64_memory(g->code, LZR_X64_MOV, 8, lzr_x64_argument_registers[k],
                   lzr_gen_frame(g, g->save_area + 8 * (int32_t)k), 0);
  lzr_x64_registers(g->code, LZR_X64_TEST, 1, LZR_RAX, LZR_RAX);
  size_t skip = lzr_x64_skip_if(g->code, LZR_X64_E);
  for (unsigned k = 0; k < XMM; k++)
    lzr_x64_memory(
        g->code, LZR_X64_MOVUPS_TO, 4, LZR_XMM0 + k,
        lzr_gen_frame(g, g->save_area + 8 * GENERAL + 16 * (int32_t)k), 0);
  lzr_x64_land(g->code, skip);
}

/* The size of the frame is written when it is known. */
void lzr_x64_prologue(struct lzr_gen *g) {
  lzr_x64_bytes(g->code, 0x55, 1); /* push rbp */
  lzr_x64_registers(g->code, LZR_X64_MOV, 8, LZR_RSP, LZR_RBP);
  lzr_x64_registers(g->code, LZR_X64_GROUP_IMM32, 8, LZR_X64_IS_SUB, LZR_RSP);
  lzr_code_put_number(g->code, 0, 4);
  lzr_gen_place_arguments(g);
  if (g->ir->variadic)
    save_arguments(g);
  lzr_gen_place_locals(g);
}

void lzr_x64_epilogue(struct lzr_gen *g) {
  lzr_x64_bytes(g->code, 0xc3c9, 2); /* leave; ret */
}

void lzr_x64_finish_frame(struct lzr_gen *g) {
  enum { FIELD = 1 + 3 + 3 }; /* push, mov, and sub up to its number */
  uint32_t size = ((uint32_t)g->frame + g->outgoing + 15) & ~15u;
  lzr_code_patch(g->code, g->start + FIELD, size);
  for (size_t k = 0; k < g->allocation_count; k++)
    lzr_code_patch(g->code, g->allocations[k], g->outgoing);
}
