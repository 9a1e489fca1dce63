/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Whether bitcode has several modules, which nothing here can run.
 */
#ifndef LZR_FORMAT_BITCODE_H
#define LZR_FORMAT_BITCODE_H

#include <stddef.h>
#include <stdint.h>

#include "tpc/error.h"

/* Counts the modules in bitcode, as far as it can be read: 0 for bytes that are
   no bitcode. Looks at the outermost blocks only. */
size_t lzr_bitcode_count_modules(const uint8_t *bytes, size_t size);

/* Returns NULL for bitcode with one module, or for bitcode that LLVM has to say
   more about; UNSUPPORTED, a sentence that names the file, for several
   modules. */
lzr_error *lzr_bitcode_check_single(const char *name, const uint8_t *bytes,
                                    size_t size);

#endif
