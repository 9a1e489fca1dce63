/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/survey.h"
#include "runtime/llvm/constructors.h"
#include "runtime/llvm/names.h"

#include <llvm-c/Comdat.h>
#include <llvm-c/Core.h>
#include <llvm-c/Target.h>
#include <stdlib.h>
#include <string.h>

#include "tpc/base/memory.h"

/* Longer chains of aliases of aliases are refused; compilers make none. */
enum { ALIAS_CHAIN_LIMIT = 1000 };

static enum lzr_definition_binding binding_of(LLVMLinkage linkage) {
  switch (linkage) {
  case LLVMInternalLinkage:
  case LLVMPrivateLinkage:
    return LZR_BINDING_LOCAL;
  case LLVMWeakAnyLinkage:
  case LLVMWeakODRLinkage:
  case LLVMLinkOnceAnyLinkage:
  case LLVMLinkOnceODRLinkage:
    return LZR_BINDING_WEAK;
  case LLVMCommonLinkage:
    return LZR_BINDING_COMMON;
  default:
    return LZR_BINDING_STRONG;
  }
}

/* llvm.used and its like tell the optimizer and the linker about other globals,
   and annotations are for tools. None is data of the program. */
static bool is_for_compilers(LLVMValueRef variable) {
  size_t length;
  const char *name = LLVMGetValueName2(variable, &length);
  const char *section = LLVMGetSection(variable);
  return (LLVMGetLinkage(variable) == LLVMAppendingLinkage &&
          strncmp(name, "llvm.", 5) == 0) ||
         (section && strcmp(section, "llvm.metadata") == 0);
}

static bool is_defined(LLVMValueRef global) {
  if (LLVMIsDeclaration(global) ||
      LLVMGetLinkage(global) == LLVMAvailableExternallyLinkage)
    return false;
  return LLVMGetValueKind(global) != LLVMGlobalVariableValueKind ||
         !is_for_compilers(global);
}

static enum lzr_definition_kind kind_of(LLVMValueRef global) {
  switch (LLVMGetValueKind(global)) {
  case LLVMFunctionValueKind:
    return LZR_DEFINITION_FUNCTION;
  case LLVMGlobalAliasValueKind:
    return LZR_DEFINITION_ALIAS;
  case LLVMGlobalIFuncValueKind:
    return LZR_DEFINITION_IFUNC;
  default:
    return LZR_DEFINITION_DATA;
  }
}

/* The alignment that LLVM will give it. */
static unsigned alignment_of(LLVMValueRef variable, LLVMTargetDataRef layout) {
  unsigned align = LLVMGetAlignment(variable);
  return align ? align : LLVMPreferredAlignmentOfGlobal(layout, variable);
}

/* Sizes and alignments must be known early, because common symbols are merged
   by size and memory is reserved for sections of several modules. */
static void measure(LLVMValueRef variable, struct lzr_definition *definition) {
  LLVMTypeRef type = LLVMGlobalGetValueType(variable);
  LLVMTargetDataRef layout =
      LLVMGetModuleDataLayout(LLVMGetGlobalParent(variable));
  if (!LLVMTypeIsSized(type))
    return;
  definition->size = LLVMABISizeOfType(layout, type);
  definition->align = alignment_of(variable, layout);
}

static bool is_vague(LLVMLinkage linkage) {
  return linkage == LLVMLinkOnceODRLinkage || linkage == LLVMWeakODRLinkage;
}

static void describe(LLVMValueRef global, struct lzr_definition *definition) {
  definition->name = lzr_linker_name(global);
  definition->kind = kind_of(global);
  definition->binding = binding_of(LLVMGetLinkage(global));
  definition->hidden = LLVMGetVisibility(global) == LLVMHiddenVisibility;
  if (definition->kind != LZR_DEFINITION_DATA)
    return;
  definition->vague = is_vague(LLVMGetLinkage(global));
  definition->tls = LLVMIsThreadLocal(global);
  const char *section = LLVMGetSection(global);
  if (section && !definition->tls && lzr_section_name_has_start_stop(section))
    definition->section = section;
  definition->comdat = definition->section && LLVMGetComdat(global) != NULL;
  if (definition->section || definition->binding == LZR_BINDING_COMMON)
    measure(global, definition);
}

/* Listing. */

typedef LLVMValueRef (*first_in)(LLVMModuleRef module);
typedef LLVMValueRef (*next_of)(LLVMValueRef global);

static const struct {
  first_in first;
  next_of next;
} lists[] = {
    {LLVMGetFirstFunction, LLVMGetNextFunction},
    {LLVMGetFirstGlobal, LLVMGetNextGlobal},
    {LLVMGetFirstGlobalAlias, LLVMGetNextGlobalAlias},
    {LLVMGetFirstGlobalIFunc, LLVMGetNextGlobalIFunc},
};
enum { LIST_COUNT = sizeof lists / sizeof lists[0] };

static size_t count_definitions(LLVMModuleRef module) {
  size_t count = 0;
  for (int list = 0; list < LIST_COUNT; list++)
    for (LLVMValueRef v = lists[list].first(module); v; v = lists[list].next(v))
      count += is_defined(v);
  return count;
}

static lzr_error *add(struct lzr_survey *survey, LLVMValueRef global) {
  struct lzr_origin *origin = &survey->origins[survey->count];
  *origin = (struct lzr_origin){global, global, true};
  describe(global, &survey->definitions[survey->count]);
  survey->count++;
  return lzr_pointer_map_put(&survey->index, global, origin)
             ? NULL
             : lzr_out_of_memory();
}

static lzr_error *list_definitions(LLVMModuleRef module,
                                   struct lzr_survey *survey) {
  size_t count = count_definitions(module);
  if (count >= UINT32_MAX)
    return lzr_error_create(LZR_ERROR_LIMIT, "%zu definitions in a module",
                            count);
  survey->definitions = calloc(count + 1, sizeof *survey->definitions);
  survey->origins = calloc(count + 1, sizeof *survey->origins);
  if (!survey->definitions || !survey->origins)
    return lzr_out_of_memory();
  lzr_error *error = NULL;
  for (int list = 0; list < LIST_COUNT; list++)
    for (LLVMValueRef v = lists[list].first(module); v && !error;
         v = lists[list].next(v))
      if (is_defined(v))
        error = add(survey, v);
  return error;
}

/* Aliases and ifuncs. */

/* Takes one step from an alias, or an expression that uses one, towards what it
   names. Returns NULL if value is that already, or leads nowhere. */
static LLVMValueRef step_to_base(LLVMValueRef value, bool *exact) {
  switch (LLVMGetValueKind(value)) {
  case LLVMGlobalAliasValueKind:
    return LLVMAliasGetAliasee(value);
  case LLVMConstantExprValueKind:
    *exact = false;
    return LLVMGetOperand(value, 0);
  default:
    return NULL;
  }
}

static lzr_error *find_base(const struct lzr_survey *survey,
                            struct lzr_origin *origin) {
  LLVMValueRef value = origin->value, next = value;
  if (LLVMGetValueKind(value) == LLVMGlobalIFuncValueKind)
    next = LLVMGetGlobalIFuncResolver(value);
  for (int steps = 0; next && steps < ALIAS_CHAIN_LIMIT; steps++) {
    value = next;
    next = step_to_base(value, &origin->exact);
  }
  if (next || lzr_survey_find(survey, value) == survey->count)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "'%s' is another name of nothing this module "
                            "defines",
                            lzr_linker_name(origin->value));
  origin->base = value;
  return NULL;
}

/* An alias has the kind of what it names; an ifunc names its resolver. */
static void describe_indirection(const struct lzr_survey *survey,
                                 const struct lzr_origin *origin,
                                 struct lzr_definition *definition) {
  const struct lzr_definition *base =
      &survey->definitions[lzr_survey_find(survey, origin->base)];
  definition->tls = base->tls;
  if (base->kind != LZR_DEFINITION_DATA)
    definition->aliasee = base->name;
  if (base->kind == LZR_DEFINITION_IFUNC)
    definition->kind = LZR_DEFINITION_IFUNC;
}

static lzr_error *resolve_aliases(struct lzr_survey *survey) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < survey->count && !error; i++) {
    struct lzr_definition *definition = &survey->definitions[i];
    if (definition->kind != LZR_DEFINITION_ALIAS &&
        definition->kind != LZR_DEFINITION_IFUNC)
      continue;
    error = find_base(survey, &survey->origins[i]);
    if (!error)
      describe_indirection(survey, &survey->origins[i], definition);
  }
  return error;
}

size_t lzr_survey_find(const struct lzr_survey *survey, LLVMValueRef value) {
  const struct lzr_origin *origin = lzr_pointer_map_get(&survey->index, value);
  return origin ? (size_t)(origin - survey->origins) : survey->count;
}

lzr_error *lzr_survey_take(LLVMModuleRef module, struct lzr_survey *survey) {
  lzr_error *error = lzr_names_settle(module);
  if (!error)
    error = list_definitions(module, survey);
  if (!error)
    error = resolve_aliases(survey);
  if (!error)
    error =
        lzr_init_list_read(module, "llvm.global_ctors", &survey->constructors);
  if (!error)
    error =
        lzr_init_list_read(module, "llvm.global_dtors", &survey->destructors);
  survey->has_arrays = lzr_has_init_sections(module);
  return error;
}

void lzr_survey_fini(struct lzr_survey *survey) {
  free(survey->definitions);
  free(survey->origins);
  lzr_pointer_map_fini(&survey->index);
  free(survey->group_start);
  free(survey->group_members);
  free(survey->constructors.entries);
  free(survey->destructors.entries);
  *survey = (struct lzr_survey){0};
}
