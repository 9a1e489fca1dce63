#include "runtime/unit/declare.h"

#include <llvm-c/Core.h>
#include <string.h>

#include "runtime/unit/llvm_compat.h"

/* At one place of a function; LLVM has about 100 kinds. */
enum { ATTRIBUTES_LIMIT = 256 };

static bool is_body_string(LLVMAttributeRef attribute) {
  static const char *const names[] = {
      "frame-pointer",    "min-legal-vector-width",
      "no-trapping-math", "stack-protector-buffer-size",
      "target-cpu",       "target-features",
      "tune-cpu"};
  unsigned length;
  const char *kind = LLVMGetStringAttributeKind(attribute, &length);
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (strlen(names[i]) == length && memcmp(kind, names[i], length) == 0)
      return true;
  return false;
}

/* Attributes that say how to compile a body, or what its optimizer may assume.
   Most attributes there are are these, and setting them costs more than all
   else about a declaration. */
static bool is_about_body(const lzr_source *source,
                          LLVMAttributeRef attribute) {
  if (LLVMIsStringAttribute(attribute))
    return is_body_string(attribute);
  if (!LLVMIsEnumAttribute(attribute))
    return false;
  const struct lzr_kinds *kinds = &source->kinds;
  unsigned kind = LLVMGetEnumAttributeKind(attribute);
  return kind == kinds->noinline_ || kind == kinds->noundef ||
         kind == kinds->optnone || kind == kinds->uwtable;
}

static bool copy_attributes_at(const lzr_source *source, LLVMValueRef from,
                               LLVMValueRef to, LLVMAttributeIndex index,
                               bool with_body) {
  LLVMAttributeRef attributes[ATTRIBUTES_LIMIT];
  unsigned count = LLVMGetAttributeCountAtIndex(from, index);
  if (count > ATTRIBUTES_LIMIT)
    return false;
  if (count)
    LLVMGetAttributesAtIndex(from, index, attributes);
  for (unsigned i = 0; i < count; i++)
    if (with_body || !is_about_body(source, attributes[i]))
      LLVMAddAttributeAtIndex(to, index, attributes[i]);
  return true;
}

/* False if there are too many. */
static bool copy_attributes(const lzr_source *source, LLVMValueRef from,
                            LLVMValueRef to, bool with_body) {
  unsigned parameters = LLVMCountParams(from);
  bool copied = true;
  for (unsigned index = 0; index <= parameters && copied; index++)
    copied = copy_attributes_at(source, from, to, index, with_body);
  return copied && copy_attributes_at(source, from, to,
                                      LLVMAttributeFunctionIndex, with_body);
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

static LLVMValueRef add_variable(const lzr_source *source, LLVMModuleRef unit,
                                 LLVMValueRef global) {
  LLVMValueRef variable = LLVMAddGlobalInAddressSpace(
      unit, LLVMGlobalGetValueType(global), name_of(global),
      LLVMGetPointerAddressSpace(LLVMTypeOf(global)));
  /* Units are linked like shared libraries, whatever their module was for. */
  if (is_thread_local(source, global))
    LLVMSetThreadLocalMode(variable, LLVMGeneralDynamicTLSModel);
  if (LLVMGetValueKind(global) == LLVMGlobalVariableValueKind) {
    LLVMSetGlobalConstant(variable, LLVMIsGlobalConstant(global));
    LLVMSetAlignment(variable, LLVMGetAlignment(global));
  }
  return variable;
}

/* NULL if the function has too many attributes. */
static LLVMValueRef add_function(const lzr_source *source, LLVMModuleRef unit,
                                 LLVMValueRef global, bool with_body) {
  LLVMValueRef function =
      LLVMAddFunction(unit, name_of(global), LLVMGlobalGetValueType(global));
  if (LLVMGetValueKind(global) != LLVMFunctionValueKind)
    return function; /* an alias or ifunc has nothing more to say */
  LLVMSetFunctionCallConv(function, LLVMGetFunctionCallConv(global));
  return copy_attributes(source, global, function, with_body) ? function : NULL;
}

static LLVMValueRef declare_function(lzr_source *source, LLVMModuleRef unit,
                                     LLVMValueRef global) {
  LLVMValueRef function = add_function(source, unit, global, false);
  if (function && source->nonlazybind && !LLVMGetIntrinsicID(function))
    LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                            source->nonlazybind);
  return function;
}

/* A variable of this module that no other can override lies in the same window
   of the target as all code, so code need not ask the GOT where it is. LLVM's C
   API cannot say dso_local, but what is hidden is. */
static bool is_near(const lzr_source *source, LLVMValueRef global) {
  if (!LLVMIsAGlobalVariable(global) || is_thread_local(source, global))
    return false;
  LLVMLinkage linkage = LLVMGetLinkage(global);
  bool local = linkage == LLVMInternalLinkage || linkage == LLVMPrivateLinkage;
  return local ||
         (linkage == LLVMExternalLinkage && LLVMGetInitializer(global));
}

static lzr_error *too_many_attributes(LLVMValueRef global) {
  return lzr_error_create(LZR_ERROR_LIMIT,
                          "'%s' has more than %d attributes in one place",
                          lzr_survey_linker_name(global), ATTRIBUTES_LIMIT);
}

lzr_error *lzr_declare(lzr_source *source, LLVMModuleRef unit,
                       LLVMValueRef global, LLVMValueRef *declared) {
  LLVMTypeRef type = LLVMGlobalGetValueType(global);
  *declared = LLVMGetTypeKind(type) == LLVMFunctionTypeKind
                  ? declare_function(source, unit, global)
                  : add_variable(source, unit, global);
  if (!*declared)
    return too_many_attributes(global);
  if (is_near(source, global))
    LLVMSetVisibility(*declared, LLVMHiddenVisibility);
  if (LLVMGetLinkage(global) == LLVMExternalWeakLinkage)
    LLVMSetLinkage(*declared, LLVMExternalWeakLinkage);
  if (LLVMIsAGlobalObject(global))
    copy_metadata(source, global, *declared, false);
  return NULL;
}

static LLVMValueRef define_function(const lzr_source *source,
                                    LLVMModuleRef unit, LLVMValueRef global) {
  LLVMValueRef function = add_function(source, unit, global, true);
  if (!function)
    return NULL;
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
lzr_error *lzr_define(lzr_source *source, LLVMModuleRef unit,
                      LLVMValueRef global, bool keep_section,
                      LLVMValueRef *defined) {
  *defined = LLVMGetValueKind(global) == LLVMFunctionValueKind
                 ? define_function(source, unit, global)
                 : define_variable(source, unit, global);
  if (!*defined)
    return too_many_attributes(global);
  if (LLVMIsAFunction(*defined) && !lzr_choose_cpu(source, *defined))
    return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
  if (keep_section && LLVMGetSection(global))
    LLVMSetSection(*defined, LLVMGetSection(global));
  copy_metadata(source, global, *defined, true);
  return NULL;
}
