/*
 * The calculator: knows what has been defined, and has a session in which it is
 * compiled when it is called. If the code runs in an executor and that dies,
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

/* executor is a shell command that starts one, borrowed; or NULL: then compiled
   code runs in this process, which dies with it. *calculator is owned; ended by
   calculator_destroy(). */
lzr_error *calculator_create(const char *executor,
                             struct calculator **calculator);
void calculator_destroy(struct calculator *calculator);

/* Does what a line says, which is the number'th from 1; no two lines have the
   same number. *has_value: it was an expression, and *value is what it came to.
   After an error the next line can be tried. */
lzr_error *calculator_run(struct calculator *calculator, const char *text,
                          unsigned number, bool *has_value, double *value);

#endif
