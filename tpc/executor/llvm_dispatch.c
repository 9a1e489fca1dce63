/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <stdlib.h>

#include "tpc/executor/controller.h"
#include "tpc/executor/llvm.h"

char lzr_llvm_dispatch_context;

/* LLVM's runtime treats this failure as an error of the call. It also gets it
   when the connection has ended, because the code that it runs at the session's
   end may call the controller. */
struct lzr_wrapper_result lzr_llvm_dispatch(void *context, const void *tag,
                                            const char *arguments,
                                            size_t size) {
  struct lzr_writer writer = {0};
  uint8_t *answer = NULL;
  size_t answer_size = 0;
  lzr_error *error = lzr_controller_call((uintptr_t)tag, arguments, size,
                                         &answer, &answer_size);

  (void)context;
  if (error)
    return lzr_wrapper_failure(error);
  writer = (struct lzr_writer){
      .bytes = answer, .size = answer_size, .capacity = answer_size};
  return lzr_wrapper_packed(&writer);
}
