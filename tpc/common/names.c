/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/common/names.h"

#include <stdio.h>

lzr_error *lzr_names_check(const struct lzr_name *names, size_t count) {
  char list[900];
  size_t length = 0, listed = 0, missing = 0;

  for (size_t i = 0; i < count; i++) {
    int added;

    if (!names[i].required || names[i].address)
      continue;
    missing++;
    if (listed + 1 < missing)
      continue;
    added = snprintf(list + length, sizeof list - length, "%s'%s'",
                     listed ? ", " : "", names[i].name);
    if (added < 0 || (size_t)added >= sizeof list - length) {
      list[length] = '\0';
      continue;
    }
    length += (size_t)added;
    listed++;
  }
  if (!missing)
    return NULL;
  if (listed < missing)
    return lzr_error_create(LZR_ERROR_SYMBOL,
                            "not found in the target: %s and %zu more", list,
                            missing - listed);
  return lzr_error_create(LZR_ERROR_SYMBOL, "not found in the target: %s",
                          list);
}
