/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The executor process, which runs code for one controller and contains no
 * compiler. Controllers call its services by address and without a context, so
 * the state of the services is one object of the process.
 *
 * main() fills it in before the connection starts, and it does not change after
 * that. The objects to which it points have their own locks.
 */
#ifndef LZR_EXECUTOR_EXECUTOR_H
#define LZR_EXECUTOR_EXECUTOR_H

#include "tpc/target/memory.h"
#include "tpc/target/symbols.h"
#include "tpc/tpc.h"
#include "tpc/wire/connection.h"

struct lzr_executor {
  lzr_connection *connection;
  struct lzr_memory *memory;
  struct lzr_libraries libraries;
  struct lzr_target_facts facts;
};

extern struct lzr_executor lzr_executor;

/* Prints a message, or each line of an error, on standard error after the
   program's name (tpc/base/say.h). */
__attribute__((format(printf, 1, 2))) void lzr_executor_say(const char *format,
                                                            ...);
void lzr_executor_say_error(const lzr_error *error);

#endif
