/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/executor/arguments.h"

#include <limits.h>
#include <stdlib.h>

#include "tpc/base/memory.h"
#include "tpc/executor/wrapper.h"
#include "tpc/target/fork.h"

static struct lzr_argv *kept; /* owned; under the target's lock */

static void keep(struct lzr_argv *argv) {
  lzr_target_lock();
  argv->next = kept;
  kept = argv;
  lzr_target_unlock();
}

static void free_strings(char **strings, size_t count) {
  for (size_t i = 0; i < count; i++)
    free(strings[i]);
  free(strings);
}

lzr_error *lzr_unpack_argv(struct lzr_reader *reader, int *argc,
                           struct lzr_argv **argv) {
  size_t count = lzr_unpack_count(reader, sizeof(uint64_t));
  char **strings = calloc(count ? count : 1, sizeof *strings);
  lzr_error *error;

  if (!strings)
    return lzr_out_of_memory();
  for (size_t i = 0; i < count; i++)
    strings[i] = lzr_unpack_string(reader);
  error = lzr_wrapper_check(reader);
  if (!error && count >= INT_MAX)
    error =
        lzr_error_create(LZR_ERROR_LIMIT, "a program of %zu arguments", count);
  if (!error) {
    *argc = (int)count;
    *argv = lzr_argv_copy(*argc, (const char *const *)strings);
    if (*argv)
      keep(*argv);
    else
      error = lzr_out_of_memory();
  }
  free_strings(strings, count);
  return error;
}
