/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A program may end its main thread and go on with others; the process ends,
 * with status 0, when the last of them does. libc does that where all threads
 * are the program's. Here some are the executor's, so this file tells them
 * apart from the program's once the main thread has ended.
 *
 * Thread-safe.
 */
#ifndef LZR_EXECUTOR_LAST_THREAD_H
#define LZR_EXECUTOR_LAST_THREAD_H

#include <stdatomic.h>
#include <stdbool.h>

/* Call it on the main thread, before that runs the program. From now on a
   thread waits for the main thread's end. After that, it ends the process when
   no thread of the program is left and *running, the number of the controller's
   calls under way, is down to the one call that the main thread has left
   unanswered. A main thread that ended by the bare system call exit(2) has
   chosen the exit status. A second call does nothing. */
void lzr_last_thread_guard(atomic_uint *running);

/* Call it on the main thread, which is about to end by pthread_exit(): the
   process will end by exit(0). */
void lzr_last_thread_leave(atomic_uint *running);

/* In a child of a fork, on its only thread, which is its first thread from now
   on; whether it was another thread than the main thread in the parent. */
void lzr_last_thread_go_on(bool was_other);
/* Later, before the child has threads that are not the program's: as
   lzr_last_thread_guard(), on any thread. */
void lzr_last_thread_watch(atomic_uint *running);

/* Notes that the program has ended a thread of the connection. */
void lzr_last_thread_lost_one(void);

#endif
