/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * How AArch64's resolvers save registers. LZR_SAVE_LEAST means q0-q31.
 */
#ifndef LZR_BASE_AARCH64_SAVE_H
#define LZR_BASE_AARCH64_SAVE_H

#include "tpc/base/address.h"

/* Forms of struct lzr_save_area, whose mask and size are 0. The numbers are
   part of the protocol (tpc/PROTOCOL.md). */
enum lzr_aarch64_save_form {
  LZR_AARCH64_SVE = 1 /* z0-z31 and p0-p15 */
};

#endif
