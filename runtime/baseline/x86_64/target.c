/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/x86_64/target.h"

#include "runtime/baseline/generator/operand.h"
#include "runtime/baseline/x86_64/abi.h"
#include "runtime/baseline/x86_64/condition.h"
#include "runtime/baseline/x86_64/operations.h"

/* Moves. */

static void load(struct lzr_gen *g, unsigned size, unsigned reg,
                 struct lzr_gen_memory from) {
  uint32_t operation = size == 1   ? LZR_X64_MOVZX8
                       : size == 2 ? LZR_X64_MOVZX16
                                   : LZR_X64_MOV_FROM;
  if (lzr_gen_is_floating(reg))
    operation = size == 4   ? LZR_X64_MOVSS
                : size == 8 ? LZR_X64_MOVSD
                            : LZR_X64_MOVUPS;
  unsigned wide = size == 8 && !lzr_gen_is_floating(reg) ? 8 : 4;
  lzr_x64_memory(g->code, operation, wide, reg, from, 0);
}

static void store(struct lzr_gen *g, unsigned size, unsigned reg,
                  struct lzr_gen_memory to) {
  if (!lzr_gen_is_floating(reg)) {
    lzr_x64_memory(g->code, LZR_X64_MOV, size, reg, to, 0);
    return;
  }
  uint32_t operation = size == 4   ? LZR_X64_MOVSS_TO
                       : size == 8 ? LZR_X64_MOVSD_TO
                                   : LZR_X64_MOVUPS_TO;
  lzr_x64_memory(g->code, operation, 4, reg, to, 0);
}

static void store_number(struct lzr_gen *g, unsigned size, int32_t number,
                         struct lzr_gen_memory to) {
  unsigned bytes = size == 8 ? 4 : size;
  lzr_x64_memory(g->code, LZR_X64_MOV_IMM, size, 0, to, bytes);
  lzr_code_put_number(g->code, (uint32_t)number, bytes);
}

static void address(struct lzr_gen *g, unsigned reg, struct lzr_gen_memory of) {
  lzr_x64_memory(g->code, LZR_X64_LEA, 8, reg, of, 0);
}

static void load_got(struct lzr_gen *g, unsigned reg, uint32_t symbol) {
  lzr_x64_load_got(g->code, reg, symbol);
}

static void load_entry(struct lzr_gen *g, unsigned reg,
                       struct lzr_gen_memory from) {
  lzr_x64_memory(g->code, LZR_X64_MOVSXD, 8, reg, from, 0);
}

static void copy(struct lzr_gen *g, unsigned to, unsigned from) {
  lzr_x64_copy(g->code, to, from);
}

static void exchange(struct lzr_gen *g, unsigned one, unsigned other) {
  if (!lzr_gen_is_floating(one)) {
    lzr_x64_registers(g->code, LZR_X64_XCHG, 8, one, other);
    return;
  }
  lzr_x64_registers(g->code, LZR_X64_XORPS, 4, one, other);
  lzr_x64_registers(g->code, LZR_X64_XORPS, 4, other, one);
  lzr_x64_registers(g->code, LZR_X64_XORPS, 4, one, other);
}

/* Constants. */

static void zero(struct lzr_gen *g, unsigned reg) {
  lzr_x64_registers(g->code,
                    lzr_gen_is_floating(reg) ? LZR_X64_XORPS : LZR_X64_XOR, 4,
                    reg, reg);
}

static void set(struct lzr_gen *g, unsigned reg, int64_t number) {
  lzr_x64_set(g->code, reg, number);
}

static void constant(struct lzr_gen *g, const struct lzr_ir_value *value,
                     unsigned reg) {
  if (!lzr_gen_is_floating(reg)) {
    int64_t number = value->number;
    lzr_x64_set(g->code, reg,
                value->type.bits <= 32 ? (int64_t)(uint32_t)number : number);
  } else if (value->number == 0) {
    zero(g, reg);
  } else {
    unsigned bits = lzr_gen_allocate(g, LZR_X64_GENERAL);
    lzr_x64_set(g->code, bits, value->number);
    lzr_x64_registers(g->code, LZR_X64_MOVD,
                      lzr_gen_by_class(value->type, 4, 8), reg, bits);
    lzr_gen_release(g, bits);
  }
}

/* Arithmetic. */

static void add(struct lzr_gen *g, unsigned to, unsigned from) {
  lzr_x64_registers(g->code, LZR_X64_ADD, 8, from, to);
}

static void unite(struct lzr_gen *g, unsigned to, unsigned from) {
  lzr_x64_registers(g->code, LZR_X64_OR, 8, from, to);
}

static void shift(struct lzr_gen *g, bool left, unsigned reg,
                  unsigned distance) {
  lzr_x64_registers(g->code, LZR_X64_SHIFT_IMM, 8,
                    left ? LZR_X64_IS_SHL : LZR_X64_IS_SHR, reg);
  lzr_code_put(g->code, distance);
}

static void multiply(struct lzr_gen *g, unsigned reg, int32_t by) {
  lzr_x64_registers(g->code, LZR_X64_IMUL_IMM32, 8, reg, reg);
  lzr_code_put_number(g->code, (uint32_t)by, 4);
}

static void add_number(struct lzr_gen *g, unsigned size, unsigned to,
                       unsigned from, int64_t number) {
  if (size == 4 || number == (int32_t)number) {
    lzr_x64_memory(g->code, LZR_X64_LEA, size, to,
                   lzr_gen_at(from, (int32_t)number), 0);
    return;
  }
  lzr_x64_set(g->code, to, number);
  lzr_x64_registers(g->code, LZR_X64_ADD, 8, from, to);
}

static void compare_number(struct lzr_gen *g, unsigned size, unsigned reg,
                           int64_t number) {
  if (number == (int32_t)number) {
    lzr_x64_immediate(g->code, LZR_X64_IS_CMP, size, reg, (int32_t)number);
    return;
  }
  unsigned other = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_x64_set(g->code, other, number);
  lzr_x64_registers(g->code, LZR_X64_CMP, size, other, reg);
  lzr_gen_release(g, other);
}

void lzr_x64_trap(struct lzr_gen *g, lzr_gen_instruction i) {
  (void)i;
  lzr_x64_bytes(g->code, 0x0b0f, 2); /* ud2 */
}

/* The table. */

static const lzr_gen_operation operations[] = {
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
    [LZR_IR_FCONVERT] = lzr_x64_convert,
    [LZR_IR_TO_SIGNED] = lzr_x64_to_integer,
    [LZR_IR_TO_UNSIGNED] = lzr_x64_to_integer,
    [LZR_IR_FROM_SIGNED] = lzr_x64_from_integer,
    [LZR_IR_FROM_UNSIGNED] = lzr_x64_from_integer,
    [LZR_IR_BITCAST] = lzr_x64_bitcast,
    [LZR_IR_ALLOCATE] = lzr_x64_allocate_stack,
    [LZR_IR_EXCHANGE_ADD] = lzr_x64_exchange,
    [LZR_IR_EXCHANGE] = lzr_x64_exchange,
    [LZR_IR_COMPARE_EXCHANGE] = lzr_x64_compare_exchange,
    [LZR_IR_UPDATE] = lzr_x64_update,
    [LZR_IR_FENCE] = lzr_x64_fence,
    [LZR_IR_SAVE_STACK] = lzr_x64_save_stack,
    [LZR_IR_RESTORE_STACK] = lzr_x64_restore_stack,
    [LZR_IR_START_ARGUMENTS] = lzr_x64_start_arguments,
    [LZR_IR_SELECT] = lzr_x64_select,
    [LZR_IR_TRAP] = lzr_x64_trap,
    [LZR_IR_UNREACHABLE] = lzr_x64_trap,
};

const struct lzr_gen_target lzr_x64_target = {
    .general = LZR_X64_GENERAL,
    .floating = LZR_X64_XMM,
    .results = LZR_GEN_BIT(LZR_RAX) | LZR_GEN_BIT(LZR_RDX),
    .helpers = LZR_GEN_BIT(LZR_RAX) | LZR_GEN_BIT(LZR_R10),
    .frame = LZR_RBP,
    .stack = LZR_RSP,
    .callee = LZR_R11,
    .exception = LZR_RAX,
    .selector = LZR_RDX,
    .fill = 0xcc, /* int3 */
    .epilogue_tail = 1,
    .result_parts = 2,
    .copies_by_value = true,
    .argument_list = 24,
    .conditions = lzr_x64_conditions,
    .operations = operations,
    .operation_count = sizeof operations / sizeof *operations,
    .load = load,
    .store = store,
    .store_number = store_number,
    .store_in_order = lzr_x64_store_in_order,
    .address = address,
    .load_got = load_got,
    .load_entry = load_entry,
    .copy = copy,
    .exchange = exchange,
    .zero = zero,
    .set = set,
    .constant = constant,
    .add = add,
    .unite = unite,
    .shift = shift,
    .multiply = multiply,
    .add_number = add_number,
    .extend = lzr_x64_extend,
    .compare_number = compare_number,
    .set_flags = lzr_x64_set_flags,
    .test_bit = lzr_x64_test_bit,
    .flags_to_register = lzr_x64_flags_to_register,
    .jump = lzr_x64_jump_to,
    .jump_if = lzr_x64_jump_to_if,
    .jump_to_register = lzr_x64_jump_to_register,
    .table_address = lzr_x64_table_address,
    .patch = lzr_x64_patch,
    .skip_if = lzr_x64_skip_over_if,
    .land = lzr_x64_land_here,
    .pass = lzr_x64_pass,
    .find_results = lzr_x64_find_results,
    .call = lzr_x64_call_symbol,
    .prologue = lzr_x64_prologue,
    .epilogue = lzr_x64_epilogue,
    .finish_frame = lzr_x64_finish_frame,
};
