/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/target/values.h"

ffi_type *lzr_ffi_type(lzr_type type) {
  switch (type) {
  case LZR_TYPE_VOID:
    return &ffi_type_void;
  case LZR_TYPE_I8:
    return &ffi_type_sint8;
  case LZR_TYPE_I16:
    return &ffi_type_sint16;
  case LZR_TYPE_I32:
    return &ffi_type_sint32;
  case LZR_TYPE_I64:
    return &ffi_type_sint64;
  case LZR_TYPE_F32:
    return &ffi_type_float;
  case LZR_TYPE_F64:
    return &ffi_type_double;
  case LZR_TYPE_PTR:
    return &ffi_type_pointer;
  }
  return NULL;
}

union lzr_storage lzr_storage_of_argument(lzr_type type, lzr_value value) {
  switch (type) {
  case LZR_TYPE_I8:
    return (union lzr_storage){.i8 = (int8_t)value.i};
  case LZR_TYPE_I16:
    return (union lzr_storage){.i16 = (int16_t)value.i};
  case LZR_TYPE_I32:
    return (union lzr_storage){.i32 = (int32_t)value.i};
  case LZR_TYPE_F32:
    return (union lzr_storage){.f32 = value.f32};
  case LZR_TYPE_F64:
    return (union lzr_storage){.f64 = value.f64};
  case LZR_TYPE_PTR:
    return (union lzr_storage){.ptr = (void *)(uintptr_t)value.ptr};
  default:
    return (union lzr_storage){.i64 = value.i};
  }
}

lzr_value lzr_storage_get_argument(lzr_type type,
                                   const union lzr_storage *storage) {
  switch (type) {
  case LZR_TYPE_I8:
    return (lzr_value){.i = storage->i8};
  case LZR_TYPE_I16:
    return (lzr_value){.i = storage->i16};
  case LZR_TYPE_I32:
    return (lzr_value){.i = storage->i32};
  case LZR_TYPE_F32:
    return (lzr_value){.f32 = storage->f32};
  case LZR_TYPE_F64:
    return (lzr_value){.f64 = storage->f64};
  case LZR_TYPE_PTR:
    return (lzr_value){.ptr = (uintptr_t)storage->ptr};
  default:
    return (lzr_value){.i = storage->i64};
  }
}

union lzr_storage lzr_storage_of_result(lzr_type type, lzr_value value) {
  switch (type) {
  case LZR_TYPE_I8:
    return (union lzr_storage){.widened = (ffi_arg)(int8_t)value.i};
  case LZR_TYPE_I16:
    return (union lzr_storage){.widened = (ffi_arg)(int16_t)value.i};
  case LZR_TYPE_I32:
    return (union lzr_storage){.widened = (ffi_arg)(int32_t)value.i};
  default:
    return lzr_storage_of_argument(type, value);
  }
}

lzr_value lzr_storage_get_result(lzr_type type,
                                 const union lzr_storage *storage) {
  switch (type) {
  case LZR_TYPE_I8:
    return (lzr_value){.i = (int8_t)storage->widened};
  case LZR_TYPE_I16:
    return (lzr_value){.i = (int16_t)storage->widened};
  case LZR_TYPE_I32:
    return (lzr_value){.i = (int32_t)storage->widened};
  default:
    return lzr_storage_get_argument(type, storage);
  }
}
