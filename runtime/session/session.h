/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a session is made of.
 *
 * Locks, in the order in which one thread may take them:
 *   compiler_lock  the making of the compiler; see compiler.h
 *   symbols.lock   symbol tables, stubs, lists; see symbols.h
 *   workers.lock   the queue of jobs and their states; see workers.h
 * None but the first is held while a message is awaited, LLVM runs or a
 * client's function is called. Two others are, and come before them: that of a
 * lazy module, while its code is provided (lazy.h), and that of a library,
 * while its generators are asked (library.h). Bringing data in is a turn that
 * threads take; see builder.h.
 */
#ifndef LZR_SESSION_H
#define LZR_SESSION_H

#include "runtime/jobs/fork.h"
#include "runtime/platform/platform.h"

struct lzr_session {
  struct lzr_session_options options; /* its strings are kept by symbols */
  lzr_tpc *tpc;                       /* owned */
  lzr_indirection *indirection;       /* owned */
  const struct lzr_arch *arch;
  _Atomic(lzr_compiler *) compiler; /* owned; NULL before it is needed: see
                                       compiler.h */
  pthread_mutex_t compiler_lock;    /* held while it is made, which may load
                                       LLVM; and the compiler's own */
  struct lzr_symbols symbols;
  struct lzr_builder builder;
  struct lzr_platform platform;
  struct lzr_fork_watch fork_watch;
  lzr_error *failure; /* owned; see lzr_session_take_failure; under
                         symbols.lock */
};

#endif
