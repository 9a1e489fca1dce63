/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls of library functions that LLVM's IR does not name.
 */
#include "runtime/llvm/walk_private.h"

static uint32_t library_function(struct lzr_walk *walk, const char *name) {
  struct lzr_ir *ir = walk->ir;
  struct lzr_ir_symbol symbol = {.name = name, .function = true};
  struct lzr_ir_type type = {.class = LZR_IR_INTEGER, .bits = 64};
  uint32_t value;
  if (lzr_walk_recall(walk, name, &value))
    return value;
  value = lzr_ir_add_value(ir, LZR_IR_SYMBOL, type);
  ir->values[value].origin = lzr_ir_add_symbol(ir, &symbol);
  lzr_walk_remember(walk, name, value);
  return value;
}

void lzr_walk_call_library(struct lzr_walk *walk, const char *name,
                           uint32_t result, unsigned count) {
  struct lzr_ir *ir = walk->ir;
  uint32_t function = library_function(walk, name);
  lzr_ir_use(ir, function);
  struct lzr_ir_instruction *i = lzr_ir_add(ir, LZR_IR_CALL, result);
  i->a = function;
  i->list = (uint32_t)ir->item_count - count;
  i->count = count;
}
