/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stubs/reach.h"

#include <inttypes.h>

static uint64_t distance_between(lzr_addr a, lzr_addr b) {
  return a < b ? b - a : a - b;
}

lzr_error *lzr_reach_error(const char *what, lzr_addr from, lzr_addr to,
                           const char *reach) {
  return lzr_error_create(LZR_ERROR_LIMIT,
                          "%s at 0x%" PRIx64 " is %" PRIu64
                          " bytes from the code at 0x%" PRIx64
                          ", which reaches %s",
                          what, to, distance_between(from, to), from, reach);
}

lzr_error *lzr_pointer_check(const char *what, lzr_addr address) {
  if (address % 8 == 0)
    return NULL;
  return lzr_error_create(LZR_ERROR_ARGUMENT,
                          "%s at 0x%" PRIx64 " is not a multiple of 8", what,
                          address);
}

lzr_error *lzr_trampoline_check(uint32_t first_index, size_t count,
                                size_t max) {
  const uint64_t end = UINT64_C(1) << 31;
  if (first_index >= end || count > end - first_index)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "%zu trampolines from number %" PRIu32
                            " on: numbers end at 2^31",
                            count, first_index);
  if (count > max)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "a block of %zu trampolines; its branches span "
                            "%zu",
                            count, max);
  return NULL;
}
