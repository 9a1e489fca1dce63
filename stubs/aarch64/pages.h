/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Addresses for adrp: a distance in pages of 4 KiB, and a rest. The size of the
 * target's own pages does not matter.
 */
#ifndef LZR_AARCH64_PAGES_H
#define LZR_AARCH64_PAGES_H

#include <stdbool.h>

#include "tpc/base/address.h"

static inline int64_t lzr_a64_page_distance(lzr_addr from, lzr_addr to) {
  return (int64_t)(to & ~UINT64_C(0xfff)) / 4096 -
         (int64_t)(from & ~UINT64_C(0xfff)) / 4096;
}

static inline bool lzr_a64_page_reaches(lzr_addr from, lzr_addr to) {
  int64_t pages = lzr_a64_page_distance(from, to);
  return pages >= -(INT64_C(1) << 20) && pages < INT64_C(1) << 20;
}

static inline uint32_t lzr_a64_page_rest(lzr_addr address) {
  return (uint32_t)(address & 0xfff);
}

#endif
