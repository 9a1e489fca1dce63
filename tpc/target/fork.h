/*
 * The one lock of a target process, and what is known about its forks.
 *
 * A program that runs in a target may fork while another thread is in the
 * middle of a commit; the child then has the memory of that moment but not the
 * thread. So everything a target keeps (its memory, thread-local blocks, the
 * unwinder's and the debugger's lists) is changed under one lock, and fork()
 * waits for that lock: a child always starts with a whole state. One lock for
 * all also means there is no order of locks to get wrong. It is held for short
 * copies only, never while foreign code runs.
 *
 * A child made by a bare clone system call or _Fork() is not noticed, as it is
 * not by libc's own locks.
 */
#ifndef LZR_TARGET_FORK_H
#define LZR_TARGET_FORK_H

#include <stdint.h>

#include "tpc/error.h"

/* Starts watching forks; further calls do nothing. Before any of the rest. */
lzr_error *lzr_fork_watch(void);

void lzr_target_lock(void);
void lzr_target_unlock(void);

/* Forks so far, as parent or as child: grows by one in both at each fork. What
   was made at a smaller count exists in another process too. Under the lock. */
uint64_t lzr_fork_count(void);

/* The count with which this process was born, 0 for the first of the family.
   What was made at a smaller count was made by an ancestor. Under the lock. */
uint64_t lzr_fork_birth(void);

#endif
