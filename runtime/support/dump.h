/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * --dump=DIR: each unit's IR, object and relocated disassembly, in files named
 * by the unit's number and its first function: 0007-sum.ll .o .s.
 */
#ifndef LZR_DUMP_H
#define LZR_DUMP_H

#include <stddef.h>
#include <stdint.h>

#include "tpc/base/error.h"

/* Makes the directory if it does not exist. */
lzr_error *lzr_dump_prepare(const char *directory);

/* Writes bytes to DIR/NNNN-name.suffix. */
lzr_error *lzr_dump_bytes(const char *directory, uint32_t unit,
                          const char *name, const char *suffix,
                          const void *bytes, size_t size);

#endif
