/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A session's compiler, which is made when LLVM is first needed: for the first
 * module of bitcode or IR. A session of object files and addresses never needs
 * it, and liblazyrun.so never loads LLVM for it.
 */
#ifndef LZR_SESSION_COMPILER_H
#define LZR_SESSION_COMPILER_H

#include "runtime/session/session.h"

/* Makes the compiler, unless there is one. *compiler is the session's. Fails
   with FILE if LLVM cannot be loaded; the next call tries again then. */
lzr_error *lzr_session_find_compiler(lzr_session *session,
                                     lzr_compiler **compiler);

/* Makes it at once if the session's options want something of LLVM that it may
   refuse. */
lzr_error *lzr_session_prepare_compiler(lzr_session *session);

#endif
