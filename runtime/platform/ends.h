/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef LZR_PLATFORM_ENDS_H
#define LZR_PLATFORM_ENDS_H

#include "runtime/platform/platform.h"
#include "runtime/symbols/search.h"

/* A struct lzr_end_generator; data is the platform. */
lzr_error *lzr_ends_provide(void *data, struct lzr_asker *asker,
                            struct lzr_library *library, const char *name,
                            struct lzr_symbol **symbol);

#endif
