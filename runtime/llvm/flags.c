/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Module flags: what code generation must know about a module as a whole.
 */
#include <llvm-c/Core.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/flags.h"
#include "tpc/base/memory.h"

static const char flags_name[] = "llvm.module.flags";
static const char code_model_name[] = "Code Model";
static const char large_threshold_name[] = "Large Data Threshold";

/* How flags of two modules are merged; each flag must say, though units are
   never merged. */
enum { BEHAVIOR_MAX = 7, BEHAVIOR_MIN = 8 };

static LLVMMetadataRef number(LLVMContextRef context, unsigned value) {
  LLVMTypeRef i32 = LLVMInt32TypeInContext(context);
  return LLVMValueAsMetadata(LLVMConstInt(i32, value, 0));
}

static LLVMValueRef make_flag(LLVMContextRef context, unsigned behavior,
                              const char *key, unsigned value) {
  LLVMMetadataRef operands[3] = {
      number(context, behavior),
      LLVMMDStringInContext2(context, key, strlen(key)),
      number(context, value)};
  return LLVMMetadataAsValue(context,
                             LLVMMDNodeInContext2(context, operands, 3));
}

static bool is_key(const char *key, unsigned length, const char *name) {
  return length == strlen(name) && memcmp(key, name, length) == 0;
}

/*
 * The flags that a unit does not get from its module:
 *   PIE Level    says that definitions are not preemptible and that TLS is the
 *                executable's; neither is true for a unit
 *   CG Profile   lists functions of the whole module
 *   Code Model, Large Data Threshold  say which data is far (note_far); code is
 *                never
 *   PIC Level, RtLibUseGOT  are set below
 */
static bool is_dropped(LLVMValueRef flag) {
  static const char *const names[] = {"PIE Level",     "CG Profile",
                                      code_model_name, large_threshold_name,
                                      "PIC Level",     "RtLibUseGOT"};
  LLVMValueRef operands[3];
  if (LLVMGetMDNodeNumOperands(flag) != 3)
    return true;
  LLVMGetMDNodeOperands(flag, operands);
  unsigned length = 0;
  const char *key = operands[1] ? LLVMGetMDString(operands[1], &length) : NULL;
  if (!key)
    return true;
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (is_key(key, length, names[i]))
      return true;
  return false;
}

/* Returns a flag's number, or otherwise if the module has no such flag. */
static uint64_t find_number(LLVMModuleRef module, const char *name,
                            uint64_t otherwise) {
  LLVMMetadataRef flag = LLVMGetModuleFlag(module, name, strlen(name));
  if (!flag)
    return otherwise;
  LLVMValueRef node = LLVMMetadataAsValue(LLVMGetModuleContext(module), flag);
  LLVMValueRef value = NULL;
  if (LLVMGetMDNodeNumOperands(node) == 1)
    LLVMGetMDNodeOperands(node, &value);
  return value && LLVMIsAConstantInt(value) ? LLVMConstIntGetZExtValue(value)
                                            : otherwise;
}

/* In the medium code model, variables of more than so many bytes may lie at any
   distance; in the large one all may. */
static void note_far(lzr_source *source) {
  enum { MEDIUM = 3, LARGE = 4, USUAL_THRESHOLD = 65535 };
  uint64_t model = find_number(source->module, code_model_name, 0);
  source->near_size = UINT64_MAX;
  if (model == MEDIUM)
    source->near_size =
        find_number(source->module, large_threshold_name, USUAL_THRESHOLD);
  if (model == LARGE)
    source->near_size = 0;
}

lzr_error *lzr_flags_collect(lzr_source *source) {
  note_far(source);
  unsigned count = LLVMGetNamedMetadataNumOperands(source->module, flags_name);
  LLVMValueRef *flags = calloc((size_t)count + 2, sizeof *flags);
  if (!flags)
    return lzr_out_of_memory();
  LLVMGetNamedMetadataOperands(source->module, flags_name, flags);
  size_t kept = 0;
  for (unsigned i = 0; i < count; i++)
    if (!is_dropped(flags[i]))
      flags[kept++] = flags[i];
  flags[kept++] = make_flag(source->context, BEHAVIOR_MIN, "PIC Level", 2);
  /* Calls that LLVM inserts, such as of memcpy, go through the GOT as all
     others do: see find_nonlazybind() in source.c. */
  if (source->nonlazybind)
    flags[kept++] = make_flag(source->context, BEHAVIOR_MAX, "RtLibUseGOT", 1);
  source->flags = flags;
  source->flag_count = kept;
  return NULL;
}
