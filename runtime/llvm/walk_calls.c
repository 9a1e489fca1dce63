/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls.
 */
#include <llvm-c/Core.h>

#include "runtime/llvm/walk_private.h"

/* The most arguments of a call. */
enum { ARGUMENTS_LIMIT = 255 };

/* Items of one list must follow each other, and nothing that is read meanwhile
   adds to the list. */
static void add_arguments(struct lzr_walk *walk, LLVMValueRef call,
                          unsigned count) {
  for (unsigned k = 0; k < count; k++) {
    LLVMValueRef argument = LLVMGetOperand(call, k);
    uint32_t passing = lzr_walk_call_passing(walk, call, k + 1);
    uint32_t value = lzr_walk_value(walk, argument);
    lzr_walk_mention(walk, value);
    if (passing & LZR_IR_PASS_BY_VALUE)
      lzr_ir_use_address(walk->ir, value);
    else
      lzr_ir_use(walk->ir, value);
    lzr_ir_add_item(walk->ir, value, passing);
  }
}

static uint32_t define_result(struct lzr_walk *walk, LLVMValueRef call) {
  struct lzr_ir *ir = walk->ir;
  if (LLVMGetTypeKind(LLVMTypeOf(call)) == LLVMVoidTypeKind)
    return 0;
  uint32_t result = lzr_walk_define(walk, call);
  const struct lzr_ir_value *v = &ir->values[result];
  if (v->type.class == LZR_IR_AGGREGATE &&
      !ir->layouts[v->type.layout].in_registers)
    lzr_ir_refuse(ir, "a result in many registers");
  lzr_walk_call_passing(walk, call, 0); /* refuses unknown attributes */
  return result;
}

static void add_call(struct lzr_walk *walk, LLVMValueRef call,
                     LLVMValueRef callee, enum lzr_ir_operation operation) {
  struct lzr_ir *ir = walk->ir;
  unsigned count = LLVMGetNumArgOperands(call);
  if (count > ARGUMENTS_LIMIT) {
    lzr_ir_refuse(ir, "many arguments");
    return;
  }
  lzr_walk_check_call(walk, call);
  uint32_t address = lzr_walk_use_callee(walk, callee);
  uint32_t list = (uint32_t)ir->item_count;
  add_arguments(walk, call, count);
  uint32_t result = define_result(walk, call);
  struct lzr_ir_instruction *i = lzr_ir_add(ir, operation, result);
  i->a = address;
  i->list = list;
  i->count = count;
  i->sub = LLVMIsFunctionVarArg(LLVMGetCalledFunctionType(call)) != 0;
}

static bool is_intrinsic(LLVMValueRef callee) {
  return LLVMGetValueKind(callee) == LLVMFunctionValueKind &&
         LLVMGetIntrinsicID(callee);
}

void lzr_walk_call(struct lzr_walk *walk, LLVMValueRef call) {
  LLVMValueRef callee = LLVMGetCalledValue(call);
  if (LLVMGetTailCallKind(call) == LLVMTailCallKindMustTail)
    lzr_ir_refuse(walk->ir, "musttail");
  else if (is_intrinsic(callee))
    lzr_walk_intrinsic(walk, call, callee);
  else
    add_call(walk, call, callee, LZR_IR_CALL);
}

void lzr_walk_invoke(struct lzr_walk *walk, LLVMValueRef invoke) {
  struct lzr_ir *ir = walk->ir;
  LLVMValueRef callee = LLVMGetCalledValue(invoke);
  if (is_intrinsic(callee) || !ir->has_personality) {
    lzr_ir_refuse(ir, "an invoked intrinsic");
    return;
  }
  add_call(walk, invoke, callee, LZR_IR_INVOKE);
  if (ir->refusal || ir->out_of_memory)
    return;
  uint32_t normal = lzr_walk_block(walk, LLVMGetNormalDest(invoke));
  uint32_t unwind = lzr_walk_block(walk, LLVMGetUnwindDest(invoke));
  lzr_ir_add_edge(ir, normal);
  lzr_ir_add_edge(ir, unwind);
  ir->instructions[ir->instruction_count - 1].b = normal;
  ir->instructions[ir->instruction_count - 1].c = unwind;
}
