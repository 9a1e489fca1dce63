/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Disjoint sets of numbers (union-find). A set is a tree: parent[n] is the
 * number above n, and n itself if n is the root of its set. To begin with,
 * parent[n] is n for every number. Not thread-safe.
 */
#ifndef LZR_SETS_H
#define LZR_SETS_H

#include <stdint.h>

/* Returns the smallest number of the set in which number is. */
uint32_t lzr_sets_root(uint32_t *parent, uint32_t number);

/* Joins the sets in which the two numbers are. */
void lzr_sets_join(uint32_t *parent, uint32_t one, uint32_t other);

#endif
