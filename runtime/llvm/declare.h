/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Makes functions and variables of a unit that resemble those of the source.
 * Their contents, which may mention other globals, are added later.
 */
#ifndef LZR_DECLARE_H
#define LZR_DECLARE_H

#include "runtime/llvm/source_private.h"

/* Makes a declaration of something that another unit defines. */
lzr_error *lzr_declare(lzr_source *source, LLVMModuleRef unit,
                       LLVMValueRef global, LLVMValueRef *declared);

/* Makes a function or a variable that the unit will define. */
lzr_error *lzr_define(lzr_source *source, LLVMModuleRef unit,
                      LLVMValueRef global, bool keep_section,
                      LLVMValueRef *defined);

/* Has code of the unit call a function through memory, where the architecture
   can. */
void lzr_declare_call_through_memory(const lzr_source *source,
                                     LLVMValueRef function);

/* Whether a global of the source is thread-local. */
bool lzr_declare_is_tls(const lzr_source *source, LLVMValueRef global);

/* Whether code may reach a global of the source without the GOT. */
bool lzr_declare_is_near(const lzr_source *source, LLVMValueRef global);

#endif
