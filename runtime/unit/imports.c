/*
 * What a module mentions and does not define.
 */
#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/unit/source_private.h"

static bool is_import(const lzr_source *source, LLVMValueRef global) {
  return LLVMIsDeclaration(global) && !LLVMIsThreadLocal(global) &&
         lzr_survey_find(&source->survey, global) == source->survey.count &&
         strncmp(lzr_survey_linker_name(global), "llvm.", 5) != 0;
}

/* Functions, or variables. Writes nothing where names is NULL. */
static size_t list(const lzr_source *source, LLVMValueRef first,
                   LLVMValueRef (*next)(LLVMValueRef), const char **names) {
  size_t count = 0;
  for (LLVMValueRef global = first; global; global = next(global))
    if (is_import(source, global)) {
      if (names)
        names[count] = lzr_survey_linker_name(global);
      count++;
    }
  return count;
}

static size_t list_all(const lzr_source *source, const char **names) {
  size_t functions = list(source, LLVMGetFirstFunction(source->module),
                          LLVMGetNextFunction, names);
  return functions + list(source, LLVMGetFirstGlobal(source->module),
                          LLVMGetNextGlobal, names ? names + functions : NULL);
}

lzr_error *lzr_source_list_imports(const lzr_source *source,
                                   const char ***names_out, size_t *count) {
  *count = list_all(source, NULL);
  const char **names = calloc(*count + 1, sizeof *names);
  if (!names)
    return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
  list_all(source, names);
  *names_out = names;
  return NULL;
}
