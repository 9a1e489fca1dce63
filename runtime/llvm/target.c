/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/target.h"

#include <llvm-c/Core.h>
#include <llvm-c/Target.h>
#include <pthread.h>
#include <string.h>

#include "runtime/llvm/guard.h"
#include "stubs/arch.h"
#include "stubs/architectures.h"
#include "tpc/base/memory.h"

/* The parser is needed for inline assembly. */
#define REGISTER(arch, llvm, name, other)                                      \
  static void register_##arch(void) {                                          \
    LLVMInitialize##llvm##TargetInfo();                                        \
    LLVMInitialize##llvm##Target();                                            \
    LLVMInitialize##llvm##TargetMC();                                          \
    LLVMInitialize##llvm##AsmPrinter();                                        \
    LLVMInitialize##llvm##AsmParser();                                         \
    LLVMInitialize##llvm##Disassembler();                                      \
  }
LZR_ARCHITECTURES(REGISTER)

#define TARGET(arch, llvm, name, other) {#arch, register_##arch},

static const struct {
  const char *name; /* of the architecture */
  void (*add)(void);
} targets[] = {LZR_ARCHITECTURES(TARGET)};

/* Registers only the architecture that is wanted: for each unit LLVM walks the
   list of all registered passes dozens of times. */
static void register_target(const char *triple) {
  const struct lzr_arch *arch = lzr_arch_for_triple(triple);
  for (size_t i = 0; arch && i < sizeof targets / sizeof targets[0]; i++)
    if (strcmp(arch->name, targets[i].name) == 0)
      targets[i].add();
}

struct finding {
  const char *triple;
  LLVMTargetRef target;
};

static lzr_error *find(void *data) {
  struct finding *finding = data;
  char *message = NULL;
  register_target(finding->triple);
  if (!LLVMGetTargetFromTriple(finding->triple, &finding->target, &message))
    return NULL;
  lzr_error *error =
      lzr_error_create(LZR_ERROR_UNSUPPORTED, "target '%s': %s",
                       finding->triple, message ? message : "out of memory");
  LLVMDisposeMessage(message);
  return error;
}

/* LLVM's list of targets has no lock of its own. */
static lzr_error *find_target(const char *triple, LLVMTargetRef *target) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  struct finding finding = {.triple = triple};
  bool fatal;
  pthread_mutex_lock(&lock);
  lzr_error *error =
      lzr_guard_run(NULL, LZR_ERROR_UNSUPPORTED, find, &finding, &fatal);
  pthread_mutex_unlock(&lock);
  *target = finding.target;
  return error;
}

/* At level 0 LLVM uses its fast instruction selection. */
static LLVMCodeGenOptLevel codegen_level(int level) {
  switch (level) {
  case 0:
    return LLVMCodeGenLevelNone;
  case 1:
    return LLVMCodeGenLevelLess;
  case 2:
    return LLVMCodeGenLevelDefault;
  default:
    return LLVMCodeGenLevelAggressive;
  }
}

lzr_error *lzr_target_create_machine(const char *triple, const char *cpu,
                                     const char *features, int level,
                                     LLVMTargetMachineRef *machine) {
  LLVMTargetRef target;
  lzr_error *error = find_target(triple, &target);
  if (error)
    return error;
  *machine = LLVMCreateTargetMachine(target, triple, cpu, features,
                                     codegen_level(level), LLVMRelocPIC,
                                     LLVMCodeModelSmall);
  if (!*machine)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "LLVM cannot generate code for '%s'", triple);
  return NULL;
}

lzr_error *lzr_target_data_layout(const char *triple, char **layout) {
  LLVMTargetMachineRef machine;
  lzr_error *error = lzr_target_create_machine(triple, "", "", 0, &machine);
  if (error)
    return error;
  LLVMTargetDataRef data = LLVMCreateTargetDataLayout(machine);
  *layout = LLVMCopyStringRepOfTargetData(data);
  LLVMDisposeTargetData(data);
  LLVMDisposeTargetMachine(machine);
  return *layout ? NULL : lzr_out_of_memory();
}
