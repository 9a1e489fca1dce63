/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/options.h"

#include <stdint.h>
#include <string.h>

/* No struct of options will be larger: a larger size was never written. */
enum { MAX_SIZE = 4096 };

lzr_error *lzr_options_take(void *known, size_t known_size, const void *given,
                            const char *whose) {
  size_t size;

  memcpy(&size, given, sizeof size);
  if (size < sizeof size || size % sizeof size != 0 || size > MAX_SIZE)
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "the options of %s are %zu bytes: their size is "
                            "that of their struct",
                            whose, size);
  for (size_t i = known_size; i < size; i++)
    if (((const uint8_t *)given)[i] != 0)
      return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                              "the options of %s are %zu bytes, and something "
                              "is set beyond the %zu that are known here",
                              whose, size, known_size);
  memset(known, 0, known_size);
  memcpy(known, given, size < known_size ? size : known_size);
  memcpy(known, &known_size, sizeof known_size);
  return NULL;
}
