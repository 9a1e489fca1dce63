/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Converts a typed value to the 64 bits in which it travels: integers are
 * sign-extended, a double or a float travels as its bits, a float in the lower
 * half. Thread-safe.
 */
#ifndef LZR_REMOTE_VALUES_H
#define LZR_REMOTE_VALUES_H

#include "tpc/tpc.h"

uint64_t lzr_value_to_bits(lzr_type type, lzr_value value);
/* Takes any bits; bits that the type does not have are dropped. */
lzr_value lzr_value_from_bits(lzr_type type, uint64_t bits);

#endif
