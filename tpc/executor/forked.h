/*
 * Whether this process is the one that serves the controller, or a child that
 * the program has forked. A child has the parent's memory but neither its
 * threads nor its connection: what is compiled goes on working there, a first
 * call cannot.
 */
#ifndef LZR_EXECUTOR_FORKED_H
#define LZR_EXECUTOR_FORKED_H

#include <stdbool.h>

#include "tpc/wire/connection.h"

/* From now on a child lets go of the connection, and knows that it is one.
   Once. False without memory. */
bool lzr_forked_watch(void);

/* Thread-safe. True in a child by any of fork, _Fork and clone, unless it
   shares the parent's memory (vfork), where all works as in the parent. */
bool lzr_is_forked_child(void);

/* Ends a child that needs the controller, with a sentence. */
_Noreturn void lzr_forked_refuse(void);

#endif
