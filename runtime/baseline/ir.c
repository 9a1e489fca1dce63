/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/ir.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"
#include "tpc/base/text.h"

/* Until the block of a value is known, every use comes from another one. */
enum { NO_BLOCK = UINT32_MAX };

/* Everything is numbered by 32 bits; no real function comes near. */
enum { ELEMENTS_LIMIT = 1 << 28 };

/* Each makes room for one more element, all zero, and counts it. Returns its
   number, or 0 without memory, which is then the number of an element too. */
#define DEFINE_GROW(type, elements, name)                                      \
  static uint32_t grow_##name(struct lzr_ir *ir) {                             \
    type *grown = ir->name##_count < ELEMENTS_LIMIT                            \
                      ? lzr_array_reserve(ir->elements, &ir->name##_room,      \
                                          ir->name##_count + 1, sizeof *grown) \
                      : NULL;                                                  \
    if (!grown) {                                                              \
      ir->out_of_memory = true;                                                \
      return 0;                                                                \
    }                                                                          \
    ir->elements = grown;                                                      \
    memset(&grown[ir->name##_count], 0, sizeof *grown);                        \
    return (uint32_t)ir->name##_count++;                                       \
  }

DEFINE_GROW(struct lzr_ir_value, values, value)
DEFINE_GROW(struct lzr_ir_instruction, instructions, instruction)
DEFINE_GROW(struct lzr_ir_item, items, item)
DEFINE_GROW(struct lzr_ir_block, blocks, block)
DEFINE_GROW(struct lzr_ir_symbol, symbols, symbol)
DEFINE_GROW(struct lzr_ir_layout, layouts, layout)
DEFINE_GROW(struct lzr_ir_argument, arguments, argument)
DEFINE_GROW(uint32_t, locals, local)
DEFINE_GROW(struct lzr_ir_catch, catches, catch)

/* There is a number 0 of each, so that without memory there is one to write to.
   Of values and layouts it stands for none. */
static void make_spares(struct lzr_ir *ir) {
  grow_value(ir);
  grow_instruction(ir);
  grow_item(ir);
  grow_symbol(ir);
  grow_layout(ir);
  ir->instruction_count = ir->item_count = ir->symbol_count = 0;
}

void lzr_ir_reset(struct lzr_ir *ir) {
  ir->value_count = ir->instruction_count = ir->item_count = 0;
  ir->block_count = ir->symbol_count = ir->layout_count = 0;
  ir->argument_count = ir->local_count = ir->catch_count = 0;
  ir->result = (struct lzr_ir_type){0};
  ir->result_passing = 0;
  ir->variadic = ir->out_of_memory = ir->has_personality = false;
  ir->symbol = ir->block = 0;
  ir->refusal = NULL;
  make_spares(ir);
}

void lzr_ir_fini(struct lzr_ir *ir) {
  free(ir->values);
  free(ir->instructions);
  free(ir->items);
  free(ir->blocks);
  free(ir->symbols);
  free(ir->layouts);
  free(ir->arguments);
  free(ir->locals);
  free(ir->catches);
  *ir = (struct lzr_ir){0};
}

uint32_t lzr_ir_add_value(struct lzr_ir *ir, enum lzr_ir_kind kind,
                          struct lzr_ir_type type) {
  uint32_t value = grow_value(ir);
  ir->values[value].kind = (uint8_t)kind;
  ir->values[value].type = type;
  ir->values[value].block = NO_BLOCK;
  return value;
}

uint32_t lzr_ir_add_integer(struct lzr_ir *ir, unsigned bits, int64_t number) {
  struct lzr_ir_type type = {.class = LZR_IR_INTEGER, .bits = (uint8_t)bits};
  uint32_t value = lzr_ir_add_value(ir, LZR_IR_CONSTANT, type);
  ir->values[value].number = number;
  return value;
}

uint32_t lzr_ir_add_block(struct lzr_ir *ir) {
  return grow_block(ir);
}

void lzr_ir_add_edge(struct lzr_ir *ir, uint32_t block) {
  ir->blocks[block].predecessors++;
}

uint32_t lzr_ir_add_symbol(struct lzr_ir *ir,
                           const struct lzr_ir_symbol *symbol) {
  uint32_t number = grow_symbol(ir);
  ir->symbols[number] = *symbol;
  return number;
}

uint32_t lzr_ir_add_layout(struct lzr_ir *ir,
                           const struct lzr_ir_layout *layout) {
  uint32_t number = grow_layout(ir);
  ir->layouts[number] = *layout;
  return number;
}

uint32_t lzr_ir_add_item(struct lzr_ir *ir, uint32_t value, uint32_t number) {
  uint32_t item = grow_item(ir);
  ir->items[item] = (struct lzr_ir_item){value, number};
  return item;
}

void lzr_ir_add_argument(struct lzr_ir *ir, uint32_t value, uint32_t passing) {
  uint32_t argument = grow_argument(ir);
  if (!ir->out_of_memory)
    ir->arguments[argument] = (struct lzr_ir_argument){value, passing};
  ir->values[value].block = 0;
}

void lzr_ir_add_local(struct lzr_ir *ir, uint32_t value) {
  uint32_t local = grow_local(ir);
  if (!ir->out_of_memory)
    ir->locals[local] = value;
  ir->values[value].block = 0;
}

uint32_t lzr_ir_add_catch(struct lzr_ir *ir,
                          const struct lzr_ir_catch *caught) {
  uint32_t number = grow_catch(ir);
  if (!ir->out_of_memory)
    ir->catches[number] = *caught;
  return number;
}

struct lzr_ir_instruction *lzr_ir_add(struct lzr_ir *ir,
                                      enum lzr_ir_operation operation,
                                      uint32_t result) {
  uint32_t number = grow_instruction(ir);
  struct lzr_ir_instruction *instruction = &ir->instructions[number];
  instruction->operation = (uint8_t)operation;
  instruction->result = result;
  if (result) {
    ir->values[result].kind = LZR_IR_RESULT;
    ir->values[result].origin = number;
    ir->values[result].block = ir->block;
    ir->values[result].crosses |= operation == LZR_IR_PHI;
  }
  return instruction;
}

void lzr_ir_use(struct lzr_ir *ir, uint32_t value) {
  ir->values[value].uses++;
  if (ir->values[value].block != ir->block)
    ir->values[value].crosses = true;
}

void lzr_ir_use_address(struct lzr_ir *ir, uint32_t value) {
  ir->values[value].address_uses++;
  lzr_ir_use(ir, value);
}

void lzr_ir_use_at_end(struct lzr_ir *ir, uint32_t value, uint32_t block) {
  ir->values[value].uses++;
  if (ir->values[value].block != block)
    ir->values[value].crosses = true;
}

void lzr_ir_refuse(struct lzr_ir *ir, const char *reason) {
  if (!ir->refusal)
    ir->refusal = reason;
}

void lzr_ir_refuse_name(struct lzr_ir *ir, const char *what, const char *name) {
  if (ir->refusal)
    return;
  char text[sizeof ir->text / LZR_TEXT_ESCAPE];
  snprintf(text, sizeof text, "%s%s", what, name);
  lzr_text_escape(text, ir->text);
  ir->refusal = ir->text;
}
