/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The CPU and the features for which a session compiles.
 */
#ifndef LZR_SESSION_CPU_H
#define LZR_SESSION_CPU_H

#include "runtime/session/session.h"

/* Refuses a CPU and features in the session's options that LLVM does not know.
 */
lzr_error *lzr_session_check_cpu(const lzr_session *session);

/* Fills in the CPU and the features, which symbols keeps; may need LLVM, which
   knows this machine's. */
lzr_error *lzr_session_choose_cpu(lzr_session *session,
                                  struct lzr_compiler_options *compiler);

#endif
