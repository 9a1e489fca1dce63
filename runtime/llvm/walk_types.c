/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * LLVM's types as the compact IR's.
 */
#include <llvm-c/Core.h>

#include "runtime/llvm/walk_private.h"

/* A value that is larger than this stays LLVM's. */
enum { AGGREGATE_LIMIT = 256 };

static struct lzr_ir_type integer(unsigned bits) {
  return (struct lzr_ir_type){.class = LZR_IR_INTEGER, .bits = (uint8_t)bits};
}

/* Numbers. Returns false for other types. */
static bool scalar(LLVMTypeRef type, struct lzr_ir_type *found) {
  switch (LLVMGetTypeKind(type)) {
  case LLVMIntegerTypeKind:
    if (LLVMGetIntTypeWidth(type) > 64)
      return false;
    *found = integer(LLVMGetIntTypeWidth(type));
    return true;
  case LLVMPointerTypeKind:
    *found = integer(64);
    return LLVMGetPointerAddressSpace(type) == 0;
  case LLVMFloatTypeKind:
    *found = (struct lzr_ir_type){.class = LZR_IR_FLOAT};
    return true;
  case LLVMDoubleTypeKind:
    *found = (struct lzr_ir_type){.class = LZR_IR_DOUBLE};
    return true;
  default:
    return false;
  }
}

/* Aggregates. */

uint64_t lzr_walk_element(struct lzr_walk *walk, LLVMTypeRef *type,
                          uint64_t index) {
  if (LLVMGetTypeKind(*type) == LLVMStructTypeKind) {
    uint64_t offset = LLVMOffsetOfElement(walk->layout, *type, (unsigned)index);
    *type = LLVMStructGetTypeAtIndex(*type, (unsigned)index);
    return offset;
  }
  *type = LLVMGetElementType(*type);
  return index * LLVMABISizeOfType(walk->layout, *type);
}

static uint64_t count_elements(LLVMTypeRef type) {
  return LLVMGetTypeKind(type) == LLVMStructTypeKind
             ? LLVMCountStructElementTypes(type)
             : LLVMGetArrayLength2(type);
}

static bool is_aggregate(LLVMTypeRef type) {
  LLVMTypeKind kind = LLVMGetTypeKind(type);
  return kind == LLVMStructTypeKind || kind == LLVMArrayTypeKind;
}

/* Lists the numbers in an aggregate, each of which is returned in a register of
   its own, while there are few enough. Types nest, but those that go deep have
   more numbers than that or are refused; depth is how far it may go. Returns
   false if there is something else in it. */
static bool list_parts(struct lzr_walk *walk, LLVMTypeRef type, uint64_t offset,
                       struct lzr_ir_layout *layout, int depth) {
  struct lzr_ir_type part;
  if (LLVMABISizeOfType(walk->layout, type) == 0)
    return true; /* however many elements it has */
  if (!is_aggregate(type)) {
    if (!scalar(type, &part))
      return false;
    if (layout->part_count < LZR_IR_PARTS) {
      layout->parts[layout->part_count].type = part;
      layout->parts[layout->part_count].offset = (uint32_t)offset;
      layout->part_count++;
    } else {
      layout->in_registers = false;
    }
    return true;
  }
  for (uint64_t i = 0; i < count_elements(type); i++) {
    LLVMTypeRef element = type;
    uint64_t at = offset + lzr_walk_element(walk, &element, i);
    if (depth == 0 || !list_parts(walk, element, at, layout, depth - 1))
      return false;
  }
  return true;
}

/* Such arrays are what clang makes of structures that are passed in registers,
   where that is a calling convention's way. */
static bool is_array_of_numbers(LLVMTypeRef type) {
  struct lzr_ir_type part;
  return LLVMGetTypeKind(type) == LLVMArrayTypeKind &&
         scalar(LLVMGetElementType(type), &part) &&
         (part.class != LZR_IR_INTEGER || part.bits == 64);
}

static uint32_t add_layout(struct lzr_walk *walk, LLVMTypeRef type,
                           bool is_value) {
  struct lzr_ir_layout layout = {.in_registers = true};
  uint64_t size = LLVMTypeIsSized(type) ? LLVMABISizeOfType(walk->layout, type)
                                        : UINT64_MAX;
  if (size > UINT32_MAX / 2 || (is_value && size > AGGREGATE_LIMIT)) {
    lzr_ir_refuse(walk->ir, "a large aggregate");
    return 0;
  }
  layout.size = (uint32_t)size;
  layout.align = LLVMABIAlignmentOfType(walk->layout, type);
  if (is_value && !list_parts(walk, type, 0, &layout, 8))
    lzr_ir_refuse(walk->ir, "a type in an aggregate");
  layout.is_array = is_value && is_array_of_numbers(type);
  return lzr_ir_add_layout(walk->ir, &layout);
}

uint32_t lzr_walk_layout(struct lzr_walk *walk, LLVMTypeRef type) {
  return add_layout(walk, type, false);
}

static struct lzr_ir_type aggregate(struct lzr_walk *walk, LLVMTypeRef type) {
  struct lzr_ir_type found = {.class = LZR_IR_AGGREGATE};
  if (!lzr_walk_recall(walk, type, &found.layout)) {
    found.layout = add_layout(walk, type, true);
    lzr_walk_remember(walk, type, found.layout);
  }
  return found;
}

static const char *name_of(LLVMTypeKind kind) {
  switch (kind) {
  case LLVMIntegerTypeKind:
    return "an integer of more than 64 bits";
  case LLVMVectorTypeKind:
  case LLVMScalableVectorTypeKind:
    return "a vector";
  case LLVMX86_FP80TypeKind:
    return "long double";
  case LLVMPointerTypeKind:
    return "an address space";
  default:
    return "a type";
  }
}

struct lzr_ir_type lzr_walk_type(struct lzr_walk *walk, LLVMTypeRef type) {
  struct lzr_ir_type found = {.class = LZR_IR_VOID};
  if (scalar(type, &found))
    return found;
  LLVMTypeKind kind = LLVMGetTypeKind(type);
  if (is_aggregate(type))
    return aggregate(walk, type);
  if (kind != LLVMVoidTypeKind)
    lzr_ir_refuse(walk->ir, name_of(kind));
  return found;
}
