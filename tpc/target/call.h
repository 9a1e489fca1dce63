/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls into compiled code, on the calling thread. Thread-safe.
 */
#ifndef LZR_TARGET_CALL_H
#define LZR_TARGET_CALL_H

#include "tpc/tpc.h"

enum { LZR_CALL_MAX_PARAMETERS = 64 };

/* As lzr_tpc_call. The caller must have checked the signature; tpc.c does
   so. */
lzr_error *lzr_call_function(lzr_addr function,
                             const struct lzr_signature *signature,
                             const lzr_value *arguments, lzr_value *result);

/* The argv of a program. The program may keep its pointers, so it must live as
   long as any code of the program runs, atexit functions included. */
struct lzr_argv {
  struct lzr_argv *next;
  char *items[]; /* argc and a NULL, then the strings themselves */
};

/* A writable copy in one block; NULL without memory. Owned, ended by free(). */
struct lzr_argv *lzr_argv_copy(int argc, const char *const *argv);

/* Calls main with argv and the environment, and returns its status. */
int lzr_call_main(lzr_addr function, int argc, struct lzr_argv *argv);

#endif
