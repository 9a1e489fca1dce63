/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Adds a bitcode file, looks a function up, calls it:
 *
 *     clang-22 -O1 -emit-llvm -c sum.c        # int sum(int a, int b) { ... }
 *     cc embed.c $(pkg-config --cflags --libs lazyrun) -o embed && ./embed
 * sum.bc
 *
 * Also valid C++.
 */
#include <lazyrun/lazyrun.h>
#include <stdio.h>

static int fail(lzr_error *error) {
  fprintf(stderr, "embed: %s\n", lzr_error_message(error));
  lzr_error_destroy(error);
  return 1;
}

int main(int argc, char **argv) {
  lzr_session *session;
  lzr_addr sum;

  lzr_error *error = lzr_session_create(NULL, NULL, &session);
  if (error)
    return fail(error);
  lzr_library *program = lzr_session_main_library(session);
  error = lzr_library_add_file(program, argc > 1 ? argv[1] : "sum.bc");
  if (!error)
    error = lzr_library_lookup(program, "sum", &sum);
  if (!error) {
    int result = ((int (*)(int, int))(uintptr_t)sum)(2, 40);
    error = lzr_session_take_failure(session); /* sum could not be compiled */
    if (!error)
      printf("sum(2, 40) = %d\n", result);
  }
  lzr_session_destroy(session);
  return error ? fail(error) : 0;
}
