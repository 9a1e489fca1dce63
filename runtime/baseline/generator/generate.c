/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/generator/generate.h"

#include <stdlib.h>

#include "runtime/baseline/generator/cache.h"
#include "runtime/baseline/generator/label.h"
#include "runtime/baseline/generator/operations.h"
#include "tpc/base/memory.h"

/* C++ uses the lowest bit of a member function's address. */
enum { FUNCTION_ALIGN = 16, INT3 = 0xcc };

struct lzr_gen *lzr_gen_create(void) {
  return calloc(1, sizeof(struct lzr_gen));
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
  g->free = LZR_X64_GENERAL | LZR_X64_XMM;
  g->locked = 0;
  while (code->size % FUNCTION_ALIGN) {
    lzr_code_want(code);
    lzr_code_put(code, INT3);
  }
  g->start = (uint32_t)code->size;
}

/* Instructions. */

typedef void (*operation)(struct lzr_gen *g, lzr_gen_instruction i);

static void trap(struct lzr_gen *g, lzr_gen_instruction i) {
  (void)i;
  lzr_x64_bytes(g->code, 0x0b0f, 2); /* ud2 */
}

static void fence(struct lzr_gen *g, lzr_gen_instruction i) {
  (void)i;
  lzr_x64_fence(g);
}

static void phi(struct lzr_gen *g, lzr_gen_instruction i) {
  lzr_gen_define_stored(g, i->result);
}

static const operation operations[] = {
    [LZR_IR_ADD] = lzr_x64_arithmetic,
    [LZR_IR_SUB] = lzr_x64_arithmetic,
    [LZR_IR_MUL] = lzr_x64_arithmetic,
    [LZR_IR_AND] = lzr_x64_arithmetic,
    [LZR_IR_OR] = lzr_x64_arithmetic,
    [LZR_IR_XOR] = lzr_x64_arithmetic,
    [LZR_IR_SHL] = lzr_x64_shift,
    [LZR_IR_LSHR] = lzr_x64_shift,
    [LZR_IR_ASHR] = lzr_x64_shift,
    [LZR_IR_UDIV] = lzr_x64_divide,
    [LZR_IR_SDIV] = lzr_x64_divide,
    [LZR_IR_UREM] = lzr_x64_divide,
    [LZR_IR_SREM] = lzr_x64_divide,
    [LZR_IR_COMPARE] = lzr_gen_compare,
    [LZR_IR_OVERFLOW] = lzr_x64_overflow,
    [LZR_IR_FUNNEL_LEFT] = lzr_x64_funnel,
    [LZR_IR_FUNNEL_RIGHT] = lzr_x64_funnel,
    [LZR_IR_TRUNCATE] = lzr_x64_resize,
    [LZR_IR_ZERO_EXTEND] = lzr_x64_resize,
    [LZR_IR_SIGN_EXTEND] = lzr_x64_resize,
    [LZR_IR_SWAP_BYTES] = lzr_x64_swap_bytes,
    [LZR_IR_LEADING_ZEROS] = lzr_x64_count_zeros,
    [LZR_IR_TRAILING_ZEROS] = lzr_x64_count_zeros,
    [LZR_IR_COUNT_ONES] = lzr_x64_count_ones,
    [LZR_IR_FADD] = lzr_x64_float_arithmetic,
    [LZR_IR_FSUB] = lzr_x64_float_arithmetic,
    [LZR_IR_FMUL] = lzr_x64_float_arithmetic,
    [LZR_IR_FDIV] = lzr_x64_float_arithmetic,
    [LZR_IR_FNEGATE] = lzr_x64_change_sign,
    [LZR_IR_FABSOLUTE] = lzr_x64_change_sign,
    [LZR_IR_SQUARE_ROOT] = lzr_x64_square_root,
    [LZR_IR_FCOMPARE] = lzr_gen_compare,
    [LZR_IR_FCONVERT] = lzr_x64_convert,
    [LZR_IR_TO_SIGNED] = lzr_x64_to_integer,
    [LZR_IR_TO_UNSIGNED] = lzr_x64_to_integer,
    [LZR_IR_FROM_SIGNED] = lzr_x64_from_integer,
    [LZR_IR_FROM_UNSIGNED] = lzr_x64_from_integer,
    [LZR_IR_BITCAST] = lzr_x64_bitcast,
    [LZR_IR_LOAD] = lzr_gen_load,
    [LZR_IR_STORE] = lzr_gen_store_to,
    [LZR_IR_GEP] = lzr_gen_gep,
    [LZR_IR_ALLOCATE] = lzr_x64_allocate_stack,
    [LZR_IR_COPY_MEMORY] = lzr_gen_copy_memory,
    [LZR_IR_CLEAR_MEMORY] = lzr_gen_clear_memory,
    [LZR_IR_EXCHANGE_ADD] = lzr_x64_exchange,
    [LZR_IR_EXCHANGE] = lzr_x64_exchange,
    [LZR_IR_COMPARE_EXCHANGE] = lzr_x64_compare_exchange,
    [LZR_IR_UPDATE] = lzr_x64_update,
    [LZR_IR_FENCE] = fence,
    [LZR_IR_SAVE_STACK] = lzr_x64_save_stack,
    [LZR_IR_RESTORE_STACK] = lzr_x64_restore_stack,
    [LZR_IR_START_ARGUMENTS] = lzr_x64_start_arguments,
    [LZR_IR_EXTRACT] = lzr_gen_extract,
    [LZR_IR_INSERT] = lzr_gen_insert,
    [LZR_IR_SELECT] = lzr_x64_select,
    [LZR_IR_PHI] = phi,
    [LZR_IR_CALL] = lzr_gen_generate_call,
    [LZR_IR_INVOKE] = lzr_gen_invoke,
    [LZR_IR_LANDING_PAD] = lzr_gen_landing_pad,
    [LZR_IR_TRAP] = trap,
    [LZR_IR_UNREACHABLE] = trap,
    [LZR_IR_RETURN] = lzr_gen_return,
    [LZR_IR_BRANCH] = lzr_gen_branch,
    [LZR_IR_BRANCH_IF] = lzr_gen_branch_if,
    [LZR_IR_SWITCH] = lzr_gen_switch,
};

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
    operations[i->operation](g, i);
    lzr_gen_end_instruction(g);
  }
  if (falls_through(g))
    lzr_gen_forget_own_values(g);
  else
    lzr_gen_forget_registers(g);
}

/* The end. */

static void write_frame_size(struct lzr_gen *g) {
  enum { FIELD = 1 + 3 + 3 }; /* push, mov, and sub up to its number */
  uint32_t size = ((uint32_t)g->frame + g->outgoing + 15) & ~15u;
  lzr_code_patch(g->code, g->start + FIELD, size);
  for (size_t k = 0; k < g->allocation_count; k++)
    lzr_code_patch(g->code, g->allocations[k], g->outgoing);
}

static void finish(struct lzr_gen *g, struct lzr_code_function *function) {
  lzr_gen_finish_edges(g);
  uint32_t epilogue = (uint32_t)g->code->size;
  if (g->returns)
    lzr_x64_epilogue(g);
  function->start = g->start;
  function->end = (uint32_t)g->code->size;
  function->epilogue = g->returns ? function->end - 1 : function->end;
  lzr_gen_finish_tables(g);
  lzr_gen_resolve_jumps(g, epilogue);
  lzr_gen_finish_invokes(g);
  write_frame_size(g);
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
  lzr_x64_prologue(g);
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
