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

/* Calls the wrapper function that call names and answers: here, or, if
   on_main, on the main thread. Takes call. */
void lzr_program_serve(struct lzr_call *call, bool on_main);

/* Whether a call is being served that is not quick. */
bool lzr_program_is_running(void);

/* What the main thread does, until lzr_program_end(); the status given to that.
 */
int lzr_program_loop(void);
void lzr_program_end(int status);

/* The program's main. In a child that it has forked this does not return. */
int lzr_program_call_main(lzr_addr function, int argc, struct lzr_argv *argv);

#endif
