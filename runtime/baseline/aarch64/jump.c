/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Jumps and calls. A conditional jump reaches 1 MiB; larger functions are
 * refused when that shows.
 */
#include <elf.h>

#include "runtime/baseline/aarch64/target.h"

void lzr_a64_jump(struct lzr_gen *g) {
  lzr_a64_word(g->code, LZR_A64_B);
}

void lzr_a64_jump_if(struct lzr_gen *g, unsigned condition) {
  lzr_a64_word(g->code, LZR_A64_B_IF | condition);
}

void lzr_a64_jump_to_register(struct lzr_gen *g, unsigned reg) {
  lzr_a64_word(g->code, LZR_A64_BR | lzr_a64_number(reg) << 5);
}

void lzr_a64_table_address(struct lzr_gen *g, unsigned reg) {
  lzr_a64_word(g->code, LZR_A64_ADR | lzr_a64_number(reg));
}

/* An instruction's distance counts from itself, that of an entry in a table
   from the table. */
void lzr_a64_write_distance(struct lzr_gen *g, uint32_t field, uint32_t base,
                            uint32_t offset) {
  uint32_t from = base == field + 4 ? field : base;
  if (!lzr_a64_patch(g->code, field, (int64_t)offset - from))
    lzr_ir_refuse(g->ir, "a large function");
}

size_t lzr_a64_skip_if(struct lzr_gen *g, unsigned condition) {
  lzr_a64_jump_if(g, condition);
  return g->code->size;
}

void lzr_a64_land(struct lzr_gen *g, size_t skip) {
  lzr_a64_write_distance(g, (uint32_t)skip - 4, (uint32_t)skip,
                         (uint32_t)g->code->size);
}

void lzr_a64_call(struct lzr_gen *g, const struct lzr_ir_value *symbol,
                  const struct lzr_gen_abi *abi, bool variadic) {
  (void)abi;
  (void)variadic;
  if (!symbol) {
    lzr_a64_word(g->code, LZR_A64_BLR | lzr_a64_number(g->target->callee) << 5);
    return;
  }
  lzr_code_want(g->code);
  lzr_code_relocate(g->code, R_AARCH64_CALL26, symbol->origin, 0);
  lzr_a64_word(g->code, LZR_A64_BL);
}
