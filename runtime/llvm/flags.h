/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The module flags of a source's units.
 */
#ifndef LZR_LLVM_FLAGS_H
#define LZR_LLVM_FLAGS_H

#include "runtime/llvm/source_private.h"

/* Fills in the source's flags. */
lzr_error *lzr_flags_collect(lzr_source *source);

#endif
