/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads a function's body out of LLVM's memory into the compact IR, where it
 * is: nothing is moved, and the body stays as it was.
 *
 * What is not known to mean the same to the baseline generator as to LLVM is
 * refused: an instruction, type, constant, attribute, intrinsic or calling
 * convention that none of these files names. LLVM compiles such a function.
 */
#ifndef LZR_LLVM_WALK_H
#define LZR_LLVM_WALK_H

#include <llvm-c/Types.h>

#include "runtime/baseline/ir.h"
#include "runtime/llvm/source.h"

typedef struct lzr_walk lzr_walk;

/* For functions of a source, which is borrowed. *walk is owned
   (lzr_walk_close()). */
lzr_error *lzr_walk_open(const lzr_source *source, lzr_walk **walk);
/* Accepts NULL. */
void lzr_walk_close(lzr_walk *walk);

/* Fills ir, which is empty, from a function whose body has been read. If the
   function cannot be compiled by the baseline generator, ir->refusal says why.
   Fails only without memory. */
lzr_error *lzr_walk_function(lzr_walk *walk, LLVMValueRef function,
                             struct lzr_ir *ir);

#endif
