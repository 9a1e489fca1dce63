/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/importing.h"

#include <llvm-c/BitReader.h>
#include <llvm-c/BitWriter.h>
#include <llvm-c/Core.h>
#include <llvm-c/Target.h>

#include "runtime/llvm/body.h"
#include "runtime/llvm/declare.h"
#include "runtime/llvm/guard.h"
#include "runtime/llvm/inlining.h"
#include "runtime/llvm/names.h"

/* What a unit calls. */

static bool has_call(LLVMValueRef function) {
  for (LLVMUseRef use = LLVMGetFirstUse(function); use;
       use = LLVMGetNextUse(use)) {
    LLVMValueRef user = LLVMGetUser(use);
    if ((LLVMIsACallInst(user) || LLVMIsAInvokeInst(user)) &&
        LLVMGetCalledValue(user) == function)
      return true;
  }
  return false;
}

/* What is extern_weak may be another name of a function. */
static bool is_callee(LLVMValueRef function) {
  return LLVMIsDeclaration(function) && !LLVMGetIntrinsicID(function) &&
         LLVMGetLinkage(function) == LLVMExternalLinkage && has_call(function);
}

/* A copy is added at the end, so that what it calls comes later. */
LLVMValueRef lzr_unit_next_callee(LLVMModuleRef unit, LLVMValueRef previous) {
  LLVMValueRef next =
      previous ? LLVMGetNextFunction(previous) : LLVMGetFirstFunction(unit);
  while (next && !is_callee(next))
    next = LLVMGetNextFunction(next);
  return next;
}

/* Writing. */

struct export {
  lzr_source *source;
  LLVMValueRef function;
  bool calls_only;
  LLVMModuleRef module; /* owned */
  struct lzr_constants contents;
  bool refused; /* something cannot be mentioned elsewhere */
  LLVMMemoryBufferRef bitcode;
};

static bool has_other_name(const struct lzr_survey *survey,
                           LLVMValueRef variable) {
  for (size_t i = 0; i < survey->count; i++)
    if (survey->origins[i].base == variable &&
        survey->origins[i].value != variable)
      return true;
  return false;
}

static bool can_mention(const struct export *export, LLVMValueRef global) {
  const struct lzr_survey *survey = &export->source->survey;
  size_t index = lzr_survey_find(survey, global);
  const struct lzr_definition *definition =
      index < survey->count ? &survey->definitions[index] : NULL;
  if (LLVMIsAFunction(global))
    return !definition || definition->binding != LZR_BINDING_LOCAL;
  return LLVMIsAGlobalVariable(global) && !export->calls_only && definition &&
         definition->binding == LZR_BINDING_STRONG &&
         !has_other_name(survey, global);
}

static lzr_error *declare_mentioned(void *data, LLVMValueRef global,
                                    LLVMValueRef *mapped) {
  struct export *export = data;
  export->refused |= !can_mention(export, global);
  return lzr_declare(export->source, export->module, global, mapped);
}

static lzr_error *copy_personality(struct export *export, LLVMValueRef copy) {
  LLVMValueRef mapped;
  if (!LLVMHasPersonalityFn(export->function))
    return NULL;
  lzr_error *error = lzr_constants_map(
      &export->contents, LLVMGetPersonalityFn(export->function), &mapped);
  if (!error)
    LLVMSetPersonalityFn(copy, mapped);
  return error;
}

static lzr_error *write_body(void *data) {
  struct export *export = data;
  lzr_source *source = export->source;
  LLVMValueRef copy;
  export->module = LLVMModuleCreateWithNameInContext("copy", source->context);
  export->contents.target = export->module;
  LLVMSetTarget(export->module, source->triple);
  LLVMSetModuleDataLayout(export->module,
                          LLVMGetModuleDataLayout(source->module));
  lzr_error *error =
      lzr_define(source, export->module, export->function, false, &copy);
  if (!error)
    error = lzr_constants_seed(&export->contents, export->function, copy);
  if (!error)
    error = lzr_body_copy(export->function, copy);
  if (!error)
    error = copy_personality(export, copy);
  if (!error)
    error = lzr_body_map(copy, &export->contents);
  if (!error && !export->refused)
    export->bitcode = LLVMWriteBitcodeToMemoryBuffer(export->module);
  return error;
}

static void dispose_module(void *module) {
  LLVMDisposeModule(module);
}

lzr_error *lzr_source_export(lzr_source *source, size_t definition,
                             uint32_t limit, bool calls_only,
                             LLVMMemoryBufferRef *bitcode) {
  *bitcode = NULL;
  if (source->abandoned)
    return NULL;
  const struct lzr_definition *exported =
      &source->survey.definitions[definition];
  LLVMValueRef function = source->survey.origins[definition].value;
  if (source->taken[exported->group] ||
      !lzr_inlining_can_copy(source, exported, function, limit))
    return NULL;
  struct export export = {
      .source = source, .function = function, .calls_only = calls_only};
  export.contents =
      (struct lzr_constants){.map_global = declare_mentioned, .data = &export};
  lzr_error *error = lzr_guard_run(source->context, LZR_ERROR_COMPILE,
                                   write_body, &export, &source->abandoned);
  lzr_constants_fini(&export.contents);
  if (export.module && !source->abandoned)
    lzr_guard_dispose(dispose_module, export.module);
  *bitcode = export.bitcode;
  return error;
}

/* Reading. */

struct import {
  lzr_source *source;
  LLVMModuleRef unit;
  LLVMMemoryBufferRef bitcode;
  LLVMValueRef callee;  /* in the unit */
  LLVMModuleRef module; /* owned; what bitcode has */
};

static LLVMValueRef find_definition(LLVMModuleRef module) {
  LLVMValueRef function = LLVMGetFirstFunction(module);
  while (function && LLVMIsDeclaration(function))
    function = LLVMGetNextFunction(function);
  return function;
}

/* NULL: the source knows no such name. */
static LLVMValueRef find_named(const lzr_source *source, LLVMValueRef global) {
  size_t length;
  const char *name = LLVMGetValueName2(global, &length);
  LLVMValueRef found =
      lzr_unit_find_global(source->module, lzr_linker_name(global));
  if (!found)
    found = LLVMGetNamedGlobalAlias(source->module, name, length);
  return found ? found : LLVMGetNamedGlobalIFunc(source->module, name, length);
}

/* Whether a unit of the source means the same by a name as the copy does. */
static bool means_the_same(const lzr_source *source, LLVMValueRef global) {
  LLVMValueRef known = find_named(source, global);
  if (!known)
    return true;
  LLVMLinkage linkage = LLVMGetLinkage(known);
  return linkage != LLVMInternalLinkage && linkage != LLVMPrivateLinkage &&
         LLVMGetValueKind(known) == LLVMGetValueKind(global);
}

static bool all_mean_the_same(const struct import *import) {
  for (LLVMValueRef i = LLVMGetFirstFunction(import->module); i;
       i = LLVMGetNextFunction(i))
    if (!means_the_same(import->source, i))
      return false;
  for (LLVMValueRef i = LLVMGetFirstGlobal(import->module); i;
       i = LLVMGetNextGlobal(i))
    if (!means_the_same(import->source, i))
      return false;
  return true;
}

static lzr_error *find_in_unit(void *data, LLVMValueRef global,
                               LLVMValueRef *mapped) {
  struct import *import = data;
  *mapped = lzr_unit_find_global(import->unit, lzr_linker_name(global));
  return *mapped ? NULL
                 : lzr_declare(import->source, import->unit, global, mapped);
}

/* Puts the definition where the unit has a declaration. */
static lzr_error *define_copy(struct import *import, LLVMValueRef function,
                              LLVMValueRef *copy) {
  LLVMValueRef declared = import->callee;
  lzr_error *error =
      lzr_define(import->source, import->unit, function, false, copy);
  if (error)
    return error;
  import->callee = LLVMGetPreviousFunction(declared);
  LLVMReplaceAllUsesWith(declared, *copy);
  LLVMDeleteFunction(declared);
  size_t length;
  const char *name = LLVMGetValueName2(function, &length);
  LLVMSetValueName2(*copy, name, length);
  lzr_inlining_allow_optimizing(import->source, *copy);
  lzr_declare_call_through_memory(import->source, *copy);
  LLVMSetLinkage(*copy, LLVMAvailableExternallyLinkage);
  return NULL;
}

static lzr_error *move_copy(struct import *import, LLVMValueRef function,
                            LLVMValueRef copy) {
  struct lzr_constants contents = {
      .target = import->unit, .map_global = find_in_unit, .data = import};
  LLVMValueRef mapped;
  lzr_error *error = lzr_constants_seed(&contents, function, copy);
  if (!error && LLVMHasPersonalityFn(function)) {
    error =
        lzr_constants_map(&contents, LLVMGetPersonalityFn(function), &mapped);
    if (!error)
      LLVMSetPersonalityFn(copy, mapped);
  }
  lzr_body_move(function, copy);
  if (!error)
    error = lzr_body_map(copy, &contents);
  lzr_constants_fini(&contents);
  return error;
}

static lzr_error *read_body(void *data) {
  struct import *import = data;
  if (LLVMParseBitcodeInContext2(import->source->context, import->bitcode,
                                 &import->module))
    return NULL; /* LLVM has reported why */
  LLVMValueRef function = find_definition(import->module), copy;
  if (LLVMGlobalGetValueType(import->callee) !=
          LLVMGlobalGetValueType(function) ||
      !all_mean_the_same(import))
    return NULL;
  import->source->inlined += lzr_inlining_size(function);
  lzr_error *error = define_copy(import, function, &copy);
  return error ? error : move_copy(import, function, copy);
}

lzr_error *lzr_source_import(lzr_source *source, LLVMModuleRef unit,
                             LLVMMemoryBufferRef bitcode,
                             LLVMValueRef *callee) {
  struct import import = {
      .source = source, .unit = unit, .bitcode = bitcode, .callee = *callee};
  lzr_error *error = lzr_guard_run(source->context, LZR_ERROR_COMPILE,
                                   read_body, &import, &source->abandoned);
  if (import.module && !source->abandoned)
    lzr_guard_dispose(dispose_module, import.module);
  LLVMDisposeMemoryBuffer(bitcode);
  *callee = import.callee;
  return error;
}

uint32_t lzr_source_budget(const lzr_source *source) {
  return source->inlined < source->inline_budget
             ? source->inline_budget - source->inlined
             : 0;
}
