/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/declare.h"

#include <llvm-c/Core.h>
#include <llvm-c/Target.h>
#include <string.h>

#include "runtime/link/link.h"
#include "runtime/llvm/cpu.h"
#include "runtime/llvm/llvm_compat.h"
#include "runtime/llvm/names.h"
#include "tpc/base/memory.h"

/* The most attributes of a function, a parameter or the result; LLVM has about
   100 kinds. */
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

/* Attributes that say how to compile a body, or what the optimizer may assume
   about it. A declaration does without them: they are most of all attributes,
   and setting them costs more than the rest of a declaration. */
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

/* Returns false if there are too many. */
static bool copy_attributes(const lzr_source *source, LLVMValueRef from,
                            LLVMValueRef to, bool with_body) {
  unsigned parameters = LLVMCountParams(from);
  bool copied = true;
  for (unsigned index = 0; index <= parameters && copied; index++)
    copied = copy_attributes_at(source, from, to, index, with_body);
  return copied && copy_attributes_at(source, from, to,
                                      LLVMAttributeFunctionIndex, with_body);
}

/* "associated" is left out: it says that a section is kept if some global is,
   and that global may be in another unit. */
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

/* An alias is thread-local if the definition it stands for is. */
bool lzr_declare_is_tls(const lzr_source *source, LLVMValueRef global) {
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
  /* Units are linked like shared libraries, whatever their module was compiled
     for. */
  if (lzr_declare_is_tls(source, global))
    LLVMSetThreadLocalMode(variable, LLVMGeneralDynamicTLSModel);
  if (LLVMGetValueKind(global) == LLVMGlobalVariableValueKind) {
    LLVMSetGlobalConstant(variable, LLVMIsGlobalConstant(global));
    LLVMSetAlignment(variable, LLVMGetAlignment(global));
  }
  return variable;
}

/* Returns NULL if the function has too many attributes. */
static LLVMValueRef add_function(const lzr_source *source, LLVMModuleRef unit,
                                 LLVMValueRef global, bool with_body) {
  LLVMValueRef function =
      LLVMAddFunction(unit, name_of(global), LLVMGlobalGetValueType(global));
  if (LLVMGetValueKind(global) != LLVMFunctionValueKind)
    return function; /* an alias or ifunc has no attributes */
  LLVMSetFunctionCallConv(function, LLVMGetFunctionCallConv(global));
  return copy_attributes(source, global, function, with_body) ? function : NULL;
}

void lzr_declare_call_through_memory(const lzr_source *source,
                                     LLVMValueRef function) {
  if (source->nonlazybind)
    LLVMAddAttributeAtIndex(function,
                            (LLVMAttributeIndex)LLVMAttributeFunctionIndex,
                            source->nonlazybind);
}

static LLVMValueRef declare_function(lzr_source *source, LLVMModuleRef unit,
                                     LLVMValueRef global) {
  LLVMValueRef function = add_function(source, unit, global, false);
  if (function && !LLVMGetIntrinsicID(function))
    lzr_declare_call_through_memory(source, function);
  return function;
}

/* Whether a variable of the source lies at any distance from code, as its
   module's code model allows. Constants do not. */
static bool is_far(const lzr_source *source, LLVMValueRef global) {
  if (source->near_size == UINT64_MAX || !LLVMGetInitializer(global) ||
      LLVMIsThreadLocal(global) || LLVMIsGlobalConstant(global) ||
      LLVMGetSection(global))
    return false;
  return LLVMABISizeOfType(LLVMGetModuleDataLayout(source->module),
                           LLVMGlobalGetValueType(global)) > source->near_size;
}

/* A variable of this module that is not preemptible lies in the same window of
   the target as all code, so code need not read its address from the GOT.
   LLVM's C API cannot set dso_local, but hidden globals have it. */
bool lzr_declare_is_near(const lzr_source *source, LLVMValueRef global) {
  if (!LLVMIsAGlobalVariable(global) || lzr_declare_is_tls(source, global) ||
      is_far(source, global))
    return false;
  LLVMLinkage linkage = LLVMGetLinkage(global);
  bool local = linkage == LLVMInternalLinkage || linkage == LLVMPrivateLinkage;
  return local ||
         (linkage == LLVMExternalLinkage && LLVMGetInitializer(global));
}

/* LLVM assumes that two functions' addresses differ unless one is weak, so an
   alias of a function must be declared weak. */
static bool is_function_alias(LLVMValueRef global) {
  return LLVMIsAGlobalAlias(global) &&
         LLVMGetTypeKind(LLVMGlobalGetValueType(global)) ==
             LLVMFunctionTypeKind;
}

static lzr_error *too_many_attributes(LLVMValueRef global) {
  return lzr_error_create(LZR_ERROR_LIMIT,
                          "'%s' has more than %d attributes in one place",
                          lzr_linker_name(global), ATTRIBUTES_LIMIT);
}

lzr_error *lzr_declare(lzr_source *source, LLVMModuleRef unit,
                       LLVMValueRef global, LLVMValueRef *declared) {
  LLVMTypeRef type = LLVMGlobalGetValueType(global);
  *declared = LLVMGetTypeKind(type) == LLVMFunctionTypeKind
                  ? declare_function(source, unit, global)
                  : add_variable(source, unit, global);
  if (!*declared)
    return too_many_attributes(global);
  if (lzr_declare_is_near(source, global))
    LLVMSetVisibility(*declared, LLVMHiddenVisibility);
  if (LLVMGetLinkage(global) == LLVMExternalWeakLinkage ||
      is_function_alias(global))
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
 * Whatever the source says, the definition is external, of default visibility,
 * and not dso_local, because other units use it, and because the address of a
 * function must be its stub, which the linker provides, and not this unit's
 * body of it. A weak definition becomes strong and leaves its comdat group,
 * because it has been decided that it prevails.
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
    return lzr_out_of_memory();
  if (keep_section && LLVMGetSection(global))
    LLVMSetSection(*defined, LLVMGetSection(global));
  if (LLVMIsAGlobalVariable(*defined) && is_far(source, global))
    LLVMSetSection(*defined, LLVMIsNull(LLVMGetInitializer(global))
                                 ? LZR_LINK_FAR_ZEROS
                                 : LZR_LINK_FAR_DATA);
  copy_metadata(source, global, *defined, true);
  return NULL;
}
