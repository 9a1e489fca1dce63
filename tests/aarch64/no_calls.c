/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Replaces the part of tpc/target/ that needs a libffi for the foreign
 * architecture: this test calls only code that it has written itself.
 */
#include "tpc/target/call.h"
#include "tpc/target/closure.h"

static lzr_error *refuse(void) {
  return lzr_error_create(LZR_ERROR_UNSUPPORTED, "no libffi in this test");
}

lzr_error *lzr_call_function(lzr_addr function,
                             const struct lzr_signature *signature,
                             const lzr_value *arguments, lzr_value *result) {
  (void)function, (void)signature, (void)arguments, (void)result;
  return refuse();
}

struct lzr_argv *lzr_argv_copy(int argc, const char *const *argv) {
  (void)argc, (void)argv;
  return NULL;
}

int lzr_call_main(lzr_addr function, int argc, struct lzr_argv *argv) {
  (void)function, (void)argc, (void)argv;
  return 0;
}

lzr_error *lzr_closure_create(const struct lzr_signature *signature,
                              lzr_closure_enter enter, void *data,
                              struct lzr_closure **closure) {
  (void)signature, (void)enter, (void)data, (void)closure;
  return refuse();
}

void lzr_closure_destroy(struct lzr_closure *closure) {
  (void)closure;
}

lzr_addr lzr_closure_address(const struct lzr_closure *closure) {
  (void)closure;
  return 0;
}
