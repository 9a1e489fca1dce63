/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/inlining.h"

#include <llvm-c/Core.h>
#include <llvm-c/Target.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/alias.h"
#include "runtime/llvm/body.h"
#include "runtime/llvm/declare.h"
#include "tpc/base/memory.h"

/* The most instructions of a function that gets a copy. LLVM's inliner takes
   fewer, but more than half of what clang -O0 writes goes away first. */
enum { FUNCTION_LIMIT = 250 };
/* The most bytes of a constant that gets a copy. */
enum { CONSTANT_LIMIT = 1024 };

/* Functions. */

static bool has_attribute(LLVMValueRef function, unsigned kind) {
  return LLVMGetEnumAttributeAtIndex(
      function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, kind);
}

static void remove_attribute(LLVMValueRef function, unsigned kind) {
  LLVMRemoveEnumAttributeAtIndex(
      function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, kind);
}

/* noinline is not clang's own but what optnone cannot be without. */
void lzr_inlining_allow_optimizing(const lzr_source *source,
                                   LLVMValueRef function) {
  if (!has_attribute(function, source->kinds.optnone))
    return;
  remove_attribute(function, source->kinds.optnone);
  remove_attribute(function, source->kinds.noinline_);
}

static bool may_be_inlined(const lzr_source *source, LLVMValueRef function) {
  const struct lzr_kinds *kinds = &source->kinds;
  return (!has_attribute(function, kinds->noinline_) ||
          has_attribute(function, kinds->optnone)) &&
         !has_attribute(function, kinds->naked) &&
         !LLVMHasPrefixData(function) && !LLVMHasPrologueData(function);
}

/* Whether a constant, and not only instructions, mentions the block. */
static bool is_label_taken(LLVMBasicBlockRef block) {
  for (LLVMUseRef use = LLVMGetFirstUse(LLVMBasicBlockAsValue(block)); use;
       use = LLVMGetNextUse(use))
    if (!LLVMIsAInstruction(LLVMGetUser(use)))
      return true;
  return false;
}

/* Assembly may define labels, which can be defined once only. */
static bool is_assembly(LLVMValueRef instruction) {
  return (LLVMIsACallInst(instruction) || LLVMIsAInvokeInst(instruction) ||
          LLVMGetInstructionOpcode(instruction) == LLVMCallBr) &&
         LLVMIsAInlineAsm(LLVMGetCalledValue(instruction));
}

/* The number of the body's instructions, or any number above the limit; 0 if
   the body cannot be copied. */
static uint32_t count_instructions(LLVMValueRef function, uint32_t limit) {
  uint32_t count = 0;
  for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block;
       block = LLVMGetNextBasicBlock(block)) {
    if (is_label_taken(block))
      return 0;
    for (LLVMValueRef i = LLVMGetFirstInstruction(block); i && count <= limit;
         i = LLVMGetNextInstruction(i)) {
      count++;
      if (is_assembly(i))
        return 0;
    }
  }
  return count;
}

/* Whether the function is alone but for aliases. */
static bool is_alone(const struct lzr_survey *survey, uint32_t group) {
  for (uint32_t i = survey->group_start[group] + 1;
       i < survey->group_start[group + 1]; i++)
    if (survey->definitions[survey->group_members[i]].kind !=
        LZR_DEFINITION_ALIAS)
      return false;
  return group != 0;
}

/* Code relies on it: such a function need not exist otherwise. */
static bool must_be_inlined(const lzr_source *source, LLVMValueRef function) {
  return has_attribute(function, source->kinds.alwaysinline);
}

/* Its size in instructions, or 0 if it cannot be copied. */
static uint32_t copyable_size(const lzr_source *source, LLVMValueRef function) {
  if (source->debug_info || !may_be_inlined(source, function) ||
      !lzr_read_body(&source->reader, function))
    return 0;
  uint32_t limit =
      must_be_inlined(source, function) ? UINT32_MAX - 1 : FUNCTION_LIMIT;
  uint32_t size = count_instructions(function, limit);
  return size > limit ? 0 : size;
}

bool lzr_inlining_can_copy(const lzr_source *source,
                           const struct lzr_definition *definition,
                           LLVMValueRef value, uint32_t limit) {
  if (!source->inline_budget || definition->kind != LZR_DEFINITION_FUNCTION ||
      !is_alone(&source->survey, definition->group))
    return false;
  uint32_t size = copyable_size(source, value);
  return size && size <= limit;
}

bool lzr_inlining_wants(const lzr_source *source,
                        const struct lzr_definition *definition,
                        LLVMValueRef value) {
  return lzr_inlining_can_copy(source, definition, value, UINT32_MAX);
}

uint32_t lzr_inlining_size(LLVMValueRef function) {
  return count_instructions(function, UINT32_MAX - 1);
}

static lzr_error *note_seen(lzr_source *source, LLVMValueRef global) {
  uint32_t *seen =
      lzr_array_grow(source->seen, source->seen_count, sizeof *seen);
  if (!seen)
    return lzr_out_of_memory();
  source->seen = seen;
  seen[source->seen_count++] =
      (uint32_t)lzr_survey_find(&source->survey, global);
  return NULL;
}

static lzr_error *add(struct lzr_inlining *inlining, LLVMValueRef original,
                      LLVMValueRef copy) {
  size_t size = inlining->count + 1;
  LLVMValueRef *originals =
      reallocarray(inlining->originals, size, sizeof(LLVMValueRef));
  if (originals)
    inlining->originals = originals;
  LLVMValueRef *copies =
      reallocarray(inlining->copies, size, sizeof(LLVMValueRef));
  if (copies)
    inlining->copies = copies;
  if (!originals || !copies)
    return lzr_out_of_memory();
  originals[inlining->count] = original;
  copies[inlining->count++] = copy;
  LLVMSetLinkage(copy, LLVMAvailableExternallyLinkage);
  return NULL;
}

static lzr_error *declare_copy(struct lzr_inlining *inlining,
                               LLVMValueRef function) {
  lzr_source *source = inlining->source;
  LLVMValueRef copy;
  lzr_error *error = lzr_define(source, inlining->unit, function, false, &copy);
  if (error)
    return error;
  lzr_inlining_allow_optimizing(source, copy);
  lzr_declare_call_through_memory(source, copy);
  error = lzr_constants_seed(inlining->contents, function, copy);
  return error ? error : add(inlining, function, copy);
}

/* The function that a call leads to, or NULL if that is not known. */
static LLVMValueRef callee_of(const struct lzr_inlining *inlining,
                              LLVMValueRef call) {
  const lzr_source *source = inlining->source;
  LLVMValueRef callee = LLVMGetCalledValue(call);
  if (LLVMIsAFunction(callee))
    return callee;
  if (!lzr_alias_is_other_name(source, inlining->prevails, callee))
    return NULL;
  const struct lzr_origin *origin =
      &source->survey.origins[lzr_survey_find(&source->survey, callee)];
  return origin->exact && LLVMIsAFunction(origin->base) ? origin->base : NULL;
}

/* Whether a function has a body to copy: the module's own definition, or what
   its compiler has copied there itself of a definition elsewhere. */
static bool is_there(const lzr_source *source, LLVMValueRef function,
                     const struct lzr_definition *definition) {
  if (!definition)
    return LLVMGetLinkage(function) == LLVMAvailableExternallyLinkage;
  return definition->kind == LZR_DEFINITION_FUNCTION &&
         !source->taken[definition->group] &&
         is_alone(&source->survey, definition->group);
}

/* Returns false if the budget does not suffice. */
static bool spend(struct lzr_inlining *inlining, LLVMValueRef callee) {
  uint32_t left = inlining->budget - inlining->instructions;
  uint32_t size = copyable_size(inlining->source, callee);
  if (!size || (size > left && !must_be_inlined(inlining->source, callee)))
    return false;
  inlining->instructions += size < left ? size : left;
  return true;
}

static lzr_error *copy_callee(struct lzr_inlining *inlining, LLVMValueRef call,
                              LLVMValueRef callee) {
  lzr_source *source = inlining->source;
  const struct lzr_survey *survey = &source->survey;
  size_t index = lzr_survey_find(survey, callee);
  const struct lzr_definition *definition =
      index < survey->count ? &survey->definitions[index] : NULL;
  if (!is_there(source, callee, definition) || !spend(inlining, callee) ||
      (definition && !lzr_prevails_ask(inlining->prevails, definition)))
    return NULL;
  lzr_error *error = definition ? note_seen(source, callee) : NULL;
  if (!error && callee != LLVMGetCalledValue(call))
    error = note_seen(source, LLVMGetCalledValue(call)); /* an alias */
  return error ? error : declare_copy(inlining, callee);
}

static lzr_error *follow_call(struct lzr_inlining *inlining,
                              LLVMValueRef call) {
  LLVMValueRef callee = callee_of(inlining, call);
  if (!callee || lzr_pointer_map_get(&inlining->contents->memo, callee))
    return NULL;
  return copy_callee(inlining, call, callee);
}

static lzr_error *follow_calls(struct lzr_inlining *inlining,
                               LLVMValueRef function) {
  lzr_error *error = NULL;
  for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function);
       block && !error; block = LLVMGetNextBasicBlock(block))
    for (LLVMValueRef i = LLVMGetFirstInstruction(block); i && !error;
         i = LLVMGetNextInstruction(i))
      if (LLVMIsACallInst(i) || LLVMIsAInvokeInst(i))
        error = follow_call(inlining, i);
  return error;
}

/* Nearer callees come first, so that the budget does not go to distant
   ones. */
lzr_error *lzr_inlining_follow(struct lzr_inlining *inlining,
                               LLVMValueRef function) {
  size_t next = inlining->count;
  lzr_error *error = follow_calls(inlining, function);
  for (; next < inlining->count && !error; next++)
    error = follow_calls(inlining, inlining->originals[next]);
  inlining->function_count = inlining->count;
  return error;
}

static lzr_error *copy_function(struct lzr_inlining *inlining, size_t i) {
  LLVMValueRef original = inlining->originals[i], copy = inlining->copies[i];
  LLVMValueRef personality;
  lzr_error *error = lzr_body_copy(original, copy);
  if (!error && LLVMHasPersonalityFn(original)) {
    error = lzr_constants_map(inlining->contents,
                              LLVMGetPersonalityFn(original), &personality);
    if (!error)
      LLVMSetPersonalityFn(copy, personality);
  }
  return error ? error : lzr_body_map(copy, inlining->contents);
}

lzr_error *lzr_inlining_copy(struct lzr_inlining *inlining) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < inlining->function_count && !error; i++)
    error = copy_function(inlining, i);
  return error;
}

/* Constants. */

static bool is_constant(const lzr_source *source, LLVMValueRef variable) {
  LLVMLinkage linkage = LLVMGetLinkage(variable);
  return LLVMIsAGlobalVariable(variable) && LLVMIsGlobalConstant(variable) &&
         LLVMGetInitializer(variable) && !LLVMIsThreadLocal(variable) &&
         !LLVMIsExternallyInitialized(variable) && !LLVMGetSection(variable) &&
         (linkage == LLVMInternalLinkage || linkage == LLVMPrivateLinkage ||
          linkage == LLVMExternalLinkage) &&
         LLVMABISizeOfType(LLVMGetModuleDataLayout(source->module),
                           LLVMGlobalGetValueType(variable)) <= CONSTANT_LIMIT;
}

/* What is known to code is in use, so that it cannot be replaced any more. */
static bool prevails(const struct lzr_inlining *inlining,
                     LLVMValueRef variable) {
  const struct lzr_survey *survey = &inlining->source->survey;
  return lzr_prevails_ask(
      inlining->prevails,
      &survey->definitions[lzr_survey_find(survey, variable)]);
}

lzr_error *lzr_inlining_add_constant(struct lzr_inlining *inlining,
                                     LLVMValueRef variable,
                                     LLVMValueRef declared) {
  if (!inlining->budget || !is_constant(inlining->source, variable) ||
      !prevails(inlining, variable))
    return NULL;
  return add(inlining, variable, declared);
}

/* A constant may mention further ones, which are added behind it. */
lzr_error *lzr_inlining_map_constants(struct lzr_inlining *inlining) {
  lzr_error *error = NULL;
  for (size_t i = inlining->function_count; i < inlining->count && !error;
       i++) {
    LLVMValueRef mapped;
    error =
        lzr_constants_map(inlining->contents,
                          LLVMGetInitializer(inlining->originals[i]), &mapped);
    if (!error)
      LLVMSetInitializer(inlining->copies[i], mapped);
  }
  return error;
}

void lzr_inlining_fini(struct lzr_inlining *inlining) {
  free(inlining->originals);
  free(inlining->copies);
}
