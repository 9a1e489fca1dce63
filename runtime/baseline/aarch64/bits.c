/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Integer operations that clang makes intrinsics of.
 */
#include "runtime/baseline/aarch64/operations.h"

static unsigned bits_of(const struct lzr_gen *g, uint32_t value) {
  return lzr_gen_value(g, value)->type.bits;
}

static void finish(struct lzr_gen *g, lzr_gen_instruction i, unsigned reg) {
  lzr_gen_done(g, i->a);
  lzr_gen_define(g, i->result, reg);
}

/* Arithmetic that says whether it overflowed. */

static bool is_signed(uint8_t sub) {
  return sub == LZR_IR_SIGNED_ADD || sub == LZR_IR_SIGNED_SUB ||
         sub == LZR_IR_SIGNED_MUL;
}

static bool multiplies(uint8_t sub) {
  return sub == LZR_IR_SIGNED_MUL || sub == LZR_IR_UNSIGNED_MUL;
}

static bool adds(uint8_t sub) {
  return sub == LZR_IR_SIGNED_ADD || sub == LZR_IR_UNSIGNED_ADD;
}

/* Up to 32 bits it is done with 64, and compared with what its lower bits are
   extended. Returns the condition of an overflow. */
static unsigned combine_narrow(struct lzr_gen *g, lzr_gen_instruction i,
                               unsigned reg) {
  unsigned bits = bits_of(g, i->a), rd = lzr_a64_number(reg);
  unsigned a = lzr_gen_extended(g, i->a, is_signed(i->sub), 8);
  unsigned b = lzr_gen_extended(g, i->b, is_signed(i->sub), 8);
  uint32_t operation = multiplies(i->sub) ? LZR_A64_MUL
                       : adds(i->sub)     ? LZR_A64_ADD
                                          : LZR_A64_SUB;
  lzr_a64_combine(g->code, operation, 8, rd, a, b);
  lzr_a64_bits(g->code, is_signed(i->sub), 8, LZR_A64_IP1, rd, 0, bits - 1);
  lzr_a64_combine(g->code, LZR_A64_SUBS, 8, LZR_A64_ZERO, rd, LZR_A64_IP1);
  return LZR_A64_NE;
}

/* The upper half of the product must be what the lower one extends to. */
static unsigned multiply(struct lzr_gen *g, lzr_gen_instruction i, unsigned rd,
                         unsigned a, unsigned b) {
  enum { ARITHMETIC_SHIFT = 2 << 22 };
  bool sign = is_signed(i->sub);
  lzr_a64_combine(g->code, sign ? LZR_A64_SMULH : LZR_A64_UMULH, 8, LZR_A64_IP1,
                  a, b);
  lzr_a64_combine(g->code, LZR_A64_MUL, 8, rd, a, b);
  if (sign)
    lzr_a64_combine_shifted(g->code, LZR_A64_SUBS | ARITHMETIC_SHIFT,
                            LZR_A64_ZERO, LZR_A64_IP1, rd, 63);
  else
    lzr_a64_immediate(g->code, LZR_A64_SUBS_IMM, 8, LZR_A64_ZERO, LZR_A64_IP1,
                      0, false);
  return LZR_A64_NE;
}

/* A subtraction sets the carry flag unless it borrows. */
static unsigned combine_wide(struct lzr_gen *g, lzr_gen_instruction i,
                             unsigned reg) {
  unsigned a = lzr_a64_number(lzr_gen_use(g, i->a));
  unsigned b = lzr_a64_number(lzr_gen_use(g, i->b));
  unsigned rd = lzr_a64_number(reg);
  if (multiplies(i->sub))
    return multiply(g, i, rd, a, b);
  lzr_a64_combine(g->code, adds(i->sub) ? LZR_A64_ADDS : LZR_A64_SUBS, 8, rd, a,
                  b);
  return is_signed(i->sub) ? LZR_A64_VS
         : adds(i->sub)    ? LZR_A64_HS
                           : LZR_A64_LO;
}

void lzr_a64_overflow(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned bits = bits_of(g, i->a);
  struct lzr_gen_memory to = lzr_gen_frame(g, lzr_gen_slot(g, i->result));
  unsigned reg = lzr_gen_allocate(g, g->target->general);
  unsigned flag = lzr_gen_allocate(g, g->target->general);
  unsigned condition =
      bits == 64 ? combine_wide(g, i, reg) : combine_narrow(g, i, reg);
  lzr_a64_set_if(g->code, lzr_a64_number(flag), condition);
  g->target->store(g, bits / 8, reg, to);
  g->target->store(g, 1, flag, lzr_gen_move(g, to, i->c));
  lzr_gen_define_stored(g, i->result);
  lzr_gen_done(g, i->a);
  lzr_gen_done(g, i->b);
}

/* Funnel shifts. */

static void funnel_by_constant(struct lzr_gen *g, lzr_gen_instruction i,
                               unsigned size, unsigned rd) {
  bool left = i->operation == LZR_IR_FUNNEL_LEFT;
  unsigned width = size * 8;
  unsigned distance = (unsigned)lzr_gen_value(g, i->c)->number & (width - 1);
  unsigned a = lzr_a64_number(lzr_gen_use(g, i->a));
  unsigned b = lzr_a64_number(lzr_gen_use(g, i->b));
  if (!distance)
    lzr_a64_combine(g->code, LZR_A64_ORR, size, rd, LZR_A64_ZERO, left ? a : b);
  else
    lzr_a64_extract(g->code, size, rd, a, b,
                    left ? width - distance : distance);
}

/* One half by the distance, the other by 1 and by what is left to the width. */
static void funnel_by_register(struct lzr_gen *g, lzr_gen_instruction i,
                               unsigned size, unsigned rd) {
  bool left = i->operation == LZR_IR_FUNNEL_LEFT;
  unsigned a = lzr_a64_number(lzr_gen_use(g, i->a));
  unsigned b = lzr_a64_number(lzr_gen_use(g, i->b));
  unsigned distance = lzr_a64_number(lzr_gen_use(g, i->c));
  unsigned other = lzr_a64_number(lzr_gen_allocate(g, g->target->general));
  lzr_a64_combine(g->code, LZR_A64_ORN, size, LZR_A64_IP1, LZR_A64_ZERO,
                  distance);
  if (left)
    lzr_a64_shift_right(g->code, false, size, other, b, 1);
  else
    lzr_a64_shift_left(g->code, size, other, a, 1);
  lzr_a64_combine(g->code, left ? LZR_A64_LSRV : LZR_A64_LSLV, size, other,
                  other, LZR_A64_IP1);
  lzr_a64_combine(g->code, left ? LZR_A64_LSLV : LZR_A64_LSRV, size, rd,
                  left ? a : b, distance);
  lzr_a64_combine(g->code, LZR_A64_ORR, size, rd, rd, other);
}

void lzr_a64_funnel(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned size = bits_of(g, i->a) / 8;
  unsigned reg = lzr_gen_allocate(g, g->target->general);
  if (lzr_ir_is_constant(g->ir, i->c))
    funnel_by_constant(g, i, size, lzr_a64_number(reg));
  else
    funnel_by_register(g, i, size, lzr_a64_number(reg));
  lzr_gen_done(g, i->b);
  lzr_gen_done(g, i->c);
  finish(g, i, reg);
}

/* Bytes and bits. */

void lzr_a64_swap_bytes(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned bits = bits_of(g, i->a), reg = lzr_gen_steal(g, i->a);
  uint32_t operation = bits == 16   ? LZR_A64_REV16
                       : bits == 32 ? LZR_A64_REV32
                                    : LZR_A64_REV64;
  lzr_a64_unary(g->code, operation, 4, lzr_a64_number(reg),
                lzr_a64_number(reg));
  finish(g, i, reg);
}

/* Zeros at the end are zeros at the beginning of the bits in reverse. A bit
   above the integer's own ends them. */
static void count_trailing(struct lzr_gen *g, unsigned bits, unsigned size,
                           unsigned rd) {
  if (bits < size * 8) {
    lzr_a64_set(g->code, LZR_A64_IP1, UINT64_C(1) << bits);
    lzr_a64_combine(g->code, LZR_A64_ORR, size, rd, rd, LZR_A64_IP1);
  }
  lzr_a64_unary(g->code, LZR_A64_RBIT, size, rd, rd);
  lzr_a64_unary(g->code, LZR_A64_CLZ, size, rd, rd);
}

void lzr_a64_count_zeros(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned bits = bits_of(g, i->a), size = lzr_gen_wide(bits);
  unsigned reg = lzr_gen_extended(g, i->a, false, size);
  unsigned rd = lzr_a64_number(reg);
  if (i->operation == LZR_IR_TRAILING_ZEROS) {
    count_trailing(g, bits, size, rd);
  } else {
    lzr_a64_unary(g->code, LZR_A64_CLZ, size, rd, rd);
    if (bits < size * 8)
      lzr_a64_immediate(g->code, LZR_A64_SUB_IMM, 4, rd, rd, size * 8 - bits,
                        false);
  }
  finish(g, i, reg);
}

/* Only vectors have an instruction: CNT of eight bytes, and ADDV. */
void lzr_a64_count_ones(struct lzr_gen *g, lzr_gen_instruction i) {
  const uint32_t cnt = UINT32_C(0x0e205800), addv = UINT32_C(0x0e31b800);
  unsigned reg = lzr_gen_extended(g, i->a, false, 8);
  unsigned v = lzr_a64_number(lzr_gen_allocate(g, g->target->floating));
  lzr_a64_cross(g->code, LZR_A64_FMOV_TO, 8, true, v, lzr_a64_number(reg));
  lzr_a64_unary(g->code, cnt, 4, v, v);
  lzr_a64_unary(g->code, addv, 4, v, v);
  lzr_a64_cross(g->code, LZR_A64_FMOV_FROM, 4, false, lzr_a64_number(reg), v);
  finish(g, i, reg);
}
