/*
 * Moves a function's body from one module to another in the same context.
 */
#ifndef LZR_BODY_H
#define LZR_BODY_H

#include "runtime/unit/constants.h"

/* Moves all blocks of from, which is left without a body, to the empty function
   to, of the same type. What the instructions mention is left as it is. */
void lzr_body_move(LLVMValueRef from, LLVMValueRef to);

/* Replaces every constant that the instructions of function mention by what
   stands for it. */
lzr_error *lzr_body_map(LLVMValueRef function, struct lzr_constants *constants);

#endif
