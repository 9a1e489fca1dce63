/*
 * A program's arguments in a message: a sequence of strings.
 */
#ifndef LZR_EXECUTOR_ARGUMENTS_H
#define LZR_EXECUTOR_ARGUMENTS_H

#include "tpc/target/call.h"
#include "tpc/wire/pack.h"

/* *argv is borrowed, for as long as the process lives: the program may keep
   what it was given. Thread-safe. */
lzr_error *lzr_unpack_argv(struct lzr_reader *reader, int *argc,
                           struct lzr_argv **argv);

#endif
