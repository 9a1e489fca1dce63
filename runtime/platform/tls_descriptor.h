/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#ifndef LZR_PLATFORM_TLS_DESCRIPTOR_H
#define LZR_PLATFORM_TLS_DESCRIPTOR_H

#include "runtime/platform/platform.h"

/* Makes the function of TLS descriptors, where the architecture has them. */
lzr_error *lzr_platform_make_tls_descriptor(struct lzr_platform *platform);

#endif
