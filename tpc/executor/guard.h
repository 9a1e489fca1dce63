/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Guards the connection's descriptors against the program. The program does not
 * see them: close(2) of one fails with EBADF, closefrom(3) and close_range(2)
 * leave them out, and dup2(2) onto one finds the number free, because the
 * connection moves to another. The names are exported (exported.txt), so that
 * compiled code and shared libraries find these functions in the place of
 * libc's. System calls that do not go through libc are not caught.
 */
#ifndef LZR_EXECUTOR_GUARD_H
#define LZR_EXECUTOR_GUARD_H

/* Guards the descriptors from now on, in this process only: a child's copies
   are its own. */
void lzr_guard_start(void);

#endif
