/*
 * Which definitions must be compiled together.
 *
 * Sets are joined until nothing is left that could not be compiled apart
 * (union-find); node 0 stands for the module's data, node i + 1 for definition
 * i.
 */
#include <llvm-c/Core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/unit/survey.h"

struct joiner {
  LLVMModuleRef module;
  const struct lzr_survey *survey;
  uint32_t *parent; /* owned */
  /* While a label is followed: constants seen, and those to look at next. */
  struct lzr_pointer_map seen;
  LLVMValueRef *pending; /* owned */
  size_t pending_count, pending_capacity;
};

static lzr_error *out_of_memory(void) {
  return lzr_error_create(LZR_ERROR_MEMORY, "no memory to group definitions");
}

static uint32_t root_of(struct joiner *joiner, uint32_t node) {
  uint32_t *parent = joiner->parent;
  while (parent[node] != node)
    node = parent[node] = parent[parent[node]];
  return node;
}

/* The smaller root wins, so node 0 is always its set's root. */
static void join(struct joiner *joiner, uint32_t one, uint32_t other) {
  one = root_of(joiner, one);
  other = root_of(joiner, other);
  joiner->parent[one > other ? one : other] = one < other ? one : other;
}

static uint32_t node_of(struct joiner *joiner, LLVMValueRef global) {
  return (uint32_t)lzr_survey_find(joiner->survey, global) + 1;
}

static bool is_mentioned(LLVMModuleRef module, const char *prefix,
                         const char *section) {
  char name[256];
  int length = snprintf(name, sizeof name, "%s%s", prefix, section);
  if (length < 0 || (size_t)length >= sizeof name)
    return true; /* too long to tell: the safe answer */
  return LLVMGetNamedGlobal(module, name) || LLVMGetNamedFunction(module, name);
}

/* Linkers define __start_X and __stop_X around all of section X: what is in it
   must then be in one object. */
static bool has_bounded_section(LLVMModuleRef module, LLVMValueRef global) {
  const char *section = LLVMGetSection(global);
  return section && lzr_survey_is_identifier(section) &&
         (is_mentioned(module, "__start_", section) ||
          is_mentioned(module, "__stop_", section));
}

/* ---- Labels as values ---------------------------------------------------- */

static lzr_error *add_pending(struct joiner *joiner, LLVMValueRef value) {
  if (lzr_pointer_map_get(&joiner->seen, value))
    return NULL;
  if (!lzr_pointer_map_put(&joiner->seen, value, value))
    return out_of_memory();
  if (joiner->pending_count == joiner->pending_capacity) {
    size_t capacity =
        joiner->pending_capacity ? joiner->pending_capacity * 2 : 64;
    LLVMValueRef *pending =
        realloc(joiner->pending, capacity * sizeof *pending);
    if (!pending)
      return out_of_memory();
    joiner->pending = pending;
    joiner->pending_capacity = capacity;
  }
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

/* Joins function with whatever definition a user of its label belongs to. */
static lzr_error *follow_user(struct joiner *joiner, uint32_t function,
                              LLVMValueRef user) {
  LLVMValueRef owner = user;
  if (LLVMIsAInstruction(user))
    owner = LLVMGetBasicBlockParent(LLVMGetInstructionParent(user));
  else if (!LLVMIsAGlobalValue(user))
    return add_users(joiner, user);
  size_t index = lzr_survey_find(joiner->survey, owner);
  if (index < joiner->survey->count)
    join(joiner, function, (uint32_t)index + 1);
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
 * A table of a function's labels (computed goto) goes with the function. LLVM
 * reads a function's body while opening the module exactly if a global's
 * initializer names one of its labels, so only those that have been read are
 * looked at: a module without such tables costs nothing here.
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

/* Tables of labels have been taken out of the data before: they are what was
   joined already. */
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
    if (has_bounded_section(joiner->module, value))
      join(joiner, 0, (uint32_t)i + 1);
  }
  return error;
}

/* Functions come first in the table, so whoever a table of labels was joined
   with is its root, and it is not alone. */
static void join_others(struct joiner *joiner) {
  const struct lzr_survey *survey = joiner->survey;
  for (uint32_t i = 0; i < survey->count; i++)
    if (survey->definitions[i].kind == LZR_DEFINITION_DATA &&
        is_alone(joiner, i + 1))
      join(joiner, 0, i + 1);
  for (uint32_t i = 0; i < survey->count; i++)
    if (survey->origins[i].base != survey->origins[i].value)
      join(joiner, i + 1, node_of(joiner, survey->origins[i].base));
}

/* Numbers the sets in the order of their first definitions. */
static lzr_error *number_groups(struct joiner *joiner,
                                struct lzr_survey *survey) {
  uint32_t *number = calloc(survey->count + 1, sizeof *number);
  if (!number)
    return out_of_memory();
  survey->group_count = 1;
  for (uint32_t i = 0; i < survey->count; i++) {
    uint32_t root = root_of(joiner, i + 1);
    if (root && !number[root])
      number[root] = survey->group_count++;
    survey->definitions[i].group = number[root];
  }
  free(number);
  return NULL;
}

/* Counting sort of the definitions by group. */
static lzr_error *list_members(struct lzr_survey *survey) {
  size_t groups = survey->group_count;
  uint32_t *start = calloc(groups + 2, sizeof *start);
  uint32_t *members = calloc(survey->count + 1, sizeof *members);
  survey->group_start = start;
  survey->group_members = members;
  if (!start || !members)
    return out_of_memory();
  /* start[g + 1] is where g begins, until its members have been placed. */
  for (size_t i = 0; i < survey->count; i++)
    start[survey->definitions[i].group + 2]++;
  for (size_t g = 2; g < groups + 2; g++)
    start[g] += start[g - 1];
  for (uint32_t i = 0; i < survey->count; i++)
    members[start[survey->definitions[i].group + 1]++] = i;
  return NULL;
}

lzr_error *lzr_groups_form(LLVMModuleRef module, struct lzr_survey *survey) {
  struct joiner joiner = {.module = module, .survey = survey};
  joiner.parent = calloc(survey->count + 1, sizeof *joiner.parent);
  if (!joiner.parent)
    return out_of_memory();
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
  free(joiner.pending);
  free(joiner.parent);
  return error;
}
