/* Where the program runs, as the options say: in this process or in an
   executor; and how that ended. */
#ifndef LZR_TOOL_TARGET_H
#define LZR_TOOL_TARGET_H

#include "runtime/lazyrun.h"
#include "runtime/tool/options.h"

/* *tpc is owned. */
lzr_error *target_create(const struct options *options, lzr_tpc **tpc);

/* The executor has ended, or is about to, for the reason of error: says how, if
   the program did not end by itself, and ends this process in the same way.
   Takes error, which may be NULL. */
_Noreturn void target_follow(lzr_session *session, lzr_tpc *tpc,
                             lzr_error *error);

#endif
