/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Gives a unit what LLVM's passes need to know of the rest of its module:
 * copies of the bodies of small functions that the unit's functions call, and
 * of small constants. Both are available_externally: passes may use them, no
 * code is made of them, and their names stay those of the definitions that the
 * unit would have only declared. So a variable that an inlined body mentions is
 * the very variable that the callee itself uses.
 */
#ifndef LZR_LLVM_INLINING_H
#define LZR_LLVM_INLINING_H

#include "runtime/llvm/constants.h"
#include "runtime/llvm/source_private.h"

/* To begin with, all is zero but the first five fields. */
struct lzr_inlining {
  lzr_source *source;
  LLVMModuleRef unit;
  const struct lzr_prevails *prevails;
  struct lzr_constants *contents; /* maps what the unit's functions mention */
  uint32_t budget; /* instructions; 0: nothing gets a copy, constants neither */
  LLVMValueRef *originals; /* owned array; in the source, of what has a copy:
                              first functions, then variables */
  LLVMValueRef *copies;    /* owned array; in the unit */
  size_t count, function_count;
  uint32_t instructions; /* in the copies */
};

/*
 * Declares copies of what a function of the source calls, and of what those
 * call in turn, as far as the source's budget goes. While it reads bodies, no
 * instruction of another module may mention the source's globals. A definition
 * that gets a copy is settled as by lzr_prevails_ask().
 */
lzr_error *lzr_inlining_follow(struct lzr_inlining *inlining,
                               LLVMValueRef function);

/* Fills the copies in. */
lzr_error *lzr_inlining_copy(struct lzr_inlining *inlining);

/* A variable that the unit has declared: it gets a copy of its constant, if
   that is small. Before lzr_inlining_map_constants(). */
lzr_error *lzr_inlining_add_constant(struct lzr_inlining *inlining,
                                     LLVMValueRef variable,
                                     LLVMValueRef declared);
lzr_error *lzr_inlining_map_constants(struct lzr_inlining *inlining);

void lzr_inlining_fini(struct lzr_inlining *inlining);

/* Whether other units may want a copy of a definition's body, so that it must
   stay in the source. Reads the body. */
bool lzr_inlining_wants(const lzr_source *source,
                        const struct lzr_definition *definition,
                        LLVMValueRef value);

/* Whether other modules may get a copy of at most limit instructions. Reads the
   body. */
bool lzr_inlining_can_copy(const lzr_source *source,
                           const struct lzr_definition *definition,
                           LLVMValueRef value, uint32_t limit);

/* The number of a body's instructions, which has been read. */
uint32_t lzr_inlining_size(LLVMValueRef function);

/* Has passes optimize a function that clang -O0 has told them to leave
   alone. */
void lzr_inlining_allow_optimizing(const lzr_source *source,
                                   LLVMValueRef function);

#endif
