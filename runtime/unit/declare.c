#include "runtime/unit/declare.h"

#include <llvm-c/Core.h>
#include <string.h>

#include "runtime/unit/llvm_compat.h"

enum { ATTRIBUTES_LIMIT = 256 }; /* at one index; LLVM has about 100 kinds */

/* String attributes that say how to compile a body. Most attributes there are
   are these, and setting them costs more than all else about a declaration. */
static bool is_about_body(LLVMAttributeRef attribute) {
  static const char *const names[] = {
      "frame-pointer",    "min-legal-vector-width",
      "no-trapping-math", "stack-protector-buffer-size",
      "target-cpu",       "target-features",
      "tune-cpu"};
  if (!LLVMIsStringAttribute(attribute))
    return false;
  unsigned length;
  const char *kind = LLVMGetStringAttributeKind(attribute, &length);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strlen(names[i]) == length && memcmp(kind, names[i], length) == 0)
      return true;
  return false;
}

static void copy_attributes_at(LLVMValueRef from, LLVMValueRef to,
                               LLVMAttributeIndex index, bool with_body) {
  LLVMAttributeRef attributes[ATTRIBUTES_LIMIT];
  unsigned count = LLVMGetAttributeCountAtIndex(from, index);
  if (!count || count > ATTRIBUTES_LIMIT)
    return;
  LLVMGetAttributesAtIndex(from, index, attributes);
  for (unsigned i = 0; i < count; i++)
    if (with_body || !is_about_body(attributes[i]))
      LLVMAddAttributeAtIndex(to, index, attributes[i]);
}

static void copy_attributes(LLVMValueRef from, LLVMValueRef to,
                            bool with_body) {
  unsigned parameters = LLVMCountParams(from);
  for (unsigned index = 0; index <= parameters; index++)
    copy_attributes_at(from, to, index, with_body);
  copy_attributes_at(from, to, LLVMAttributeFunctionIndex, with_body);
}

/* "associated" ties a section's fate to that of a global which may be in
   another unit. */
static bool is_copied(const lzr_source *source, unsigned kind, bool defined) {
  const struct lzr_kinds *kinds = &source->kinds;
  if (!defined)
    return kind == kinds->absolute_symbol;
  if (kind == kinds->dbg)
    return source->debug_info;
  return kind != kinds->associated;
}

static void copy_metadata(const lzr_source *source, LLVMValueRef from,
                          LLVMValueRef to, bool defined) {
  size_t count;
  LLVMValueMetadataEntry *entries = LLVMGlobalCopyAllMetadata(from, &count);
  for (unsigned i = 0; i < count; i++) {
    unsigned kind = LLVMValueMetadataEntriesGetKind(entries, i);
    if (is_copied(source, kind, defined))
      lzr_llvm_add_global_metadata(
          to, kind, LLVMValueMetadataEntriesGetMetadata(entries, i));
  }
  LLVMDisposeValueMetadataEntries(entries);
}

static const char *name_of(LLVMValueRef global) {
  size_t length;
  return LLVMGetValueName2(global, &length);
}

/* An alias or ifunc is as thread-local as what it stands for. */
static bool is_thread_local(const lzr_source *source, LLVMValueRef global) {
  if (LLVMGetValueKind(global) == LLVMGlobalVariableValueKind)
    return LLVMIsThreadLocal(global);
  size_t index = lzr_survey_find(&source->survey, global);
  return index < source->survey.count && source->survey.definitions[index].tls;
}

/* Units are linked like shared libraries, whatever their module was meant for.
   The model is set before the linkage can suggest a better one. */
static void set_thread_local(LLVMValueRef variable) {
  LLVMSetThreadLocal(variable, 1);
  LLVMSetThreadLocalMode(variable, LLVMGeneralDynamicTLSModel);
}

static LLVMValueRef add_variable(const lzr_source *source, LLVMModuleRef unit,
                                 LLVMValueRef global) {
  LLVMValueRef variable = LLVMAddGlobalInAddressSpace(
      unit, LLVMGlobalGetValueType(global), name_of(global),
      LLVMGetPointerAddressSpace(LLVMTypeOf(global)));
  if (is_thread_local(source, global))
    set_thread_local(variable);
  if (LLVMGetValueKind(global) == LLVMGlobalVariableValueKind) {
    LLVMSetGlobalConstant(variable, LLVMIsGlobalConstant(global));
    LLVMSetAlignment(variable, LLVMGetAlignment(global));
  }
  return variable;
}

static LLVMValueRef add_function(LLVMModuleRef unit, LLVMValueRef global) {
  LLVMValueRef function =
      LLVMAddFunction(unit, name_of(global), LLVMGlobalGetValueType(global));
  if (LLVMGetValueKind(global) == LLVMFunctionValueKind)
    LLVMSetFunctionCallConv(function, LLVMGetFunctionCallConv(global));
  return function;
}

static LLVMValueRef declare_function(lzr_source *source, LLVMModuleRef unit,
                                     LLVMValueRef global) {
  LLVMValueRef function = add_function(unit, global);
  if (LLVMGetValueKind(global) == LLVMFunctionValueKind)
    copy_attributes(global, function, false);
  if (source->nonlazybind && !LLVMGetIntrinsicID(function))
    LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                            source->nonlazybind);
  return function;
}

LLVMValueRef lzr_declare(lzr_source *source, LLVMModuleRef unit,
                         LLVMValueRef global) {
  LLVMTypeRef type = LLVMGlobalGetValueType(global);
  LLVMValueRef declared = LLVMGetTypeKind(type) == LLVMFunctionTypeKind
                              ? declare_function(source, unit, global)
                              : add_variable(source, unit, global);
  if (LLVMGetLinkage(global) == LLVMExternalWeakLinkage)
    LLVMSetLinkage(declared, LLVMExternalWeakLinkage);
  if (LLVMIsAGlobalObject(global))
    copy_metadata(source, global, declared, false);
  return declared;
}

static LLVMValueRef define_function(LLVMModuleRef unit, LLVMValueRef global) {
  LLVMValueRef function = add_function(unit, global);
  copy_attributes(global, function, true);
  LLVMSetAlignment(function, LLVMGetAlignment(global));
  if (LLVMGetGC(global))
    LLVMSetGC(function, LLVMGetGC(global));
  return function;
}

static LLVMValueRef define_variable(const lzr_source *source,
                                    LLVMModuleRef unit, LLVMValueRef global) {
  LLVMValueRef variable = add_variable(source, unit, global);
  LLVMSetExternallyInitialized(variable, LLVMIsExternallyInitialized(global));
  return variable;
}

/*
 * External, of default visibility, and not dso_local, whatever the source says:
 * what is defined here is used from other units, and LLVM must not take the
 * address of a function from this unit's own copy of it; the linker gives the
 * function's stub instead, which is the same everywhere. Weak ones are strong
 * here: that they prevail has been decided. No comdat either, for that reason.
 */
LLVMValueRef lzr_define(lzr_source *source, LLVMModuleRef unit,
                        LLVMValueRef global, bool keep_section) {
  LLVMValueRef defined = LLVMGetValueKind(global) == LLVMFunctionValueKind
                             ? define_function(unit, global)
                             : define_variable(source, unit, global);
  if (keep_section && LLVMGetSection(global))
    LLVMSetSection(defined, LLVMGetSection(global));
  copy_metadata(source, global, defined, true);
  return defined;
}
