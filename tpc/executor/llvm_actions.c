/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/llvm_actions.h"

#include <stdlib.h>
#include <string.h>

#include "tpc/executor/code.h"
#include "tpc/executor/wrapper.h"
#include "tpc/wire/result.h"

/* ---- Unpacking ---- */

static void unpack_call(struct lzr_reader *reader,
                        struct lzr_action_call *call) {
  const uint8_t *bytes;

  call->function = lzr_unpack_u64(reader);
  bytes = lzr_unpack_bytes(reader, &call->size);
  call->arguments = malloc(call->size ? call->size : 1);
  if (!call->arguments)
    reader->failed = true;
  else if (call->size)
    memcpy(call->arguments, bytes, call->size);
}

void lzr_action_pairs_unpack(struct lzr_reader *reader,
                             struct lzr_action_pairs *pairs) {
  pairs->count = lzr_unpack_count(reader, 4 * sizeof(uint64_t));
  pairs->pairs = calloc(pairs->count ? pairs->count : 1, sizeof *pairs->pairs);
  if (!pairs->pairs) {
    reader->failed = true;
    pairs->count = 0;
  }
  for (size_t i = 0; i < pairs->count; i++) {
    unpack_call(reader, &pairs->pairs[i].finalize);
    unpack_call(reader, &pairs->pairs[i].deallocate);
  }
}

void lzr_action_pairs_fini(struct lzr_action_pairs *pairs) {
  for (size_t i = 0; i < pairs->count; i++) {
    free(pairs->pairs[i].finalize.arguments);
    free(pairs->pairs[i].deallocate.arguments);
  }
  free(pairs->pairs);
  *pairs = (struct lzr_action_pairs){0};
}

/* ---- Calling ---- */

static lzr_error *unpack_result(const struct lzr_wrapper_result *result) {
  struct lzr_reader reader;

  if (result->size == 0 && result->data.pointer)
    return lzr_error_create(LZR_ERROR_TARGET, "%s", result->data.pointer);
  lzr_reader_init(&reader, lzr_wrapper_bytes(result), result->size);
  return lzr_unpack_error(&reader, "an allocation action");
}

static lzr_error *make_call(const struct lzr_action_call *call) {
  struct lzr_wrapper_result result;
  lzr_error *error;

  if (call->function == 0)
    return NULL;
  if (!lzr_is_wrapper(call->function))
    return lzr_error_create(LZR_ERROR_ARGUMENT,
                            "an allocation action calls 0x%llx, where no code "
                            "is",
                            (unsigned long long)call->function);
  result = ((lzr_wrapper)(uintptr_t)call->function)(
      (const char *)call->arguments, call->size);
  error = unpack_result(&result);
  lzr_wrapper_result_fini(&result);
  return error;
}

lzr_error *lzr_action_pairs_undo(const struct lzr_action_pairs *pairs) {
  lzr_error *error = NULL;

  for (size_t i = pairs->count; i-- > 0;)
    error = lzr_error_join(error, make_call(&pairs->pairs[i].deallocate));
  return error;
}

lzr_error *lzr_action_pairs_run(const struct lzr_action_pairs *pairs) {
  for (size_t i = 0; i < pairs->count; i++) {
    lzr_error *error = make_call(&pairs->pairs[i].finalize);
    struct lzr_action_pairs done = {pairs->pairs, i};

    if (error)
      return lzr_error_join(error, lzr_action_pairs_undo(&done));
  }
  return NULL;
}
