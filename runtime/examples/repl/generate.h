/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * From a function to a module, with LLVM-C.
 *
 * The calculator's f is called "f.def" there, because "f" is C's function of
 * that name; an expression is called "line.now". Names of the calculator's
 * language have no dots.
 */
#ifndef REPL_GENERATE_H
#define REPL_GENERATE_H

#include <llvm-c/Core.h>

#include "syntax.h"

enum { MAX_SYMBOL = MAX_NAME + 4 };

/* "f.def"; "line.now" for a function without a name. */
void name_function(const char *name, char symbol[MAX_SYMBOL]);

/* Makes a module with the function. Owned. */
LLVMModuleRef generate(LLVMContextRef context, const struct function *function);

#endif
