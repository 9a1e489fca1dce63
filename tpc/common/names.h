/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The error for names that a look-up in a target did not find. Thread-safe.
 */
#ifndef LZR_NAMES_H
#define LZR_NAMES_H

#include "tpc/tpc.h"

/* Makes one sentence that lists all required names without an address, as many
   as fit. */
lzr_error *lzr_names_check(const struct lzr_name *names, size_t count);

#endif
