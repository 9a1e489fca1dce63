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

bool lzr_gen_check_argument(struct lzr_gen *g, uint32_t value,
                            uint32_t passing) {
  struct lzr_ir_type type = lzr_gen_value(g, value)->type;
  const struct lzr_ir_layout *layout = &g->ir->layouts[type.layout];
  if ((passing & LZR_IR_PASS_BY_VALUE) && !g->target->copies_by_value)
    lzr_ir_refuse(g->ir, "an argument by value");
  if (type.class == LZR_IR_AGGREGATE &&
      (!layout->is_array || !layout->in_registers || !layout->part_count ||
       layout->part_count > g->target->argument_parts))
    lzr_ir_refuse(g->ir, "an aggregate as an argument");
  return !g->ir->refusal;
}

bool lzr_gen_check_result(struct lzr_gen *g, struct lzr_ir_type type) {
  if (type.class == LZR_IR_AGGREGATE &&
      g->ir->layouts[type.layout].part_count > g->target->result_parts)
    lzr_ir_refuse(g->ir, "a result in many registers");
  return !g->ir->refusal;
}

/* An aggregate's registers are stored, since it is in the frame. */
static void store_parts(struct lzr_gen *g, uint32_t value, unsigned first) {
  struct lzr_ir_type type = lzr_gen_value(g, value)->type;
  const struct lzr_ir_layout *layout = &g->ir->layouts[type.layout];
  for (unsigned k = 0; k < layout->part_count; k++)
    g->target->store(g, lzr_gen_slot_size(layout->parts[k].type), first + k,
                     lzr_gen_frame(g, lzr_gen_slot(g, value) +
                                          (int32_t)layout->parts[k].offset));
  lzr_gen_define_stored(g, value);
}

static void place_argument(struct lzr_gen *g, const struct lzr_ir_argument *a,
                           struct lzr_gen_passed passed) {
  struct lzr_gen_home *home = lzr_gen_home(g, a->value);
  if (a->passing & LZR_IR_PASS_BY_VALUE) {
    place_by_value(g, a, passed.offset);
  } else if (passed.reg == LZR_GEN_NONE) {
    home->slot = (int32_t)(FIRST_ARGUMENT + passed.offset);
    home->stored = true;
  } else if (lzr_gen_value(g, a->value)->type.class == LZR_IR_AGGREGATE) {
    store_parts(g, a->value, passed.reg);
  } else if (home->uses) {
    lzr_gen_cache(g, a->value, passed.reg);
  }
}

void lzr_gen_place_arguments(struct lzr_gen *g) {
  const struct lzr_ir *ir = g->ir;
  struct lzr_gen_abi abi = {0};
  if (!lzr_gen_check_result(g, ir->result))
    return;
  for (size_t k = 0; k < ir->argument_count; k++) {
    const struct lzr_ir_argument *a = &ir->arguments[k];
    if (!lzr_gen_check_argument(g, a->value, a->passing))
      return;
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
