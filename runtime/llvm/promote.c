/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * If only loads and stores mention a local variable, so that its address goes
 * nowhere, it is known to hold
 *
 * - the value of its only store, everywhere after that store, if the store is
 * in the entry block: most parameters are of this kind;
 * - the value that was stored or loaded last, until the block ends or something
 *   is called. (Across a call the value would have to be in memory anyway.)
 *
 * This needs no phis, so no dominators. A variable that is not loaded any more
 * is removed.
 */
#include "runtime/llvm/promote.h"

#include <llvm-c/Core.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/pointer_map.h"

struct local {
  LLVMValueRef variable; /* the alloca */
  LLVMValueRef always;   /* what it holds from here on, or NULL */
  LLVMValueRef known;    /* what it holds in the stretch below */
  unsigned stretch;      /* in which known was stored or loaded */
  bool stored_once;      /* in the entry block, and nowhere else */
};

struct promotion {
  LLVMBasicBlockRef entry;
  struct local *locals; /* owned */
  size_t count;
  struct lzr_pointer_map by_variable;
  unsigned stretch; /* number of the present run of instructions without a call,
                       in one block */
};

/* Variables. */

static bool is_scalar(LLVMTypeRef type) {
  switch (LLVMGetTypeKind(type)) {
  case LLVMIntegerTypeKind:
  case LLVMPointerTypeKind:
  case LLVMHalfTypeKind:
  case LLVMBFloatTypeKind:
  case LLVMFloatTypeKind:
  case LLVMDoubleTypeKind:
  case LLVMX86_FP80TypeKind:
  case LLVMFP128TypeKind:
    return true;
  default:
    return false;
  }
}

static bool is_single(LLVMValueRef variable) {
  LLVMValueRef count = LLVMGetOperand(variable, 0);
  return LLVMIsAConstantInt(count) && LLVMConstIntGetZExtValue(count) == 1;
}

static bool is_plain(LLVMValueRef access) {
  return !LLVMGetVolatile(access) &&
         LLVMGetOrdering(access) == LLVMAtomicOrderingNotAtomic;
}

static bool is_load(LLVMValueRef user, LLVMTypeRef type) {
  return LLVMGetInstructionOpcode(user) == LLVMLoad &&
         LLVMTypeOf(user) == type && is_plain(user);
}

static bool is_store(LLVMValueRef user, LLVMValueRef variable,
                     LLVMTypeRef type) {
  return LLVMGetInstructionOpcode(user) == LLVMStore &&
         LLVMGetOperand(user, 1) == variable &&
         LLVMTypeOf(LLVMGetOperand(user, 0)) == type && is_plain(user);
}

/* Whether only loads and stores of the whole variable mention it. */
static bool survey_uses(const struct promotion *promotion,
                        struct local *local) {
  LLVMTypeRef type = LLVMGetAllocatedType(local->variable);
  size_t stores = 0, in_entry = 0;
  for (LLVMUseRef use = LLVMGetFirstUse(local->variable); use;
       use = LLVMGetNextUse(use)) {
    LLVMValueRef user = LLVMGetUser(use);
    if (is_store(user, local->variable, type)) {
      stores++;
      in_entry += LLVMGetInstructionParent(user) == promotion->entry;
    } else if (!is_load(user, type))
      return false;
  }
  local->stored_once = stores == 1 && in_entry == 1;
  return true;
}

static bool is_promotable(const struct promotion *promotion,
                          struct local *local) {
  return is_scalar(LLVMGetAllocatedType(local->variable)) &&
         is_single(local->variable) && survey_uses(promotion, local);
}

static bool add_local(struct promotion *promotion, const struct local *local) {
  enum { STEP = 32 };
  if (promotion->count % STEP == 0) {
    struct local *grown =
        reallocarray(promotion->locals, promotion->count + STEP, sizeof *grown);
    if (!grown)
      return false;
    promotion->locals = grown;
  }
  promotion->locals[promotion->count++] = *local;
  return true;
}

static void find_locals(struct promotion *promotion) {
  for (LLVMValueRef at = LLVMGetFirstInstruction(promotion->entry); at;
       at = LLVMGetNextInstruction(at)) {
    struct local local = {.variable = at};
    if (LLVMGetInstructionOpcode(at) == LLVMAlloca &&
        is_promotable(promotion, &local) && !add_local(promotion, &local))
      break;
  }
}

/* Maps variables to locals, which must not move from now on. */
static bool map_locals(struct promotion *promotion) {
  for (size_t i = 0; i < promotion->count; i++)
    if (!lzr_pointer_map_put(&promotion->by_variable,
                             promotion->locals[i].variable,
                             &promotion->locals[i]))
      return false;
  return true;
}

/* Values. */

static LLVMValueRef value_of(const struct promotion *promotion,
                             const struct local *local) {
  if (local->always)
    return local->always;
  return local->stretch == promotion->stretch ? local->known : NULL;
}

static void note(struct promotion *promotion, struct local *local,
                 LLVMValueRef value) {
  local->known = value;
  local->stretch = promotion->stretch;
}

static void visit_load(struct promotion *promotion, LLVMValueRef load) {
  struct local *local =
      lzr_pointer_map_get(&promotion->by_variable, LLVMGetOperand(load, 0));
  if (!local)
    return;
  LLVMValueRef value = value_of(promotion, local);
  if (!value) {
    note(promotion, local, load);
    return;
  }
  LLVMReplaceAllUsesWith(load, value);
  LLVMInstructionEraseFromParent(load);
}

static void visit_store(struct promotion *promotion, LLVMValueRef store) {
  struct local *local =
      lzr_pointer_map_get(&promotion->by_variable, LLVMGetOperand(store, 1));
  if (!local)
    return;
  LLVMValueRef value = LLVMGetOperand(store, 0);
  if (local->stored_once)
    local->always = value;
  else
    note(promotion, local, value);
}

static void visit(struct promotion *promotion, LLVMValueRef instruction) {
  switch (LLVMGetInstructionOpcode(instruction)) {
  case LLVMLoad:
    visit_load(promotion, instruction);
    break;
  case LLVMStore:
    visit_store(promotion, instruction);
    break;
  case LLVMCall:
    promotion->stretch++;
    break;
  default:
    break;
  }
}

static void visit_block(struct promotion *promotion, LLVMBasicBlockRef block) {
  promotion->stretch++;
  LLVMValueRef next;
  for (LLVMValueRef at = LLVMGetFirstInstruction(block); at; at = next) {
    next = LLVMGetNextInstruction(at);
    visit(promotion, at);
  }
}

/* Removes a variable that nothing loads, and the stores to it. */
static void remove_unread(LLVMValueRef variable) {
  LLVMUseRef use;
  for (use = LLVMGetFirstUse(variable); use; use = LLVMGetNextUse(use))
    if (LLVMGetInstructionOpcode(LLVMGetUser(use)) == LLVMLoad)
      return;
  while ((use = LLVMGetFirstUse(variable)))
    LLVMInstructionEraseFromParent(LLVMGetUser(use));
  LLVMInstructionEraseFromParent(variable);
}

static void promote(struct promotion *promotion) {
  for (LLVMBasicBlockRef block = promotion->entry; block;
       block = LLVMGetNextBasicBlock(block))
    visit_block(promotion, block);
  for (size_t i = 0; i < promotion->count; i++)
    remove_unread(promotion->locals[i].variable);
}

/* Functions that are left alone. */

static bool returns_twice(LLVMValueRef call, unsigned attribute) {
  LLVMAttributeIndex index = (LLVMAttributeIndex)LLVMAttributeFunctionIndex;
  if (LLVMGetCallSiteEnumAttribute(call, index, attribute))
    return true;
  LLVMValueRef callee = LLVMGetCalledValue(call);
  return LLVMIsAFunction(callee) &&
         LLVMGetEnumAttributeAtIndex(callee, index, attribute);
}

/* Without optimization, a variable that changes between setjmp and longjmp
   keeps its last value. Programs rely on that, though C does not promise it. */
static bool calls_setjmp(const struct promotion *promotion) {
  unsigned attribute =
      LLVMGetEnumAttributeKindForName("returns_twice", strlen("returns_twice"));
  for (LLVMBasicBlockRef block = promotion->entry; block;
       block = LLVMGetNextBasicBlock(block))
    for (LLVMValueRef at = LLVMGetFirstInstruction(block); at;
         at = LLVMGetNextInstruction(at)) {
      LLVMOpcode opcode = LLVMGetInstructionOpcode(at);
      if ((opcode == LLVMCall || opcode == LLVMInvoke) &&
          returns_twice(at, attribute))
        return true;
    }
  return false;
}

void lzr_promote_locals(LLVMValueRef function) {
  struct promotion promotion = {.entry = LLVMGetFirstBasicBlock(function)};
  if (!promotion.entry)
    return;
  find_locals(&promotion);
  if (promotion.count && !calls_setjmp(&promotion) && map_locals(&promotion))
    promote(&promotion);
  lzr_pointer_map_fini(&promotion.by_variable);
  free(promotion.locals);
}
