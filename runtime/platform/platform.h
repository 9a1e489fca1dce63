/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What a program expects of the process it runs in, beyond code and data:
 * constructors and exit handlers, thread-local storage, its own malloc.
 */
#ifndef LZR_PLATFORM_H
#define LZR_PLATFORM_H

#include "runtime/build/builder.h"
#include "runtime/llvm/compiler.h"

struct lzr_platform {
  struct lzr_builder *builder; /* borrowed, as are the next four */
  struct lzr_symbols *symbols;
  lzr_tpc *tpc;
  const struct lzr_arch *arch;
  lzr_error *(*find_compiler)(void *data, lzr_compiler **compiler);
  void *data;
  struct lzr_library *main;
  bool owns_process; /* the target process is the program's alone */

  lzr_allocation *tls_descriptor; /* owned; NULL where there is none */
  lzr_allocation *dso_handle;     /* owned; __dso_handle of compiled code */
  bool interposed;                /* see interpose.c */
  _Atomic bool exiting;           /* its exit handlers have been run */
};

/* Makes the platform library, and what the target has to hold for it. The
   caller has filled in the borrowed fields. */
lzr_error *lzr_platform_init(struct lzr_platform *platform);

/* To be called after LLVM has run; platform.c says why. data is the
   platform. */
void lzr_platform_precede_exit(void *data);

/* Runs the handlers that compiled code registered with atexit. Nothing is
   compiled after that. Does nothing for a platform whose init failed. */
void lzr_platform_finalize(struct lzr_platform *platform);

/* Runs the exit handlers that a module which can be removed has registered for
   itself, destructors among them: each runs once. On the calling thread, for
   the target. */
void lzr_platform_finalize_input(struct lzr_platform *platform,
                                 struct lzr_input *input);

/* Gives the target's memory back. */
void lzr_platform_fini(struct lzr_platform *platform);

#endif
