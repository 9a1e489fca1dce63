/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Instructions, one by one.
 */
#include <llvm-c/Core.h>

#include "runtime/llvm/llvm_compat.h"
#include "runtime/llvm/walk_private.h"

static void unary(struct lzr_walk *walk, LLVMValueRef instruction,
                  enum lzr_ir_operation operation) {
  uint32_t a = lzr_walk_use(walk, LLVMGetOperand(instruction, 0));
  uint32_t result = lzr_walk_define(walk, instruction);
  lzr_ir_add(walk->ir, operation, result)->a = a;
}

static void binary(struct lzr_walk *walk, LLVMValueRef instruction,
                   enum lzr_ir_operation operation, uint8_t sub) {
  uint32_t a = lzr_walk_use(walk, LLVMGetOperand(instruction, 0));
  uint32_t b = lzr_walk_use(walk, LLVMGetOperand(instruction, 1));
  uint32_t result = lzr_walk_define(walk, instruction);
  struct lzr_ir_instruction *i = lzr_ir_add(walk->ir, operation, result);
  i->sub = sub;
  i->a = a;
  i->b = b;
}

/* x % y is what fmod computes. */
static void remainder_of(struct lzr_walk *walk, LLVMValueRef instruction) {
  struct lzr_ir_type type = lzr_walk_type(walk, LLVMTypeOf(instruction));
  for (unsigned k = 0; k < 2; k++)
    lzr_ir_add_item(walk->ir,
                    lzr_walk_use(walk, LLVMGetOperand(instruction, k)), 0);
  lzr_walk_call_library(walk, type.class == LZR_IR_FLOAT ? "fmodf" : "fmod",
                        lzr_walk_define(walk, instruction), 2);
}

/* Comparisons. */

static void compare_integers(struct lzr_walk *walk, LLVMValueRef instruction) {
  binary(
      walk, instruction, LZR_IR_COMPARE,
      (uint8_t)(LLVMGetICmpPredicate(instruction) - LLVMIntEQ + LZR_IR_EQUAL));
}

static void compare_floats(struct lzr_walk *walk, LLVMValueRef instruction) {
  LLVMRealPredicate predicate = LLVMGetFCmpPredicate(instruction);
  if (predicate == LLVMRealPredicateFalse || predicate == LLVMRealPredicateTrue)
    lzr_walk_fold(walk, instruction, predicate == LLVMRealPredicateTrue);
  else
    binary(walk, instruction, LZR_IR_FCOMPARE,
           (uint8_t)(predicate - LLVMRealOEQ + LZR_IR_ORDERED_EQUAL));
}

static void select_value(struct lzr_walk *walk, LLVMValueRef instruction) {
  struct lzr_ir *ir = walk->ir;
  uint32_t a = lzr_walk_use(walk, LLVMGetOperand(instruction, 0));
  uint32_t b = lzr_walk_use(walk, LLVMGetOperand(instruction, 1));
  uint32_t c = lzr_walk_use(walk, LLVMGetOperand(instruction, 2));
  uint32_t result = lzr_walk_define(walk, instruction);
  if (ir->values[result].type.class == LZR_IR_AGGREGATE)
    lzr_ir_refuse(ir, "a selection of aggregates");
  struct lzr_ir_instruction *i = lzr_ir_add(ir, LZR_IR_SELECT, result);
  i->a = a;
  i->b = b;
  i->c = c;
}

/* Conversions. */

static bool same_type(struct lzr_walk *walk, LLVMValueRef instruction) {
  struct lzr_ir_type from =
      lzr_walk_type(walk, LLVMTypeOf(LLVMGetOperand(instruction, 0)));
  struct lzr_ir_type to = lzr_walk_type(walk, LLVMTypeOf(instruction));
  return from.class == to.class && from.bits == to.bits;
}

static void same_bits(struct lzr_walk *walk, LLVMValueRef instruction) {
  if (same_type(walk, instruction))
    lzr_walk_forward(walk, instruction, LLVMGetOperand(instruction, 0));
  else
    unary(walk, instruction, LZR_IR_BITCAST);
}

/* Pointers have 64 bits. */
static void pointer_to_integer(struct lzr_walk *walk,
                               LLVMValueRef instruction) {
  if (same_type(walk, instruction))
    lzr_walk_forward(walk, instruction, LLVMGetOperand(instruction, 0));
  else
    unary(walk, instruction, LZR_IR_TRUNCATE);
}

static void integer_to_pointer(struct lzr_walk *walk,
                               LLVMValueRef instruction) {
  if (same_type(walk, instruction))
    lzr_walk_forward(walk, instruction, LLVMGetOperand(instruction, 0));
  else
    unary(walk, instruction, LZR_IR_ZERO_EXTEND);
}

/* Control. */

static void branch(struct lzr_walk *walk, LLVMValueRef instruction) {
  struct lzr_ir *ir = walk->ir;
  bool conditional = LLVMGetNumSuccessors(instruction) == 2;
  uint32_t a = 0, c = 0;
  uint32_t b = lzr_walk_block(walk, LLVMGetSuccessor(instruction, 0));
  lzr_ir_add_edge(ir, b);
  if (conditional) {
    c = lzr_walk_block(walk, LLVMGetSuccessor(instruction, 1));
    lzr_ir_add_edge(ir, c);
    a = lzr_walk_use(walk, LLVMGetCondition(instruction));
  }
  struct lzr_ir_instruction *i =
      lzr_ir_add(ir, conditional ? LZR_IR_BRANCH_IF : LZR_IR_BRANCH, 0);
  i->a = a;
  i->b = b;
  i->c = c;
}

static void switch_to(struct lzr_walk *walk, LLVMValueRef instruction) {
  struct lzr_ir *ir = walk->ir;
  unsigned count = LLVMGetNumSuccessors(instruction);
  uint32_t a = lzr_walk_use(walk, LLVMGetOperand(instruction, 0));
  uint32_t b = lzr_walk_block(walk, LLVMGetSuccessor(instruction, 0));
  uint32_t list = (uint32_t)ir->item_count;
  lzr_ir_add_edge(ir, b);
  for (unsigned k = 1; k < count; k++) {
    uint32_t block = lzr_walk_block(walk, LLVMGetSuccessor(instruction, k));
    uint32_t number =
        lzr_walk_value(walk, lzr_llvm_switch_case(instruction, k));
    lzr_ir_add_edge(ir, block);
    lzr_ir_add_item(ir, number, block);
  }
  struct lzr_ir_instruction *i = lzr_ir_add(ir, LZR_IR_SWITCH, 0);
  i->a = a;
  i->b = b;
  i->list = list;
  i->count = count - 1;
}

/* A function that writes its result to memory returns that memory's address. */
static void return_value(struct lzr_walk *walk, LLVMValueRef instruction) {
  uint32_t a = 0;
  if (LLVMGetNumOperands(instruction)) {
    a = lzr_walk_use(walk, LLVMGetOperand(instruction, 0));
  } else if (walk->result_pointer) {
    a = walk->result_pointer;
    lzr_ir_use(walk->ir, a);
  }
  lzr_ir_add(walk->ir, LZR_IR_RETURN, 0)->a = a;
}

static void phi(struct lzr_walk *walk, LLVMValueRef instruction) {
  struct lzr_ir *ir = walk->ir;
  uint32_t result = lzr_walk_define(walk, instruction);
  uint32_t list = (uint32_t)ir->item_count;
  unsigned count = LLVMCountIncoming(instruction);
  for (unsigned k = 0; k < count; k++)
    lzr_ir_add_item(ir,
                    lzr_walk_value(walk, LLVMGetIncomingValue(instruction, k)),
                    lzr_walk_block(walk, LLVMGetIncomingBlock(instruction, k)));
  ir->blocks[ir->block].has_phis = true;
  struct lzr_ir_instruction *i = lzr_ir_add(ir, LZR_IR_PHI, result);
  i->list = list;
  i->count = count;
}

/* All. */

/* Instructions with two operands and a result. */
static bool find_binary(LLVMOpcode opcode, enum lzr_ir_operation *operation) {
  static const uint8_t operations[] = {
      [LLVMAdd] = LZR_IR_ADD + 1,   [LLVMSub] = LZR_IR_SUB + 1,
      [LLVMMul] = LZR_IR_MUL + 1,   [LLVMUDiv] = LZR_IR_UDIV + 1,
      [LLVMSDiv] = LZR_IR_SDIV + 1, [LLVMURem] = LZR_IR_UREM + 1,
      [LLVMSRem] = LZR_IR_SREM + 1, [LLVMShl] = LZR_IR_SHL + 1,
      [LLVMLShr] = LZR_IR_LSHR + 1, [LLVMAShr] = LZR_IR_ASHR + 1,
      [LLVMAnd] = LZR_IR_AND + 1,   [LLVMOr] = LZR_IR_OR + 1,
      [LLVMXor] = LZR_IR_XOR + 1,   [LLVMFAdd] = LZR_IR_FADD + 1,
      [LLVMFSub] = LZR_IR_FSUB + 1, [LLVMFMul] = LZR_IR_FMUL + 1,
      [LLVMFDiv] = LZR_IR_FDIV + 1};
  if (opcode >= sizeof operations || !operations[opcode])
    return false;
  *operation = (enum lzr_ir_operation)(operations[opcode] - 1);
  return true;
}

/* Conversions that are one operation. */
static bool find_unary(LLVMOpcode opcode, enum lzr_ir_operation *operation) {
  static const struct {
    LLVMOpcode opcode;
    enum lzr_ir_operation operation;
  } known[] = {
      {LLVMTrunc, LZR_IR_TRUNCATE},     {LLVMZExt, LZR_IR_ZERO_EXTEND},
      {LLVMSExt, LZR_IR_SIGN_EXTEND},   {LLVMFNeg, LZR_IR_FNEGATE},
      {LLVMFPTrunc, LZR_IR_FCONVERT},   {LLVMFPExt, LZR_IR_FCONVERT},
      {LLVMFPToSI, LZR_IR_TO_SIGNED},   {LLVMFPToUI, LZR_IR_TO_UNSIGNED},
      {LLVMSIToFP, LZR_IR_FROM_SIGNED}, {LLVMUIToFP, LZR_IR_FROM_UNSIGNED}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++)
    if (known[i].opcode == opcode) {
      *operation = known[i].operation;
      return true;
    }
  return false;
}

static void walk_other(struct lzr_walk *walk, LLVMValueRef instruction,
                       LLVMOpcode opcode) {
  switch (opcode) {
  case LLVMRet:
    return_value(walk, instruction);
    break;
  case LLVMBr:
    branch(walk, instruction);
    break;
  case LLVMSwitch:
    switch_to(walk, instruction);
    break;
  case LLVMUnreachable:
    lzr_ir_add(walk->ir, LZR_IR_UNREACHABLE, 0);
    break;
  case LLVMPHI:
    phi(walk, instruction);
    break;
  case LLVMCall:
    lzr_walk_call(walk, instruction);
    break;
  case LLVMInvoke:
    lzr_walk_invoke(walk, instruction);
    break;
  case LLVMLandingPad:
    lzr_walk_landing_pad(walk, instruction);
    break;
  case LLVMResume:
    lzr_walk_resume(walk, instruction);
    break;
  case LLVMLoad:
    lzr_walk_load(walk, instruction);
    break;
  case LLVMStore:
    lzr_walk_store(walk, instruction);
    break;
  case LLVMGetElementPtr:
    lzr_walk_gep(walk, instruction);
    break;
  case LLVMAlloca:
    lzr_walk_alloca(walk, instruction);
    break;
  case LLVMFence:
    lzr_walk_fence(walk, instruction);
    break;
  case LLVMAtomicCmpXchg:
    lzr_walk_compare_exchange(walk, instruction);
    break;
  case LLVMAtomicRMW:
    lzr_walk_read_modify_write(walk, instruction);
    break;
  case LLVMExtractValue:
  case LLVMInsertValue:
    lzr_walk_element_access(walk, instruction);
    break;
  case LLVMICmp:
    compare_integers(walk, instruction);
    break;
  case LLVMFCmp:
    compare_floats(walk, instruction);
    break;
  case LLVMSelect:
    select_value(walk, instruction);
    break;
  case LLVMFRem:
    remainder_of(walk, instruction);
    break;
  case LLVMIntToPtr:
    integer_to_pointer(walk, instruction);
    break;
  case LLVMBitCast:
    same_bits(walk, instruction);
    break;
  case LLVMFreeze:
    lzr_walk_forward(walk, instruction, LLVMGetOperand(instruction, 0));
    break;
  default:
    lzr_ir_refuse(walk->ir, "an instruction");
  }
}

/* Vectors and the like have operations of the same names. */
static void check_type(struct lzr_walk *walk, LLVMValueRef instruction) {
  LLVMTypeRef type = LLVMTypeOf(instruction);
  if (LLVMGetTypeKind(type) != LLVMVoidTypeKind)
    lzr_walk_type(walk, type);
}

void lzr_walk_instruction(struct lzr_walk *walk, LLVMValueRef instruction) {
  LLVMOpcode opcode = LLVMGetInstructionOpcode(instruction);
  enum lzr_ir_operation operation;
  check_type(walk, instruction);
  if (walk->ir->refusal)
    return;
  if (find_binary(opcode, &operation))
    binary(walk, instruction, operation, 0);
  else if (find_unary(opcode, &operation))
    unary(walk, instruction, operation);
  else if (lzr_llvm_is_pointer_to_integer(opcode))
    pointer_to_integer(walk, instruction);
  else
    walk_other(walk, instruction, opcode);
}
