/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a session is made of.
 *
 * Locks, in the order in which one thread may take them:
 *   symbols.lock   symbol tables, stubs, lists; see symbols.h
 *   workers.lock   the queue of jobs and their states; see workers.h
 * Neither is held while a message is awaited, LLVM runs or a client's function
 * is called. Two others are, and come before them: that of a lazy module, while
 * its code is provided (lazy.h), and that of a library, while its generators
 * are asked (library.h). Bringing data in is a turn that threads take; see
 * builder.h.
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
  /* For functions that name a CPU or features themselves: another CPU, and
     further features; kept by symbols. NULL and "" for neither. */
  const char *named_cpu, *named_features;
  lzr_compiler *compiler; /* owned */
  struct lzr_symbols symbols;
  struct lzr_builder builder;
  struct lzr_platform platform;
  struct lzr_fork_watch fork_watch;
  lzr_error *failure; /* owned; see lzr_session_take_failure; under
                         symbols.lock */
};

#endif
