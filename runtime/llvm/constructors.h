/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A module's lists of constructors and destructors.
 */
#ifndef LZR_LLVM_CONSTRUCTORS_H
#define LZR_LLVM_CONSTRUCTORS_H

#include <llvm-c/Types.h>
#include <stdbool.h>

#include "runtime/module/module.h"

/* Reads the list of that name, llvm.global_ctors or llvm.global_dtors. Its
   array is owned (free()); names are borrowed from the module. */
lzr_error *lzr_init_list_read(LLVMModuleRef module, const char *name,
                              struct lzr_init_list *list);

/* Whether something of the module may lie in .init_array or its like. */
bool lzr_has_init_sections(LLVMModuleRef module);

#endif
