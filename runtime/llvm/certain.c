/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Finds the functions that a call is certain to lead to.
 *
 * Setting up LLVM's passes is half of what compiling a small function costs, so
 * a unit should hold more than the function that was called. But nothing should
 * be compiled that is never called. So a function is followed from its entry
 * along unconditional branches: a call that is found there is made whenever the
 * function is called, if every call before it returns. Nothing is guessed: a
 * function counts as returning only if it was followed to its end. A signal, or
 * memory that cannot be read, may still end the program before that.
 */
#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/guard.h"
#include "runtime/llvm/inlining.h"
#include "runtime/llvm/read.h"
#include "runtime/llvm/source_private.h"

/* The most blocks of one function that are followed; more may be a loop. */
enum { BLOCK_LIMIT = 64 };
/* The deepest nesting of calls that is followed. */
enum { DEPTH_LIMIT = 64 };

struct search {
  lzr_source *source;
  const struct lzr_prevails *prevails;
  int depth;
  size_t start; /* the definition that was called */
};

static bool has_attribute(LLVMValueRef function, const char *name) {
  unsigned kind = LLVMGetEnumAttributeKindForName(name, strlen(name));
  return LLVMGetEnumAttributeAtIndex(
      function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, kind);
}

static bool follow(struct search *search, size_t index);

/* Follows a callee once, and queues it before the functions that it calls,
   unless passes get to inline it. */
static bool definition_returns(struct search *search, size_t index) {
  lzr_source *source = search->source;
  const struct lzr_definition *definition = &source->survey.definitions[index];
  if (source->certain.seen[index])
    return source->certain.returns[index];
  if (definition->group == 0 || search->depth == DEPTH_LIMIT ||
      !search->prevails->prevails(search->prevails->data, definition))
    return false;
  source->certain.seen[index] = true;
  if (!lzr_inlining_wants(source, definition,
                          source->survey.origins[index].value))
    source->certain.queue[source->certain.end++] = definition->group;
  search->depth++;
  bool returns = follow(search, index);
  search->depth--;
  return returns;
}

static bool call_returns(struct search *search, LLVMValueRef call) {
  LLVMValueRef callee = LLVMGetCalledValue(call);
  if (!LLVMIsAFunction(callee))
    return false;
  if (LLVMGetIntrinsicID(callee))
    return !has_attribute(callee, "noreturn");
  size_t index = lzr_survey_find(&search->source->survey, callee);
  if (index != search->source->survey.count)
    return definition_returns(search, index);
  return has_attribute(callee, "willreturn") &&
         has_attribute(callee, "nounwind");
}

/* Whether control is certain to reach the block's terminator. */
static bool passes(struct search *search, LLVMBasicBlockRef block) {
  for (LLVMValueRef at = LLVMGetFirstInstruction(block); at;
       at = LLVMGetNextInstruction(at))
    if (LLVMIsACallInst(at) && !call_returns(search, at))
      return false;
  return true;
}

/* The only block that can follow, or NULL if there may be several. */
static LLVMBasicBlockRef next_block(struct search *search,
                                    LLVMValueRef terminator) {
  if (LLVMIsAInvokeInst(terminator))
    call_returns(search, terminator); /* it may also throw */
  bool branches = LLVMGetInstructionOpcode(terminator) == LLVMBr &&
                  LLVMGetNumSuccessors(terminator) == 1;
  return branches ? LLVMGetSuccessor(terminator, 0) : NULL;
}

/* Whether the function returns whenever it is called. */
static bool follow(struct search *search, size_t index) {
  lzr_source *source = search->source;
  LLVMValueRef function = source->survey.origins[index].value;
  if (!lzr_read_body(&source->reader, function))
    return false;
  LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function);
  for (int steps = 0; block && steps < BLOCK_LIMIT; steps++) {
    if (!passes(search, block))
      return false;
    LLVMValueRef terminator = LLVMGetBasicBlockTerminator(block);
    source->certain.returns[index] =
        LLVMGetInstructionOpcode(terminator) == LLVMRet;
    block = next_block(search, terminator);
  }
  return source->certain.returns[index];
}

/* Finds the function around which a group was formed. */
static bool find_function(const struct lzr_survey *survey, uint32_t group,
                          size_t *index) {
  for (uint32_t i = survey->group_start[group];
       i < survey->group_start[group + 1]; i++) {
    *index = survey->group_members[i];
    if (survey->definitions[*index].kind == LZR_DEFINITION_FUNCTION)
      return true;
  }
  return false;
}

static lzr_error *run(void *data) {
  struct search *search = data;
  search->source->certain.seen[search->start] = true;
  follow(search, search->start);
  return NULL;
}

lzr_error *lzr_source_follow_calls(lzr_source *source, uint32_t group,
                                   const struct lzr_prevails *prevails) {
  struct search search = {.source = source, .prevails = prevails};
  if (source->abandoned ||
      !find_function(&source->survey, group, &search.start) ||
      source->certain.seen[search.start])
    return NULL;
  lzr_error *error = lzr_guard_run(source->context, LZR_ERROR_FORMAT, run,
                                   &search, &source->abandoned);
  return lzr_error_wrap(error, "%s", source->name);
}

bool lzr_source_next_certain(lzr_source *source, uint32_t *group) {
  struct lzr_certain *certain = &source->certain;
  if (certain->begin == certain->end)
    return false;
  *group = certain->queue[certain->begin++];
  return true;
}

bool lzr_certain_init(struct lzr_certain *certain, size_t count) {
  certain->seen = calloc(count + 1, sizeof *certain->seen);
  certain->returns = calloc(count + 1, sizeof *certain->returns);
  certain->queue = calloc(count + 1, sizeof *certain->queue);
  return certain->seen && certain->returns && certain->queue;
}

void lzr_certain_fini(struct lzr_certain *certain) {
  free(certain->seen);
  free(certain->returns);
  free(certain->queue);
}
