/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Makes the target that the options ask for, this process or an executor, and
   ends this process as the executor has ended. */
#ifndef LZR_TOOL_TARGET_H
#define LZR_TOOL_TARGET_H

#include "runtime/lazyrun.h"
#include "runtime/tool/options.h"

/* *tpc is owned (lzr_tpc_close()). When the program forks in an executor, this
   process may fork too, and on_copy is called in the copy, which serves the
   program's child from then on. Call it on the main thread. */
lzr_error *target_create(const struct options *options, void (*on_copy)(void),
                         lzr_tpc **tpc);

/* Ends this process in the way in which the executor has ended or is ending,
   and prints that way unless the program has ended by itself. error is the
   reason, or NULL; it is taken. */
_Noreturn void target_follow(lzr_session *session, lzr_tpc *tpc,
                             lzr_error *error);

#endif
