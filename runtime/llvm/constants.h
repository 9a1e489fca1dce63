/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Maps constants of one module to constants of another in the same context:
 * wherever a constant mentions a global of the old module, a global of the new
 * one takes its place.
 *
 * Types, and constants that mention no global, belong to the context and stay
 * as they are.
 */
#ifndef LZR_CONSTANTS_H
#define LZR_CONSTANTS_H

#include <llvm-c/Types.h>
#include <stdbool.h>
#include <stddef.h>

#include "runtime/llvm/pointer_map.h"
#include "tpc/base/error.h"

/* Finds or makes the value to which a global of the old module is mapped. */
typedef lzr_error *(*lzr_global_mapper)(void *data, LLVMValueRef global,
                                        LLVMValueRef *mapped);

/* To begin with, all is zero but the first four fields. */
struct lzr_constants {
  LLVMModuleRef target;         /* the new module; borrowed */
  lzr_global_mapper map_global; /* called once for each global */
  void *data;
  bool follows_aliases;        /* map what an alias names in place of it */
  struct lzr_pointer_map memo; /* old constant to new */
  LLVMValueRef *stack;         /* owned; constants that wait for operands */
  size_t depth, capacity;
};

void lzr_constants_fini(struct lzr_constants *constants);

/*
 * Maps value, which may be any operand: whatever is not a constant is mapped to
 * itself. Does not recurse, so deeply nested constants need no more stack than
 * flat ones. If a constant takes the address of a block, that block must have
 * been moved before. Fails with UNSUPPORTED for expressions that LLVM's C API
 * cannot build.
 */
lzr_error *lzr_constants_map(struct lzr_constants *constants,
                             LLVMValueRef value, LLVMValueRef *mapped);

/* Has value mapped to mapped from now on. */
lzr_error *lzr_constants_seed(struct lzr_constants *constants,
                              LLVMValueRef value, LLVMValueRef mapped);

#endif
