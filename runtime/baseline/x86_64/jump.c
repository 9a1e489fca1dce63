/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Jumps and calls, as generator/ wants them.
 */
#include "runtime/baseline/x86_64/target.h"

void lzr_x64_jump_to(struct lzr_gen *g) {
  lzr_x64_jump(g->code);
}

void lzr_x64_jump_to_if(struct lzr_gen *g, unsigned condition) {
  lzr_x64_jump_if(g->code, condition);
}

void lzr_x64_jump_to_register(struct lzr_gen *g, unsigned reg) {
  lzr_x64_registers(g->code, LZR_X64_GROUP_5, 4, LZR_X64_IS_JMP, reg);
}

void lzr_x64_table_address(struct lzr_gen *g, unsigned reg) {
  unsigned rex = reg & 8 ? 0x4c : 0x48;
  lzr_x64_bytes(g->code, rex | 0x8d00 | (5u | (reg & 7) << 3) << 16, 3);
  lzr_code_put_number(g->code, 0, 4); /* lea reg, [rip + distance] */
}

void lzr_x64_patch(struct lzr_gen *g, uint32_t field, uint32_t base,
                   uint32_t offset) {
  lzr_code_patch(g->code, field, offset - base);
}

size_t lzr_x64_skip_over_if(struct lzr_gen *g, unsigned condition) {
  return lzr_x64_skip_if(g->code, condition);
}

void lzr_x64_land_here(struct lzr_gen *g, size_t skip) {
  lzr_x64_land(g->code, skip);
}

/* AL says how many XMM registers a variadic function's arguments take. */
void lzr_x64_call_symbol(struct lzr_gen *g, const struct lzr_ir_value *symbol,
                         const struct lzr_gen_abi *abi, bool variadic) {
  if (variadic)
    lzr_x64_set(g->code, LZR_RAX, abi->floating);
  if (!symbol)
    lzr_x64_registers(g->code, LZR_X64_GROUP_5, 4, LZR_X64_IS_CALL, LZR_R11);
  else if (g->ir->symbols[symbol->origin].own)
    lzr_x64_call(g->code, symbol->origin);
  else
    lzr_x64_call_got(g->code, symbol->origin);
}
