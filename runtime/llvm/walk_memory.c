/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Instructions that work on memory, and on parts of aggregates.
 */
#include <llvm-c/Core.h>

#include "runtime/llvm/walk_private.h"

/* Whether one instruction does it, whatever the order that is asked for. */
static void check_atomic(struct lzr_walk *walk, LLVMValueRef instruction,
                         uint32_t value) {
  struct lzr_ir_type type = walk->ir->values[value].type;
  unsigned bytes = type.class == LZR_IR_FLOAT     ? 4
                   : type.class == LZR_IR_DOUBLE  ? 8
                   : type.class == LZR_IR_INTEGER ? type.bits / 8
                                                  : 0;
  bool is_power = bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8;
  if (!is_power || (type.bits && type.bits % 8) ||
      LLVMGetAlignment(instruction) < bytes)
    lzr_ir_refuse(walk->ir, "an atomic operation");
}

static bool is_atomic(LLVMValueRef access) {
  return LLVMGetOrdering(access) != LLVMAtomicOrderingNotAtomic;
}

void lzr_walk_load(struct lzr_walk *walk, LLVMValueRef load) {
  struct lzr_ir *ir = walk->ir;
  uint32_t address = lzr_walk_use_address(walk, LLVMGetOperand(load, 0));
  uint32_t result = lzr_walk_define(walk, load);
  if (is_atomic(load))
    check_atomic(walk, load, result);
  struct lzr_ir_instruction *i = lzr_ir_add(ir, LZR_IR_LOAD, result);
  i->a = address;
  i->sub = is_atomic(load)         ? LZR_IR_ATOMIC
           : LLVMGetVolatile(load) ? LZR_IR_VOLATILE
                                   : LZR_IR_PLAIN;
}

void lzr_walk_store(struct lzr_walk *walk, LLVMValueRef store) {
  struct lzr_ir *ir = walk->ir;
  uint32_t value = lzr_walk_use(walk, LLVMGetOperand(store, 0));
  uint32_t address = lzr_walk_use_address(walk, LLVMGetOperand(store, 1));
  bool in_order =
      LLVMGetOrdering(store) == LLVMAtomicOrderingSequentiallyConsistent;
  if (is_atomic(store))
    check_atomic(walk, store, value);
  if (in_order && !lzr_ir_is_integer(ir, value))
    lzr_ir_refuse(ir, "an atomic operation");
  struct lzr_ir_instruction *i = lzr_ir_add(ir, LZR_IR_STORE, 0);
  i->a = value;
  i->b = address;
  i->sub = in_order           ? LZR_IR_SEQUENTIAL
           : is_atomic(store) ? LZR_IR_ATOMIC
                              : LZR_IR_PLAIN;
}

/* Addresses. */

static void add_index(struct lzr_walk *walk, LLVMValueRef index, uint64_t size,
                      int64_t *offset) {
  struct lzr_ir *ir = walk->ir;
  uint32_t value = lzr_walk_value(walk, index);
  if (lzr_ir_is_constant(ir, value)) {
    *offset = (int64_t)((uint64_t)*offset +
                        (uint64_t)ir->values[value].number * size);
    return;
  }
  if (size > INT32_MAX)
    lzr_ir_refuse(ir, "a large element");
  if (!lzr_ir_is_integer(ir, value))
    lzr_ir_refuse(ir, "a vector");
  if (size) {
    lzr_ir_use(ir, value);
    lzr_walk_mention(walk, value);
    lzr_ir_add_item(ir, value, (uint32_t)size);
  }
}

/* Adds the indexes behind the first, each of which goes into the type that the
   ones before it have led to. */
static void add_indexes(struct lzr_walk *walk, LLVMValueRef gep,
                        int64_t *offset) {
  LLVMTypeRef type = LLVMGetGEPSourceElementType(gep);
  unsigned count = (unsigned)LLVMGetNumOperands(gep);
  add_index(walk, LLVMGetOperand(gep, 1), LLVMABISizeOfType(walk->layout, type),
            offset);
  for (unsigned i = 2; i < count; i++) {
    LLVMValueRef index = LLVMGetOperand(gep, i);
    LLVMTypeKind kind = LLVMGetTypeKind(type);
    if (kind == LLVMStructTypeKind) {
      *offset = (int64_t)((uint64_t)*offset +
                          lzr_walk_element(walk, &type,
                                           LLVMConstIntGetZExtValue(index)));
    } else if (kind == LLVMArrayTypeKind) {
      type = LLVMGetElementType(type);
      add_index(walk, index, LLVMABISizeOfType(walk->layout, type), offset);
    } else {
      lzr_ir_refuse(walk->ir, "an address in a vector");
      return;
    }
  }
}

void lzr_walk_gep(struct lzr_walk *walk, LLVMValueRef gep) {
  struct lzr_ir *ir = walk->ir;
  if (LLVMGetTypeKind(LLVMTypeOf(gep)) != LLVMPointerTypeKind) {
    lzr_ir_refuse(ir, "a vector");
    return;
  }
  int64_t offset = 0;
  uint32_t base = lzr_walk_use(walk, LLVMGetOperand(gep, 0));
  uint32_t list = (uint32_t)ir->item_count;
  add_indexes(walk, gep, &offset);
  if (offset != (int32_t)offset)
    lzr_ir_refuse(ir, "an offset beyond 32 bits");
  struct lzr_ir_instruction *i =
      lzr_ir_add(ir, LZR_IR_GEP, lzr_walk_define(walk, gep));
  i->a = base;
  i->c = (uint32_t)(int32_t)offset;
  i->list = list;
  i->count = (uint32_t)ir->item_count - list;
}

/* The stack. */

enum { STACK_ALIGN = 16, LOCAL_LIMIT = 1 << 28 };

static void add_local(struct lzr_walk *walk, LLVMValueRef alloca,
                      uint64_t size) {
  uint32_t value = lzr_walk_define(walk, alloca);
  struct lzr_ir_value *v = &walk->ir->values[value];
  v->kind = LZR_IR_LOCAL;
  v->number = (int64_t)size;
  v->origin = LLVMGetAlignment(alloca);
  lzr_ir_add_local(walk->ir, value);
}

static bool is_in_entry(const struct lzr_walk *walk) {
  return walk->ir->block == 0;
}

void lzr_walk_alloca(struct lzr_walk *walk, LLVMValueRef alloca) {
  struct lzr_ir *ir = walk->ir;
  LLVMValueRef count = LLVMGetOperand(alloca, 0);
  uint64_t size = LLVMABISizeOfType(walk->layout, LLVMGetAllocatedType(alloca));
  if (LLVMGetAlignment(alloca) > STACK_ALIGN) {
    lzr_ir_refuse(ir, "a local variable's alignment");
    return;
  }
  bool is_fixed = is_in_entry(walk) && LLVMIsAConstantInt(count) &&
                  LLVMGetIntTypeWidth(LLVMTypeOf(count)) <= 64;
  uint64_t number = is_fixed ? LLVMConstIntGetZExtValue(count) : 1;
  if (size > LOCAL_LIMIT || number > LOCAL_LIMIT ||
      size * number > LOCAL_LIMIT) {
    lzr_ir_refuse(ir, "a large local variable");
    return;
  }
  if (is_fixed) {
    add_local(walk, alloca, size * number);
    return;
  }
  uint32_t wanted = lzr_walk_use(walk, count);
  struct lzr_ir_instruction *i =
      lzr_ir_add(ir, LZR_IR_ALLOCATE, lzr_walk_define(walk, alloca));
  i->a = wanted;
  i->c = (uint32_t)size;
}

/* Atomic operations. */

void lzr_walk_fence(struct lzr_walk *walk, LLVMValueRef fence) {
  if (!LLVMIsAtomicSingleThread(fence))
    lzr_ir_add(walk->ir, LZR_IR_FENCE, 0)->sub =
        LLVMGetOrdering(fence) == LLVMAtomicOrderingSequentiallyConsistent
            ? LZR_IR_SEQUENTIAL
            : LZR_IR_ATOMIC;
}

void lzr_walk_compare_exchange(struct lzr_walk *walk, LLVMValueRef exchange) {
  struct lzr_ir *ir = walk->ir;
  uint32_t address = lzr_walk_use_address(walk, LLVMGetOperand(exchange, 0));
  uint32_t expected = lzr_walk_use(walk, LLVMGetOperand(exchange, 1));
  uint32_t comes = lzr_walk_use(walk, LLVMGetOperand(exchange, 2));
  LLVMTypeRef type = LLVMTypeOf(exchange);
  uint64_t flag = LLVMOffsetOfElement(walk->layout, type, 1);
  check_atomic(walk, exchange, comes);
  if (!lzr_ir_is_integer(ir, comes))
    lzr_ir_refuse(ir, "an atomic operation");
  struct lzr_ir_instruction *i =
      lzr_ir_add(ir, LZR_IR_COMPARE_EXCHANGE, lzr_walk_define(walk, exchange));
  i->a = address;
  i->b = expected;
  i->c = comes;
  i->count = (uint32_t)flag;
}

/* a - b is a + -b, in a register. */
static uint32_t negate(struct lzr_walk *walk, uint32_t value) {
  struct lzr_ir *ir = walk->ir;
  struct lzr_ir_type type = ir->values[value].type;
  uint32_t zero = lzr_ir_add_integer(ir, type.bits, 0);
  uint32_t negative = lzr_ir_add_value(ir, LZR_IR_RESULT, type);
  lzr_ir_use(ir, zero);
  struct lzr_ir_instruction *i = lzr_ir_add(ir, LZR_IR_SUB, negative);
  i->a = zero;
  i->b = value;
  lzr_ir_use(ir, negative);
  return negative;
}

static void add_exchange(struct lzr_walk *walk, LLVMValueRef update,
                         enum lzr_ir_operation operation, uint32_t address,
                         uint32_t value) {
  struct lzr_ir_instruction *i =
      lzr_ir_add(walk->ir, operation, lzr_walk_define(walk, update));
  i->a = address;
  i->b = value;
}

static void add_update(struct lzr_walk *walk, LLVMValueRef update, uint8_t sub,
                       uint32_t address, uint32_t value) {
  if (LLVMGetFirstUse(update))
    lzr_ir_refuse(walk->ir, "an atomic operation");
  struct lzr_ir_instruction *i = lzr_ir_add(walk->ir, LZR_IR_UPDATE, 0);
  i->sub = sub;
  i->a = address;
  i->b = value;
}

void lzr_walk_read_modify_write(struct lzr_walk *walk, LLVMValueRef update) {
  uint32_t address = lzr_walk_use_address(walk, LLVMGetOperand(update, 0));
  uint32_t value = lzr_walk_use(walk, LLVMGetOperand(update, 1));
  check_atomic(walk, update, value);
  if (!lzr_ir_is_integer(walk->ir, value)) {
    lzr_ir_refuse(walk->ir, "an atomic operation");
    return;
  }
  switch (LLVMGetAtomicRMWBinOp(update)) {
  case LLVMAtomicRMWBinOpXchg:
    add_exchange(walk, update, LZR_IR_EXCHANGE, address, value);
    break;
  case LLVMAtomicRMWBinOpAdd:
    add_exchange(walk, update, LZR_IR_EXCHANGE_ADD, address, value);
    break;
  case LLVMAtomicRMWBinOpSub:
    add_exchange(walk, update, LZR_IR_EXCHANGE_ADD, address,
                 negate(walk, value));
    break;
  case LLVMAtomicRMWBinOpAnd:
    add_update(walk, update, LZR_IR_AND, address, value);
    break;
  case LLVMAtomicRMWBinOpOr:
    add_update(walk, update, LZR_IR_OR, address, value);
    break;
  case LLVMAtomicRMWBinOpXor:
    add_update(walk, update, LZR_IR_XOR, address, value);
    break;
  default:
    lzr_ir_refuse(walk->ir, "an atomic operation");
  }
}

/* Aggregates. */

void lzr_walk_element_access(struct lzr_walk *walk, LLVMValueRef access) {
  struct lzr_ir *ir = walk->ir;
  bool inserts = LLVMGetInstructionOpcode(access) == LLVMInsertValue;
  LLVMValueRef aggregate = LLVMGetOperand(access, 0);
  uint32_t a = lzr_walk_use(walk, aggregate);
  uint32_t b = inserts ? lzr_walk_use(walk, LLVMGetOperand(access, 1)) : 0;
  const unsigned *indexes = LLVMGetIndices(access);
  unsigned count = LLVMGetNumIndices(access);
  LLVMTypeRef type = LLVMTypeOf(aggregate);
  uint64_t offset = 0;
  for (unsigned i = 0; i < count; i++)
    offset += lzr_walk_element(walk, &type, indexes[i]);
  struct lzr_ir_instruction *i =
      lzr_ir_add(ir, inserts ? LZR_IR_INSERT : LZR_IR_EXTRACT,
                 lzr_walk_define(walk, access));
  i->a = a;
  i->b = b;
  i->c = (uint32_t)offset;
}
