/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/remote/values.h"

#include <string.h>

/* Sign-extends an integer of a type's size. */
static int64_t narrow(lzr_type type, int64_t value) {
  switch (type) {
  case LZR_TYPE_I8:
    return (int8_t)value;
  case LZR_TYPE_I16:
    return (int16_t)value;
  case LZR_TYPE_I32:
    return (int32_t)value;
  default:
    return value;
  }
}

uint64_t lzr_value_to_bits(lzr_type type, lzr_value value) {
  uint32_t single;
  uint64_t bits;

  switch (type) {
  case LZR_TYPE_VOID:
    return 0;
  case LZR_TYPE_F32:
    memcpy(&single, &value.f32, sizeof single);
    return single;
  case LZR_TYPE_F64:
    memcpy(&bits, &value.f64, sizeof bits);
    return bits;
  case LZR_TYPE_PTR:
    return value.ptr;
  default:
    return (uint64_t)narrow(type, value.i);
  }
}

lzr_value lzr_value_from_bits(lzr_type type, uint64_t bits) {
  lzr_value value = {.i = 0};
  uint32_t single = (uint32_t)bits;

  switch (type) {
  case LZR_TYPE_VOID:
    break;
  case LZR_TYPE_F32:
    memcpy(&value.f32, &single, sizeof single);
    break;
  case LZR_TYPE_F64:
    memcpy(&value.f64, &bits, sizeof bits);
    break;
  case LZR_TYPE_PTR:
    value.ptr = bits;
    break;
  default:
    value.i = narrow(type, (int64_t)bits);
  }
  return value;
}
