/*
 * adrp: an address as a distance in 4 KiB pages and a rest, whatever the size
 * of the target's own pages.
 */
#ifndef LZR_AARCH64_PAGES_H
#define LZR_AARCH64_PAGES_H

#include <stdbool.h>

#include "tpc/tpc.h" /* lzr_addr */

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
