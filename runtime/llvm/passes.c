/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/passes.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/Core.h>
#include <llvm-c/Error.h>
#include <llvm-c/Transforms/PassBuilder.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/guard.h"
#include "runtime/llvm/names.h"
#include "tpc/base/memory.h"

/* Weak, so that a program that contains LLVM does not have to contain its
   passes: they are a third more, and the constructors of their options make
   every start longer. */
#pragma weak LLVMRunPasses
#pragma weak LLVMCreatePassBuilderOptions
#pragma weak LLVMDisposePassBuilderOptions

bool lzr_passes_any(const struct lzr_passes *passes) {
  return passes->pipeline || passes->transform;
}

/* Running a pipeline. */

static lzr_error *run_pipeline(const char *pipeline, LLVMModuleRef unit,
                               LLVMTargetMachineRef machine,
                               lzr_error_kind kind) {
  LLVMPassBuilderOptionsRef options = LLVMCreatePassBuilderOptions();
  LLVMErrorRef failure = LLVMRunPasses(unit, pipeline, machine, options);
  LLVMDisposePassBuilderOptions(options);
  if (!failure)
    return NULL;
  char *message = LLVMGetErrorMessage(failure);
  lzr_error *error = lzr_guard_error(kind, message);
  LLVMDisposeErrorMessage(message);
  return error;
}

static bool is_local(LLVMValueRef global) {
  LLVMLinkage linkage = LLVMGetLinkage(global);
  return linkage == LLVMInternalLinkage || linkage == LLVMPrivateLinkage;
}

static bool is_copy(LLVMValueRef global) {
  return LLVMGetLinkage(global) == LLVMAvailableExternallyLinkage;
}

static LLVMValueRef next_global(LLVMModuleRef unit, LLVMValueRef global) {
  if (!global) {
    LLVMValueRef first = LLVMGetFirstFunction(unit);
    return first ? first : LLVMGetFirstGlobal(unit);
  }
  if (!LLVMIsAFunction(global))
    return LLVMGetNextGlobal(global);
  LLVMValueRef next = LLVMGetNextFunction(global);
  return next ? next : LLVMGetFirstGlobal(unit);
}

static size_t count_globals(LLVMModuleRef unit,
                            bool (*counts)(LLVMValueRef global)) {
  size_t count = 0;
  for (LLVMValueRef i = next_global(unit, NULL); i; i = next_global(unit, i))
    count += counts(i);
  return count;
}

/* What is local to a unit may be there for its place in a section, which
   nothing mentions. */
static lzr_error *hold_locals(LLVMModuleRef unit, LLVMValueRef *holder) {
  size_t count = 0, all = count_globals(unit, is_local);
  *holder = NULL;
  if (!all)
    return NULL;
  LLVMValueRef *locals = calloc(all, sizeof *locals);
  if (!locals)
    return lzr_out_of_memory();
  for (LLVMValueRef i = next_global(unit, NULL); i; i = next_global(unit, i))
    if (is_local(i))
      locals[count++] = i;
  LLVMTypeRef pointer = LLVMPointerTypeInContext(LLVMGetModuleContext(unit), 0);
  LLVMValueRef list = LLVMConstArray2(pointer, locals, count);
  *holder = LLVMAddGlobal(unit, LLVMTypeOf(list), "llvm.compiler.used");
  LLVMSetLinkage(*holder, LLVMAppendingLinkage);
  LLVMSetSection(*holder, "llvm.metadata");
  LLVMSetInitializer(*holder, list);
  free(locals);
  return NULL;
}

static bool has_code(LLVMModuleRef unit) {
  for (LLVMValueRef i = LLVMGetFirstFunction(unit); i;
       i = LLVMGetNextFunction(i))
    if (!LLVMIsDeclaration(i) && !is_copy(i))
      return true;
  return false;
}

static lzr_error *optimize(const struct lzr_passes *passes, LLVMModuleRef unit,
                           LLVMTargetMachineRef machine) {
  LLVMValueRef holder;
  lzr_error *error = hold_locals(unit, &holder);
  if (error)
    return error;
  error = run_pipeline(passes->pipeline, unit, machine, LZR_ERROR_COMPILE);
  if (!error && count_globals(unit, is_copy))
    error = run_pipeline("elim-avail-extern", unit, machine, LZR_ERROR_COMPILE);
  if (!error && holder && LLVMGetNamedGlobal(unit, "llvm.compiler.used"))
    LLVMDeleteGlobal(LLVMGetNamedGlobal(unit, "llvm.compiler.used"));
  return error;
}

/* What a unit defines. */

static bool is_definition(LLVMValueRef global) {
  return !LLVMIsDeclaration(global) && !is_local(global) && !is_copy(global);
}

struct names {
  char **names; /* owned, and each of them */
  size_t count;
};

static lzr_error *list_definitions(LLVMModuleRef unit, struct names *list) {
  list->names =
      calloc(count_globals(unit, is_definition) + 1, sizeof *list->names);
  bool failed = !list->names;
  for (LLVMValueRef i = next_global(unit, NULL); i && !failed;
       i = next_global(unit, i))
    if (is_definition(i))
      failed = !(list->names[list->count++] = strdup(lzr_linker_name(i)));
  return failed ? lzr_out_of_memory() : NULL;
}

static void free_names(struct names *list) {
  for (size_t i = 0; i < list->count; i++)
    free(list->names[i]);
  free(list->names);
}

static lzr_error *check_definitions(LLVMModuleRef unit,
                                    const struct names *list) {
  for (size_t i = 0; i < list->count; i++) {
    LLVMValueRef found = lzr_unit_find_global(unit, list->names[i]);
    if (!found || !is_definition(found))
      return lzr_error_create(LZR_ERROR_COMPILE,
                              "what changes units has left no definition of "
                              "'%s' that others can use",
                              list->names[i]);
  }
  return NULL;
}

/* Changing a unit. */

static lzr_error *transform(const struct lzr_passes *passes,
                            LLVMModuleRef unit) {
  char *message = NULL;
  lzr_error *error = passes->transform(passes->data, unit);
  if (!error && passes->verify &&
      LLVMVerifyModule(unit, LLVMReturnStatusAction, &message))
    error = lzr_guard_error(LZR_ERROR_COMPILE, message);
  LLVMDisposeMessage(message);
  return lzr_error_wrap(error, "after the transform");
}

lzr_error *lzr_passes_run(const struct lzr_passes *passes, LLVMModuleRef unit,
                          LLVMTargetMachineRef machine) {
  struct names list = {0};
  lzr_error *error = list_definitions(unit, &list);
  if (!error && passes->transform)
    error = transform(passes, unit);
  if (!error && passes->pipeline && has_code(unit))
    error = optimize(passes, unit, machine);
  if (!error)
    error = check_definitions(unit, &list);
  free_names(&list);
  return error;
}

/* Checking a pipeline. */

/* LLVM reads a pipeline only to run it. */
lzr_error *lzr_passes_check(const char *pipeline,
                            LLVMTargetMachineRef machine) {
  if (!LLVMRunPasses)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "this program contains LLVM without its passes");
  LLVMContextRef context = LLVMContextCreate();
  LLVMModuleRef unit = LLVMModuleCreateWithNameInContext("", context);
  lzr_error *error = run_pipeline(pipeline, unit, machine, LZR_ERROR_ARGUMENT);
  LLVMDisposeModule(unit);
  LLVMContextDispose(context);
  return lzr_error_wrap(error, "passes '%s'", pipeline);
}
