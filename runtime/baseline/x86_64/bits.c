/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Integer operations that clang makes intrinsics of.
 */
#include "runtime/baseline/generator/access.h"
#include "runtime/baseline/x86_64/operations.h"

static unsigned bits_of(const struct lzr_gen *g, uint32_t value) {
  return lzr_gen_value(g, value)->type.bits;
}

static void finish(struct lzr_gen *g, lzr_gen_instruction i, unsigned reg) {
  lzr_gen_done(g, i->a);
  lzr_gen_define(g, i->result, reg);
}

/* Arithmetic that says whether it overflowed. */

static unsigned overflow_flag(uint8_t sub) {
  return sub == LZR_IR_UNSIGNED_ADD || sub == LZR_IR_UNSIGNED_SUB ? LZR_X64_B
                                                                  : LZR_X64_O;
}

/* RDX:RAX = RAX times a register. */
static unsigned multiply_unsigned(struct lzr_gen *g, lzr_gen_instruction i,
                                  unsigned size) {
  lzr_gen_take(g, LZR_RAX);
  lzr_gen_take(g, LZR_RDX);
  unsigned factor = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_gen_load_into(g, i->b, factor);
  lzr_gen_load_into(g, i->a, LZR_RAX);
  lzr_x64_registers(g->code, LZR_X64_GROUP_3, size, LZR_X64_IS_MUL, factor);
  return LZR_RAX;
}

static unsigned combine(struct lzr_gen *g, lzr_gen_instruction i,
                        unsigned size) {
  unsigned reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_gen_load_into(g, i->a, reg);
  unsigned other = lzr_gen_use(g, i->b);
  if (i->sub == LZR_IR_SIGNED_MUL)
    lzr_x64_registers(g->code, LZR_X64_IMUL, size, reg, other);
  else
    lzr_x64_registers(g->code,
                      i->sub == LZR_IR_SIGNED_ADD ||
                              i->sub == LZR_IR_UNSIGNED_ADD
                          ? LZR_X64_ADD
                          : LZR_X64_SUB,
                      size, other, reg);
  return reg;
}

void lzr_x64_overflow(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned size = lzr_gen_size(bits_of(g, i->a));
  struct lzr_gen_memory to = lzr_gen_frame(g, lzr_gen_slot(g, i->result));
  unsigned reg = i->sub == LZR_IR_UNSIGNED_MUL ? multiply_unsigned(g, i, size)
                                               : combine(g, i, size);
  lzr_x64_memory(g->code, LZR_X64_MOV, size, reg, to, 0);
  lzr_x64_memory(g->code, LZR_X64_SETCC | overflow_flag(i->sub), 4, 0,
                 lzr_gen_move(g, to, i->c), 0);
  lzr_gen_define_stored(g, i->result);
  lzr_gen_done(g, i->a);
  lzr_gen_done(g, i->b);
}

/* Funnel shifts. */

void lzr_x64_funnel(struct lzr_gen *g, lzr_gen_instruction i) {
  bool left = i->operation == LZR_IR_FUNNEL_LEFT;
  bool constant = lzr_ir_is_constant(g->ir, i->c);
  unsigned size = lzr_gen_size(bits_of(g, i->a));
  if (!constant) {
    lzr_gen_take(g, LZR_RCX);
    lzr_gen_load_into(g, i->c, LZR_RCX);
  }
  unsigned reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_gen_load_into(g, left ? i->a : i->b, reg);
  unsigned other = lzr_gen_use(g, left ? i->b : i->a);
  uint32_t operation = left ? constant ? LZR_X64_SHLD_IMM : LZR_X64_SHLD_CL
                       : constant ? LZR_X64_SHRD_IMM
                                  : LZR_X64_SHRD_CL;
  lzr_x64_registers(g->code, operation, size, other, reg);
  if (constant)
    lzr_code_put(g->code,
                 (unsigned)lzr_gen_value(g, i->c)->number & (size * 8 - 1));
  lzr_gen_done(g, i->b);
  lzr_gen_done(g, i->c);
  finish(g, i, reg);
}

/* Bytes and bits. */

void lzr_x64_swap_bytes(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned bits = bits_of(g, i->a), reg = lzr_gen_steal(g, i->a);
  if (bits == 16) {
    lzr_x64_registers(g->code, LZR_X64_SHIFT_IMM, 2, LZR_X64_IS_ROL, reg);
    lzr_code_put(g->code, 8);
  } else {
    unsigned rex = 0x40 | (bits == 64 ? 8u : 0) | reg >> 3;
    lzr_x64_bytes(g->code, rex | 0x0f00u | (0xc8u | (reg & 7)) << 16, 3);
  }
  finish(g, i, reg);
}

/* BSF and BSR leave their result undefined for 0. */
void lzr_x64_count_zeros(struct lzr_gen *g, lzr_gen_instruction i) {
  bool leading = i->operation == LZR_IR_LEADING_ZEROS;
  unsigned bits = bits_of(g, i->a), size = lzr_gen_wide(bits);
  unsigned from = bits == size * 8 ? lzr_gen_use(g, i->a)
                                   : lzr_gen_extended(g, i->a, false, size);
  unsigned reg = lzr_gen_allocate(g, LZR_X64_GENERAL);
  unsigned none = lzr_gen_allocate(g, LZR_X64_GENERAL);
  unsigned wide = size * 8;
  lzr_x64_set(g->code, none, leading ? 2 * wide - 1 : bits);
  lzr_x64_registers(g->code, leading ? LZR_X64_BSR : LZR_X64_BSF, size, reg,
                    from);
  lzr_x64_registers(g->code, LZR_X64_CMOV | LZR_X64_E, size, reg, none);
  if (leading) {
    lzr_x64_immediate(g->code, LZR_X64_IS_XOR, 4, reg, (int32_t)wide - 1);
    if (bits < wide)
      lzr_x64_immediate(g->code, LZR_X64_IS_SUB, 4, reg,
                        (int32_t)(wide - bits));
  }
  finish(g, i, reg);
}

/* x = (x & mask) + (x >> distance & mask) */
static void add_halves(struct lzr_gen *g, unsigned reg, unsigned distance,
                       uint64_t mask) {
  unsigned upper = lzr_gen_allocate(g, LZR_X64_GENERAL);
  unsigned bits = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_x64_copy(g->code, upper, reg);
  lzr_x64_registers(g->code, LZR_X64_SHIFT_IMM, 8, LZR_X64_IS_SHR, upper);
  lzr_code_put(g->code, distance);
  lzr_x64_set(g->code, bits, (int64_t)mask);
  lzr_x64_registers(g->code, LZR_X64_AND, 8, bits, upper);
  lzr_x64_registers(g->code, LZR_X64_AND, 8, bits, reg);
  lzr_x64_registers(g->code, LZR_X64_ADD, 8, upper, reg);
  lzr_gen_release(g, bits);
  lzr_gen_release(g, upper);
}

/* Not every x86-64 CPU has POPCNT. */
void lzr_x64_count_ones(struct lzr_gen *g, lzr_gen_instruction i) {
  unsigned reg = lzr_gen_extended(g, i->a, false, 8);
  add_halves(g, reg, 1, UINT64_C(0x5555555555555555));
  add_halves(g, reg, 2, UINT64_C(0x3333333333333333));
  add_halves(g, reg, 4, UINT64_C(0x0f0f0f0f0f0f0f0f));
  unsigned ones = lzr_gen_allocate(g, LZR_X64_GENERAL);
  lzr_x64_set(g->code, ones, INT64_C(0x0101010101010101));
  lzr_x64_registers(g->code, LZR_X64_IMUL, 8, reg, ones);
  lzr_x64_registers(g->code, LZR_X64_SHIFT_IMM, 8, LZR_X64_IS_SHR, reg);
  lzr_code_put(g->code, 56);
  finish(g, i, reg);
}
