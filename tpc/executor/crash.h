/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * When the program crashes, the executor tells the controller where; then the
 * process dies of the signal as it would have without the report. The program's
 * own handlers replace these.
 */
#ifndef LZR_EXECUTOR_CRASH_H
#define LZR_EXECUTOR_CRASH_H

#include "tpc/wire/connection.h"

/* Call it before the functions below; connection is borrowed. */
void lzr_crash_init(lzr_connection *connection);

/* Installs the handlers, when the first call has shown that the controller
   understands the report (is lazyrun's). Thread-safe and cheap. */
void lzr_crash_watch(void);

/* Gives the calling thread, which is about to run the program, a stack for
   crash handlers, because a crash may come from a stack overflow. */
void lzr_crash_prepare_thread(void);

/* Whether a thread is reporting a crash, and will end the process. */
bool lzr_crash_has_begun(void);

#endif
