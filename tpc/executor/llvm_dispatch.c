#include <stdlib.h>

#include "tpc/executor/controller.h"
#include "tpc/executor/llvm.h"

char lzr_llvm_dispatch_context;

/* LLVM's runtime takes the failure as an error of the call; so it also gets
   that of a connection that has ended, when what it does at the session's end
   calls the controller. */
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
