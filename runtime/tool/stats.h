/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* --stats: what was compiled, and where the time went. */
#ifndef LZR_TOOL_STATS_H
#define LZR_TOOL_STATS_H

#include <stdbool.h>

#include "runtime/lazyrun.h"

enum stats_form { STATS_NONE, STATS_TEXT, STATS_JSON };

/* The time that stats_print() tells begins here. */
void stats_begin(void);

/* Prints on standard error; tells what fell back if a baseline generator was
   asked for. */
void stats_print(lzr_session *session, enum stats_form form, bool baseline);

#endif
