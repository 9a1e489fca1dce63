/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reports a crash of the program, which then ends by the same signal. */
#ifndef LZR_TOOL_CRASH_H
#define LZR_TOOL_CRASH_H

#include "runtime/lazyrun.h"

/* Installs handlers for the signals of a crash; a program's own handlers
   replace them. session, which the program runs in, is borrowed until the
   process ends; NULL if the program runs elsewhere. Not thread-safe. */
void crash_watch(lzr_session *session);

/* Reports that a signal has ended the program in an executor. Says nothing if
   the signal is neither a crash's nor SIGKILL. */
void crash_report(lzr_session *session, const struct lzr_ending *ending);

#endif
