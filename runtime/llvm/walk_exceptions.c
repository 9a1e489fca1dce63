/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Exceptions, as C++ and C's cleanup attribute have them.
 */
#include <llvm-c/Core.h>
#include <string.h>

#include "runtime/llvm/names.h"
#include "runtime/llvm/walk_private.h"

/* Both read the same tables. */
static bool is_known(const char *personality) {
  return strcmp(personality, "__gxx_personality_v0") == 0 ||
         strcmp(personality, "__gcc_personality_v0") == 0;
}

void lzr_walk_personality(struct lzr_walk *walk) {
  struct lzr_ir *ir = walk->ir;
  if (!LLVMHasPersonalityFn(walk->function))
    return;
  LLVMValueRef personality = LLVMGetPersonalityFn(walk->function);
  if (LLVMGetValueKind(personality) != LLVMFunctionValueKind ||
      !is_known(lzr_linker_name(personality))) {
    lzr_ir_refuse(ir, "a personality routine");
    return;
  }
  uint32_t value = lzr_walk_value(walk, personality);
  lzr_walk_mention(walk, value);
  ir->has_personality = true;
  ir->personality = ir->values[value].origin;
}

/* Catches. */

static bool is_same(const struct lzr_ir_catch *one,
                    const struct lzr_ir_catch *other) {
  return one->all == other->all && one->symbol == other->symbol;
}

/* The number of a catch, which is added when it is first seen. A type's
   description is a symbol, and no type catches all. */
static uint32_t find_catch(struct lzr_walk *walk, LLVMValueRef type) {
  struct lzr_ir *ir = walk->ir;
  uint32_t value = lzr_walk_value(walk, type);
  const struct lzr_ir_value *v = &ir->values[value];
  struct lzr_ir_catch caught = {.all = v->kind == LZR_IR_CONSTANT,
                                .symbol =
                                    v->kind == LZR_IR_SYMBOL ? v->origin : 0};
  if (v->type.bits != 64 || v->number != 0 ||
      (v->kind != LZR_IR_CONSTANT && v->kind != LZR_IR_SYMBOL))
    lzr_ir_refuse(ir, "a catch clause");
  lzr_walk_mention(walk, value);
  for (size_t k = 0; k < ir->catch_count; k++)
    if (is_same(&ir->catches[k], &caught))
      return (uint32_t)k;
  return lzr_ir_add_catch(ir, &caught);
}

uint32_t lzr_walk_selector(struct lzr_walk *walk, LLVMValueRef type) {
  return find_catch(walk, type) + 1;
}

static bool is_filter(LLVMValueRef clause) {
  return LLVMGetTypeKind(LLVMTypeOf(clause)) == LLVMArrayTypeKind;
}

/* The result must be what an unwinder leaves in two registers. */
static bool has_usual_type(LLVMValueRef pad) {
  LLVMTypeRef type = LLVMTypeOf(pad);
  if (LLVMGetTypeKind(type) != LLVMStructTypeKind ||
      LLVMCountStructElementTypes(type) != 2 || LLVMIsPackedStruct(type))
    return false;
  LLVMTypeRef selector = LLVMStructGetTypeAtIndex(type, 1);
  return LLVMGetTypeKind(LLVMStructGetTypeAtIndex(type, 0)) ==
             LLVMPointerTypeKind &&
         LLVMGetTypeKind(selector) == LLVMIntegerTypeKind &&
         LLVMGetIntTypeWidth(selector) == 32;
}

void lzr_walk_landing_pad(struct lzr_walk *walk, LLVMValueRef pad) {
  struct lzr_ir *ir = walk->ir;
  unsigned count = LLVMGetNumClauses(pad);
  uint32_t list = (uint32_t)ir->item_count;
  if (!has_usual_type(pad))
    lzr_ir_refuse(ir, "a landing pad's type");
  for (unsigned k = 0; k < count && !ir->refusal; k++) {
    LLVMValueRef clause = LLVMGetClause(pad, k);
    if (is_filter(clause))
      lzr_ir_refuse(ir, "an exception filter");
    else
      lzr_ir_add_item(ir, 0, find_catch(walk, clause));
  }
  struct lzr_ir_instruction *i =
      lzr_ir_add(ir, LZR_IR_LANDING_PAD, lzr_walk_define(walk, pad));
  i->list = list;
  i->count = (uint32_t)ir->item_count - list;
  i->sub = LLVMIsCleanup(pad) != 0;
}

/* Hands the exception on: _Unwind_Resume() does not return. */
void lzr_walk_resume(struct lzr_walk *walk, LLVMValueRef resume) {
  struct lzr_ir *ir = walk->ir;
  struct lzr_ir_type pointer = {.class = LZR_IR_INTEGER, .bits = 64};
  uint32_t both = lzr_walk_use(walk, LLVMGetOperand(resume, 0));
  uint32_t exception = lzr_ir_add_value(ir, LZR_IR_RESULT, pointer);
  lzr_ir_add(ir, LZR_IR_EXTRACT, exception)->a = both;
  lzr_ir_use(ir, exception);
  lzr_ir_add_item(ir, exception, 0);
  lzr_walk_call_library(walk, "_Unwind_Resume", 0, 1);
  lzr_ir_add(ir, LZR_IR_UNREACHABLE, 0);
}
