/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Thread-local variables of compiled code (see struct lzr_tls_template).
 *
 * libc gives each shared library a number and each thread a table of blocks by
 * that number. Compiled code cannot get one of libc's numbers, so it gets one
 * of lazyrun's, and each thread has a second table. One function with libc's
 * calling sequence reaches both kinds, so that code need not know at link time
 * of which kind a variable will be.
 *
 * Blocks lie in the thread-local storage of the program's object
 * (program_object.h) as long as there is room, where collectors find them; then
 * libc frees them too. Other blocks are on the heap.
 *
 * A thread's blocks are freed when it ends, after the destructors of C++
 * thread_local objects and of other keys have run, as far as POSIX's number of
 * destructor rounds allows. As with libc, a thread's first access to a variable
 * allocates, and must not come from a signal handler.
 */
#ifndef LZR_TARGET_TLS_H
#define LZR_TARGET_TLS_H

#include "tpc/tpc.h"

/* The two words that the System V ABI's __tls_get_addr takes. */
struct lzr_tls_entry {
  uint64_t module; /* libc's number of a module, or the address of a template */
  uint64_t offset;
};

/* libc's function; the argument is libc's own name for the same two words. */
void *__tls_get_addr(const struct lzr_tls_entry *entry);

/* Returns the address of a variable for the calling thread, as libc's function
   does. Where there is no memory for the block, it does as libc's function
   does, too: says so and ends the process with status 127. */
void *lzr_target_tls_get_addr(const struct lzr_tls_entry *entry);

/* Whether a template's sizes and alignment are valid; the caller checks the
   addresses in it. Its index must still be 0. */
lzr_error *lzr_tls_check(const struct lzr_tls_template *template);

/* Frees every thread's block of template. No thread may use them any more. */
void lzr_tls_drop(struct lzr_tls_template *template);

#endif
