/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Address space of this process that becomes memory piece by piece. What is not
 * memory yet costs nothing: it does not count for RLIMIT_DATA, and mlockall()
 * does not make it resident.
 *
 * Thread-safe. Nothing here allocates.
 */
#ifndef LZR_BASE_SPACE_H
#define LZR_BASE_SPACE_H

#include <stdbool.h>
#include <stddef.h>

/* Sizes are in bytes, multiples of the page size. The result is owned, ended by
   lzr_space_release(); NULL where there is no space. */
void *lzr_space_reserve(size_t size);
void lzr_space_release(void *space, size_t size);

/* Makes memory of a part that begins a page; it is zero. False, and errno, if
   it cannot be; done again, it changes nothing. */
bool lzr_space_open(void *start, size_t size);

#endif
