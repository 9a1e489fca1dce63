/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/memory.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { FIRST_CAPACITY = 64 };

static const struct {
  __rlimit_resource_t resource;
  const char *name;
} limits[] = {{RLIMIT_DATA, "RLIMIT_DATA"}, {RLIMIT_AS, "RLIMIT_AS"}};

const char *lzr_memory_reason(void) {
  static _Thread_local char text[128];
  int length = snprintf(text, sizeof text, "out of memory");
  const char *separator = ": ";

  for (size_t i = 0; i < sizeof limits / sizeof *limits; i++) {
    struct rlimit limit;

    if (getrlimit(limits[i].resource, &limit) != 0 ||
        limit.rlim_cur == RLIM_INFINITY)
      continue;
    length += snprintf(text + length, sizeof text - (size_t)length,
                       "%s%s is %llu bytes", separator, limits[i].name,
                       (unsigned long long)limit.rlim_cur);
    separator = ", ";
  }
  return text;
}

const char *lzr_memory_failure(int failure) {
  return failure == ENOMEM ? lzr_memory_reason() : strerror(failure);
}

lzr_error *lzr_out_of_memory(void) {
  return lzr_error_create(LZR_ERROR_MEMORY, "%s", lzr_memory_reason());
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
