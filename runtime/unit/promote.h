/*
 * Makes the work of generating code for unoptimized functions smaller.
 */
#ifndef LZR_PROMOTE_H
#define LZR_PROMOTE_H

#include <llvm-c/Types.h>

/*
 * Lets function use the values of its local variables where it is easily seen
 * what they are, in place of loading them: clang -O0 keeps every parameter and
 * variable in memory, and half the instructions of such a function are loads.
 * Each must be selected, given registers and printed, so leaving out what one
 * walk can leave out makes compiling faster by more than the walk costs; the
 * code is faster as well. What the function does stays the same, but debuggers
 * no longer find the variables.
 *
 * When memory is short less is done, or nothing.
 */
void lzr_promote_locals(LLVMValueRef function);

#endif
