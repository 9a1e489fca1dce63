/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A program's arguments in a message: a sequence of strings.
 */
#ifndef LZR_EXECUTOR_ARGUMENTS_H
#define LZR_EXECUTOR_ARGUMENTS_H

#include "tpc/target/call.h"
#include "tpc/wire/pack.h"

/* *argv is borrowed for as long as the process lives, because the program may
   keep its arguments. Thread-safe. */
lzr_error *lzr_unpack_argv(struct lzr_reader *reader, int *argc,
                           struct lzr_argv **argv);

#endif
