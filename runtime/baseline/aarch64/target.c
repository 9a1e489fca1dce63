/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/aarch64/target.h"

#include "runtime/baseline/aarch64/memory.h"
#include "runtime/baseline/aarch64/operations.h"

/* A register of floating point that is neither a value's nor an argument's. */
enum { SPARE = 31 };

/* Moves. */

static void copy_vector(struct lzr_gen *g, unsigned rd, unsigned rn) {
  lzr_a64_word(g->code, UINT32_C(0x4ea01c00) | rn << 16 | rn << 5 | rd);
}

static void copy_number(struct lzr_gen *g, unsigned rd, unsigned rn) {
  lzr_a64_combine(g->code, LZR_A64_ORR, 8, rd, LZR_A64_ZERO, rn);
}

static void copy(struct lzr_gen *g, unsigned to, unsigned from) {
  (lzr_gen_is_floating(to) ? copy_vector : copy_number)(g, lzr_a64_number(to),
                                                        lzr_a64_number(from));
}

static void exchange(struct lzr_gen *g, unsigned one, unsigned other) {
  bool is_floating = lzr_gen_is_floating(one);
  unsigned a = lzr_a64_number(one), b = lzr_a64_number(other);
  unsigned spare = is_floating ? (unsigned)SPARE : (unsigned)LZR_A64_IP1;
  void (*move)(struct lzr_gen *, unsigned, unsigned) =
      is_floating ? copy_vector : copy_number;
  move(g, spare, a);
  move(g, a, b);
  move(g, b, spare);
}

/* Constants. */

static void set(struct lzr_gen *g, unsigned reg, int64_t number) {
  lzr_a64_set(g->code, lzr_a64_number(reg), (uint64_t)number);
}

static void zero(struct lzr_gen *g, unsigned reg) {
  if (lzr_gen_is_floating(reg)) /* movi v.2d, #0 */
    lzr_a64_word(g->code, UINT32_C(0x6f00e400) | lzr_a64_number(reg));
  else
    set(g, reg, 0);
}

static void constant(struct lzr_gen *g, const struct lzr_ir_value *value,
                     unsigned reg) {
  if (!lzr_gen_is_floating(reg)) {
    int64_t number = value->number;
    set(g, reg, value->type.bits <= 32 ? (int64_t)(uint32_t)number : number);
  } else if (value->number == 0) {
    zero(g, reg);
  } else {
    bool is_double = lzr_a64_is_double(value->type);
    lzr_a64_set(g->code, LZR_A64_IP1, (uint64_t)value->number);
    lzr_a64_cross(g->code, LZR_A64_FMOV_TO, is_double ? 8 : 4, is_double,
                  lzr_a64_number(reg), LZR_A64_IP1);
  }
}

/* Arithmetic. */

static void add(struct lzr_gen *g, unsigned to, unsigned from) {
  lzr_a64_combine(g->code, LZR_A64_ADD, 8, to, to, from);
}

static void unite(struct lzr_gen *g, unsigned to, unsigned from) {
  lzr_a64_combine(g->code, LZR_A64_ORR, 8, to, to, from);
}

static void shift(struct lzr_gen *g, bool left, unsigned reg,
                  unsigned distance) {
  if (left)
    lzr_a64_shift_left(g->code, 8, reg, reg, distance);
  else
    lzr_a64_shift_right(g->code, false, 8, reg, reg, distance);
}

static void multiply(struct lzr_gen *g, unsigned reg, int32_t by) {
  lzr_a64_set(g->code, LZR_A64_IP1, (uint64_t)(int64_t)by);
  lzr_a64_combine(g->code, LZR_A64_MUL, 8, reg, reg, LZR_A64_IP1);
}

static void add_number(struct lzr_gen *g, unsigned size, unsigned to,
                       unsigned from, int64_t number) {
  uint64_t bits = size == 4 ? (uint32_t)number : (uint64_t)number;
  lzr_a64_set(g->code, LZR_A64_IP1, bits);
  lzr_a64_combine(g->code, LZR_A64_ADD, size, to, from, LZR_A64_IP1);
}

void lzr_a64_trap(struct lzr_gen *g, lzr_gen_instruction i) {
  (void)i;
  lzr_a64_word(g->code, UINT32_C(0xd4200020)); /* brk #1, as LLVM's */
}

/* The table. */

static const lzr_gen_operation operations[] = {
    [LZR_IR_ADD] = lzr_a64_arithmetic,
    [LZR_IR_SUB] = lzr_a64_arithmetic,
    [LZR_IR_MUL] = lzr_a64_arithmetic,
    [LZR_IR_AND] = lzr_a64_arithmetic,
    [LZR_IR_OR] = lzr_a64_arithmetic,
    [LZR_IR_XOR] = lzr_a64_arithmetic,
    [LZR_IR_SHL] = lzr_a64_shift,
    [LZR_IR_LSHR] = lzr_a64_shift,
    [LZR_IR_ASHR] = lzr_a64_shift,
    [LZR_IR_UDIV] = lzr_a64_divide,
    [LZR_IR_SDIV] = lzr_a64_divide,
    [LZR_IR_UREM] = lzr_a64_divide,
    [LZR_IR_SREM] = lzr_a64_divide,
    [LZR_IR_OVERFLOW] = lzr_a64_overflow,
    [LZR_IR_FUNNEL_LEFT] = lzr_a64_funnel,
    [LZR_IR_FUNNEL_RIGHT] = lzr_a64_funnel,
    [LZR_IR_TRUNCATE] = lzr_a64_resize,
    [LZR_IR_ZERO_EXTEND] = lzr_a64_resize,
    [LZR_IR_SIGN_EXTEND] = lzr_a64_resize,
    [LZR_IR_SWAP_BYTES] = lzr_a64_swap_bytes,
    [LZR_IR_LEADING_ZEROS] = lzr_a64_count_zeros,
    [LZR_IR_TRAILING_ZEROS] = lzr_a64_count_zeros,
    [LZR_IR_COUNT_ONES] = lzr_a64_count_ones,
    [LZR_IR_FADD] = lzr_a64_float_arithmetic,
    [LZR_IR_FSUB] = lzr_a64_float_arithmetic,
    [LZR_IR_FMUL] = lzr_a64_float_arithmetic,
    [LZR_IR_FDIV] = lzr_a64_float_arithmetic,
    [LZR_IR_FNEGATE] = lzr_a64_float_unary,
    [LZR_IR_FABSOLUTE] = lzr_a64_float_unary,
    [LZR_IR_SQUARE_ROOT] = lzr_a64_float_unary,
    [LZR_IR_FCONVERT] = lzr_a64_convert,
    [LZR_IR_TO_SIGNED] = lzr_a64_to_integer,
    [LZR_IR_TO_UNSIGNED] = lzr_a64_to_integer,
    [LZR_IR_FROM_SIGNED] = lzr_a64_from_integer,
    [LZR_IR_FROM_UNSIGNED] = lzr_a64_from_integer,
    [LZR_IR_BITCAST] = lzr_a64_bitcast,
    [LZR_IR_ALLOCATE] = lzr_a64_allocate_stack,
    [LZR_IR_EXCHANGE_ADD] = lzr_a64_exchange,
    [LZR_IR_EXCHANGE] = lzr_a64_exchange,
    [LZR_IR_COMPARE_EXCHANGE] = lzr_a64_compare_exchange,
    [LZR_IR_UPDATE] = lzr_a64_exchange,
    [LZR_IR_FENCE] = lzr_a64_fence,
    [LZR_IR_SAVE_STACK] = lzr_a64_save_stack,
    [LZR_IR_RESTORE_STACK] = lzr_a64_restore_stack,
    [LZR_IR_START_ARGUMENTS] = lzr_a64_start_arguments,
    [LZR_IR_SELECT] = lzr_a64_select_value,
    [LZR_IR_TRAP] = lzr_a64_trap,
    [LZR_IR_UNREACHABLE] = lzr_a64_trap,
};

const struct lzr_gen_target lzr_a64_target = {
    .general = UINT32_C(0x0000ffff),
    .floating = UINT32_C(0xffff0000),
    .results = UINT32_C(0x000000ff), /* x0 to x7 */
    .helpers = LZR_GEN_BIT(9) | LZR_GEN_BIT(10),
    .frame = LZR_A64_FP,
    .stack = LZR_A64_SP,
    .callee = LZR_A64_X15,
    .exception = LZR_A64_X0,
    .selector = LZR_A64_X0 + 1,
    .fill = 0, /* udf #0 */
    .epilogue_tail = 4,
    .result_parts = 4,
    .argument_parts = 4,
    .extends_bits = true,
    .argument_list = 32,
    .conditions = lzr_a64_conditions,
    .operations = operations,
    .operation_count = sizeof operations / sizeof *operations,
    .load = lzr_a64_load,
    .store = lzr_a64_store,
    .store_number = lzr_a64_store_number,
    .store_in_order = lzr_a64_store_in_order,
    .load_in_order = lzr_a64_load_in_order,
    .address = lzr_a64_address,
    .load_got = lzr_a64_load_got,
    .load_entry = lzr_a64_load_entry,
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
    .extend = lzr_a64_extend,
    .compare_number = lzr_a64_compare_number,
    .set_flags = lzr_a64_set_flags,
    .test_bit = lzr_a64_test_bit,
    .flags_to_register = lzr_a64_flags_to_register,
    .jump = lzr_a64_jump,
    .jump_if = lzr_a64_jump_if,
    .jump_to_register = lzr_a64_jump_to_register,
    .table_address = lzr_a64_table_address,
    .patch = lzr_a64_write_distance,
    .skip_if = lzr_a64_skip_if,
    .land = lzr_a64_land,
    .pass = lzr_a64_pass,
    .find_results = lzr_a64_find_results,
    .call = lzr_a64_call,
    .prologue = lzr_a64_prologue,
    .epilogue = lzr_a64_epilogue,
    .finish_frame = lzr_a64_finish_frame,
};
