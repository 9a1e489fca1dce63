/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/generator/generate.h"

#include <stdlib.h>

#include "runtime/baseline/generator/cache.h"
#include "runtime/baseline/generator/label.h"
#include "runtime/baseline/generator/operations.h"
#include "tpc/base/memory.h"

/* C++ uses the lowest bit of a member function's address. */
enum { FUNCTION_ALIGN = 16 };

struct lzr_gen *lzr_gen_create(const struct lzr_gen_target *target) {
  struct lzr_gen *made = calloc(1, sizeof *made);
  if (made)
    made->target = target;
  return made;
}

void lzr_gen_destroy(struct lzr_gen *generator) {
  if (!generator)
    return;
  free(generator->homes);
  free(generator->block_offsets);
  free(generator->edges);
  free(generator->phis);
  free(generator->jumps);
  free(generator->invokes);
  free(generator->cases);
  free(generator->tables);
  free(generator->targets);
  free(generator->allocations);
  free(generator);
}

/* Beginning. */

static bool make_room(struct lzr_gen *g, const struct lzr_ir *ir) {
  struct lzr_gen_home *homes = lzr_array_reserve(
      g->homes, &g->home_room, ir->value_count, sizeof *homes);
  if (homes)
    g->homes = homes;
  uint32_t *offsets = lzr_array_reserve(g->block_offsets, &g->block_room,
                                        ir->block_count, sizeof *offsets);
  if (offsets)
    g->block_offsets = offsets;
  return homes && offsets;
}

static void begin(struct lzr_gen *g, struct lzr_ir *ir,
                  struct lzr_machine_code *code) {
  g->ir = ir;
  g->code = code;
  g->edge_count = g->jump_count = g->table_count = g->target_count = 0;
  g->allocation_count = g->spare_count = g->invoke_count = 0;
  g->reserved = 0;
  g->frame = 0;
  g->outgoing = 0;
  g->turn = 0;
  g->returns = false;
  for (size_t k = 0; k < ir->value_count; k++)
    g->homes[k] = (struct lzr_gen_home){.reg = -1, .uses = ir->values[k].uses};
  for (unsigned reg = 0; reg < LZR_GEN_REGISTERS; reg++)
    g->held[reg] = 0;
  g->free = g->target->general | g->target->floating;
  g->locked = 0;
  while (code->size % FUNCTION_ALIGN) {
    lzr_code_want(code);
    lzr_code_put(code, g->target->fill);
  }
  g->start = (uint32_t)code->size;
}

/* Instructions. */

static void phi(struct lzr_gen *g, lzr_gen_instruction i) {
  lzr_gen_define_stored(g, i->result);
}

/* Those that are the same on all architectures. */
static const lzr_gen_operation operations[] = {
    [LZR_IR_COMPARE] = lzr_gen_compare,
    [LZR_IR_FCOMPARE] = lzr_gen_compare,
    [LZR_IR_LOAD] = lzr_gen_load,
    [LZR_IR_STORE] = lzr_gen_store_to,
    [LZR_IR_GEP] = lzr_gen_gep,
    [LZR_IR_COPY_MEMORY] = lzr_gen_copy_memory,
    [LZR_IR_COPY_ARGUMENTS] = lzr_gen_copy_arguments,
    [LZR_IR_CLEAR_MEMORY] = lzr_gen_clear_memory,
    [LZR_IR_EXTRACT] = lzr_gen_extract,
    [LZR_IR_INSERT] = lzr_gen_insert,
    [LZR_IR_PHI] = phi,
    [LZR_IR_CALL] = lzr_gen_generate_call,
    [LZR_IR_INVOKE] = lzr_gen_invoke,
    [LZR_IR_LANDING_PAD] = lzr_gen_landing_pad,
    [LZR_IR_RETURN] = lzr_gen_return,
    [LZR_IR_BRANCH] = lzr_gen_branch,
    [LZR_IR_BRANCH_IF] = lzr_gen_branch_if,
    [LZR_IR_SWITCH] = lzr_gen_switch,
};

static lzr_gen_operation find_operation(const struct lzr_gen *g,
                                        uint8_t number) {
  enum { COUNT = sizeof operations / sizeof *operations };
  if (number < COUNT && operations[number])
    return operations[number];
  return number < g->target->operation_count ? g->target->operations[number]
                                             : NULL;
}

static void generate_instruction(struct lzr_gen *g, lzr_gen_instruction i) {
  lzr_gen_operation operation = find_operation(g, i->operation);
  if (operation)
    operation(g, i);
  else
    lzr_ir_refuse(g->ir, "an operation");
  lzr_gen_end_instruction(g);
}

/* Loads and address computations that nobody uses are left out, as LLVM leaves
   them out: their addresses may be wild. */
static bool is_dead(const struct lzr_gen *g, lzr_gen_instruction i) {
  return i->result && !lzr_gen_value(g, i->result)->uses &&
         (i->operation < LZR_IR_LOAD || i->operation == LZR_IR_GEP ||
          (i->operation == LZR_IR_LOAD && !i->sub));
}

/* Blocks. */

/* Whether control reaches the next block from this one only, by its branch, so
   that what is in registers stays there. */
static bool falls_through(const struct lzr_gen *g) {
  const struct lzr_ir *ir = g->ir;
  uint32_t next = g->block + 1;
  if (next == ir->block_count || ir->blocks[next].predecessors != 1 ||
      ir->blocks[next].has_phis)
    return false;
  const struct lzr_ir_block *block = &ir->blocks[g->block];
  lzr_gen_instruction last = &ir->instructions[block->end - 1];
  if (last->operation == LZR_IR_BRANCH)
    return last->b == next;
  return last->operation == LZR_IR_BRANCH_IF &&
         (last->b == next || last->c == next) &&
         !ir->blocks[last->b].has_phis && !ir->blocks[last->c].has_phis;
}

static void generate_block(struct lzr_gen *g, uint32_t number) {
  const struct lzr_ir *ir = g->ir;
  const struct lzr_ir_block *block = &ir->blocks[number];
  g->block = number;
  g->block_offsets[number] = (uint32_t)g->code->size;
  for (uint32_t k = block->first; k < block->end && !ir->refusal; k++) {
    lzr_gen_instruction i = &ir->instructions[k];
    if (is_dead(g, i))
      continue;
    generate_instruction(g, i);
  }
  if (falls_through(g))
    lzr_gen_forget_own_values(g);
  else
    lzr_gen_forget_registers(g);
}

/* The end. */

static void finish(struct lzr_gen *g, struct lzr_code_function *function) {
  lzr_gen_finish_edges(g);
  uint32_t epilogue = (uint32_t)g->code->size;
  if (g->returns)
    g->target->epilogue(g);
  function->start = g->start;
  function->end = (uint32_t)g->code->size;
  function->epilogue =
      function->end - (g->returns ? g->target->epilogue_tail : 0);
  lzr_gen_finish_tables(g);
  lzr_gen_resolve_jumps(g, epilogue);
  lzr_gen_finish_invokes(g);
  g->target->finish_frame(g);
}

void lzr_gen_generate(struct lzr_gen *g, struct lzr_ir *ir,
                      struct lzr_machine_code *code,
                      struct lzr_code_function *function) {
  size_t size = code->size, reloc_count = code->reloc_count;
  if (!make_room(g, ir)) {
    ir->out_of_memory = true;
    return;
  }
  begin(g, ir, code);
  g->target->prologue(g);
  lzr_gen_end_instruction(g);
  for (uint32_t k = 0; k < ir->block_count && !ir->refusal; k++)
    generate_block(g, k);
  if (!ir->refusal)
    finish(g, function);
  if (ir->refusal) {
    code->size = size;
    code->reloc_count = reloc_count;
  }
}
