/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/support/sets.h"

/* Shortens the way to the root, so that the next search takes less time. */
uint32_t lzr_sets_root(uint32_t *parent, uint32_t number) {
  while (parent[number] != number)
    number = parent[number] = parent[parent[number]];
  return number;
}

/* The smaller root becomes the root of both, so that 0 is always its set's. */
void lzr_sets_join(uint32_t *parent, uint32_t one, uint32_t other) {
  one = lzr_sets_root(parent, one);
  other = lzr_sets_root(parent, other);
  parent[one > other ? one : other] = one < other ? one : other;
}
