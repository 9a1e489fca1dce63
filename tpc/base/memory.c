/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/memory.h"

#include <stdint.h>
#include <stdlib.h>

enum { FIRST_CAPACITY = 64 };

lzr_error *lzr_out_of_memory(void) {
  return lzr_error_create(LZR_ERROR_MEMORY, "out of memory");
}

void *lzr_array_grow(void *array, size_t count, size_t size) {
  if (count & (count - 1))
    return array; /* full only when count is a power of two, or 0 */
  return reallocarray(array, count ? 2 * count : 1, size);
}

void *lzr_array_reserve(void *array, size_t *capacity, size_t count,
                        size_t size) {
  size_t wanted = *capacity ? *capacity : FIRST_CAPACITY;
  void *grown;

  if (count <= *capacity && array)
    return array;
  while (wanted < count)
    wanted = wanted > SIZE_MAX / 2 ? count : 2 * wanted;
  grown = reallocarray(array, wanted, size);
  if (grown)
    *capacity = wanted;
  return grown;
}
