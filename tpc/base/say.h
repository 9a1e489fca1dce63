/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lines on standard error. Each is one write, without stdio and without memory
 * from the heap, because it may be said from a signal handler or when no memory
 * is left.
 */
#ifndef LZR_BASE_SAY_H
#define LZR_BASE_SAY_H

#include <stdbool.h>

#include "tpc/base/error.h"

/* Prints start and a sentence, which is cut after 1023 bytes and in which
   control characters are escaped (text.h). Returns whether somebody may read
   it. */
__attribute__((format(printf, 2, 3))) bool lzr_say(const char *start,
                                                   const char *format, ...);

/* Prints each line of an error's message, of any length, behind start. */
void lzr_say_message(const char *start, const char *message);

/* The same; borrows error. */
void lzr_say_error(const char *start, const lzr_error *error);

#endif
