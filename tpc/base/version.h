/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The version of these headers. Until 1.0.0, MINOR grows whenever a program
 * that was compiled against an older version would have to be compiled again,
 * and the shared library's name (its soname) with it; PATCH grows for all else.
 * Structs that begin with their size may grow without that.
 */
#ifndef LZR_VERSION_H
#define LZR_VERSION_H

#define LZR_VERSION_MAJOR 0
#define LZR_VERSION_MINOR 1
#define LZR_VERSION_PATCH 0

/* For comparing: #if LZR_VERSION_NUMBER >= 0x000200. */
#define LZR_VERSION_NUMBER                                                     \
  (LZR_VERSION_MAJOR << 16 | LZR_VERSION_MINOR << 8 | LZR_VERSION_PATCH)

#endif
