/*
 * The executor: a process that runs code for one controller and contains no
 * compiler. Its services are called by address and without a context, so what
 * they work on is the process's, in one object.
 *
 * Filled in by main() before the connection starts and not changed after that;
 * what it points to has its own locks.
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

/* A sentence on standard error, after the program's name. */
__attribute__((format(printf, 1, 2))) void lzr_executor_say(const char *format,
                                                            ...);

#endif
