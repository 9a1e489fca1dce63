/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The CPU for which a function's body is compiled.
 */
#ifndef LZR_LLVM_CPU_H
#define LZR_LLVM_CPU_H

#include "runtime/llvm/source_private.h"

/* Replaces the CPU that function names, and adds to its features, as the
   source's options say. Returns false when memory is out. */
bool lzr_choose_cpu(const lzr_source *source, LLVMValueRef function);

#endif
