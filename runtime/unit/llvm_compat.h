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

/* Parses IR text; does not take buffer, which is called name in messages. */
static inline LLVMBool
lzr_llvm_parse_text(LLVMContextRef context, LLVMMemoryBufferRef buffer,
                    const char *name, LLVMModuleRef *module, char **message) {
#if LLVM_VERSION_MAJOR >= 22
  (void)name;
  return LLVMParseIRInContext2(context, buffer, module, message);
#else
  /* This one takes it: give it a copy. */
  buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(
      LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer), name);
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

/* The variables that the debug records before an instruction speak of. 19 can
   not list them: there are none. */
struct lzr_llvm_records {
  LLVMDbgRecordRef next;
};

static inline struct lzr_llvm_records
lzr_llvm_records(LLVMValueRef instruction) {
#if LLVM_VERSION_MAJOR >= 22
  return (struct lzr_llvm_records){LLVMGetFirstDbgRecord(instruction)};
#else
  (void)instruction;
  return (struct lzr_llvm_records){NULL};
#endif
}

/* NULL after the last. */
static inline LLVMMetadataRef
lzr_llvm_next_variable(struct lzr_llvm_records *records) {
#if LLVM_VERSION_MAJOR >= 22
  while (records->next) {
    LLVMDbgRecordRef record = records->next;
    records->next = LLVMGetNextDbgRecord(record);
    if (LLVMDbgRecordGetKind(record) != LLVMDbgRecordLabel)
      return LLVMDbgVariableRecordGetVariable(record);
  }
#endif
  (void)records;
  return NULL;
}

/* Where the operands of a type node begin that are particular to its kind; the
   base type of one that is made from another is the first of those. */
#if LLVM_VERSION_MAJOR >= 22
enum { LZR_LLVM_OWN_OPERANDS = 5 };
#else
enum { LZR_LLVM_OWN_OPERANDS = 3 };
#endif

#endif
