/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Checks that all architectures share. They are made before the first byte is
 * written, and fail with a sentence that has the numbers in it.
 */
#ifndef LZR_REACH_H
#define LZR_REACH_H

#include <stdint.h>

#include "tpc/base/address.h"
#include "tpc/base/error.h"

/* Makes the LIMIT error "<what> at A is D bytes from the code at B, which
   reaches <reach>". */
lzr_error *lzr_reach_error(const char *what, lzr_addr from, lzr_addr to,
                           const char *reach);

/* Fails with ARGUMENT unless address is a multiple of 8: otherwise storing a
   pointer there is not atomic. */
lzr_error *lzr_pointer_check(const char *what, lzr_addr address);

/* Fails with LIMIT if one of count trampolines from first_index on would have a
   number of 2^31 or more, or if count is above max, the number of trampolines
   that a branch to the tail can cross. */
lzr_error *lzr_trampoline_check(uint32_t first_index, size_t count, size_t max);

#endif
