/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/body.h"

#include <llvm-c/Core.h>

static void move_parameter(LLVMValueRef from, LLVMValueRef to) {
  size_t length;
  const char *name = LLVMGetValueName2(from, &length);
  if (length)
    LLVMSetValueName2(to, name, length);
  LLVMReplaceAllUsesWith(from, to);
}

/* Instructions, phis, debug records and function-local metadata move with their
   block; only parameters belong to the function. */
void lzr_body_move(LLVMValueRef from, LLVMValueRef to) {
  LLVMValueRef new_parameter = LLVMGetFirstParam(to);
  for (LLVMValueRef p = LLVMGetFirstParam(from); p; p = LLVMGetNextParam(p)) {
    move_parameter(p, new_parameter);
    new_parameter = LLVMGetNextParam(new_parameter);
  }
  LLVMBasicBlockRef block;
  while ((block = LLVMGetFirstBasicBlock(from))) {
    LLVMRemoveBasicBlockFromParent(block);
    LLVMAppendExistingBasicBlock(to, block);
  }
}

/* Some intrinsics have an operand that is a constant wrapped as metadata. */
static lzr_error *map_metadata(LLVMValueRef operand,
                               struct lzr_constants *constants,
                               LLVMValueRef *mapped) {
  *mapped = operand;
  if (!LLVMIsAValueAsMetadata(operand))
    return NULL;
  LLVMValueRef constant = LLVMGetOperand(operand, 0), moved;
  if (!LLVMIsAConstant(constant))
    return NULL;
  lzr_error *error = lzr_constants_map(constants, constant, &moved);
  if (!error && moved != constant)
    *mapped = LLVMMetadataAsValue(LLVMGetTypeContext(LLVMTypeOf(operand)),
                                  LLVMValueAsMetadata(moved));
  return error;
}

/* The global into which a constant operand of assembly points, or NULL. */
static LLVMValueRef global_in(LLVMValueRef operand) {
  while (LLVMIsAConstantExpr(operand))
    operand = LLVMGetOperand(operand, 0);
  return LLVMIsAGlobalValue(operand);
}

/* Assembly may use an address as a constant only if the global is as near as
   code is. LLVM takes that for granted if the global is hidden. */
static void bring_near(LLVMValueRef call) {
  unsigned count = (unsigned)LLVMGetNumOperands(call);
  for (unsigned i = 0; i < count; i++) {
    LLVMValueRef global = global_in(LLVMGetOperand(call, i));
    if (global)
      LLVMSetVisibility(global, LLVMHiddenVisibility);
  }
}

static lzr_error *map_operand(LLVMValueRef instruction, unsigned index,
                              struct lzr_constants *constants) {
  LLVMValueRef operand = LLVMGetOperand(instruction, index), mapped = operand;
  lzr_error *error = NULL;
  LLVMValueKind kind = LLVMGetValueKind(operand);
  if (kind == LLVMInlineAsmValueKind)
    bring_near(instruction);
  if (kind == LLVMMetadataAsValueValueKind)
    error = map_metadata(operand, constants, &mapped);
  else
    error = lzr_constants_map(constants, operand, &mapped);
  if (!error && mapped != operand)
    LLVMSetOperand(instruction, index, mapped);
  return error;
}

static lzr_error *map_block(LLVMBasicBlockRef block,
                            struct lzr_constants *constants) {
  lzr_error *error = NULL;
  for (LLVMValueRef i = LLVMGetFirstInstruction(block); i && !error;
       i = LLVMGetNextInstruction(i)) {
    unsigned count = (unsigned)LLVMGetNumOperands(i);
    for (unsigned index = 0; index < count && !error; index++)
      error = map_operand(i, index, constants);
  }
  return error;
}

lzr_error *lzr_body_map(LLVMValueRef function,
                        struct lzr_constants *constants) {
  lzr_error *error = NULL;
  for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function);
       block && !error; block = LLVMGetNextBasicBlock(block))
    error = map_block(block, constants);
  return error;
}
