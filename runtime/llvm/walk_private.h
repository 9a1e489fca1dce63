/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The inside of a walk, for its files.
 */
#ifndef LZR_LLVM_WALK_PRIVATE_H
#define LZR_LLVM_WALK_PRIVATE_H

#include <llvm-c/Target.h>
#include <llvm-c/Types.h>

#include "runtime/llvm/pointer_map.h"
#include "runtime/llvm/walk.h"

/* What an enum attribute of a parameter or result means to its caller. */
enum lzr_walk_attribute {
  LZR_ATTRIBUTE_UNKNOWN,
  LZR_ATTRIBUTE_HARMLESS,
  LZR_ATTRIBUTE_ZERO_EXTENDED,
  LZR_ATTRIBUTE_SIGN_EXTENDED,
  LZR_ATTRIBUTE_BY_VALUE,
  LZR_ATTRIBUTE_RESULT,
  LZR_ATTRIBUTE_ALIGN,
  LZR_ATTRIBUTE_STACK_ALIGN
};

enum { LZR_WALK_ATTRIBUTE_KINDS = 256 };

struct lzr_walk {
  const lzr_source *source; /* borrowed */
  LLVMTargetDataRef layout; /* borrowed */
  bool module_known;        /* no module flag asks for what is not known */
  uint8_t of_parameter[LZR_WALK_ATTRIBUTE_KINDS]; /* enum lzr_walk_attribute */
  bool of_function[LZR_WALK_ATTRIBUTE_KINDS];     /* it changes nothing */
  unsigned returns_twice;
  struct lzr_pointer_map intrinsics; /* number to what is done with it */
  /* Of the present function. */
  struct lzr_ir *ir;
  struct lzr_pointer_map
      memo; /* instruction, argument, constant or block to its
               number + 1; aggregate type to its layout */
  LLVMValueRef function;
  uint32_t
      result_pointer; /* the argument that the result is written to, or 0 */
};

/* walk_memo.c */
void lzr_walk_remember(struct lzr_walk *walk, const void *key, uint32_t number);
/* Whether it is remembered; *number is its number then. */
bool lzr_walk_recall(const struct lzr_walk *walk, const void *key,
                     uint32_t *number);
uint32_t lzr_walk_block(const struct lzr_walk *walk, LLVMBasicBlockRef block);

/* walk_types.c: the type of a value; refuses others. */
struct lzr_ir_type lzr_walk_type(struct lzr_walk *walk, LLVMTypeRef type);
/* The number of a layout, for types of any size. */
uint32_t lzr_walk_layout(struct lzr_walk *walk, LLVMTypeRef type);
/* Offset and type of an aggregate's element. */
uint64_t lzr_walk_element(struct lzr_walk *walk, LLVMTypeRef *type,
                          uint64_t index);

/* walk_values.c: the number of a value, which is made when it is first seen. */
uint32_t lzr_walk_value(struct lzr_walk *walk, LLVMValueRef value);
/* The same, and counts a use, as a value, an address, or a callee. */
uint32_t lzr_walk_use(struct lzr_walk *walk, LLVMValueRef value);
uint32_t lzr_walk_use_address(struct lzr_walk *walk, LLVMValueRef value);
uint32_t lzr_walk_use_callee(struct lzr_walk *walk, LLVMValueRef value);
/* Notes that a symbol's address goes somewhere. */
void lzr_walk_mention(struct lzr_walk *walk, uint32_t value);
/* The number of what an instruction or argument defines. */
uint32_t lzr_walk_define(struct lzr_walk *walk, LLVMValueRef value);
/* The instruction is another name for its operand. */
void lzr_walk_forward(struct lzr_walk *walk, LLVMValueRef instruction,
                      LLVMValueRef operand);
/* The instruction's result is a constant integer. */
void lzr_walk_fold(struct lzr_walk *walk, LLVMValueRef instruction,
                   int64_t number);
/* The symbol of a global. */
uint32_t lzr_walk_symbol(struct lzr_walk *walk, LLVMValueRef global);

/* walk_attributes.c */
void lzr_walk_find_attributes(struct lzr_walk *walk);
/* Refuses the present function if it must be compiled in a way that is not
   known. */
void lzr_walk_check_function(struct lzr_walk *walk);
/* How a parameter of the present function is passed, or, with index 0, its
   result; parameters count from 1. */
uint32_t lzr_walk_passing(struct lzr_walk *walk, unsigned index);
/* The same of a call. */
uint32_t lzr_walk_call_passing(struct lzr_walk *walk, LLVMValueRef call,
                               unsigned index);
/* Refuses a call that must be compiled in a way that is not known. */
void lzr_walk_check_call(struct lzr_walk *walk, LLVMValueRef call);

/* walk_calls.c */
void lzr_walk_call(struct lzr_walk *walk, LLVMValueRef call);
void lzr_walk_invoke(struct lzr_walk *walk, LLVMValueRef invoke);

/* walk_exceptions.c */
void lzr_walk_personality(struct lzr_walk *walk);
void lzr_walk_landing_pad(struct lzr_walk *walk, LLVMValueRef pad);
void lzr_walk_resume(struct lzr_walk *walk, LLVMValueRef resume);
/* The selector of a type, a constant. */
uint32_t lzr_walk_selector(struct lzr_walk *walk, LLVMValueRef type);

/* walk_library.c
   Adds a call of a function of a library, with the last items as arguments. */
void lzr_walk_call_library(struct lzr_walk *walk, const char *name,
                           uint32_t result, unsigned count);

/* walk_intrinsics.c. False without memory. */
bool lzr_walk_find_intrinsics(struct lzr_walk *walk);
void lzr_walk_intrinsic(struct lzr_walk *walk, LLVMValueRef call,
                        LLVMValueRef callee);

/* walk_memory.c */
void lzr_walk_load(struct lzr_walk *walk, LLVMValueRef load);
void lzr_walk_store(struct lzr_walk *walk, LLVMValueRef store);
void lzr_walk_gep(struct lzr_walk *walk, LLVMValueRef gep);
void lzr_walk_alloca(struct lzr_walk *walk, LLVMValueRef alloca);
void lzr_walk_fence(struct lzr_walk *walk, LLVMValueRef fence);
void lzr_walk_compare_exchange(struct lzr_walk *walk, LLVMValueRef exchange);
void lzr_walk_read_modify_write(struct lzr_walk *walk, LLVMValueRef update);
void lzr_walk_element_access(struct lzr_walk *walk, LLVMValueRef access);

/* walk_instructions.c */
void lzr_walk_instruction(struct lzr_walk *walk, LLVMValueRef instruction);

#endif
