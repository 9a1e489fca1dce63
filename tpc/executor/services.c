/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/services.h"

#include <stdlib.h>
#include <string.h>

/* Sorted by address. Several names may have one address; any of them will
   do. */
static const struct lzr_service **sorted; /* owned */
static size_t sorted_count;

static int compare(const void *left, const void *right) {
  const struct lzr_service *a = *(const struct lzr_service *const *)left;
  const struct lzr_service *b = *(const struct lzr_service *const *)right;

  return (a->address > b->address) - (a->address < b->address);
}

bool lzr_services_init(const struct lzr_service *services, size_t count) {
  sorted = calloc(count, sizeof *sorted);
  if (!sorted)
    return false;
  for (size_t i = 0; i < count; i++)
    sorted[i] = &services[i];
  qsort(sorted, count, sizeof *sorted, compare);
  sorted_count = count;
  return true;
}

const struct lzr_service *lzr_service_find(uint64_t address) {
  const struct lzr_service wanted = {.address = (uintptr_t)address};
  const struct lzr_service *key = &wanted;
  const struct lzr_service **found =
      bsearch(&key, sorted, sorted_count, sizeof *sorted, compare);

  return found ? *found : NULL;
}

bool lzr_service_is_ours(const struct lzr_service *service) {
  return strncmp(service->name, "lazyrun_", strlen("lazyrun_")) == 0;
}
