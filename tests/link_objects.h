/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Objects for tests of the linker, made by LLVM as the test runs: assembly text
 * can ask for any relocation, IR runs on whatever the host is.
 */
#ifndef LZR_TESTS_LINK_OBJECTS_H
#define LZR_TESTS_LINK_OBJECTS_H

#include <criterion/criterion.h>
#include <llvm-c/Core.h>
#include <llvm-c/IRReader.h>
#include <llvm-c/Target.h>
#include <llvm-c/TargetMachine.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define X86_64 "x86_64-unknown-linux-gnu"
#define AARCH64 "aarch64-unknown-linux-gnu"

struct file {
  uint8_t *bytes; /* exactly size of them, so that a sanitizer sees a byte too
                     many */
  size_t size;
};

static inline void initialize_llvm(void) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86Target();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86AsmPrinter();
  LLVMInitializeX86AsmParser();
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64Target();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64AsmPrinter();
  LLVMInitializeAArch64AsmParser();
}

static inline LLVMTargetMachineRef create_machine(const char *triple) {
  static bool initialized;
  if (!initialized)
    initialize_llvm();
  initialized = true;
  LLVMTargetRef target;
  char *message = NULL;
  cr_assert(!LLVMGetTargetFromTriple(triple, &target, &message), "%s", message);
  return LLVMCreateTargetMachine(target, triple, "", "", LLVMCodeGenLevelNone,
                                 LLVMRelocPIC, LLVMCodeModelDefault);
}

static inline struct file emit(const char *triple, LLVMModuleRef module) {
  LLVMTargetMachineRef machine = create_machine(triple);
  LLVMSetTarget(module, triple);
  char *message = NULL;
  LLVMMemoryBufferRef buffer = NULL;
  cr_assert(!LLVMTargetMachineEmitToMemoryBuffer(
                machine, module, LLVMObjectFile, &message, &buffer),
            "%s", message);
  struct file file = {.size = LLVMGetBufferSize(buffer)};
  file.bytes = malloc(file.size);
  memcpy(file.bytes, LLVMGetBufferStart(buffer), file.size);
  LLVMDisposeMemoryBuffer(buffer);
  LLVMDisposeTargetMachine(machine);
  return file;
}

static inline struct file assemble(const char *triple, const char *text) {
  LLVMContextRef context = LLVMContextCreate();
  LLVMModuleRef module = LLVMModuleCreateWithNameInContext("test", context);
  LLVMSetModuleInlineAsm2(module, text, strlen(text));
  struct file file = emit(triple, module);
  LLVMDisposeModule(module);
  LLVMContextDispose(context);
  return file;
}

static inline struct file compile(const char *triple, const char *ir) {
  LLVMContextRef context = LLVMContextCreate();
  LLVMMemoryBufferRef buffer =
      LLVMCreateMemoryBufferWithMemoryRangeCopy(ir, strlen(ir), "test");
  LLVMModuleRef module = NULL;
  char *message = NULL;
  cr_assert(!LLVMParseIRInContext(context, buffer, &module, &message), "%s",
            message);
  struct file file = emit(triple, module);
  LLVMDisposeModule(module);
  LLVMContextDispose(context);
  return file;
}

#endif
