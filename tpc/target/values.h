/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Converts the types and values of tpc.h to those of libffi, which reads and
 * writes each type through its own member. Thread-safe.
 */
#ifndef LZR_TARGET_VALUES_H
#define LZR_TARGET_VALUES_H

#include <ffi.h>

#include "tpc/tpc.h"

union lzr_storage {
  int8_t i8;
  int16_t i16;
  int32_t i32;
  int64_t i64;
  float f32;
  double f64;
  void *ptr;
  ffi_arg widened; /* the type in which libffi returns a narrow integer */
};

/* Static; NULL for an invalid type. */
ffi_type *lzr_ffi_type(lzr_type type);

/* Converts an argument for libffi, and back. */
union lzr_storage lzr_storage_of_argument(lzr_type type, lzr_value value);
lzr_value lzr_storage_get_argument(lzr_type type,
                                   const union lzr_storage *storage);

/* Converts a result likewise; libffi widens narrow integers in results. */
union lzr_storage lzr_storage_of_result(lzr_type type, lzr_value value);
lzr_value lzr_storage_get_result(lzr_type type,
                                 const union lzr_storage *storage);

#endif
