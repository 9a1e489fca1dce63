/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/posted.h"

#include <stdatomic.h>

#include "tpc/executor/executor.h"
#include "tpc/executor/wrapper.h"
#include "tpc/wire/result.h"

static atomic_bool failed;

bool lzr_posted_has_failed(void) {
  return atomic_load(&failed);
}

/* The error that the answer reports, or NULL; owned. */
static lzr_error *find_failure(const struct lzr_service *service,
                               const struct lzr_wrapper_result *result) {
  struct lzr_reader reader;

  lzr_reader_init(&reader, lzr_wrapper_bytes(result), result->size);
  return lzr_unpack_error(&reader, service->name);
}

/* The answer goes out before the goodbye. */
static void answer_and_end(struct lzr_call *call,
                           const struct lzr_wrapper_result *result,
                           lzr_error *failure) {
  atomic_store(&failed, true);
  lzr_call_answer(call, lzr_wrapper_bytes(result), result->size);
  lzr_connection_end(lzr_executor.connection, failure);
}

void lzr_quick_serve(const struct lzr_service *service, struct lzr_call *call) {
  struct lzr_wrapper_result result =
      ((lzr_wrapper)service->address)((const char *)call->bytes, call->size);
  lzr_error *failure =
      service->kind == LZR_SERVE_POSTED ? find_failure(service, &result) : NULL;

  if (failure)
    answer_and_end(call, &result, failure);
  else
    lzr_call_answer(call, lzr_wrapper_bytes(&result), result.size);
  lzr_wrapper_result_fini(&result);
}
