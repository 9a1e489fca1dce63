/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The one lock of a target process, and a count of its forks.
 *
 * A program that runs in a target may fork while another thread is in the
 * middle of a commit; the child then has the memory of that moment but not the
 * thread. So all state of a target (its memory, thread-local blocks, the
 * unwinder's and the debugger's lists) is changed under one lock, and fork()
 * waits for that lock: a child always starts with consistent state. A single
 * lock also means that there is no order of locks to get wrong. It is held
 * during short copies only, never while foreign code runs.
 *
 * A child made by a bare clone system call or _Fork() goes unnoticed, as it
 * does for libc's own locks.
 */
#ifndef LZR_TARGET_FORK_H
#define LZR_TARGET_FORK_H

#include <stdbool.h>
#include <stdint.h>

#include "tpc/base/error.h"

/* Starts watching forks; further calls do nothing. Call it before the functions
   below. */
lzr_error *lzr_fork_watch(void);

void lzr_target_lock(void);
void lzr_target_unlock(void);

/* For who may be called while the calling thread has the lock, at a crash:
   false if the lock is not free within a second. */
bool lzr_target_try_lock(void);

/* The number of forks so far, as parent or as child: each fork increments it in
   both processes. An object made at a smaller count exists in another process
   too. Under the lock. */
uint64_t lzr_fork_count(void);

/* The count with which this process was born, 0 for the first process of the
   family. An ancestor made all objects whose count is smaller. Under the
   lock. */
uint64_t lzr_fork_birth(void);

#endif
