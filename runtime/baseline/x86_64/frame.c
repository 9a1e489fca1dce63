/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Prologue and epilogue. unwind.c, which describes them to unwinders, relies on
 * the length of each instruction up to the one that makes the frame, and on the
 * epilogue being LEAVE and RET.
 */
#include "runtime/baseline/generator/operations.h"
#include "runtime/baseline/x86_64/abi.h"

/* Bytes from RBP to the first argument on the stack: RBP and return address. */
enum { FIRST_ARGUMENT = 16 };

static void place_by_value(struct lzr_gen *g, const struct lzr_ir_argument *a,
                           uint32_t offset) {
  struct lzr_gen_home *home = lzr_gen_home(g, a->value);
  home->in_frame = true;
  home->slot = (int32_t)(FIRST_ARGUMENT + offset);
}

static void place_argument(struct lzr_gen *g, const struct lzr_ir_argument *a,
                           struct lzr_gen_passed passed) {
  struct lzr_gen_home *home = lzr_gen_home(g, a->value);
  if (a->passing & LZR_IR_PASS_BY_VALUE) {
    place_by_value(g, a, passed.offset);
  } else if (passed.reg == LZR_GEN_NONE) {
    home->slot = (int32_t)(FIRST_ARGUMENT + passed.offset);
    home->stored = true;
  } else if (home->uses) {
    lzr_gen_cache(g, a->value, passed.reg);
  }
}

static void place_arguments(struct lzr_gen *g) {
  const struct lzr_ir *ir = g->ir;
  struct lzr_gen_abi abi = {0};
  for (size_t k = 0; k < ir->argument_count; k++) {
    const struct lzr_ir_argument *a = &ir->arguments[k];
    place_argument(
        g, a, lzr_gen_pass(&abi, ir, ir->values[a->value].type, a->passing));
  }
  if (abi.stack > LZR_GEN_STACK_LIMIT)
    lzr_ir_refuse(g->ir, "large arguments");
  g->named_general = abi.general;
  g->named_xmm = abi.xmm;
  g->stack_arguments = (int32_t)(FIRST_ARGUMENT + abi.stack);
}

/* Stores all registers that may have arguments, for va_arg. AL is 0 if none is
   in an XMM register. */
static void save_arguments(struct lzr_gen *g) {
  enum { GENERAL = 6, XMM = 8, SIZE = 8 * GENERAL + 16 * XMM };
  g->save_area = lzr_gen_new_slot(g, SIZE, 16);
  for (unsigned k = 0; k < GENERAL; k++)
    lzr_x64_memory(g->code, LZR_X64_MOV, 8, lzr_x64_argument_registers[k],
                   lzr_gen_frame(g->save_area + 8 * (int32_t)k), 0);
  lzr_x64_registers(g->code, LZR_X64_TEST, 1, LZR_RAX, LZR_RAX);
  size_t skip = lzr_x64_skip_if(g->code, LZR_X64_E);
  for (unsigned k = 0; k < XMM; k++)
    lzr_x64_memory(g->code, LZR_X64_MOVUPS_TO, 4, LZR_XMM0 + k,
                   lzr_gen_frame(g->save_area + 8 * GENERAL + 16 * (int32_t)k),
                   0);
  lzr_x64_land(g->code, skip);
}

static void place_locals(struct lzr_gen *g) {
  for (size_t k = 0; k < g->ir->local_count; k++) {
    uint32_t value = g->ir->locals[k];
    const struct lzr_ir_value *v = lzr_gen_value(g, value);
    struct lzr_gen_home *home = lzr_gen_home(g, value);
    uint32_t size = v->number > INT32_MAX ? UINT32_MAX : (uint32_t)v->number;
    home->in_frame = true;
    home->slot =
        lzr_gen_new_slot(g, size ? size : 1, size >= 16 ? 16 : v->origin);
  }
}

/* The size of the frame is written when it is known. */
void lzr_x64_prologue(struct lzr_gen *g) {
  lzr_x64_bytes(g->code, 0x55, 1); /* push rbp */
  lzr_x64_registers(g->code, LZR_X64_MOV, 8, LZR_RSP, LZR_RBP);
  lzr_x64_registers(g->code, LZR_X64_GROUP_IMM32, 8, LZR_X64_IS_SUB, LZR_RSP);
  lzr_code_put_number(g->code, 0, 4);
  place_arguments(g);
  if (g->ir->variadic)
    save_arguments(g);
  for (size_t k = 0; k < g->ir->argument_count; k++)
    if (lzr_gen_value(g, g->ir->arguments[k].value)->crosses)
      lzr_gen_store(g, g->ir->arguments[k].value);
  place_locals(g);
}

void lzr_x64_epilogue(struct lzr_gen *g) {
  lzr_x64_bytes(g->code, 0xc3c9, 2); /* leave; ret */
}
