/*
 * Runs code that calls into LLVM and turns what LLVM reports while at it into
 * an error.
 *
 * LLVM reports in two ways. Diagnostics go to a handler of the context; those
 * of severity "error" become the error's sentence, the others are dropped.
 * Errors it considers fatal (a function's body that cannot be read, an
 * instruction that cannot be selected) go to one handler of the whole process
 * and end it if that handler returns. The guard's handler does not return: it
 * leaves LLVM by longjmp. What LLVM held at that moment is lost, so memory
 * leaks, and the objects in use must not be used again; the process lives on.
 *
 * The first guard installs that handler, in place of any the client installed
 * (the C API cannot tell). Outside of guards it does what LLVM would have done
 * without one: it prints the reason, and LLVM exits.
 *
 * What no guard can stop: crashes inside LLVM on input that it does not check.
 */
#ifndef LZR_GUARD_H
#define LZR_GUARD_H

#include <llvm-c/Types.h>
#include <stdbool.h>

#include "tpc/error.h"

/*
 * Calls run(data) with context's diagnostics collected. Returns the error that
 * run returned, else an error of this kind made of what LLVM reported, else
 * NULL. *fatal is set if LLVM was left by force, and untouched otherwise. May
 * be nested; any thread.
 */
lzr_error *lzr_guard_run(LLVMContextRef context, lzr_error_kind kind,
                         lzr_error *(*run)(void *data), void *data,
                         bool *fatal);

/* An error whose sentence is LLVM's text, which may end in line feeds. */
lzr_error *lzr_guard_error(lzr_error_kind kind, const char *text);

#endif
