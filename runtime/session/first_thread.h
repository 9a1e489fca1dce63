/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A program may end its first thread and go on with others, and the process
 * ends with the last of them; so no compile thread may keep it alive then. A
 * thread waits for that, because one that ends by the bare system call exit(2)
 * tells nobody.
 */
#ifndef LZR_FIRST_THREAD_H
#define LZR_FIRST_THREAD_H

struct lzr_session;

/* On the thread that runs main, before and after it does. Of one session in a
   process. */
void lzr_first_thread_begin(struct lzr_session *session);
void lzr_first_thread_end(void);

/* On it, when it ends by pthread_exit(): libc knows. */
void lzr_first_thread_leave(void);

#endif
