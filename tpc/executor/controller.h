/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Calls from the program to the controller, on the program's threads.
 */
#ifndef LZR_EXECUTOR_CONTROLLER_H
#define LZR_EXECUTOR_CONTROLLER_H

#include <stddef.h>
#include <stdint.h>

#include "tpc/base/error.h"

/* Calls tag and waits. The program does not notice: errno stays the same, and
   cancellation is deferred. *answer is owned (free()), NULL when it is empty.
   In a child that the program has forked, it ends that child. */
lzr_error *lzr_controller_call(uint64_t tag, const void *bytes, size_t size,
                               uint8_t **answer, size_t *answer_size);

/* Handles an error of such a call when the program cannot learn of it: prints
   it and ends the process. If the connection has ended, the process is about to
   end, so the thread only waits. Takes error. what is for the message: "a host
   function". */
_Noreturn void lzr_controller_fail(lzr_error *error, const char *what);

#endif
