/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Where the program runs, and whether it runs: on the process's main thread
 * when that is idle, as programs expect, else on the thread that received the
 * call.
 *
 * Thread-safe.
 */
#ifndef LZR_EXECUTOR_PROGRAM_H
#define LZR_EXECUTOR_PROGRAM_H

#include <stdbool.h>

#include "tpc/target/call.h"
#include "tpc/wire/connection.h"

/* Calls the wrapper function that call names on this thread, and answers. Takes
   call. */
void lzr_program_serve(struct lzr_call *call);

/* Claims the main thread; false if it is not idle. It is then busy until it has
   served the call for which it was claimed. */
bool lzr_program_claim_main(void);

/* Whether a call is being served that is not quick. */
bool lzr_program_is_running(void);

/* The main thread's loop: it serves the calls for which it is claimed, until
   lzr_program_end(). Returns the status given to lzr_program_end(). */
int lzr_program_loop(void);
void lzr_program_end(int status);

/* Whether the calling thread is the program's, rather than one of the
   connection's that serves a call. */
bool lzr_program_runs_here(void);

/* In a child that the program has forked, on its only thread, if it has a
   controller. */
void lzr_program_go_on(void);
/* Later, before the child has threads that are not the program's. */
void lzr_program_watch_end(void);

/* Runs the program's main, or a constructor. In a child that the program has
   forked and that has no controller, this does not return. */
int lzr_program_call_main(lzr_addr function, int argc, struct lzr_argv *argv);

#endif
