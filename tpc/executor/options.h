/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The command line.
 */
#ifndef LZR_EXECUTOR_OPTIONS_H
#define LZR_EXECUTOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "tpc/wire/address.h"

struct lzr_executor_options {
  struct lzr_address address; /* owned */
  char *secret;               /* owned, NULL for none */
  size_t secret_size;
  bool insecure;
  int wait; /* milliseconds to wait for a controller, and for its first call */
};

/* Returns 0, or main's return value after a help text or an error message has
   been printed; nothing is owned then. Removes the secret from the
   environment. */
enum lzr_options_outcome {
  LZR_OPTIONS_FINE,
  LZR_OPTIONS_HELPED,
  LZR_OPTIONS_WRONG,
  LZR_OPTIONS_REFUSED
};

enum lzr_options_outcome
lzr_executor_options_parse(int argc, char **argv,
                           struct lzr_executor_options *options);

/* Wipes the secret. */
void lzr_executor_options_fini(struct lzr_executor_options *options);

#endif
