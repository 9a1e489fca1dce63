/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Forwards signals that are meant for a program, in a process that only stands
 * before it: the tool does so for its executor, a relay for its child.
 */
#ifndef LZR_WIRE_FORWARD_H
#define LZR_WIRE_FORWARD_H

#include <sys/types.h>

/* From now on, a signal that somebody sends to this process to end it or as a
   message (SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2) goes to process
   and does nothing here. A signal that a terminal sends does nothing here
   either, because process is in the same group and gets its own. Signals that
   this process ignores or handles are left alone. If process is 0, there is no
   such process any more. */
void lzr_forward_signals(pid_t process);

#endif
