/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Whether the calling thread is one of lazyrun's own, and which signals it
 * takes.
 */
#ifndef LZR_THREAD_H
#define LZR_THREAD_H

#include <signal.h>
#include <stdbool.h>

/* True on lazyrun's own threads; in a process that runs a program, all other
   threads are the program's. Both share one libc. It may use the program's own
   malloc when it allocates on the program's threads, but must not on lazyrun's.
   Each thread sets only its own value. */
extern _Thread_local bool lzr_own_thread;

/* Keeps signal handlers away while a lock is held: a handler may make a first
   call, which needs the same locks. Blocks all signals for the calling thread
   except those that a fault raises, because a fault must reach its handler
   wherever it happens. The first function stores the old mask in *saved, and
   the second restores it. */
void lzr_signals_block(sigset_t *saved);
void lzr_signals_restore(const sigset_t *saved);

/* Keeps cancellation of the calling thread away while locks are held, which do
   not know of it: a thread that is cancelled meanwhile goes on until the second
   function. The thread may end in both of them. */
struct lzr_cancellation {
  int state, type;
};
void lzr_cancellation_hold(struct lzr_cancellation *held);
void lzr_cancellation_release(const struct lzr_cancellation *held);

#endif
