/*
 * When the program crashes, the controller is told where; then the process dies
 * of the signal as it would have. The program's own handlers replace these.
 */
#ifndef LZR_EXECUTOR_CRASH_H
#define LZR_EXECUTOR_CRASH_H

#include "tpc/wire/connection.h"

/* Before any of the rest; connection is borrowed. */
void lzr_crash_init(lzr_connection *connection);

/* From the first call on: the controller is one that understands (lazyrun's).
   Thread-safe and cheap. */
void lzr_crash_watch(void);

/* Gives the calling thread, which is about to run the program, a stack for
   crashes: one may be for want of stack. */
void lzr_crash_prepare_thread(void);

/* Whether a thread is telling of a crash, and will end the process. */
bool lzr_crash_has_begun(void);

#endif
