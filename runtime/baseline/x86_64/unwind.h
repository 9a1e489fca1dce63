/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Unwind records of baseline code, which are right at every instruction. See
 * struct lzr_baseline_arch.
 */
#ifndef LZR_BASELINE_X86_64_UNWIND_H
#define LZR_BASELINE_X86_64_UNWIND_H

#include <stddef.h>
#include <stdint.h>

#include "runtime/baseline/code.h"

size_t lzr_x64_write_cie(uint8_t *bytes, bool has_exceptions, size_t *field);
size_t lzr_x64_write_fde(uint8_t *bytes,
                         const struct lzr_code_function *function,
                         size_t *field);

#endif
