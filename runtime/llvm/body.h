/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Moves or copies a function's body from one module to another in the same
 * context.
 */
#ifndef LZR_BODY_H
#define LZR_BODY_H

#include "runtime/llvm/constants.h"

/* Moves all blocks of from to the empty function to, which has the same type.
   from is left without a body. The instructions' operands stay as they are. */
void lzr_body_move(LLVMValueRef from, LLVMValueRef to);

/* The same, and from keeps its body. No label of it may be taken, and it must
   have no debug information. Fails when memory is out; to is half a function
   then. */
lzr_error *lzr_body_copy(LLVMValueRef from, LLVMValueRef to);

/* Replaces every constant operand of the function's instructions by the
   constant that it is mapped to. */
lzr_error *lzr_body_map(LLVMValueRef function, struct lzr_constants *constants);

#endif
