/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/together.h"

#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

/* The module. */

/* Looks for directives that define a macro, or a symbol by an expression. A
   text that only looks like one costs time, but does no harm. */
static bool defines_for_assembly(LLVMModuleRef module) {
  static const char *const signs[] = {".macro", ".set", ".equ", "="};
  size_t length;
  const char *text = LLVMGetModuleInlineAsm(module, &length);
  for (size_t i = 0; length && i < sizeof signs / sizeof signs[0]; i++)
    if (strstr(text, signs[i]))
      return true;
  return false;
}

static bool starts_with(const char *name, const char *prefix) {
  return strncmp(name, prefix, strlen(prefix)) == 0;
}

static const char *name_of(LLVMValueRef global) {
  size_t length;
  return LLVMGetValueName2(global, &length);
}

/* -fsanitize=kcfi sets a flag. -fsanitize=function sets none, but its checks
   call a runtime or trap, as others do. */
static bool may_have_types_in_front(LLVMModuleRef module) {
  if (LLVMGetModuleFlag(module, "kcfi", strlen("kcfi")))
    return true;
  for (LLVMValueRef f = LLVMGetFirstFunction(module); f;
       f = LLVMGetNextFunction(f))
    if (LLVMIsDeclaration(f) && (starts_with(name_of(f), "__ubsan_handle_") ||
                                 strcmp(name_of(f), "llvm.ubsantrap") == 0))
      return true;
  return false;
}

static const char *walked_section(LLVMValueRef global) {
  static const char *const prefixes[] = {"__start_", "__stop_"};
  for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
    if (LLVMIsDeclaration(global) && starts_with(name_of(global), prefixes[i]))
      return name_of(global) + strlen(prefixes[i]);
  return NULL;
}

static bool add_section(struct lzr_together *together, const char *section) {
  const char **grown =
      reallocarray(together->sections, together->section_count + 1,
                   sizeof *together->sections);
  if (!grown)
    return false;
  together->sections = grown;
  together->sections[together->section_count++] = section;
  return true;
}

static bool list_sections(struct lzr_together *together, LLVMValueRef first,
                          LLVMValueRef (*next)(LLVMValueRef)) {
  for (LLVMValueRef global = first; global; global = next(global)) {
    const char *section = walked_section(global);
    if (section && !add_section(together, section))
      return false;
  }
  return true;
}

static unsigned metadata_kind(LLVMModuleRef module, const char *name) {
  return LLVMGetMDKindIDInContext(LLVMGetModuleContext(module), name,
                                  (unsigned)strlen(name));
}

bool lzr_together_init(struct lzr_together *together, LLVMModuleRef module,
                       const struct lzr_body_reader *reader) {
  *together = (struct lzr_together){
      .defines_for_assembly = defines_for_assembly(module),
      .types_in_front = may_have_types_in_front(module),
      .kcfi_type = metadata_kind(module, "kcfi_type"),
      .func_sanitize = metadata_kind(module, "func_sanitize"),
  };
  if (!list_sections(together, LLVMGetFirstGlobal(module), LLVMGetNextGlobal) ||
      !list_sections(together, LLVMGetFirstFunction(module),
                     LLVMGetNextFunction)) {
    lzr_together_fini(together);
    return false;
  }
  if (together->defines_for_assembly || together->types_in_front ||
      together->section_count)
    together->reader = reader;
  return true;
}

void lzr_together_fini(struct lzr_together *together) {
  free(together->sections);
  *together = (struct lzr_together){0};
}

/* Functions. */

static bool has_nops_in_front(LLVMValueRef function) {
  static const char name[] = "patchable-function-prefix";
  LLVMAttributeRef attribute = LLVMGetStringAttributeAtIndex(
      function, (LLVMAttributeIndex)LLVMAttributeFunctionIndex, name,
      sizeof name - 1);
  if (!attribute)
    return false;
  unsigned length;
  const char *count = LLVMGetStringAttributeValue(attribute, &length);
  return length != 1 || *count != '0';
}

static bool has_type_in_front(const struct lzr_together *together,
                              LLVMValueRef function) {
  bool has = false;
  size_t count;
  LLVMValueMetadataEntry *entries = LLVMGlobalCopyAllMetadata(function, &count);
  for (unsigned i = 0; i < count; i++) {
    unsigned kind = LLVMValueMetadataEntriesGetKind(entries, i);
    has |= kind == together->kcfi_type || kind == together->func_sanitize;
  }
  LLVMDisposeValueMetadataEntries(entries);
  return has;
}

static bool is_call(LLVMValueRef instruction) {
  LLVMOpcode opcode = LLVMGetInstructionOpcode(instruction);
  return opcode == LLVMCall || opcode == LLVMInvoke || opcode == LLVMCallBr;
}

/* Whether an instruction is assembly that must stay with the module's data. */
static bool stays(const struct lzr_together *together,
                  LLVMValueRef instruction) {
  if (!is_call(instruction))
    return false;
  LLVMValueRef callee = LLVMGetCalledValue(instruction);
  if (!LLVMIsAInlineAsm(callee))
    return false;
  size_t length;
  const char *text = LLVMGetInlineAsmAsmString(callee, &length);
  if (together->defines_for_assembly)
    return true;
  for (size_t i = 0; i < together->section_count; i++)
    if (strstr(text, "section") && strstr(text, together->sections[i]))
      return true;
  return false;
}

static bool has_assembly_that_stays(const struct lzr_together *together,
                                    LLVMValueRef function) {
  for (LLVMBasicBlockRef block = LLVMGetFirstBasicBlock(function); block;
       block = LLVMGetNextBasicBlock(block))
    for (LLVMValueRef i = LLVMGetFirstInstruction(block); i;
         i = LLVMGetNextInstruction(i))
      if (stays(together, i))
        return true;
  return false;
}

bool lzr_together_adds_to(LLVMValueRef function, const char *section) {
  const struct lzr_together one = {.sections = &section, .section_count = 1};
  return has_assembly_that_stays(&one, function);
}

bool lzr_together_with_data(const struct lzr_together *together,
                            LLVMValueRef function, bool *data_in_front) {
  bool is_read = together->reader && lzr_read_body(together->reader, function);
  *data_in_front =
      LLVMHasPrefixData(function) || LLVMHasPrologueData(function) ||
      has_nops_in_front(function) ||
      (together->types_in_front && has_type_in_front(together, function));
  return *data_in_front ||
         (is_read && has_assembly_that_stays(together, function));
}
