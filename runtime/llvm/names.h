/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The names of globals, as the linker sees them.
 */
#ifndef LZR_LLVM_NAMES_H
#define LZR_LLVM_NAMES_H

#include <llvm-c/Types.h>

#include "tpc/base/error.h"

/* Gives every global of a module a name that a unit can use; the same one each
   time the module is read. */
lzr_error *lzr_names_settle(LLVMModuleRef module);

/* The name of a global as the linker sees it. Borrowed from LLVM until the
   global is renamed. */
const char *lzr_linker_name(LLVMValueRef global);

/* Finds a function or variable of a unit by that name; NULL if there is
   none. */
LLVMValueRef lzr_unit_find_global(LLVMModuleRef unit, const char *name);

#endif
