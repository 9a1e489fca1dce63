/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * One operand is a register and a small offset, or a register and another one,
 * which may be scaled by the operand's size. Other sums are computed in x16.
 */
#include "runtime/baseline/aarch64/memory.h"

#include <elf.h>

/* rd = rn + offset */
static void add_offset(struct lzr_gen *g, unsigned rd, unsigned rn,
                       int32_t offset) {
  enum { LIMIT = 1 << 24 };
  bool less = offset < 0;
  uint32_t size = less ? 0 - (uint32_t)offset : (uint32_t)offset;
  uint32_t operation = less ? LZR_A64_SUB_IMM : LZR_A64_ADD_IMM;
  if (size >= LIMIT) {
    lzr_a64_set(g->code, LZR_A64_IP1, (uint64_t)(int64_t)offset);
    lzr_a64_combine(g->code, LZR_A64_ADD, 8, rd, rn, LZR_A64_IP1);
    return;
  }
  if (size >> 12) {
    lzr_a64_immediate(g->code, operation, 8, rd, rn, size >> 12, true);
    rn = rd;
  }
  if ((size & 0xfff) || (!(size >> 12) && rd != rn))
    lzr_a64_immediate(g->code, operation, 8, rd, rn, size & 0xfff, false);
}

/* The address of a symbol: its page, and the place in it. */
static void load_address(struct lzr_gen *g, unsigned rd, uint32_t symbol,
                         int32_t offset) {
  lzr_code_want(g->code);
  lzr_code_relocate(g->code, R_AARCH64_ADR_PREL_PG_HI21, symbol, offset);
  lzr_a64_word(g->code, LZR_A64_ADRP | rd);
  lzr_code_want(g->code);
  lzr_code_relocate(g->code, R_AARCH64_ADD_ABS_LO12_NC, symbol, offset);
  lzr_a64_immediate(g->code, LZR_A64_ADD_IMM, 8, rd, rd, 0, false);
}

/* Puts base and index together. */
static void compute(struct lzr_gen *g, unsigned rd,
                    const struct lzr_gen_memory *of, unsigned *rn) {
  *rn = rd;
  if (of->base == LZR_GEN_SYMBOL)
    load_address(g, rd, of->symbol, of->offset);
  else if (of->index != LZR_GEN_NONE)
    lzr_a64_combine_shifted(g->code, LZR_A64_ADD, rd, lzr_a64_number(of->base),
                            lzr_a64_number(of->index), of->scale);
  else
    *rn = lzr_a64_number(of->base);
}

void lzr_a64_address(struct lzr_gen *g, unsigned reg,
                     struct lzr_gen_memory of) {
  unsigned rn, rd = lzr_a64_number(reg);
  compute(g, rd, &of, &rn);
  if (of.base != LZR_GEN_SYMBOL)
    add_offset(g, rd, rn, of.offset);
}

/* Whether an operand of size can have the offset. */
static bool is_scaled(unsigned size, int32_t offset) {
  return offset >= 0 && (uint32_t)offset % size == 0 &&
         (uint32_t)offset / size < 4096;
}

static bool is_near(int32_t offset) {
  return offset >= -256 && offset <= 255;
}

/* An access by a base and an offset. */
static void access_at(struct lzr_gen *g, uint32_t access, unsigned size,
                      unsigned rt, unsigned rn, int32_t offset) {
  if (is_scaled(size, offset))
    lzr_a64_at_offset(g->code, access, size, rt, rn, (uint32_t)offset);
  else
    lzr_a64_near(g->code, access, rt, rn, offset);
}

/* Makes an operand of base and offset that one instruction can have. */
static void simplify(struct lzr_gen *g, unsigned size,
                     const struct lzr_gen_memory *memory, unsigned *rn,
                     int32_t *offset) {
  compute(g, LZR_A64_IP0, memory, rn);
  *offset = memory->base == LZR_GEN_SYMBOL ? 0 : memory->offset;
  if (is_scaled(size, *offset) || is_near(*offset))
    return;
  add_offset(g, LZR_A64_IP0, *rn, *offset);
  *rn = LZR_A64_IP0;
  *offset = 0;
}

static void put_access(struct lzr_gen *g, uint32_t access, unsigned size,
                       unsigned rt, const struct lzr_gen_memory *memory) {
  unsigned rn;
  int32_t offset;
  if (memory->base != LZR_GEN_SYMBOL && memory->index != LZR_GEN_NONE &&
      memory->offset == 0 &&
      (memory->scale == 0 || 1u << memory->scale == size)) {
    lzr_a64_at_index(g->code, access, rt, lzr_a64_number(memory->base),
                     lzr_a64_number(memory->index), memory->scale != 0);
    return;
  }
  simplify(g, size, memory, &rn, &offset);
  access_at(g, access, size, rt, rn, offset);
}

void lzr_a64_load(struct lzr_gen *g, unsigned size, unsigned reg,
                  struct lzr_gen_memory from) {
  put_access(g, lzr_a64_access(size, lzr_gen_is_floating(reg), true), size,
             lzr_a64_number(reg), &from);
}

void lzr_a64_store(struct lzr_gen *g, unsigned size, unsigned reg,
                   struct lzr_gen_memory to) {
  put_access(g, lzr_a64_access(size, lzr_gen_is_floating(reg), false), size,
             lzr_a64_number(reg), &to);
}

/* The number is set last, since an address may need x17 too. */
void lzr_a64_store_number(struct lzr_gen *g, unsigned size, int32_t number,
                          struct lzr_gen_memory to) {
  unsigned rn, rt = LZR_A64_ZERO;
  int32_t offset;
  uint64_t bits = size == 8 ? (uint64_t)(int64_t)number : (uint32_t)number;
  simplify(g, size, &to, &rn, &offset);
  if (number) {
    rt = LZR_A64_IP1;
    lzr_a64_set(g->code, rt, bits);
  }
  access_at(g, lzr_a64_access(size, false, false), size, rt, rn, offset);
}

void lzr_a64_load_got(struct lzr_gen *g, unsigned reg, uint32_t symbol) {
  unsigned rd = lzr_a64_number(reg);
  lzr_code_want(g->code);
  lzr_code_relocate(g->code, R_AARCH64_ADR_GOT_PAGE, symbol, 0);
  lzr_a64_word(g->code, LZR_A64_ADRP | rd);
  lzr_code_want(g->code);
  lzr_code_relocate(g->code, R_AARCH64_LD64_GOT_LO12_NC, symbol, 0);
  lzr_a64_at_offset(g->code, lzr_a64_access(8, false, true), 8, rd, rd, 0);
}

void lzr_a64_load_entry(struct lzr_gen *g, unsigned reg,
                        struct lzr_gen_memory from) {
  put_access(g, LZR_A64_LDRSW, 4, lzr_a64_number(reg), &from);
}
