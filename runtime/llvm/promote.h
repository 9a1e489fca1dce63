/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Makes functions that clang has not optimized cheaper to compile.
 */
#ifndef LZR_PROMOTE_H
#define LZR_PROMOTE_H

#include <llvm-c/Types.h>

/*
 * Replaces loads of local variables by the values that they load, where these
 * are easy to see. clang -O0 keeps every parameter and variable in memory, and
 * half the instructions of such a function are loads. Instruction selection,
 * register allocation and printing take time for each of them. So one walk that
 * removes loads saves more time than it takes, and the code is faster as well.
 * The function does the same as before, but debuggers no longer find the
 * variables.
 *
 * If memory is out, some loads stay, or all.
 */
void lzr_promote_locals(LLVMValueRef function);

#endif
