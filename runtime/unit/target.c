#include "runtime/unit/target.h"

#include <llvm-c/Core.h>
#include <llvm-c/Target.h>
#include <pthread.h>

static void register_all(void) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86AsmParser(); /* inline assembly */
  LLVMInitializeX86Disassembler();
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64Target();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmPrinter();
  LLVMInitializeAArch64AsmParser();
  LLVMInitializeAArch64Disassembler();
}

void lzr_target_register(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  pthread_once(&once, register_all);
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
  lzr_target_register();
  LLVMTargetRef target;
  char *message = NULL;
  if (LLVMGetTargetFromTriple(triple, &target, &message)) {
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
