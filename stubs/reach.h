/*
 * Refusals that every architecture's writers share, each a sentence with the
 * numbers in it. A writer asks before it writes its first byte.
 */
#ifndef LZR_REACH_H
#define LZR_REACH_H

#include <stdint.h>

#include "tpc/error.h"
#include "tpc/tpc.h" /* lzr_addr */

/* LIMIT: "<what> at A is D bytes from the code at B, which reaches <reach>".
   The words are string literals. */
lzr_error *lzr_reach_error(const char *what, lzr_addr from, lzr_addr to,
                           const char *reach);

/* ARGUMENT unless address is a multiple of 8: a pointer that straddles two
   words is not stored at once. */
lzr_error *lzr_pointer_check(const char *what, lzr_addr address);

/* LIMIT unless first_index + count trampolines have numbers below 2^31, and
   count of them are not more than max: those a branch to the tail spans. */
lzr_error *lzr_trampoline_check(uint32_t first_index, size_t count, size_t max);

#endif
