/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What the tool itself prints on standard output: an answer that its reader
 * never gets is a failure.
 */
#ifndef LZR_TOOL_OUTPUT_H
#define LZR_TOOL_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

/* Keeps the numbers of standard descriptors that are closed from being taken by
   files that lazyrun opens: a program's output would end up there. Writing to
   such a descriptor fails as if it were closed. */
void output_hold_descriptors(void);

/* Flushes stream. Returns false and says why, as far as that is possible, if
   something that was printed since the start could not be written. name is for
   the message. */
bool output_finish(FILE *stream, const char *name);

#endif
