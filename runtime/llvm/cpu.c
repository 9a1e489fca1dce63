/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The CPU for which a body is compiled. clang writes it into attributes of each
 * function, which LLVM prefers to its options. So the user's choice is written
 * there.
 */
#include <llvm-c/Core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/cpu.h"

static const char target_cpu[] = "target-cpu";
static const char tune_cpu[] = "tune-cpu";
static const char target_features[] = "target-features";

static LLVMAttributeRef get(LLVMValueRef function, const char *name) {
  return LLVMGetStringAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                                       name, (unsigned)strlen(name));
}

static void set(LLVMContextRef context, LLVMValueRef function, const char *name,
                const char *value, size_t length) {
  LLVMAddAttributeAtIndex(function, LLVMAttributeFunctionIndex,
                          LLVMCreateStringAttribute(context, name,
                                                    (unsigned)strlen(name),
                                                    value, (unsigned)length));
}

static void replace(LLVMContextRef context, LLVMValueRef function,
                    const char *name, const char *value) {
  if (get(function, name))
    set(context, function, name, value, strlen(value));
}

/* If a feature is named twice, LLVM obeys the later one. */
static bool append(LLVMContextRef context, LLVMValueRef function,
                   const char *name, const char *value) {
  LLVMAttributeRef attribute = get(function, name);
  if (!attribute)
    return true;
  unsigned length;
  const char *before = LLVMGetStringAttributeValue(attribute, &length);
  char *both;
  int size = asprintf(&both, "%.*s%s%s", (int)length, before, length ? "," : "",
                      value);
  if (size < 0)
    return false;
  set(context, function, name, both, (size_t)size);
  free(both);
  return true;
}

bool lzr_choose_cpu(const lzr_source *source, LLVMValueRef function) {
  if (source->cpu) {
    replace(source->context, function, target_cpu, source->cpu);
    replace(source->context, function, tune_cpu, source->cpu);
  }
  return !source->features || !*source->features ||
         append(source->context, function, target_features, source->features);
}
