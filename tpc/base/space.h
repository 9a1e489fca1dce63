/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Address space of this process that becomes memory piece by piece. What is not
 * memory yet costs nothing: it does not count for RLIMIT_DATA, and mlockall()
 * does not make it resident. It does count for RLIMIT_AS, of which the program
 * must get the larger part.
 *
 * Thread-safe. Nothing here allocates.
 */
#ifndef LZR_BASE_SPACE_H
#define LZR_BASE_SPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Sizes are in bytes, multiples of the page size. The result is owned, ended by
   lzr_space_release(); NULL where there is no space. */
void *lzr_space_reserve(size_t size);
void lzr_space_release(void *space, size_t size);

/* The same for lazyrun's own use: it does not count for RLIMIT_DATA when it is
   memory either, because the kernel takes it for a stack. What a program may
   have natively must not run out because of what lazyrun needs. */
void *lzr_space_reserve_own(size_t size);
void lzr_space_release_own(void *space, size_t size);

/* Halves size, to not less than least, until the whole is at most an eighth of
   what RLIMIT_AS allows. */
size_t lzr_space_share(size_t size, size_t least);

/* What RLIMIT_AS allows, in bytes; UINT64_MAX where there is no limit. */
uint64_t lzr_space_allowed(void);

/* Makes memory of a part that begins a page; it is zero. False, and errno, if
   it cannot be; done again, it changes nothing. */
bool lzr_space_open(void *start, size_t size);

#endif
