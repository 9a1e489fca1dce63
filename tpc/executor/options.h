/*
 * The command line.
 */
#ifndef LZR_EXECUTOR_OPTIONS_H
#define LZR_EXECUTOR_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "tpc/wire/address.h"

struct options {
  struct lzr_address address; /* owned */
  char *secret;               /* owned, NULL for none */
  size_t secret_size;
  bool insecure;
  int wait; /* milliseconds for the controller to come, and to speak */
};

/* 0, or what main returns, after the help or a sentence has been printed: then
   nothing is owned. Takes the secret out of the environment. */
enum options_outcome {
  OPTIONS_FINE,
  OPTIONS_HELPED,
  OPTIONS_WRONG,
  OPTIONS_REFUSED
};

enum options_outcome options_parse(int argc, char **argv,
                                   struct options *options);

/* Wipes the secret. */
void options_fini(struct options *options);

#endif
