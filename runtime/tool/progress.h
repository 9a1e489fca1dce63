/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* How far --eager and --check are, for someone who waits at a terminal. */
#ifndef LZR_TOOL_PROGRESS_H
#define LZR_TOOL_PROGRESS_H

#include "runtime/lazyrun.h"

/* Says so on standard error, if that is a terminal and it takes long, until
   progress_end() is called, which removes it. */
void progress_begin(lzr_session *session);
void progress_end(void);

#endif
