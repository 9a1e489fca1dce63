/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Checks that a function can be called with a signature.
 */
#include <llvm-c/Core.h>
#include <stdlib.h>

#include "runtime/llvm/guard.h"
#include "runtime/llvm/source_private.h"
#include "tpc/base/memory.h"
#include "tpc/tpc.h"

static bool is_integer(LLVMTypeRef type, unsigned low, unsigned high) {
  if (LLVMGetTypeKind(type) != LLVMIntegerTypeKind)
    return false;
  unsigned width = LLVMGetIntTypeWidth(type);
  return low <= width && width <= high;
}

static bool is_passed_as(LLVMTypeRef type, lzr_type passed) {
  switch (passed) {
  case LZR_TYPE_VOID:
    return LLVMGetTypeKind(type) == LLVMVoidTypeKind;
  case LZR_TYPE_I8: /* bool is i1 */
    return is_integer(type, 1, 8);
  case LZR_TYPE_I16:
    return is_integer(type, 16, 16);
  case LZR_TYPE_I32:
    return is_integer(type, 32, 32);
  case LZR_TYPE_I64:
    return is_integer(type, 64, 64);
  case LZR_TYPE_F32:
    return LLVMGetTypeKind(type) == LLVMFloatTypeKind;
  case LZR_TYPE_F64:
    return LLVMGetTypeKind(type) == LLVMDoubleTypeKind;
  case LZR_TYPE_PTR:
    return LLVMGetTypeKind(type) == LLVMPointerTypeKind;
  }
  return false;
}

static bool has_types(LLVMTypeRef type, LLVMTypeRef *parameters, unsigned count,
                      const struct lzr_signature *signature) {
  if (!is_passed_as(LLVMGetReturnType(type), signature->result))
    return false;
  for (unsigned i = 0; i < count; i++)
    if (!is_passed_as(parameters[i], signature->parameters[i]))
      return false;
  return true;
}

/* A variadic function's fixed parameters are the ones that it names. */
static bool has_counts(LLVMTypeRef type,
                       const struct lzr_signature *signature) {
  unsigned named = LLVMCountParamTypes(type);
  if (LLVMIsFunctionVarArg(type))
    return signature->fixed_count == named &&
           signature->parameter_count >= named;
  return signature->parameter_count == named;
}

struct check {
  LLVMModuleRef module;
  const char *name;
  const struct lzr_signature *signature;
};

static lzr_error *run(void *data) {
  const struct check *check = data;
  LLVMValueRef function = LLVMGetNamedFunction(check->module, check->name);
  if (!function)
    return NULL; /* IR has another name for it, or assembly defines it */
  LLVMTypeRef type = LLVMGlobalGetValueType(function);
  unsigned count = LLVMCountParamTypes(type);
  LLVMTypeRef *parameters = calloc((size_t)count + 1, sizeof *parameters);
  if (!parameters)
    return lzr_out_of_memory();
  LLVMGetParamTypes(type, parameters);
  bool fits = has_counts(type, check->signature) &&
              has_types(type, parameters, count, check->signature);
  free(parameters);
  if (fits)
    return NULL;
  char *text = LLVMPrintTypeToString(type);
  lzr_error *error =
      lzr_error_create(LZR_ERROR_ARGUMENT,
                       "'%s' is a function of type %s, and cannot be called "
                       "with this signature",
                       check->name, text ? text : "unknown");
  LLVMDisposeMessage(text);
  return error;
}

lzr_error *lzr_source_check_call(lzr_source *source, const char *name,
                                 const struct lzr_signature *signature) {
  struct check check = {source->module, name, signature};
  return lzr_guard_run(source->context, LZR_ERROR_FORMAT, run, &check,
                       &source->abandoned);
}
