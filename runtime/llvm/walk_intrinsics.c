/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Intrinsics: LLVM's functions that have no code. Each is an operation of the
 * compact IR, several, a call of a function of the C library, or nothing.
 */
#include <llvm-c/Core.h>
#include <string.h>

#include "runtime/llvm/walk_private.h"

struct intrinsic {
  const char *name; /* without types */
  void (*walk)(struct lzr_walk *walk, LLVMValueRef call,
               const struct intrinsic *intrinsic);
  uint8_t operation; /* enum lzr_ir_operation */
  uint8_t sub;
  const char *library[2]; /* functions of the C library, for double and float */
};

static LLVMValueRef argument(LLVMValueRef call, unsigned index) {
  return LLVMGetOperand(call, index);
}

static bool is_exact(unsigned bits) {
  return bits == 8 || bits == 16 || bits == 32 || bits == 64;
}

static void refuse(struct lzr_walk *walk, const struct intrinsic *intrinsic) {
  lzr_ir_refuse_name(walk->ir, "intrinsic ", intrinsic->name);
}

/* Nothing. */

static void leave_out(struct lzr_walk *walk, LLVMValueRef call,
                      const struct intrinsic *intrinsic) {
  (void)walk;
  (void)call;
  (void)intrinsic;
}

static void forward(struct lzr_walk *walk, LLVMValueRef call,
                    const struct intrinsic *intrinsic) {
  (void)intrinsic;
  lzr_walk_forward(walk, call, argument(call, 0));
}

/* Nothing is known to be constant. */
static void deny(struct lzr_walk *walk, LLVMValueRef call,
                 const struct intrinsic *intrinsic) {
  (void)intrinsic;
  lzr_walk_fold(walk, call, 0);
}

/* The size of an object that is not known: none at least, or all at most. */
static void say_unknown_size(struct lzr_walk *walk, LLVMValueRef call,
                             const struct intrinsic *intrinsic) {
  (void)intrinsic;
  bool least = LLVMConstIntGetZExtValue(argument(call, 1));
  lzr_walk_fold(walk, call, least ? 0 : -1);
}

static void select_type(struct lzr_walk *walk, LLVMValueRef call,
                        const struct intrinsic *intrinsic) {
  (void)intrinsic;
  lzr_walk_fold(walk, call, lzr_walk_selector(walk, argument(call, 0)));
}

/* One operation. */

static struct lzr_ir_instruction *
add(struct lzr_walk *walk, const struct intrinsic *intrinsic, uint32_t result) {
  struct lzr_ir_instruction *i =
      lzr_ir_add(walk->ir, (enum lzr_ir_operation)intrinsic->operation, result);
  i->sub = intrinsic->sub;
  return i;
}

static void unary(struct lzr_walk *walk, LLVMValueRef call,
                  const struct intrinsic *intrinsic) {
  uint32_t a = lzr_walk_use(walk, argument(call, 0));
  add(walk, intrinsic, lzr_walk_define(walk, call))->a = a;
}

static void swap_bytes(struct lzr_walk *walk, LLVMValueRef call,
                       const struct intrinsic *intrinsic) {
  unsigned bits = lzr_walk_type(walk, LLVMTypeOf(call)).bits;
  if (bits == 16 || bits == 32 || bits == 64)
    unary(walk, call, intrinsic);
  else
    refuse(walk, intrinsic);
}

static void trap(struct lzr_walk *walk, LLVMValueRef call,
                 const struct intrinsic *intrinsic) {
  (void)call;
  add(walk, intrinsic, 0);
}

static void on_address(struct lzr_walk *walk, LLVMValueRef call,
                       const struct intrinsic *intrinsic) {
  uint32_t a = lzr_walk_use_address(walk, argument(call, 0));
  add(walk, intrinsic, 0)->a = a;
}

static void save_stack(struct lzr_walk *walk, LLVMValueRef call,
                       const struct intrinsic *intrinsic) {
  add(walk, intrinsic, lzr_walk_define(walk, call));
}

static void restore_stack(struct lzr_walk *walk, LLVMValueRef call,
                          const struct intrinsic *intrinsic) {
  uint32_t a = lzr_walk_use(walk, argument(call, 0));
  add(walk, intrinsic, 0)->a = a;
}

static void overflow(struct lzr_walk *walk, LLVMValueRef call,
                     const struct intrinsic *intrinsic) {
  unsigned bits = lzr_walk_type(walk, LLVMTypeOf(argument(call, 0))).bits;
  bool multiplies = intrinsic->sub == LZR_IR_SIGNED_MUL ||
                    intrinsic->sub == LZR_IR_UNSIGNED_MUL;
  if (!is_exact(bits) || (multiplies && bits == 8)) {
    refuse(walk, intrinsic);
    return;
  }
  uint32_t a = lzr_walk_use(walk, argument(call, 0));
  uint32_t b = lzr_walk_use(walk, argument(call, 1));
  LLVMTypeRef type = LLVMTypeOf(call);
  uint64_t flag = LLVMOffsetOfElement(walk->layout, type, 1);
  struct lzr_ir_instruction *i =
      add(walk, intrinsic, lzr_walk_define(walk, call));
  i->a = a;
  i->b = b;
  i->c = (uint32_t)flag;
}

static void funnel(struct lzr_walk *walk, LLVMValueRef call,
                   const struct intrinsic *intrinsic) {
  unsigned bits = lzr_walk_type(walk, LLVMTypeOf(call)).bits;
  if (bits != 32 && bits != 64) {
    refuse(walk, intrinsic);
    return;
  }
  uint32_t a = lzr_walk_use(walk, argument(call, 0));
  uint32_t b = lzr_walk_use(walk, argument(call, 1));
  uint32_t c = lzr_walk_use(walk, argument(call, 2));
  struct lzr_ir_instruction *i =
      add(walk, intrinsic, lzr_walk_define(walk, call));
  i->a = a;
  i->b = b;
  i->c = c;
}

/* Several operations. */

/* A value that no instruction of LLVM's has. */
static uint32_t temporary(struct lzr_walk *walk, struct lzr_ir_type type) {
  uint32_t value = lzr_ir_add_value(walk->ir, LZR_IR_RESULT, type);
  return value;
}

static uint32_t add_binary(struct lzr_walk *walk,
                           enum lzr_ir_operation operation, uint8_t sub,
                           uint32_t result, uint32_t a, uint32_t b) {
  lzr_ir_use(walk->ir, a);
  lzr_ir_use(walk->ir, b);
  struct lzr_ir_instruction *i = lzr_ir_add(walk->ir, operation, result);
  i->sub = sub;
  i->a = a;
  i->b = b;
  return result;
}

static void add_select(struct lzr_walk *walk, uint32_t result, uint32_t a,
                       uint32_t b, uint32_t c) {
  lzr_ir_use(walk->ir, a);
  lzr_ir_use(walk->ir, b);
  lzr_ir_use(walk->ir, c);
  struct lzr_ir_instruction *i = lzr_ir_add(walk->ir, LZR_IR_SELECT, result);
  i->a = a;
  i->b = b;
  i->c = c;
}

static bool is_integer_call(struct lzr_walk *walk, LLVMValueRef call) {
  return lzr_walk_type(walk, LLVMTypeOf(call)).class == LZR_IR_INTEGER;
}

static const struct lzr_ir_type bit = {.class = LZR_IR_INTEGER, .bits = 1};

/* sub is the condition under which the first operand is the result. */
static void choose(struct lzr_walk *walk, LLVMValueRef call,
                   const struct intrinsic *intrinsic) {
  if (!is_integer_call(walk, call)) {
    refuse(walk, intrinsic);
    return;
  }
  uint32_t a = lzr_walk_value(walk, argument(call, 0));
  uint32_t b = lzr_walk_value(walk, argument(call, 1));
  uint32_t first = temporary(walk, bit);
  lzr_walk_mention(walk, a);
  lzr_walk_mention(walk, b);
  add_binary(walk, LZR_IR_COMPARE, intrinsic->sub, first, a, b);
  add_select(walk, lzr_walk_define(walk, call), first, a, b);
}

static void absolute(struct lzr_walk *walk, LLVMValueRef call,
                     const struct intrinsic *intrinsic) {
  if (!is_integer_call(walk, call)) {
    refuse(walk, intrinsic);
    return;
  }
  uint32_t a = lzr_walk_value(walk, argument(call, 0));
  struct lzr_ir_type type = walk->ir->values[a].type;
  uint32_t zero = lzr_ir_add_integer(walk->ir, type.bits, 0);
  uint32_t negative = temporary(walk, type), is_less = temporary(walk, bit);
  lzr_walk_mention(walk, a);
  add_binary(walk, LZR_IR_SUB, 0, negative, zero, a);
  add_binary(walk, LZR_IR_COMPARE, LZR_IR_SIGNED_LESS, is_less, a, zero);
  add_select(walk, lzr_walk_define(walk, call), is_less, negative, a);
}

static void multiply_add(struct lzr_walk *walk, LLVMValueRef call,
                         const struct intrinsic *intrinsic) {
  (void)intrinsic;
  struct lzr_ir_type type = lzr_walk_type(walk, LLVMTypeOf(call));
  uint32_t a = lzr_walk_value(walk, argument(call, 0));
  uint32_t b = lzr_walk_value(walk, argument(call, 1));
  uint32_t c = lzr_walk_value(walk, argument(call, 2));
  uint32_t product = temporary(walk, type);
  add_binary(walk, LZR_IR_FMUL, 0, product, a, b);
  add_binary(walk, LZR_IR_FADD, 0, lzr_walk_define(walk, call), product, c);
}

/* Functions of the C library. */

static void call_library(struct lzr_walk *walk, LLVMValueRef call,
                         const struct intrinsic *intrinsic) {
  unsigned count = LLVMGetNumArgOperands(call);
  uint8_t class = lzr_walk_type(walk, LLVMTypeOf(call)).class;
  if (class != LZR_IR_FLOAT && class != LZR_IR_DOUBLE) {
    refuse(walk, intrinsic);
    return;
  }
  for (unsigned k = 0; k < count; k++)
    lzr_ir_add_item(walk->ir, lzr_walk_use(walk, argument(call, k)), 0);
  lzr_walk_call_library(walk, intrinsic->library[class == LZR_IR_FLOAT],
                        lzr_walk_define(walk, call), count);
}

/* Memory. */

static bool is_volatile(LLVMValueRef call) {
  return LLVMConstIntGetZExtValue(argument(call, 3));
}

/* Whether the size is a constant that is small enough for a few instructions.
 */
static bool is_small(LLVMValueRef call, uint32_t *size) {
  LLVMValueRef count = argument(call, 2);
  if (!LLVMIsAConstantInt(count) ||
      LLVMConstIntGetZExtValue(count) > LZR_IR_INLINE_BYTES)
    return false;
  *size = (uint32_t)LLVMConstIntGetZExtValue(count);
  return true;
}

static void add_copy(struct lzr_walk *walk, LLVMValueRef call, uint32_t size) {
  uint32_t a = lzr_walk_use_address(walk, argument(call, 0));
  uint32_t b = lzr_walk_use_address(walk, argument(call, 1));
  struct lzr_ir_instruction *i = lzr_ir_add(walk->ir, LZR_IR_COPY_MEMORY, 0);
  i->a = a;
  i->b = b;
  i->c = size;
}

/* memcpy, memmove and memset take a size of 64 bits; memset's byte is an int.
 */
static void call_memory(struct lzr_walk *walk, LLVMValueRef call,
                        const struct intrinsic *intrinsic) {
  struct lzr_ir *ir = walk->ir;
  uint32_t values[3];
  for (unsigned k = 0; k < 3; k++)
    values[k] = lzr_walk_use(walk, argument(call, k));
  if (ir->values[values[2]].type.bits != 64)
    refuse(walk, intrinsic);
  bool sets = ir->values[values[1]].type.bits == 8;
  for (unsigned k = 0; k < 3; k++)
    lzr_ir_add_item(ir, values[k],
                    k == 1 && sets ? LZR_IR_PASS_ZERO_EXTENDED : 0);
  lzr_walk_call_library(walk, intrinsic->library[0], 0, 3);
}

static void copy(struct lzr_walk *walk, LLVMValueRef call,
                 const struct intrinsic *intrinsic) {
  uint32_t size;
  if (is_small(call, &size) && !is_volatile(call))
    add_copy(walk, call, size);
  else
    call_memory(walk, call, intrinsic);
}

/* No call may take its place. */
static void copy_inline(struct lzr_walk *walk, LLVMValueRef call,
                        const struct intrinsic *intrinsic) {
  uint32_t size;
  if (is_small(call, &size))
    add_copy(walk, call, size);
  else
    refuse(walk, intrinsic);
}

static bool is_zero(LLVMValueRef value) {
  return LLVMIsAConstantInt(value) && LLVMConstIntGetZExtValue(value) == 0;
}

static void fill(struct lzr_walk *walk, LLVMValueRef call,
                 const struct intrinsic *intrinsic) {
  uint32_t size;
  if (!is_small(call, &size) || is_volatile(call) ||
      !is_zero(argument(call, 1))) {
    call_memory(walk, call, intrinsic);
    return;
  }
  uint32_t a = lzr_walk_use_address(walk, argument(call, 0));
  struct lzr_ir_instruction *i = lzr_ir_add(walk->ir, LZR_IR_CLEAR_MEMORY, 0);
  i->a = a;
  i->c = size;
}

static void copy_argument_list(struct lzr_walk *walk, LLVMValueRef call,
                               const struct intrinsic *intrinsic) {
  uint32_t a = lzr_walk_use_address(walk, argument(call, 0));
  uint32_t b = lzr_walk_use_address(walk, argument(call, 1));
  struct lzr_ir_instruction *i = add(walk, intrinsic, 0);
  i->a = a;
  i->b = b;
}

/* The table. */

#define LIBRARY(name) {"llvm." #name, call_library, 0, 0, {#name, #name "f"}}

static const struct intrinsic intrinsics[] = {
    {"llvm.dbg.declare", leave_out, 0, 0, {0}},
    {"llvm.dbg.value", leave_out, 0, 0, {0}},
    {"llvm.dbg.label", leave_out, 0, 0, {0}},
    {"llvm.dbg.assign", leave_out, 0, 0, {0}},
    {"llvm.lifetime.start", leave_out, 0, 0, {0}},
    {"llvm.lifetime.end", leave_out, 0, 0, {0}},
    {"llvm.assume", leave_out, 0, 0, {0}},
    {"llvm.experimental.noalias.scope.decl", leave_out, 0, 0, {0}},
    {"llvm.prefetch", leave_out, 0, 0, {0}},
    {"llvm.donothing", leave_out, 0, 0, {0}},
    {"llvm.sideeffect", leave_out, 0, 0, {0}},
    {"llvm.va_end", leave_out, 0, 0, {0}},
    {"llvm.expect", forward, 0, 0, {0}},
    {"llvm.expect.with.probability", forward, 0, 0, {0}},
    {"llvm.launder.invariant.group", forward, 0, 0, {0}},
    {"llvm.strip.invariant.group", forward, 0, 0, {0}},
    {"llvm.is.constant", deny, 0, 0, {0}},
    {"llvm.eh.typeid.for", select_type, 0, 0, {0}},
    {"llvm.objectsize", say_unknown_size, 0, 0, {0}},
    {"llvm.memcpy", copy, 0, 0, {"memcpy", NULL}},
    {"llvm.memcpy.inline", copy_inline, 0, 0, {0}},
    {"llvm.memmove", call_memory, 0, 0, {"memmove", NULL}},
    {"llvm.memset", fill, 0, 0, {"memset", NULL}},
    {"llvm.va_start", on_address, LZR_IR_START_ARGUMENTS, 0, {0}},
    {"llvm.va_copy", copy_argument_list, LZR_IR_COPY_ARGUMENTS, 0, {0}},
    {"llvm.trap", trap, LZR_IR_TRAP, 0, {0}},
    {"llvm.stacksave", save_stack, LZR_IR_SAVE_STACK, 0, {0}},
    {"llvm.stackrestore", restore_stack, LZR_IR_RESTORE_STACK, 0, {0}},
    {"llvm.bswap", swap_bytes, LZR_IR_SWAP_BYTES, 0, {0}},
    {"llvm.ctlz", unary, LZR_IR_LEADING_ZEROS, 0, {0}},
    {"llvm.cttz", unary, LZR_IR_TRAILING_ZEROS, 0, {0}},
    {"llvm.ctpop", unary, LZR_IR_COUNT_ONES, 0, {0}},
    {"llvm.fshl", funnel, LZR_IR_FUNNEL_LEFT, 0, {0}},
    {"llvm.fshr", funnel, LZR_IR_FUNNEL_RIGHT, 0, {0}},
    {"llvm.abs", absolute, 0, 0, {0}},
    {"llvm.smax", choose, 0, LZR_IR_SIGNED_GREATER, {0}},
    {"llvm.smin", choose, 0, LZR_IR_SIGNED_LESS, {0}},
    {"llvm.umax", choose, 0, LZR_IR_UNSIGNED_GREATER, {0}},
    {"llvm.umin", choose, 0, LZR_IR_UNSIGNED_LESS, {0}},
    {"llvm.sadd.with.overflow",
     overflow,
     LZR_IR_OVERFLOW,
     LZR_IR_SIGNED_ADD,
     {0}},
    {"llvm.uadd.with.overflow",
     overflow,
     LZR_IR_OVERFLOW,
     LZR_IR_UNSIGNED_ADD,
     {0}},
    {"llvm.ssub.with.overflow",
     overflow,
     LZR_IR_OVERFLOW,
     LZR_IR_SIGNED_SUB,
     {0}},
    {"llvm.usub.with.overflow",
     overflow,
     LZR_IR_OVERFLOW,
     LZR_IR_UNSIGNED_SUB,
     {0}},
    {"llvm.smul.with.overflow",
     overflow,
     LZR_IR_OVERFLOW,
     LZR_IR_SIGNED_MUL,
     {0}},
    {"llvm.umul.with.overflow",
     overflow,
     LZR_IR_OVERFLOW,
     LZR_IR_UNSIGNED_MUL,
     {0}},
    {"llvm.fabs", unary, LZR_IR_FABSOLUTE, 0, {0}},
    {"llvm.sqrt", unary, LZR_IR_SQUARE_ROOT, 0, {0}},
    {"llvm.fmuladd", multiply_add, 0, 0, {0}},
    LIBRARY(fma),
    LIBRARY(floor),
    LIBRARY(ceil),
    LIBRARY(trunc),
    LIBRARY(rint),
    LIBRARY(nearbyint),
    LIBRARY(round),
    LIBRARY(copysign),
    LIBRARY(pow),
    LIBRARY(exp),
    LIBRARY(exp2),
    LIBRARY(log),
    LIBRARY(log2),
    LIBRARY(log10),
    LIBRARY(sin),
    LIBRARY(cos),
    {"llvm.minnum", call_library, 0, 0, {"fmin", "fminf"}},
    {"llvm.maxnum", call_library, 0, 0, {"fmax", "fmaxf"}},
};

static const void *key_of(unsigned id) {
  return (const void *)(uintptr_t)id;
}

bool lzr_walk_find_intrinsics(struct lzr_walk *walk) {
  for (size_t i = 0; i < sizeof intrinsics / sizeof *intrinsics; i++) {
    const char *name = intrinsics[i].name;
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    if (id && !lzr_pointer_map_put(&walk->intrinsics, key_of(id),
                                   (void *)(uintptr_t)(i + 1)))
      return false;
  }
  return true;
}

void lzr_walk_intrinsic(struct lzr_walk *walk, LLVMValueRef call,
                        LLVMValueRef callee) {
  unsigned id = LLVMGetIntrinsicID(callee);
  uintptr_t found =
      (uintptr_t)lzr_pointer_map_get(&walk->intrinsics, key_of(id));
  if (!found) {
    size_t length;
    lzr_ir_refuse_name(walk->ir, "intrinsic ",
                       LLVMIntrinsicGetName(id, &length));
    return;
  }
  const struct intrinsic *intrinsic = &intrinsics[found - 1];
  intrinsic->walk(walk, call, intrinsic);
}
