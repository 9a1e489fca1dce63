/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Which addresses may be called. A controller calls by address and may call any
 * code; an address that is certainly no code is refused.
 */
#ifndef LZR_EXECUTOR_CODE_H
#define LZR_EXECUTOR_CODE_H

#include <stdbool.h>
#include <stdint.h>

/* Whether address is a service's function or code: of a loaded library, of the
   program itself, or in memory that was given to this controller.
   Thread-safe. */
bool lzr_is_wrapper(uint64_t address);

#endif
