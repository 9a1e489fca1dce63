/*
 * Keeping signal handlers away while a lock is held: a handler may make a first
 * call, which needs the same locks.
 */
#ifndef LZR_WIRE_SIGNALS_H
#define LZR_WIRE_SIGNALS_H

#include <signal.h>

/* Blocks all signals for the calling thread but those that a fault raises,
   whose handlers are wanted wherever the fault is. *saved is for the other one.
 */
void lzr_signals_block(sigset_t *saved);
void lzr_signals_restore(const sigset_t *saved);

#endif
