/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What `lazyrun --check` does with a file of any kind: recognizes it, adds it
 * to a session over this process, and compiles and links everything. Nothing is
 * run: program_fuzz.c, which runs programs of its own making, says why. A
 * session can be made and destroyed any number of times.
 *
 * The first byte chooses options of the session.
 */
#include "runtime/lazyrun.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/llvm_crash.h"

enum { OPTIMIZED = 1, DEBUG_INFO = 2, TWO_THREADS = 4, NO_PROCESS = 8 };

static lzr_addr fail_first_call(void *data, const char *function,
                                lzr_error *error) {
  (void)data, (void)error;
  fuzz_fail(function); /* nothing is called */
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  if (size < 1)
    return 0;
  struct lzr_session_options options = {
      .size = sizeof options,
      .optimization = bytes[0] & OPTIMIZED ? 2 : 0,
      .debug_info = bytes[0] & DEBUG_INFO,
      .compile_threads = bytes[0] & TWO_THREADS ? 2 : 1,
      .no_process_symbols = bytes[0] & NO_PROCESS,
      .on_failure = fail_first_call};
  lzr_session *session;
  watch_llvm();
  if (lzr_session_create(NULL, &options, &session))
    abort();
  lzr_library *program = lzr_session_main_library(session);
  lzr_error *error =
      lzr_library_add_bytes(program, "fuzz", (const char *)bytes + 1, size - 1);
  if (!error)
    error = lzr_library_compile(program, true);
  fuzz_end_error(error);
  lzr_session_destroy(session);
  return 0;
}
