/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A child of the program's fork with a controller of its own (forks.h) is
 * *dormant* until it needs the controller: it has a connection, but no thread
 * reads it, because most children soon become another program, and some do what
 * only a process with one thread may do (unshare).
 */
#ifndef LZR_EXECUTOR_DORMANT_H
#define LZR_EXECUTOR_DORMANT_H

#include <stdbool.h>

/* Keeps the channel's number (wire/channel.h), or -1, and what is called when a
   child has woken. Call it once. */
void lzr_dormant_init(int channel, void (*woken)(void));

/* Held from before a fork until after it: nobody is woken meanwhile. Signals
   must be blocked. */
void lzr_dormant_lock(void);
void lzr_dormant_unlock(void);

/* Makes this process, a child, dormant; it closes its parent's channel and has
   another. Under the lock. */
void lzr_dormant_begin(int channel);

/* Wakes a dormant child: it reads from now on. Thread-safe. Returns false, and
   has said why, if it cannot. Does nothing in other processes. */
bool lzr_dormant_wake(void);

/* How often this process or an ancestor was forked. */
unsigned lzr_dormant_generation(void);

/* The channel's number, or -1. */
int lzr_dormant_channel(void);
/* Moves the channel away from its number, which stays open. Returns false and
   errno if there is no other number. */
bool lzr_dormant_move_channel(void);

#endif
