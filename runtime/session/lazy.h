/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lazy definitions as clients give them.
 */
#ifndef LZR_SESSION_LAZY_H
#define LZR_SESSION_LAZY_H

#include "runtime/session/session.h"

/* Makes a module of a client's lazy definitions. Takes their data, also when it
   fails. *module is owned. */
lzr_error *lzr_session_open_lazy(lzr_session *session,
                                 const struct lzr_lazy_definitions *given,
                                 lzr_module **module);

#endif
