/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Everything that differs between the supported versions of LLVM's C API, 19
 * and 22, and nothing else. All other code is written for 22 and calls these.
 */
#ifndef LZR_LLVM_COMPAT_H
#define LZR_LLVM_COMPAT_H

#include <llvm-c/Core.h>
#include <llvm-c/IRReader.h>
#include <llvm/Config/llvm-config.h>
#include <stdbool.h>
#include <stddef.h>

#if LLVM_VERSION_MAJOR < 19
#error "LLVM 19 or newer is needed"
#endif

/* Parses IR text. buffer is borrowed; name is for messages. */
static inline LLVMBool
lzr_llvm_parse_text(LLVMContextRef context, LLVMMemoryBufferRef buffer,
                    const char *name, LLVMModuleRef *module, char **message) {
#if LLVM_VERSION_MAJOR >= 22
  (void)name;
  return LLVMParseIRInContext2(context, buffer, module, message);
#else
  /* This function takes the buffer, so it gets a copy. */
  buffer = LLVMCreateMemoryBufferWithMemoryRangeCopy(
      LLVMGetBufferStart(buffer), LLVMGetBufferSize(buffer), name);
  return LLVMParseIRInContext(context, buffer, module, message);
#endif
}

/* Multiplication is a constant expression up to LLVM 20. Returns NULL with
   later versions, where none can occur. */
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

/* Whether the expression makes an integer of a pointer. LLVM 22 has a second
   opcode for that, which its C API cannot build. */
static inline bool lzr_llvm_is_pointer_to_integer(LLVMOpcode opcode) {
#if LLVM_VERSION_MAJOR >= 22
  return opcode == LLVMPtrToInt || opcode == LLVMPtrToAddr;
#else
  return opcode == LLVMPtrToInt;
#endif
}

/* A global may have several attachments of some kinds (!type); LLVM 19 keeps
   only the last of them. */
static inline void lzr_llvm_add_global_metadata(LLVMValueRef global,
                                                unsigned kind,
                                                LLVMMetadataRef node) {
#if LLVM_VERSION_MAJOR >= 22
  LLVMGlobalAddMetadata(global, kind, node);
#else
  LLVMGlobalSetMetadata(global, kind, node);
#endif
}

/* The number of a switch's case; index counts from 1, as its successors do. */
static inline LLVMValueRef lzr_llvm_switch_case(LLVMValueRef instruction,
                                                unsigned index) {
#if LLVM_VERSION_MAJOR >= 22
  return LLVMGetSwitchCaseValue(instruction, index);
#else
  return LLVMGetOperand(instruction, 2 * index);
#endif
}

/* The variables of the debug records before an instruction. LLVM 19 cannot list
   them; there seem to be none. */
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

/* The next variable, or NULL after the last. */
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

/* The index of a type node's first operand that only its kind has. In a type
   that is made from another, this operand is the other type. */
#if LLVM_VERSION_MAJOR >= 22
enum { LZR_LLVM_OWN_OPERANDS = 5 };
#else
enum { LZR_LLVM_OWN_OPERANDS = 3 };
#endif

#endif
