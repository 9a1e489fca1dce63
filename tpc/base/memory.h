/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Out-of-memory errors, and arrays that grow.
 */
#ifndef LZR_MEMORY_H
#define LZR_MEMORY_H

#include <stddef.h>

#include "tpc/base/error.h"

/* "out of memory", and how much of it this process may have, if that is
   limited: a program may have set the limit (setrlimit). The text is the
   calling thread's, until its next call. */
const char *lzr_memory_reason(void);

/* The same if failure, an errno, is ENOMEM; else what strerror() says. */
const char *lzr_memory_failure(int failure);

/* An error of the former text. */
lzr_error *lzr_out_of_memory(void);

/* Both functions return the array, which may have moved. Without memory they
   return NULL and leave the array as it was. An array starts as NULL and is
   freed by free(). */

/* Makes room for one more element behind count elements of the given size. The
   array must grow by this function alone. */
void *lzr_array_grow(void *array, size_t count, size_t size);

/* Makes room for count elements in an array of *capacity elements, by doubling
   the capacity. Suits arrays that get many elements at once, and stacks, which
   also shrink. */
void *lzr_array_reserve(void *array, size_t *capacity, size_t count,
                        size_t size);

#endif
