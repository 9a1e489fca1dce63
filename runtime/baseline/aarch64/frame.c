/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The frame's base is x29, which points to the caller's and to the return
 * address. arch.c, which describes frames to unwinders, relies on the first two
 * instructions, and on the last two being LDP and RET.
 */
#include "runtime/baseline/generator/frame.h"

#include "runtime/baseline/aarch64/target.h"

/* Registers that may have arguments of a variadic function: x0 to x7, then the
   whole of v0 to v7. */
enum { GENERAL = 8, FLOATING = 8, SIZE = 8 * GENERAL + 16 * FLOATING };

static void save_arguments(struct lzr_gen *g) {
  g->save_area = lzr_gen_new_slot(g, SIZE, 16);
  for (unsigned k = 0; k < GENERAL; k++)
    g->target->store(g, 8, LZR_A64_X0 + k,
                     lzr_gen_frame(g, g->save_area + 8 * (int32_t)k));
  for (unsigned k = 0; k < FLOATING; k++)
    g->target->store(
        g, 16, LZR_A64_V0 + k,
        lzr_gen_frame(g, g->save_area + 8 * GENERAL + 16 * (int32_t)k));
}

/* The size of the frame is written into two subtractions when it is known. */
void lzr_a64_prologue(struct lzr_gen *g) {
  const uint32_t push = UINT32_C(0xa9bf7bfd); /* stp x29, x30, [sp, #-16]! */
  const unsigned sp = LZR_A64_SP - LZR_A64_OTHER;
  const unsigned fp = LZR_A64_FP - LZR_A64_OTHER;
  lzr_a64_word(g->code, push);
  lzr_a64_immediate(g->code, LZR_A64_ADD_IMM, 8, fp, sp, 0, false);
  lzr_a64_immediate(g->code, LZR_A64_SUB_IMM, 8, sp, sp, 0, true);
  lzr_a64_immediate(g->code, LZR_A64_SUB_IMM, 8, sp, sp, 0, false);
  lzr_gen_place_arguments(g);
  if (g->ir->variadic)
    save_arguments(g);
  lzr_gen_place_locals(g);
}

void lzr_a64_epilogue(struct lzr_gen *g) {
  const uint32_t pop = UINT32_C(0xa8c17bfd); /* ldp x29, x30, [sp], #16 */
  lzr_a64_immediate(g->code, LZR_A64_ADD_IMM, 8, LZR_A64_SP - LZR_A64_OTHER,
                    LZR_A64_FP - LZR_A64_OTHER, 0, false);
  lzr_a64_word(g->code, pop);
  lzr_a64_word(g->code, LZR_A64_RET);
}

/* Fills the field of an ADD or SUB, which is empty. */
static void write_immediate(struct lzr_gen *g, uint32_t at, uint32_t number) {
  uint32_t word = 0;
  if (g->code->out_of_memory)
    return;
  for (unsigned i = 0; i < 4; i++)
    word |= (uint32_t)g->code->bytes[at + i] << 8 * i;
  lzr_code_patch(g->code, at, word | number << 10);
}

void lzr_a64_finish_frame(struct lzr_gen *g) {
  enum { FIELD = 12, LIMIT = 1 << (2 * FIELD), MASK = (1 << FIELD) - 1 };
  uint32_t size = ((uint32_t)g->frame + g->outgoing + 15) & ~15u;
  if (size >= LIMIT)
    lzr_ir_refuse(g->ir, "a large frame");
  else if (g->allocation_count && g->outgoing > MASK)
    lzr_ir_refuse(g->ir, "large arguments");
  if (g->ir->refusal)
    return;
  write_immediate(g, g->start + 8, size >> FIELD);
  write_immediate(g, g->start + 12, size & MASK);
  for (size_t k = 0; k < g->allocation_count; k++)
    write_immediate(g, g->allocations[k], g->outgoing);
}
