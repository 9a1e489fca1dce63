/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/body.h"

#include <llvm-c/Core.h>
#include <stdlib.h>

#include "tpc/base/memory.h"

/* Moving. */

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

/* Copying. */

struct copying {
  LLVMValueRef to;
  LLVMBuilderRef builder;
  struct lzr_pointer_map copies; /* parameter, block or instruction to its
                                    copy */
  bool failed;                   /* memory is out */
};

static void note_copy(struct copying *copying, LLVMValueRef value,
                      LLVMValueRef copy) {
  size_t length;
  const char *name = LLVMGetValueName2(value, &length);
  if (length)
    LLVMSetValueName2(copy, name, length);
  copying->failed |= !lzr_pointer_map_put(&copying->copies, value, copy);
}

/* The copy, or the value itself if it is not one of the function's. */
static LLVMValueRef copy_of(const struct copying *copying, LLVMValueRef value) {
  LLVMValueRef copy = lzr_pointer_map_get(&copying->copies, value);
  return copy ? copy : value;
}

static void copy_metadata(LLVMValueRef from, LLVMValueRef to) {
  size_t count;
  LLVMValueMetadataEntry *entries =
      LLVMInstructionGetAllMetadataOtherThanDebugLoc(from, &count);
  LLVMContextRef context = LLVMGetTypeContext(LLVMTypeOf(from));
  for (unsigned i = 0; i < count; i++)
    LLVMSetMetadata(
        to, LLVMValueMetadataEntriesGetKind(entries, i),
        LLVMMetadataAsValue(context,
                            LLVMValueMetadataEntriesGetMetadata(entries, i)));
  LLVMDisposeValueMetadataEntries(entries);
}

/* LLVM's C API cannot change the blocks of a phi's values, so a phi is not
   cloned but made. */
static LLVMValueRef make_phi(struct copying *copying, LLVMValueRef phi) {
  LLVMValueRef made = LLVMBuildPhi(copying->builder, LLVMTypeOf(phi), "");
  if (LLVMCanValueUseFastMathFlags(phi))
    LLVMSetFastMathFlags(made, LLVMGetFastMathFlags(phi));
  copy_metadata(phi, made);
  return made;
}

static LLVMValueRef clone(struct copying *copying, LLVMValueRef instruction) {
  LLVMValueRef made = LLVMInstructionClone(instruction);
  LLVMInsertIntoBuilder(copying->builder, made);
  return made;
}

static void copy_instructions(struct copying *copying, LLVMBasicBlockRef from,
                              LLVMBasicBlockRef to) {
  LLVMPositionBuilderAtEnd(copying->builder, to);
  for (LLVMValueRef i = LLVMGetFirstInstruction(from); i;
       i = LLVMGetNextInstruction(i))
    note_copy(copying, i,
              LLVMIsAPHINode(i) ? make_phi(copying, i) : clone(copying, i));
}

static void fill_phi(const struct copying *copying, LLVMValueRef phi) {
  LLVMValueRef copy = copy_of(copying, phi);
  unsigned count = LLVMCountIncoming(phi);
  for (unsigned i = 0; i < count; i++) {
    LLVMValueRef value = copy_of(copying, LLVMGetIncomingValue(phi, i));
    LLVMBasicBlockRef block = LLVMValueAsBasicBlock(
        copy_of(copying, LLVMBasicBlockAsValue(LLVMGetIncomingBlock(phi, i))));
    LLVMAddIncoming(copy, &value, &block, 1);
  }
}

static void fill_copy(const struct copying *copying, LLVMValueRef instruction) {
  LLVMValueRef copy = copy_of(copying, instruction);
  unsigned count = (unsigned)LLVMGetNumOperands(instruction);
  for (unsigned i = 0; i < count; i++) {
    LLVMValueRef operand = LLVMGetOperand(instruction, i);
    LLVMValueRef mapped = copy_of(copying, operand);
    if (mapped != operand)
      LLVMSetOperand(copy, i, mapped);
  }
}

/* Once everything has a copy, because loops mention what comes later. */
static void fill_copies(const struct copying *copying, LLVMValueRef from) {
  for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(from); block;
       block = LLVMGetNextBasicBlock(block))
    for (LLVMValueRef i = LLVMGetFirstInstruction(block); i;
         i = LLVMGetNextInstruction(i)) {
      if (LLVMIsAPHINode(i))
        fill_phi(copying, i);
      else
        fill_copy(copying, i);
    }
}

static void copy_blocks(struct copying *copying, LLVMValueRef from) {
  LLVMContextRef context = LLVMGetTypeContext(LLVMTypeOf(from));
  for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(from); block;
       block = LLVMGetNextBasicBlock(block)) {
    LLVMBasicBlockRef copy =
        LLVMAppendBasicBlockInContext(context, copying->to, "");
    note_copy(copying, LLVMBasicBlockAsValue(block),
              LLVMBasicBlockAsValue(copy));
    copy_instructions(copying, block, copy);
  }
}

lzr_error *lzr_body_copy(LLVMValueRef from, LLVMValueRef to) {
  struct copying copying = {.to = to};
  copying.builder =
      LLVMCreateBuilderInContext(LLVMGetModuleContext(LLVMGetGlobalParent(to)));
  LLVMValueRef copy = LLVMGetFirstParam(to);
  for (LLVMValueRef p = LLVMGetFirstParam(from); p; p = LLVMGetNextParam(p)) {
    note_copy(&copying, p, copy);
    copy = LLVMGetNextParam(copy);
  }
  copy_blocks(&copying, from);
  if (!copying.failed)
    fill_copies(&copying, from);
  LLVMDisposeBuilder(copying.builder);
  lzr_pointer_map_fini(&copying.copies);
  return copying.failed ? lzr_out_of_memory() : NULL;
}

/* Mapping. */

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
