/* What a crash of the program says before it ends by that signal. */
#ifndef LZR_TOOL_CRASH_H
#define LZR_TOOL_CRASH_H

#include "runtime/lazyrun.h"

/* Handles the signals that end a program that went wrong; a program's own
   handlers replace these. session is borrowed. Not thread-safe. */
void crash_watch(lzr_session *session);

/* Says the same of a program that was ended by a signal in an executor. Signals
   that are not a crash are not mentioned, SIGKILL excepted. */
void crash_report(lzr_session *session, const struct lzr_ending *ending);

#endif
