/*
 * What differs between the supported versions of LLVM's C API, 19 and 22, and
 * nothing else: code elsewhere is written for 22 and names these.
 */
#ifndef LZR_LLVM_COMPAT_H
#define LZR_LLVM_COMPAT_H

#include <llvm-c/Core.h>
#include <llvm-c/IRReader.h>
#include <llvm/Config/llvm-config.h>
#include <stdbool.h>

#if LLVM_VERSION_MAJOR < 19
#error "LLVM 19 or newer is needed"
#endif

/* Parses IR text; does not take buffer. */
static inline LLVMBool lzr_llvm_parse_text(LLVMContextRef context,
                                           LLVMMemoryBufferRef buffer,
                                           LLVMModuleRef *module,
                                           char **message) {
#if LLVM_VERSION_MAJOR >= 22
  return LLVMParseIRInContext2(context, buffer, module, message);
#else
  /* This one takes it: give it a copy. */
  buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(
      LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer), "");
  return LLVMParseIRInContext(context, buffer, module, message);
#endif
}

/* Multiplication is a constant expression up to LLVM 20. NULL where it cannot
   occur. */
static inline LLVMValueRef lzr_llvm_const_mul(LLVMValueRef left,
                                              LLVMValueRef right) {
#if LLVM_VERSION_MAJOR >= 21
  (void)left;
  (void)right;
  return NULL;
#else
  return LLVMConstMul(left, right);
#endif
}

/* Both make an integer of a pointer; 22 has one more way to say so, and the C
   API no way to build that one. */
static inline bool lzr_llvm_is_pointer_to_integer(LLVMOpcode opcode) {
#if LLVM_VERSION_MAJOR >= 22
  return opcode == LLVMPtrToInt || opcode == LLVMPtrToAddr;
#else
  return opcode == LLVMPtrToInt;
#endif
}

/* Attachments of some kinds (!type) can be there more than once; 19 keeps the
   last. */
static inline void lzr_llvm_add_global_metadata(LLVMValueRef global,
                                                unsigned kind,
                                                LLVMMetadataRef node) {
#if LLVM_VERSION_MAJOR >= 22
  LLVMGlobalAddMetadata(global, kind, node);
#else
  LLVMGlobalSetMetadata(global, kind, node);
#endif
}

#endif
