/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lists the names that a module mentions but does not define.
 */
#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/names.h"
#include "runtime/llvm/source_private.h"
#include "tpc/base/memory.h"

static bool is_import(const lzr_source *source, LLVMValueRef global) {
  return LLVMIsDeclaration(global) && !LLVMIsThreadLocal(global) &&
         lzr_survey_find(&source->survey, global) == source->survey.count &&
         strncmp(lzr_linker_name(global), "llvm.", 5) != 0;
}

/* Counts the imports among functions or variables, and lists them unless names
   is NULL. */
static size_t list(const lzr_source *source, LLVMValueRef first,
                   LLVMValueRef (*next)(LLVMValueRef),
                   struct lzr_import *imports) {
  size_t count = 0;
  for (LLVMValueRef global = first; global; global = next(global))
    if (is_import(source, global)) {
      if (imports)
        imports[count] = (struct lzr_import){lzr_linker_name(global),
                                             LLVMGetLinkage(global) ==
                                                 LLVMExternalWeakLinkage};
      count++;
    }
  return count;
}

static size_t list_all(const lzr_source *source, struct lzr_import *imports) {
  size_t functions = list(source, LLVMGetFirstFunction(source->module),
                          LLVMGetNextFunction, imports);
  return functions + list(source, LLVMGetFirstGlobal(source->module),
                          LLVMGetNextGlobal,
                          imports ? imports + functions : NULL);
}

lzr_error *lzr_source_list_imports(const lzr_source *source,
                                   struct lzr_import **imports_out,
                                   size_t *count) {
  *count = list_all(source, NULL);
  struct lzr_import *imports = calloc(*count + 1, sizeof *imports);
  if (!imports)
    return lzr_out_of_memory();
  list_all(source, imports);
  *imports_out = imports;
  return NULL;
}
