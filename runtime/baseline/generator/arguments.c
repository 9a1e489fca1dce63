/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Where arguments and local variables are when a function begins.
 */
#include "runtime/baseline/generator/frame.h"

/* Bytes from the frame to the first argument on the stack: the caller's frame
   and the return address. */
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

void lzr_gen_place_arguments(struct lzr_gen *g) {
  const struct lzr_ir *ir = g->ir;
  struct lzr_gen_abi abi = {0};
  for (size_t k = 0; k < ir->argument_count; k++) {
    const struct lzr_ir_argument *a = &ir->arguments[k];
    place_argument(
        g, a, g->target->pass(&abi, ir, ir->values[a->value].type, a->passing));
  }
  if (abi.stack > LZR_GEN_STACK_LIMIT)
    lzr_ir_refuse(g->ir, "large arguments");
  g->named_general = abi.general;
  g->named_floating = abi.floating;
  g->stack_arguments = (int32_t)(FIRST_ARGUMENT + abi.stack);
}

/* Arguments that other blocks use go to their slots first. */
void lzr_gen_place_locals(struct lzr_gen *g) {
  for (size_t k = 0; k < g->ir->argument_count; k++)
    if (lzr_gen_value(g, g->ir->arguments[k].value)->crosses)
      lzr_gen_store(g, g->ir->arguments[k].value);
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
