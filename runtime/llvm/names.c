/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Names. The linker sees every definition of a unit, even if it was local to
 * its module. So each needs a name, and one that assemblers keep.
 */
#include <llvm-c/Core.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/names.h"
#include "tpc/base/memory.h"

/* With this character in front, LLVM prints a name as it is. */
enum { MARK = '\1' };

const char *lzr_linker_name(LLVMValueRef global) {
  size_t length;
  const char *name = LLVMGetValueName2(global, &length);
  return *name == MARK ? name + 1 : name;
}

LLVMValueRef lzr_unit_find_global(LLVMModuleRef unit, const char *name) {
  char marked[1024];
  int length = snprintf(marked, sizeof marked, "%c%s", MARK, name);
  bool fits = length > 0 && (size_t)length < sizeof marked;
  for (int skip = 1; skip >= 0; skip--) {
    const char *spelled = skip ? name : marked;
    LLVMValueRef global = LLVMGetNamedFunction(unit, spelled);
    if (!global)
      global = LLVMGetNamedGlobal(unit, spelled);
    if (global || !fits)
      return global;
  }
  return NULL;
}

static bool is_local(LLVMValueRef global) {
  LLVMLinkage linkage = LLVMGetLinkage(global);
  return linkage == LLVMInternalLinkage || linkage == LLVMPrivateLinkage;
}

/* Code generation appends the size of the arguments to the name of a function
   that has this calling convention, unless the name is marked. */
static bool is_decorated(LLVMValueRef global) {
  LLVMValueRef named = global;
  for (int steps = 0; LLVMIsAGlobalAlias(named) && steps < 64; steps++)
    named = LLVMAliasGetAliasee(named);
  return LLVMIsAFunction(named) &&
         LLVMGetFunctionCallConv(named) == LLVMX86VectorCallCallConv;
}

/* If the name is taken, LLVM appends a number. */
static void rename_global(LLVMValueRef global, const char *prefix,
                          const char *name) {
  char buffer[256];
  snprintf(buffer, sizeof buffer, "%s%s", prefix, name);
  LLVMSetValueName2(global, buffer, strlen(buffer));
}

static lzr_error *mark(LLVMValueRef global) {
  size_t length;
  const char *name = LLVMGetValueName2(global, &length);
  char *marked = malloc(length + 2);
  if (!marked)
    return lzr_out_of_memory();
  marked[0] = MARK;
  memcpy(marked + 1, name, length + 1);
  LLVMSetValueName2(global, marked, length + 1);
  free(marked);
  return NULL;
}

static lzr_error *settle(LLVMValueRef global) {
  size_t length;
  const char *name = LLVMGetValueName2(global, &length);
  if (!length)
    rename_global(global, "__unnamed_", "1");
  else if (strlen(name) != length || (*name == MARK && length == 1))
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "a symbol's name has a zero byte, or nothing, "
                            "after '%s'",
                            name);
  /* Assemblers drop names that begin with ".L". */
  name = lzr_linker_name(global);
  if (is_local(global) && strncmp(name, ".L", 2) == 0)
    rename_global(global, "lzr", name);
  if (is_decorated(global) && *LLVMGetValueName2(global, &length) != MARK)
    return mark(global);
  return NULL;
}

typedef LLVMValueRef (*first_in)(LLVMModuleRef module);
typedef LLVMValueRef (*next_of)(LLVMValueRef global);

static lzr_error *settle_list(LLVMModuleRef module, first_in first,
                              next_of next) {
  lzr_error *error = NULL;
  for (LLVMValueRef v = first(module); v && !error; v = next(v))
    error = settle(v);
  return error;
}

lzr_error *lzr_names_settle(LLVMModuleRef module) {
  lzr_error *error =
      settle_list(module, LLVMGetFirstFunction, LLVMGetNextFunction);
  if (!error)
    error = settle_list(module, LLVMGetFirstGlobal, LLVMGetNextGlobal);
  if (!error)
    error =
        settle_list(module, LLVMGetFirstGlobalAlias, LLVMGetNextGlobalAlias);
  if (!error)
    error =
        settle_list(module, LLVMGetFirstGlobalIFunc, LLVMGetNextGlobalIFunc);
  return error;
}
