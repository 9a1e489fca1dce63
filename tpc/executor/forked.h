/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Whether this process serves a controller, or is a child of the program that
 * has none (forks.h): compiled code still works there, but a first call cannot.
 */
#ifndef LZR_EXECUTOR_FORKED_H
#define LZR_EXECUTOR_FORKED_H

#include <stdbool.h>

#include "tpc/base/error.h"

/* Before the program runs: prepares for children that libc does not notice. */
void lzr_forked_watch(void);

/* Before a fork: why the child will have no controller; NULL if it will, or if
   nobody knows better than lzr_forked_refuse(). Takes error. */
void lzr_forked_note_reason(lzr_error *error);

/* In a child. */
void lzr_forked_note_child(bool has_controller);

/* Thread-safe. True in a child without a controller, made by fork, _Fork or
   clone. False in one that shares the parent's memory (vfork), where everything
   works as in the parent. */
bool lzr_is_forked_child(void);

/* Ends a child that needs the controller, with a message. */
_Noreturn void lzr_forked_refuse(void);

#endif
