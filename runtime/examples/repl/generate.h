/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * From a function to a module, with LLVM-C.
 *
 * Functions call each other through variables: "f.now" holds the address of the
 * f that counts, so storing another address there redefines f for callers that
 * are compiled already, too. The f of line 7 is called "f.7", the expression of
 * line 9 "line.9"; names of the calculator's language have no dots.
 */
#ifndef REPL_GENERATE_H
#define REPL_GENERATE_H

#include <llvm-c/Core.h>

#include "syntax.h"

enum { MAX_SYMBOL = MAX_NAME + 12 };

/* "f.7" */
void name_function(const struct function *function, char symbol[MAX_SYMBOL]);
/* "f.now" */
void name_variable(const char *function, char symbol[MAX_SYMBOL]);

/* Makes a module with the function and, if it is the first of its name in the
   session, the variable that holds its address. Owned. */
LLVMModuleRef generate(LLVMContextRef context, const struct function *function,
                       bool with_variable);

#endif
