/*
 * Rewrites constants of one module for another in the same context: wherever
 * one mentions a global, the other module's global takes its place.
 *
 * Types and all constants that mention no global belong to the context and
 * stay as they are.
 */
#ifndef LZR_CONSTANTS_H
#define LZR_CONSTANTS_H

#include <llvm-c/Types.h>
#include <stddef.h>

#include "runtime/unit/pointer_map.h"
#include "tpc/error.h"

/* Finds or makes the value that stands for a global of the old module. */
typedef lzr_error *(*lzr_global_mapper)(void *data, LLVMValueRef global,
                                        LLVMValueRef *mapped);

/* All zero but the first three is a fresh one. */
struct lzr_constants {
  LLVMModuleRef target;         /* the new module; borrowed */
  lzr_global_mapper map_global; /* asked once for each global */
  void *data;
  struct lzr_pointer_map memo; /* old constant to new; may be seeded */
  LLVMValueRef *stack;         /* owned; constants waiting for operands */
  size_t depth, capacity;
};

void lzr_constants_fini(struct lzr_constants *constants);

/*
 * *mapped is what stands for value, which may be any operand: what is not a
 * constant is mapped to itself. Uses no more stack for a deep constant than for
 * a flat one. Blocks whose address a constant takes must have been moved
 * before. Fails with UNSUPPORTED for expressions that LLVM's C API cannot
 * build.
 */
lzr_error *lzr_constants_map(struct lzr_constants *constants,
                             LLVMValueRef value, LLVMValueRef *mapped);

/* Notes that value is to be mapped to mapped. */
lzr_error *lzr_constants_seed(struct lzr_constants *constants,
                              LLVMValueRef value, LLVMValueRef mapped);

#endif
