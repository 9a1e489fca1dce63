/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Finds out which version of LLVM wrote some bitcode. LLVM reads bitcode of
 * older versions; its errors about bitcode of newer ones do not say that this
 * is the reason.
 */
#ifndef LZR_UNIT_PRODUCER_H
#define LZR_UNIT_PRODUCER_H

#include <stdbool.h>
#include <stddef.h>

#include "tpc/base/error.h"

enum { LZR_PRODUCER_SIZE = 64 };

/* Reads the identification block's text ("LLVM22.1.8") into producer; a longer
   text is cut. Returns false if there is none, or bytes are no bitcode. */
bool lzr_bitcode_producer(const char *bytes, size_t size,
                          char producer[LZR_PRODUCER_SIZE]);

/* Fails with FORMAT if a newer LLVM than the one in use wrote the bitcode. */
lzr_error *lzr_bitcode_check_producer(const char *bytes, size_t size);

#endif
