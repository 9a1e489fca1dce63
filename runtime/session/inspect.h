/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Telling a client which functions have been compiled.
 */
#ifndef LZR_SESSION_INSPECT_H
#define LZR_SESSION_INSPECT_H

#include "runtime/session/session.h"

/* Calls on_compiled, which data, a session, has. On a compile thread. */
void lzr_session_tell_compiled(void *data, const struct lzr_extent *extents,
                               size_t count);

#endif
