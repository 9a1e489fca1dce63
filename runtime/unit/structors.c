/*
 * Constructors and destructors: arrays of { priority, function, key }.
 */
#include <llvm-c/Core.h>
#include <stdlib.h>

#include "runtime/unit/survey.h"

static bool is_named_global(LLVMValueRef value) {
  return LLVMIsAGlobalValue(value) != NULL;
}

/* False for an entry that stands for nothing. */
static bool read_entry(LLVMValueRef entry, struct lzr_structor *structor) {
  if (LLVMGetValueKind(entry) != LLVMConstantStructValueKind ||
      LLVMGetNumOperands(entry) < 2)
    return false;
  LLVMValueRef priority = LLVMGetOperand(entry, 0);
  LLVMValueRef function = LLVMGetOperand(entry, 1);
  if (LLVMGetValueKind(priority) != LLVMConstantIntValueKind ||
      !is_named_global(function))
    return false;
  structor->priority = (uint32_t)LLVMConstIntGetZExtValue(priority);
  structor->function = lzr_survey_linker_name(function);
  structor->key = NULL;
  if (LLVMGetNumOperands(entry) > 2) {
    LLVMValueRef key = LLVMGetOperand(entry, 2);
    if (is_named_global(key))
      structor->key = lzr_survey_linker_name(key);
  }
  return true;
}

lzr_error *lzr_structors_read(LLVMModuleRef module, const char *name,
                              struct lzr_structors *structors) {
  LLVMValueRef global = LLVMGetNamedGlobal(module, name);
  LLVMValueRef array = global ? LLVMGetInitializer(global) : NULL;
  if (!array || LLVMGetValueKind(array) != LLVMConstantArrayValueKind)
    return NULL;
  unsigned count = (unsigned)LLVMGetNumOperands(array);
  structors->entries = calloc(count, sizeof *structors->entries);
  if (!structors->entries)
    return lzr_error_create(LZR_ERROR_MEMORY, "no memory for %u entries of %s",
                            count, name);
  for (unsigned i = 0; i < count; i++)
    structors->count += read_entry(LLVMGetOperand(array, i),
                                   &structors->entries[structors->count]);
  return NULL;
}
