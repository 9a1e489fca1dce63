/*
 * A program may end its main thread and go on with others; the process ends,
 * with status 0, when the last of them does. libc sees to that where all
 * threads are the program's. Here some are the executor's, so once the main
 * thread ends these are told apart from the program's.
 *
 * Thread-safe.
 */
#ifndef LZR_EXECUTOR_LAST_THREAD_H
#define LZR_EXECUTOR_LAST_THREAD_H

#include <stdatomic.h>

/* On the main thread, which is about to end: from now on a thread watches, and
   calls exit(0) when no thread of the program is left and *running, which
   counts calls of the controller's, is down to the one that the main thread
   leaves behind. */
void lzr_last_thread_watch(atomic_uint *running);

/* The program has ended a thread of the connection. */
void lzr_last_thread_lost_one(void);

#endif
