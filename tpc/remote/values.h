/*
 * A typed value as the 64 bits in which it travels: integers sign-extended, a
 * double or a float as its bits, a float's in the lower half. Thread-safe.
 */
#ifndef LZR_REMOTE_VALUES_H
#define LZR_REMOTE_VALUES_H

#include "tpc/tpc.h"

uint64_t lzr_value_to_bits(lzr_type type, lzr_value value);
/* Any bits are fine; those a type does not have are dropped. */
lzr_value lzr_value_from_bits(lzr_type type, uint64_t bits);

#endif
