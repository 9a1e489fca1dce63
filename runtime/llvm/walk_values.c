/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The numbers of values: arguments, results and constants.
 */
#include <llvm-c/Core.h>
#include <string.h>

#include "runtime/llvm/declare.h"
#include "runtime/llvm/llvm_compat.h"
#include "runtime/llvm/names.h"
#include "runtime/llvm/source_private.h"
#include "runtime/llvm/walk_private.h"

/* Symbols. */

static bool is_function(LLVMValueRef global) {
  return LLVMGetTypeKind(LLVMGlobalGetValueType(global)) ==
         LLVMFunctionTypeKind;
}

uint32_t lzr_walk_symbol(struct lzr_walk *walk, LLVMValueRef global) {
  if (lzr_declare_is_tls(walk->source, global))
    lzr_ir_refuse(walk->ir, "a thread-local variable");
  struct lzr_ir_symbol symbol = {
      .name = lzr_linker_name(global),
      .near = lzr_declare_is_near(walk->source, global),
      .weak = LLVMGetLinkage(global) == LLVMExternalWeakLinkage,
      .function = is_function(global),
      .own = global == walk->function};
  return lzr_ir_add_symbol(walk->ir, &symbol);
}

void lzr_walk_mention(struct lzr_walk *walk, uint32_t value) {
  const struct lzr_ir_value *v = &walk->ir->values[value];
  if (v->kind == LZR_IR_SYMBOL)
    walk->ir->symbols[v->origin].mentioned = true;
}

static uint32_t symbol_value(struct lzr_walk *walk, LLVMValueRef global) {
  struct lzr_ir_type type = lzr_walk_type(walk, LLVMTypeOf(global));
  uint32_t value = lzr_ir_add_value(walk->ir, LZR_IR_SYMBOL, type);
  uint32_t symbol = lzr_walk_symbol(walk, global);
  walk->ir->values[value].origin = symbol;
  return value;
}

/* Constants. */

static uint32_t refuse_constant(struct lzr_walk *walk) {
  lzr_ir_refuse(walk->ir, "a constant");
  return 0;
}

static uint32_t constant(struct lzr_walk *walk, LLVMValueRef value,
                         int64_t number) {
  struct lzr_ir_type type = lzr_walk_type(walk, LLVMTypeOf(value));
  uint32_t made = lzr_ir_add_value(walk->ir, LZR_IR_CONSTANT, type);
  walk->ir->values[made].number = number;
  return made;
}

static uint32_t integer(struct lzr_walk *walk, LLVMValueRef value) {
  if (LLVMGetIntTypeWidth(LLVMTypeOf(value)) > 64)
    return constant(walk, value, 0); /* its type is refused */
  return constant(walk, value, LLVMConstIntGetSExtValue(value));
}

/* The bits, so that what is no number stays what it is. */
static uint32_t floating(struct lzr_walk *walk, LLVMValueRef value) {
  LLVMTypeRef type = LLVMTypeOf(value);
  LLVMContextRef context = LLVMGetTypeContext(type);
  bool is_float = LLVMGetTypeKind(type) == LLVMFloatTypeKind;
  if (!is_float && LLVMGetTypeKind(type) != LLVMDoubleTypeKind)
    return constant(walk, value, 0); /* its type is refused */
  LLVMValueRef bits =
      LLVMConstBitCast(value, is_float ? LLVMInt32TypeInContext(context)
                                       : LLVMInt64TypeInContext(context));
  if (!LLVMIsAConstantInt(bits))
    return refuse_constant(walk);
  return constant(walk, value, (int64_t)LLVMConstIntGetZExtValue(bits));
}

/* Expressions: a global and a distance. Those in the operands of an expression
   come first, so that nesting takes no stack. */

struct global_place {
  LLVMValueRef global; /* NULL: the distance alone */
  int64_t distance;
};

static bool add_indexes(struct lzr_walk *walk, LLVMValueRef gep,
                        struct global_place *place) {
  LLVMTypeRef type = LLVMGetGEPSourceElementType(gep);
  unsigned count = (unsigned)LLVMGetNumOperands(gep);
  for (unsigned i = 1; i < count; i++) {
    LLVMValueRef index = LLVMGetOperand(gep, i);
    if (!LLVMIsAConstantInt(index) ||
        LLVMGetIntTypeWidth(LLVMTypeOf(index)) > 64)
      return false;
    uint64_t number = (uint64_t)LLVMConstIntGetSExtValue(index);
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    uint64_t distance;
    if (i == 1)
      distance = number * LLVMABISizeOfType(walk->layout, type);
    else if (kind == LLVMStructTypeKind || kind == LLVMArrayTypeKind)
      distance = lzr_walk_element(walk, &type, number);
    else
      return false;
    place->distance = (int64_t)((uint64_t)place->distance + distance);
  }
  return true;
}

/* Adds what an expression adds to its first operand. */
static bool add_expression(struct lzr_walk *walk, LLVMValueRef expression,
                           struct global_place *place) {
  LLVMOpcode opcode = LLVMGetConstOpcode(expression);
  if (opcode == LLVMGetElementPtr)
    return add_indexes(walk, expression, place);
  if (opcode == LLVMIntToPtr || lzr_llvm_is_pointer_to_integer(opcode))
    return lzr_walk_type(walk, LLVMTypeOf(expression)).bits == 64 &&
           lzr_walk_type(walk, LLVMTypeOf(LLVMGetOperand(expression, 0)))
                   .bits == 64;
  if (opcode != LLVMAdd && opcode != LLVMSub)
    return false;
  LLVMValueRef other = LLVMGetOperand(expression, 1);
  if (!LLVMIsAConstantInt(other) ||
      LLVMGetIntTypeWidth(LLVMTypeOf(other)) != 64)
    return false;
  uint64_t number = (uint64_t)LLVMConstIntGetSExtValue(other);
  uint64_t old = (uint64_t)place->distance;
  place->distance = (int64_t)(opcode == LLVMAdd ? old + number : old - number);
  return true;
}

static bool find_place(struct lzr_walk *walk, LLVMValueRef expression,
                       struct global_place *place) {
  *place = (struct global_place){NULL, 0};
  while (LLVMGetValueKind(expression) == LLVMConstantExprValueKind) {
    if (!add_expression(walk, expression, place))
      return false;
    expression = LLVMGetOperand(expression, 0);
  }
  switch (LLVMGetValueKind(expression)) {
  case LLVMConstantIntValueKind:
    place->distance += LLVMConstIntGetSExtValue(expression);
    return LLVMGetIntTypeWidth(LLVMTypeOf(expression)) == 64;
  case LLVMConstantPointerNullValueKind:
    return true;
  case LLVMFunctionValueKind:
  case LLVMGlobalVariableValueKind:
  case LLVMGlobalAliasValueKind:
  case LLVMGlobalIFuncValueKind:
    place->global = expression;
    return true;
  default:
    return false;
  }
}

static uint32_t expression(struct lzr_walk *walk, LLVMValueRef value) {
  struct global_place place;
  if (lzr_walk_type(walk, LLVMTypeOf(value)).bits != 64 ||
      !find_place(walk, value, &place))
    return refuse_constant(walk);
  if (!place.global)
    return constant(walk, value, place.distance);
  uint32_t base = lzr_walk_value(walk, place.global);
  struct lzr_ir_value copy = walk->ir->values[base];
  uint32_t made = lzr_ir_add_value(walk->ir, LZR_IR_SYMBOL, copy.type);
  walk->ir->values[made].origin = copy.origin;
  walk->ir->values[made].number = place.distance;
  return made;
}

static uint32_t make(struct lzr_walk *walk, LLVMValueRef value) {
  switch (LLVMGetValueKind(value)) {
  case LLVMConstantIntValueKind:
    return integer(walk, value);
  case LLVMConstantFPValueKind:
    return floating(walk, value);
  case LLVMConstantPointerNullValueKind:
  case LLVMConstantAggregateZeroValueKind:
  case LLVMUndefValueValueKind:
  case LLVMPoisonValueValueKind:
    return constant(walk, value, 0);
  case LLVMFunctionValueKind:
  case LLVMGlobalVariableValueKind:
  case LLVMGlobalAliasValueKind:
  case LLVMGlobalIFuncValueKind:
    return symbol_value(walk, value);
  case LLVMConstantExprValueKind:
    return expression(walk, value);
  case LLVMInstructionValueKind:
    /* The C API reports constants that it has no kind for as this. */
    if (LLVMIsAConstant(value))
      return refuse_constant(walk);
    return lzr_ir_add_value(walk->ir, LZR_IR_RESULT,
                            lzr_walk_type(walk, LLVMTypeOf(value)));
  case LLVMArgumentValueKind:
    return lzr_ir_add_value(walk->ir, LZR_IR_ARGUMENT,
                            lzr_walk_type(walk, LLVMTypeOf(value)));
  case LLVMInlineAsmValueKind:
    lzr_ir_refuse(walk->ir, "inline assembly");
    return 0;
  default:
    return refuse_constant(walk);
  }
}

/* Values. */

uint32_t lzr_walk_value(struct lzr_walk *walk, LLVMValueRef value) {
  uint32_t number;
  if (!lzr_walk_recall(walk, value, &number)) {
    number = make(walk, value);
    lzr_walk_remember(walk, value, number);
  }
  return number;
}

uint32_t lzr_walk_use(struct lzr_walk *walk, LLVMValueRef value) {
  uint32_t number = lzr_walk_value(walk, value);
  lzr_ir_use(walk->ir, number);
  lzr_walk_mention(walk, number);
  return number;
}

uint32_t lzr_walk_use_address(struct lzr_walk *walk, LLVMValueRef value) {
  uint32_t number = lzr_walk_value(walk, value);
  lzr_ir_use_address(walk->ir, number);
  lzr_walk_mention(walk, number);
  return number;
}

uint32_t lzr_walk_use_callee(struct lzr_walk *walk, LLVMValueRef value) {
  uint32_t number = lzr_walk_value(walk, value);
  lzr_ir_use(walk->ir, number);
  if (walk->ir->values[number].number)
    lzr_walk_mention(walk, number);
  return number;
}

uint32_t lzr_walk_define(struct lzr_walk *walk, LLVMValueRef value) {
  return lzr_walk_value(walk, value);
}

/* If the instruction's number has gone out already, to a phi in front of it, it
   must be a copy. */
void lzr_walk_forward(struct lzr_walk *walk, LLVMValueRef instruction,
                      LLVMValueRef operand) {
  struct lzr_ir *ir = walk->ir;
  uint32_t known, value = lzr_walk_value(walk, operand);
  if (!lzr_walk_recall(walk, instruction, &known)) {
    lzr_walk_remember(walk, instruction, value);
    return;
  }
  if (ir->values[known].type.class == LZR_IR_AGGREGATE) {
    lzr_ir_refuse(ir, "a copy of an aggregate");
    return;
  }
  lzr_ir_use(ir, value);
  lzr_walk_mention(walk, value);
  bool is_integer = lzr_ir_is_integer(ir, known);
  lzr_ir_add(ir, is_integer ? LZR_IR_TRUNCATE : LZR_IR_FCONVERT, known)->a =
      value;
}

void lzr_walk_fold(struct lzr_walk *walk, LLVMValueRef instruction,
                   int64_t number) {
  LLVMTypeRef type = LLVMTypeOf(instruction);
  LLVMValueRef folded = LLVMConstInt(type, (unsigned long long)number, true);
  lzr_walk_forward(walk, instruction, folded);
}
