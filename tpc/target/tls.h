/*
 * Thread-local variables of compiled code (see struct lzr_tls_template).
 *
 * libc gives each shared library a number and each thread a table of blocks by
 * that number. Compiled code cannot get one of libc's numbers, so it gets one
 * of ours, and each thread has a second table. Both kinds are reached through
 * one function with libc's calling sequence, so that code need not know at
 * link time which kind a variable will be.
 *
 * A thread's blocks are freed when it ends, after the destructors of C++
 * thread_local objects and of other keys have run, as far as POSIX's number of
 * destructor rounds allows. As with libc, a thread's first access to a variable
 * allocates, and must not come from a signal handler.
 */
#ifndef LZR_TARGET_TLS_H
#define LZR_TARGET_TLS_H

#include "tpc/tpc.h"

/* The two words of the System V ABI's __tls_get_addr. */
struct lzr_tls_entry {
  uint64_t module; /* libc's number of a module, or a template's address */
  uint64_t offset;
};

/* The address of a variable for the calling thread, which the code that calls
   expects as it does of libc's. NULL when there is no memory for the block,
   which is where the program then fails: it did not ask whether it may. */
void *lzr_target_tls_get_addr(const struct lzr_tls_entry *entry);

/* Whether a template's sizes and alignment make sense; the addresses in it are
   the caller's to check. Its index must still be 0. */
lzr_error *lzr_tls_check(const struct lzr_tls_template *template);

/* Frees every thread's block of template. No thread may still use them. */
void lzr_tls_drop(struct lzr_tls_template *template);

#endif
