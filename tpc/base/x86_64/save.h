/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * How x86-64's resolvers save registers. Without xsave, which LZR_SAVE_LEAST
 * means, by fxsave.
 */
#ifndef LZR_BASE_X86_64_SAVE_H
#define LZR_BASE_X86_64_SAVE_H

#include "tpc/base/address.h"

/* Forms of struct lzr_save_area, whose mask has bits of XCR0. The numbers are
   part of the protocol (tpc/PROTOCOL.md). */
enum lzr_x86_64_save_form { LZR_X86_64_XSAVE = 1, LZR_X86_64_XSAVEC = 2 };

#endif
