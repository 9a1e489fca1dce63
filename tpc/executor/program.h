/*
 * Where the program runs, and whether it does: on the process's main thread
 * when that is idle, as programs expect, else on the thread that brought the
 * call.
 *
 * Thread-safe.
 */
#ifndef LZR_EXECUTOR_PROGRAM_H
#define LZR_EXECUTOR_PROGRAM_H

#include <stdbool.h>

#include "tpc/target/call.h"
#include "tpc/wire/connection.h"

/* Calls the wrapper function that call names and answers, here. Takes call. */
void lzr_program_serve(struct lzr_call *call);

/* Whether the main thread is free; it is not from then on, until it has served
   the call that this is about. */
bool lzr_program_claim_main(void);

/* Whether a call is being served that is not quick. */
bool lzr_program_is_running(void);

/* What the main thread does, until lzr_program_end(): it serves the calls for
   which it is claimed. The status given to lzr_program_end(). */
int lzr_program_loop(void);
void lzr_program_end(int status);

/* The program's main. In a child that it has forked this does not return. */
int lzr_program_call_main(lzr_addr function, int argc, struct lzr_argv *argv);

#endif
