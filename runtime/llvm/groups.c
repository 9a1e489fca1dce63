/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Finds which definitions must be compiled together.
 *
 * Begins with a set for each definition and joins the sets of those that cannot
 * be compiled apart (union-find). Node 0 is the module's data, node i + 1 is
 * definition i.
 */
#include <llvm-c/Core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/groups.h"
#include "runtime/llvm/together.h"
#include "runtime/support/sets.h"
#include "tpc/base/memory.h"

struct joiner {
  LLVMModuleRef module;
  const struct lzr_survey *survey;
  struct lzr_together together;
  uint32_t *parent; /* owned */
  /* While a label is followed: constants seen, and those not looked at yet. */
  struct lzr_pointer_map seen;
  LLVMValueRef *pending; /* owned */
  size_t pending_count, pending_capacity;
};

static uint32_t node_of(struct joiner *joiner, LLVMValueRef global) {
  return (uint32_t)lzr_survey_find(joiner->survey, global) + 1;
}

static bool is_mentioned(LLVMModuleRef module, const char *prefix,
                         const char *section) {
  char name[256];
  int length = snprintf(name, sizeof name, "%s%s", prefix, section);
  if (length < 0 || (size_t)length >= sizeof name)
    return true; /* too long to tell; this answer is safe */
  return LLVMGetNamedGlobal(module, name) || LLVMGetNamedFunction(module, name);
}

/* Linkers define __start_X and __stop_X around all of section X. If the module
   mentions them, all parts of X must be in one object. */
static bool is_in_walked_section(LLVMModuleRef module, LLVMValueRef global) {
  const char *section = LLVMGetSection(global);
  return section && lzr_section_name_has_start_stop(section) &&
         (is_mentioned(module, "__start_", section) ||
          is_mentioned(module, "__stop_", section));
}

/* Labels as values. */

static lzr_error *add_pending(struct joiner *joiner, LLVMValueRef value) {
  if (lzr_pointer_map_get(&joiner->seen, value))
    return NULL;
  if (!lzr_pointer_map_put(&joiner->seen, value, value))
    return lzr_out_of_memory();
  LLVMValueRef *grown =
      lzr_array_reserve(joiner->pending, &joiner->pending_capacity,
                        joiner->pending_count + 1, sizeof *grown);
  if (!grown)
    return lzr_out_of_memory();
  joiner->pending = grown;
  joiner->pending[joiner->pending_count++] = value;
  return NULL;
}

static lzr_error *add_users(struct joiner *joiner, LLVMValueRef value) {
  lzr_error *error = NULL;
  for (LLVMUseRef use = LLVMGetFirstUse(value); use && !error;
       use = LLVMGetNextUse(use))
    error = add_pending(joiner, LLVMGetUser(use));
  return error;
}

/* A variable in a section that programs may walk through must lie beside its
   neighbours. */
static bool is_in_named_section(LLVMValueRef owner) {
  const char *section =
      LLVMIsAGlobalVariable(owner) ? LLVMGetSection(owner) : NULL;
  return section && lzr_section_name_has_start_stop(section);
}

/* Joins function with the definition to which a user of its label belongs. */
static lzr_error *follow_user(struct joiner *joiner, uint32_t function,
                              LLVMValueRef user) {
  LLVMValueRef owner = user;
  if (LLVMIsAInstruction(user))
    owner = LLVMGetBasicBlockParent(LLVMGetInstructionParent(user));
  else if (!LLVMIsAGlobalValue(user))
    return add_users(joiner, user);
  size_t index = lzr_survey_find(joiner->survey, owner);
  if (index < joiner->survey->count)
    lzr_sets_join(joiner->parent, function, (uint32_t)index + 1);
  if (is_in_named_section(owner))
    lzr_sets_join(joiner->parent, 0, function);
  return NULL;
}

static lzr_error *follow_label(struct joiner *joiner, uint32_t function,
                               LLVMValueRef block) {
  lzr_error *error = NULL;
  for (LLVMUseRef use = LLVMGetFirstUse(block); use && !error;
       use = LLVMGetNextUse(use))
    if (LLVMIsABlockAddress(LLVMGetUser(use)))
      error = add_pending(joiner, LLVMGetUser(use));
  while (joiner->pending_count && !error)
    error =
        follow_user(joiner, function, joiner->pending[--joiner->pending_count]);
  return error;
}

/*
 * A table of a function's labels (computed goto) is built with the function.
 * While opening a module LLVM reads the body of exactly those functions that
 * have a label which a global's initializer names. So only bodies that have
 * been read are looked at, and a module without such tables costs nothing here.
 */
static lzr_error *join_labels(struct joiner *joiner, LLVMValueRef function) {
  uint32_t node = node_of(joiner, function);
  lzr_error *error = NULL;
  for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function);
       block && !error; block = LLVMGetNextBasicBlock(block)) {
    lzr_pointer_map_fini(&joiner->seen);
    error = follow_label(joiner, node, LLVMBasicBlockAsValue(block));
  }
  return error;
}

/* Whether nothing has been joined with the node. Tables of labels are not
   alone: they have been joined with their functions before. */
static bool is_alone(const struct joiner *joiner, uint32_t node) {
  return joiner->parent[node] == node;
}

static lzr_error *join_functions(struct joiner *joiner) {
  const struct lzr_survey *survey = joiner->survey;
  lzr_error *error = NULL;
  for (size_t i = 0; i < survey->count && !error; i++) {
    LLVMValueRef value = survey->origins[i].value;
    if (survey->definitions[i].kind != LZR_DEFINITION_FUNCTION)
      continue;
    if (LLVMGetFirstBasicBlock(value))
      error = join_labels(joiner, value);
    if (is_in_walked_section(joiner->module, value) ||
        lzr_together_with_data(&joiner->together, value,
                               &survey->definitions[i].data_in_front))
      lzr_sets_join(joiner->parent, 0, (uint32_t)i + 1);
  }
  return error;
}

/* Functions come first among the definitions, so a table of labels that was
   joined with one is not the root of its set, and not alone. */
static void join_others(struct joiner *joiner) {
  const struct lzr_survey *survey = joiner->survey;
  for (uint32_t i = 0; i < survey->count; i++)
    if (survey->definitions[i].kind == LZR_DEFINITION_DATA &&
        is_alone(joiner, i + 1))
      lzr_sets_join(joiner->parent, 0, i + 1);
  for (uint32_t i = 0; i < survey->count; i++)
    if (survey->origins[i].base != survey->origins[i].value)
      lzr_sets_join(joiner->parent, i + 1,
                    node_of(joiner, survey->origins[i].base));
}

/* Numbers the sets in the order of their first definitions. */
static lzr_error *number_groups(struct joiner *joiner,
                                struct lzr_survey *survey) {
  uint32_t *number = calloc(survey->count + 1, sizeof *number);
  if (!number)
    return lzr_out_of_memory();
  survey->group_count = 1;
  for (uint32_t i = 0; i < survey->count; i++) {
    uint32_t root = lzr_sets_root(joiner->parent, i + 1);
    if (root && !number[root])
      number[root] = survey->group_count++;
    survey->definitions[i].group = number[root];
  }
  free(number);
  return NULL;
}

/* Sorts the definitions by group, by counting. */
static lzr_error *list_members(struct lzr_survey *survey) {
  size_t groups = survey->group_count;
  uint32_t *start = calloc(groups + 2, sizeof *start);
  uint32_t *members = calloc(survey->count + 1, sizeof *members);
  survey->group_start = start;
  survey->group_members = members;
  if (!start || !members)
    return lzr_out_of_memory();
  /* Until its members have been placed, start[g + 1] is where group g
     begins. */
  for (size_t i = 0; i < survey->count; i++)
    start[survey->definitions[i].group + 2]++;
  for (size_t g = 2; g < groups + 2; g++)
    start[g] += start[g - 1];
  for (uint32_t i = 0; i < survey->count; i++)
    members[start[survey->definitions[i].group + 1]++] = i;
  return NULL;
}

lzr_error *lzr_groups_form(LLVMModuleRef module, struct lzr_survey *survey,
                           const struct lzr_body_reader *reader) {
  struct joiner joiner = {.module = module, .survey = survey};
  joiner.parent = calloc(survey->count + 1, sizeof *joiner.parent);
  if (!joiner.parent || !lzr_together_init(&joiner.together, module, reader)) {
    free(joiner.parent);
    return lzr_out_of_memory();
  }
  for (uint32_t node = 0; node <= survey->count; node++)
    joiner.parent[node] = node;

  lzr_error *error = join_functions(&joiner);
  if (!error) {
    join_others(&joiner);
    error = number_groups(&joiner, survey);
  }
  if (!error)
    error = list_members(survey);
  lzr_pointer_map_fini(&joiner.seen);
  lzr_together_fini(&joiner.together);
  free(joiner.pending);
  free(joiner.parent);
  return error;
}
