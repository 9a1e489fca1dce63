/*
 * What code of an architecture says of the process it is in: <arch>/self.c is
 * compiled only for its own architecture, into every process that runs code.
 * The one file of each folder that knows a CPU and an operating system.
 */
#ifndef LZR_SELF_H
#define LZR_SELF_H

#include <fenv.h>
#include <ucontext.h>

#include "tpc/tpc.h" /* struct lzr_save_area */

/* "x86_64-pc": a triple without its system */
extern const char lzr_self_machine[];

/* How a resolver saves registers on this CPU. */
struct lzr_save_area lzr_self_save_area(void);

/* "+avx2,+sha": what this CPU has beyond what all have, by names that every
   version of LLVM that a controller may be made with knows, and only as far as
   the operating system keeps the registers it needs. A static string; made
   once, before there are threads. */
const char *lzr_self_cpu_features(void);

/* Freed code is filled with it, so that a stale call is noticed at once. */
extern const uint8_t lzr_self_trap;

/* MiB of code that a session has room for: a branch should reach all of it. */
extern const unsigned lzr_self_code_mib;

/* A core may have fetched new code's bytes before they were written, though
   their addresses have never held code. */
extern const bool lzr_self_fetches_ahead;

/* Types of the dynamic relocations that put a symbol's address into a word: of
   data, of the GOT, of the GOT's part for the PLT. */
struct lzr_self_relocs {
  uint32_t word, got, plt;
};
extern const struct lzr_self_relocs lzr_self_relocs;

/* Puts the calling thread into the default floating-point environment, and back
   into the one it had: rounding, masks and exceptions raised. What is in *held
   is for the second alone. A first call does both, so they must be cheap, as
   fegetenv() and fesetenv() are not everywhere; nor need they the C library's
   libm, which would make an executor start later. */
void lzr_self_hold_fenv(fenv_t *held);
void lzr_self_restore_fenv(const fenv_t *held);

/* Does nothing for some tens of cycles, and leaves the core to whoever shares
   it meanwhile. */
void lzr_self_relax(void);

/* Where the instruction is that raised a signal, and, if that is a function's
   first, where it was called from. */
uintptr_t lzr_self_crash_address(const ucontext_t *context);
uintptr_t lzr_self_crash_caller(const ucontext_t *context);

#endif
