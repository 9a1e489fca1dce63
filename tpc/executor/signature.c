/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/signature.h"

#include "tpc/executor/wrapper.h"

static lzr_error *check_types(const uint8_t *types, size_t count,
                              uint8_t result) {
  if (count > LZR_CALL_MAX_PARAMETERS)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "a function of %zu parameters: the limit is %d",
                            count, LZR_CALL_MAX_PARAMETERS);
  if (result > LZR_TYPE_PTR)
    return lzr_error_create(LZR_ERROR_ARGUMENT, "there is no result type %u",
                            result);
  for (size_t i = 0; i < count; i++)
    if (types[i] == LZR_TYPE_VOID || types[i] > LZR_TYPE_PTR)
      return lzr_error_create(LZR_ERROR_ARGUMENT,
                              "parameter %zu of a function is of no type that "
                              "can be passed",
                              i);
  return NULL;
}

lzr_error *lzr_unpack_signature(struct lzr_reader *reader,
                                struct lzr_unpacked_signature *unpacked) {
  uint8_t result = lzr_unpack_u8(reader);
  size_t count;
  const uint8_t *types = lzr_unpack_bytes(reader, &count);
  lzr_error *error = lzr_wrapper_check(reader);

  if (!error)
    error = check_types(types, count, result);
  if (error)
    return error;
  for (size_t i = 0; i < count; i++)
    unpacked->parameters[i] = (lzr_type)types[i];
  unpacked->signature = (struct lzr_signature){
      .result = (lzr_type)result,
      .parameters = unpacked->parameters,
      .parameter_count = count,
      .fixed_count = count,
  };
  return NULL;
}
