/*
 * Which threads are lazyrun's own: in a process that runs a program, the others
 * are the program's. They share one libc, which may allocate for a program with
 * the program's own malloc, but for its own threads must not.
 */
#ifndef LZR_WIRE_OWN_THREAD_H
#define LZR_WIRE_OWN_THREAD_H

#include <stdbool.h>

/* Each thread's own to set. */
extern _Thread_local bool lzr_own_thread;

#endif
