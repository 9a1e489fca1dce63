/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The process's threads, as the kernel lists them. Thread-safe.
 */
#ifndef LZR_TARGET_TASKS_H
#define LZR_TARGET_TASKS_H

#include <stdbool.h>

/* The number of threads, or -1 and errno. A first thread that has ended counts
   as long as the process lives. A list that is read while threads start and end
   may miss one. */
int lzr_tasks_count(void);

/* Whether the first thread has ended; false, with errno, if that cannot be
   found out. If it has ended, *status is what it passed to the system call
   exit(2), 0 to 255. */
bool lzr_tasks_first_has_ended(bool *ended, int *status);

#endif
