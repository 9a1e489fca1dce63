/*
 * Which version of LLVM wrote some bitcode. LLVM reads what older versions
 * wrote; of a newer one's it may refuse anything in words that tell nobody why.
 */
#ifndef LZR_UNIT_PRODUCER_H
#define LZR_UNIT_PRODUCER_H

#include <stdbool.h>
#include <stddef.h>

#include "tpc/error.h"

enum { LZR_PRODUCER_SIZE = 64 };

/* What the identification block says, as in "LLVM22.1.8"; longer names are cut
   off. False if it says nothing or bytes are no bitcode. */
bool lzr_bitcode_producer(const char *bytes, size_t size,
                          char producer[LZR_PRODUCER_SIZE]);

/* A FORMAT error if a newer LLVM than the one in use wrote it. */
lzr_error *lzr_bitcode_check_producer(const char *bytes, size_t size);

#endif
