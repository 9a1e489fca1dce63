#include "runtime/unit/target.h"

#include <llvm-c/Core.h>
#include <llvm-c/Target.h>
#include <pthread.h>
#include <string.h>

static void register_x86_64(void) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86AsmParser(); /* inline assembly */
  LLVMInitializeX86Disassembler();
}

static void register_aarch64(void) {
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64Target();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmPrinter();
  LLVMInitializeAArch64AsmParser();
  LLVMInitializeAArch64Disassembler();
}

static const struct {
  const char *prefix; /* of the triple */
  void (*add)(void);
} targets[] = {{"x86_64", register_x86_64},
               {"amd64", register_x86_64},
               {"aarch64", register_aarch64},
               {"arm64", register_aarch64}};

/* Only the one that is wanted: for each unit LLVM walks the list of all passes
   that were ever registered, dozens of times. */
static void register_target(const char *triple) {
  for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++)
    if (strncmp(triple, targets[i].prefix, strlen(targets[i].prefix)) == 0)
      targets[i].add();
}

/* LLVM's list of targets has no lock of its own. */
static LLVMBool find_target(const char *triple, LLVMTargetRef *target,
                            char **message) {
  static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&lock);
  register_target(triple);
  LLVMBool failed = LLVMGetTargetFromTriple(triple, target, message);
  pthread_mutex_unlock(&lock);
  return failed;
}

/* Level 0 implies LLVM's fast instruction selection. */
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
  char *message = NULL;
  if (find_target(triple, &target, &message)) {
    lzr_error *error = lzr_error_create(LZR_ERROR_UNSUPPORTED,
                                        "target '%s': %s", triple, message);
    LLVMDisposeMessage(message);
    return error;
  }
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
  return NULL;
}
