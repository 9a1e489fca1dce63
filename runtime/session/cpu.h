/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The CPU and the features for which a session compiles.
 */
#ifndef LZR_SESSION_CPU_H
#define LZR_SESSION_CPU_H

#include "runtime/session/session.h"

/* Fills in cpu and features of the session's options, and named_cpu and
   named_features. */
lzr_error *lzr_session_choose_cpu(lzr_session *session);

#endif
