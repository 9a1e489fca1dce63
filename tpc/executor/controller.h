/*
 * Calls from the program to the controller, on the program's threads.
 */
#ifndef LZR_EXECUTOR_CONTROLLER_H
#define LZR_EXECUTOR_CONTROLLER_H

#include <stddef.h>
#include <stdint.h>

#include "tpc/error.h"

/* Calls tag and waits, without the program noticing: errno stays, cancellation
   waits. *answer is owned (free()), NULL when it is empty. In a
   child of the program it ends that child. */
lzr_error *lzr_controller_call(uint64_t tag, const void *bytes, size_t size,
                               uint8_t **answer, size_t *answer_size);

/* What a thread does with an error of such a call when the program cannot hear
   of it: says so and ends the process; or, if the connection has ended, and the
   process with it any moment, waits. Takes error. what is for the sentence: "a
   host function". */
_Noreturn void lzr_controller_fail(lzr_error *error, const char *what);

#endif
