/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Copies of bodies, for inlining, between the modules of a library. Each module
 * is in an LLVM context of its own, so a body goes from one to the other as
 * bitcode. In the unit a copy is available_externally, as copies within a
 * module are (inlining.h).
 *
 * All that a copy mentions it mentions by name. So functions that mention
 * something local to their module, or a variable of a third module, are not
 * copied: another name of that variable could be in the unit already, and LLVM
 * takes two names for two variables.
 */
#ifndef LZR_LLVM_IMPORTING_H
#define LZR_LLVM_IMPORTING_H

#include <llvm-c/Types.h>

#include "runtime/llvm/source.h"

/* The next function that a unit calls and does not have a body of, behind
   previous, or the first one if that is NULL; NULL: there are no more. */
LLVMValueRef lzr_unit_next_callee(LLVMModuleRef unit, LLVMValueRef previous);

/*
 * Writes the body of a definition as bitcode. *bitcode is owned
 * (LLVMDisposeMemoryBuffer()), or NULL if the definition is nothing that can be
 * copied, or has more than limit instructions. With calls_only, what mentions
 * variables is not copied either.
 */
lzr_error *lzr_source_export(lzr_source *source, size_t definition,
                             uint32_t limit, bool calls_only,
                             LLVMMemoryBufferRef *bitcode);

/* Gives a unit of the source the copy that bitcode has of *callee, unless the
   unit could not mention something by its name; spends the source's budget.
   *callee becomes the function in front of what may be called next, or NULL.
   Takes bitcode. */
lzr_error *lzr_source_import(lzr_source *source, LLVMModuleRef unit,
                             LLVMMemoryBufferRef bitcode, LLVMValueRef *callee);

/* How many instructions of further copies the last unit of a source may get. */
uint32_t lzr_source_budget(const lzr_source *source);

#endif
