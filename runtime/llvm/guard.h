/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Runs code that calls LLVM, and turns what LLVM reports meanwhile into an
 * error.
 *
 * LLVM reports in two ways. Diagnostics go to a handler of the context; those
 * of severity "error" become the error's sentence, the others are dropped.
 * Errors that LLVM considers fatal (a function's body that cannot be read, an
 * instruction that cannot be selected) go to one handler of the whole process;
 * if that handler returns, LLVM ends the process. The guard's handler does not
 * return but leaves LLVM by longjmp. The memory that LLVM was using then leaks,
 * and the objects that it was working on must not be used again, but the
 * process lives on.
 *
 * A guard installs that handler, unless another thread is in a guard, whose
 * handler it is too. It replaces a handler of the client's, which the C API
 * cannot find; the client sets its own again when it needs it. Outside of
 * guards the handler does what LLVM does without one: it prints the reason, and
 * LLVM exits.
 *
 * When an allocation of LLVM's fails, the guard leaves LLVM in the same way.
 * For this, guards also install the C++ library's handler for that, in front of
 * a client's, and LLVM's own. Outside of guards they do what would be done
 * without them.
 *
 * LLVM crashes on some input that it does not check. Then the client's handler
 * of the signal, if there is one, may leave LLVM in the same way.
 */
#ifndef LZR_GUARD_H
#define LZR_GUARD_H

#include <llvm-c/Types.h>
#include <stdbool.h>

#include "tpc/base/address.h"
#include "tpc/base/error.h"

/*
 * Calls run(data) and collects context's diagnostics meanwhile, unless context
 * is NULL. Returns the error that run returned, else an error of this kind with
 * what LLVM reported, else NULL. Sets *fatal if LLVM was left, and leaves it
 * alone otherwise. May be nested; run must hold no lock while it is in LLVM,
 * except around a guard of its own. Thread-safe.
 */
lzr_error *lzr_guard_run(LLVMContextRef context, lzr_error_kind kind,
                         lzr_error *(*run)(void *data), void *data,
                         bool *fatal);

/* Calls run(data), which gives objects back to LLVM: even that may allocate. If
   LLVM has to be left, the rest is leaked. */
void lzr_guard_dispose(void (*run)(void *data), void *data);

/* See lzr_compiler_set_crash_handler() and lzr_compiler_leave(). */
struct lzr_crash_hooks;
void lzr_guard_set_crash_handler(lzr_addr handler,
                                 const struct lzr_crash_hooks *hooks);
bool lzr_guard_leave(const char *reason);

/* Makes an error of LLVM's text, whose lines are put onto one. NULL is what
   LLVM returns where there is no memory for a text. */
lzr_error *lzr_guard_error(lzr_error_kind kind, const char *text);

#endif
