/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The calculator: keeps what has been defined as it was parsed, and has a
 * session in which only the names are defined at first. When a function is
 * called for the first time, the session asks for its code, and the calculator
 * makes it. A later definition of the same name replaces the one before, whose
 * code is removed.
 *
 * If the code runs in an executor and that dies,
 * the next line starts another, and a session in which everything is defined
 * again.
 *
 * Not thread-safe.
 */
#ifndef REPL_CALCULATOR_H
#define REPL_CALCULATOR_H

#include <lazyrun/tpc/error.h>
#include <stdbool.h>

struct calculator;

/* executor is a shell command that starts an executor, borrowed. If it is NULL,
   compiled code runs in this process, which ends if the code crashes.
   *calculator is owned (calculator_destroy()). */
lzr_error *calculator_create(const char *executor,
                             struct calculator **calculator);
void calculator_destroy(struct calculator *calculator);

/* Executes a line. number counts lines from 1; no two lines have the same
   number. If the line is an expression, *has_value is true and *value is its
   value. After an error the next line can be executed. */
lzr_error *calculator_run(struct calculator *calculator, const char *text,
                          unsigned number, bool *has_value, double *value);

#endif
