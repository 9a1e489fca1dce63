/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads the lists of constructors and destructors, which are arrays of
 * { priority, function, key }.
 */
#include <llvm-c/Comdat.h>
#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/constructors.h"
#include "runtime/llvm/names.h"
#include "tpc/base/memory.h"

static bool is_named_global(LLVMValueRef value) {
  return LLVMIsAGlobalValue(value) != NULL;
}

/* A local key does not prevail over the key of another module. But its comdat
   group does, if the group has the key's name. */
static bool is_once(LLVMValueRef key) {
  LLVMLinkage linkage = LLVMGetLinkage(key);
  if ((linkage != LLVMInternalLinkage && linkage != LLVMPrivateLinkage) ||
      !LLVMIsAGlobalObject(key) || !LLVMGetComdat(key))
    return false;
  return LLVMGetComdat(key) ==
         LLVMGetOrInsertComdat(LLVMGetGlobalParent(key), lzr_linker_name(key));
}

/* Returns false for an entry that names no function. */
static bool read_entry(LLVMValueRef entry, struct lzr_init_entry *read) {
  if (LLVMGetValueKind(entry) != LLVMConstantStructValueKind ||
      LLVMGetNumOperands(entry) < 2)
    return false;
  LLVMValueRef priority = LLVMGetOperand(entry, 0);
  LLVMValueRef function = LLVMGetOperand(entry, 1);
  if (LLVMGetValueKind(priority) != LLVMConstantIntValueKind ||
      !is_named_global(function))
    return false;
  read->priority = (uint32_t)LLVMConstIntGetZExtValue(priority);
  read->function = lzr_linker_name(function);
  read->key = NULL;
  if (LLVMGetNumOperands(entry) > 2) {
    LLVMValueRef key = LLVMGetOperand(entry, 2);
    if (is_named_global(key))
      read->key = lzr_linker_name(key);
    read->once = read->key && is_once(key);
  }
  return true;
}

lzr_error *lzr_init_list_read(LLVMModuleRef module, const char *name,
                              struct lzr_init_list *list) {
  LLVMValueRef global = LLVMGetNamedGlobal(module, name);
  LLVMValueRef array = global ? LLVMGetInitializer(global) : NULL;
  if (!array || LLVMGetValueKind(array) != LLVMConstantArrayValueKind)
    return NULL;
  unsigned count = (unsigned)LLVMGetNumOperands(array);
  list->entries = calloc(count, sizeof *list->entries);
  if (!list->entries)
    return lzr_out_of_memory();
  for (unsigned i = 0; i < count; i++)
    list->count +=
        read_entry(LLVMGetOperand(array, i), &list->entries[list->count]);
  return NULL;
}

static const char *const array_sections[] = {".init_array", ".preinit_array",
                                             ".fini_array", ".ctors", ".dtors"};
enum { ARRAY_SECTIONS = sizeof array_sections / sizeof array_sections[0] };

static bool is_in_array(LLVMValueRef variable) {
  const char *section = LLVMGetSection(variable);
  for (size_t i = 0; section && i < ARRAY_SECTIONS; i++)
    if (strncmp(section, array_sections[i], strlen(array_sections[i])) == 0)
      return true;
  return false;
}

bool lzr_has_init_sections(LLVMModuleRef module) {
  for (LLVMValueRef v = LLVMGetFirstGlobal(module); v; v = LLVMGetNextGlobal(v))
    if (LLVMGetInitializer(v) && is_in_array(v))
      return true;
  size_t length;
  const char *assembly = LLVMGetModuleInlineAsm(module, &length);
  for (size_t i = 0; length && i < ARRAY_SECTIONS; i++)
    if (strstr(assembly, array_sections[i]))
      return true;
  return false;
}
