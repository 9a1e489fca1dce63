/*
 * Names. Every definition of a unit is seen by the linker, whatever it was in
 * its module, so each needs a name, and one that assemblers keep.
 */
#include <llvm-c/Core.h>
#include <stdio.h>
#include <string.h>

#include "runtime/unit/survey.h"

/* LLVM's mark for "print this name as it is". */
enum { MARK = '\1' };

const char *lzr_survey_linker_name(LLVMValueRef global) {
  size_t length;
  const char *name = LLVMGetValueName2(global, &length);
  return *name == MARK ? name + 1 : name;
}

static bool is_local(LLVMValueRef global) {
  LLVMLinkage linkage = LLVMGetLinkage(global);
  return linkage == LLVMInternalLinkage || linkage == LLVMPrivateLinkage;
}

/* LLVM appends a number where the name is taken. */
static void rename_global(LLVMValueRef global, const char *prefix,
                          const char *name) {
  char buffer[256];
  snprintf(buffer, sizeof buffer, "%s%s", prefix, name);
  LLVMSetValueName2(global, buffer, strlen(buffer));
}

static lzr_error *settle(LLVMValueRef global) {
  size_t length;
  const char *name = LLVMGetValueName2(global, &length);
  if (!length) {
    rename_global(global, "__unnamed_", "1");
    return NULL;
  }
  if (strlen(name) != length || (*name == MARK && length == 1))
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "a symbol's name has a zero byte, or nothing, "
                            "after '%s'",
                            name);
  /* ".L" starts names that stay inside an object. */
  name = lzr_survey_linker_name(global);
  if (is_local(global) && strncmp(name, ".L", 2) == 0)
    rename_global(global, "lzr", name);
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
