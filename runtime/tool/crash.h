/* What a crash of the program says before it exits 128 + signal. */
#ifndef LZR_TOOL_CRASH_H
#define LZR_TOOL_CRASH_H

#include "runtime/lazyrun.h"

/* Handles the signals that end a program that went wrong; a program's own
   handlers replace these. session is borrowed. Not thread-safe. */
void crash_watch(lzr_session *session);

#endif
