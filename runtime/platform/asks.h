/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef LZR_PLATFORM_ASKS_H
#define LZR_PLATFORM_ASKS_H

#include "runtime/platform/platform.h"

/* Shows the program's names to shared libraries if one that the program is
   linked with loads others, or asks for names: it may do so for the program's
   sake, without the program's mentioning dlopen. */
lzr_error *lzr_platform_show_if_asked(struct lzr_platform *platform);

#endif
