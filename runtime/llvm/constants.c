/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/constants.h"

#include <llvm-c/Core.h>
#include <stdbool.h>
#include <stdlib.h>

#include "runtime/llvm/llvm_compat.h"
#include "tpc/base/memory.h"

enum shape {
  SHAPE_ITSELF, /* mentions no global */
  SHAPE_GLOBAL,
  SHAPE_BLOCK_ADDRESS,
  SHAPE_COMPOUND, /* made of other constants */
  SHAPE_WRAPPER   /* mapped as its operand is: dso_local_equivalent, no_cfi, and
                     aliases that are followed */
};

static enum shape shape_of(LLVMValueRef value) {
  switch (LLVMGetValueKind(value)) {
  case LLVMFunctionValueKind:
  case LLVMGlobalAliasValueKind:
  case LLVMGlobalIFuncValueKind:
  case LLVMGlobalVariableValueKind:
    return SHAPE_GLOBAL;
  case LLVMBlockAddressValueKind:
    return SHAPE_BLOCK_ADDRESS;
  case LLVMConstantExprValueKind:
  case LLVMConstantArrayValueKind:
  case LLVMConstantStructValueKind:
  case LLVMConstantVectorValueKind:
  case LLVMConstantPtrAuthValueKind:
    return SHAPE_COMPOUND;
  case LLVMInstructionValueKind:
    /* The C API has no kind for the two wrappers and reports this one. */
    return LLVMIsAConstant(value) ? SHAPE_WRAPPER : SHAPE_ITSELF;
  default:
    return SHAPE_ITSELF;
  }
}

void lzr_constants_fini(struct lzr_constants *constants) {
  lzr_pointer_map_fini(&constants->memo);
  free(constants->stack);
  constants->stack = NULL;
  constants->depth = constants->capacity = 0;
}

lzr_error *lzr_constants_seed(struct lzr_constants *constants,
                              LLVMValueRef value, LLVMValueRef mapped) {
  if (!lzr_pointer_map_put(&constants->memo, value, mapped))
    return lzr_out_of_memory();
  return NULL;
}

static lzr_error *push(struct lzr_constants *constants, LLVMValueRef value) {
  LLVMValueRef *grown =
      lzr_array_reserve(constants->stack, &constants->capacity,
                        constants->depth + 1, sizeof *grown);
  if (!grown)
    return lzr_out_of_memory();
  constants->stack = grown;
  constants->stack[constants->depth++] = value;
  return NULL;
}

/* What the operand is mapped to, or NULL if it has not been mapped yet. */
static LLVMValueRef lookup(const struct lzr_constants *constants,
                           LLVMValueRef value) {
  if (shape_of(value) == SHAPE_ITSELF)
    return value;
  return lzr_pointer_map_get(&constants->memo, value);
}

/* Pushes the operands that must be mapped first. */
static lzr_error *push_operands(struct lzr_constants *constants,
                                LLVMValueRef value) {
  int count = LLVMGetNumOperands(value);
  lzr_error *error = NULL;
  for (int i = 0; i < count && !error; i++) {
    LLVMValueRef operand = LLVMGetOperand(value, (unsigned)i);
    if (!lookup(constants, operand))
      error = push(constants, operand);
  }
  return error;
}

/* The C API cannot set a GEP's inrange or the wrap flags of additions. They are
   left out, which is safe because they only permit optimizations. */
static LLVMValueRef build_gep(LLVMValueRef value, LLVMValueRef *operands,
                              unsigned count) {
  return LLVMConstGEPWithNoWrapFlags(LLVMGetGEPSourceElementType(value),
                                     operands[0], operands + 1, count - 1,
                                     LLVMGEPGetNoWrapFlags(value));
}

/* Returns NULL for expressions that cannot be built. */
static LLVMValueRef build_expression(LLVMValueRef value, LLVMValueRef *operands,
                                     unsigned count) {
  LLVMOpcode opcode = LLVMGetConstOpcode(value);
  LLVMTypeRef type = LLVMTypeOf(value);
  if (lzr_llvm_is_pointer_to_integer(opcode))
    return LLVMConstPtrToInt(operands[0], type);
  switch (opcode) {
  case LLVMGetElementPtr:
    return build_gep(value, operands, count);
  case LLVMIntToPtr:
    return LLVMConstIntToPtr(operands[0], type);
  case LLVMBitCast:
    return LLVMConstBitCast(operands[0], type);
  case LLVMAddrSpaceCast:
    return LLVMConstAddrSpaceCast(operands[0], type);
  case LLVMTrunc:
    return LLVMConstTrunc(operands[0], type);
  case LLVMAdd:
    return LLVMConstAdd(operands[0], operands[1]);
  case LLVMSub:
    return LLVMConstSub(operands[0], operands[1]);
  case LLVMXor:
    return LLVMConstXor(operands[0], operands[1]);
  case LLVMMul:
    return lzr_llvm_const_mul(operands[0], operands[1]);
  case LLVMExtractElement:
    return LLVMConstExtractElement(operands[0], operands[1]);
  case LLVMInsertElement:
    return LLVMConstInsertElement(operands[0], operands[1], operands[2]);
  default:
    return NULL;
  }
}

static LLVMValueRef build(LLVMValueRef value, LLVMValueRef *operands,
                          unsigned count) {
  LLVMTypeRef type = LLVMTypeOf(value);
  switch (LLVMGetValueKind(value)) {
  case LLVMConstantArrayValueKind:
    return LLVMConstArray2(LLVMGetElementType(type), operands, count);
  case LLVMConstantStructValueKind:
    return LLVMConstNamedStruct(type, operands, count);
  case LLVMConstantVectorValueKind:
    return LLVMConstVector(operands, count);
  case LLVMConstantPtrAuthValueKind:
    /* LLVM 22 has a fifth operand, a symbol for deactivation. */
    if (count > 4 && !LLVMIsNull(operands[4]))
      return NULL;
    return LLVMConstantPtrAuth(operands[0], operands[1], operands[2],
                               operands[3]);
  default:
    return build_expression(value, operands, count);
  }
}

static lzr_error *unsupported(LLVMValueRef value) {
  char *text = LLVMPrintValueToString(value);
  lzr_error *error =
      lzr_error_create(LZR_ERROR_UNSUPPORTED, "cannot move the constant %.200s",
                       text ? text : "");
  LLVMDisposeMessage(text);
  return error;
}

/* All operands have been mapped. */
static lzr_error *map_compound(struct lzr_constants *constants,
                               LLVMValueRef value, LLVMValueRef *mapped) {
  unsigned count = (unsigned)LLVMGetNumOperands(value);
  LLVMValueRef few[16];
  LLVMValueRef *operands = count <= 16 ? few : malloc(count * sizeof *operands);
  if (!operands)
    return lzr_out_of_memory();
  bool same = true;
  for (unsigned i = 0; i < count; i++) {
    LLVMValueRef operand = LLVMGetOperand(value, i);
    operands[i] = lookup(constants, operand);
    same = same && operands[i] == operand;
  }
  *mapped = same ? value : build(value, operands, count);
  if (operands != few)
    free(operands);
  return *mapped ? NULL : unsupported(value);
}

/* In LLVM 19 the address of a label names function and block, so a moved block
   needs another constant; in 22 it names the block alone, and this finds the
   same constant again. */
static lzr_error *map_block_address(const struct lzr_constants *constants,
                                    LLVMValueRef value, LLVMValueRef *mapped) {
  LLVMBasicBlockRef block = LLVMGetBlockAddressBasicBlock(value);
  LLVMValueRef home = LLVMGetBasicBlockParent(block);
  if (LLVMGetGlobalParent(home) != constants->target)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "the address of a label in '%s' is taken by code "
                            "that is compiled apart from it",
                            LLVMGetValueName(home));
  *mapped = LLVMBlockAddress(home, block);
  return NULL;
}

/* Maps the constant on top of the stack, or pushes the operands for which it
   waits. */
static lzr_error *step(struct lzr_constants *constants) {
  LLVMValueRef value = constants->stack[constants->depth - 1];
  LLVMValueRef mapped = lookup(constants, value);
  if (mapped) { /* it was pushed twice */
    constants->depth--;
    return NULL;
  }
  enum shape shape = shape_of(value);
  if (constants->follows_aliases && LLVMIsAGlobalAlias(value))
    shape = SHAPE_WRAPPER;
  size_t depth = constants->depth;
  lzr_error *error = NULL;
  if (shape == SHAPE_COMPOUND || shape == SHAPE_WRAPPER)
    error = push_operands(constants, value);
  if (error || constants->depth != depth)
    return error;
  if (shape == SHAPE_GLOBAL)
    error = constants->map_global(constants->data, value, &mapped);
  else if (shape == SHAPE_BLOCK_ADDRESS)
    error = map_block_address(constants, value, &mapped);
  else if (shape == SHAPE_WRAPPER)
    mapped = lookup(constants, LLVMGetOperand(value, 0));
  else
    error = map_compound(constants, value, &mapped);
  if (!error)
    error = lzr_constants_seed(constants, value, mapped);
  constants->depth--;
  return error;
}

lzr_error *lzr_constants_map(struct lzr_constants *constants,
                             LLVMValueRef value, LLVMValueRef *mapped) {
  *mapped = lookup(constants, value);
  if (*mapped)
    return NULL;
  constants->depth = 0;
  lzr_error *error = push(constants, value);
  while (!error && constants->depth)
    error = step(constants);
  if (!error)
    *mapped = lookup(constants, value);
  return error;
}
