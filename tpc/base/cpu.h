/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What any process asks of the CPU it runs on, whether the process makes code
 * or runs it. <arch>/cpu.c is compiled for its own architecture only.
 */
#ifndef LZR_CPU_H
#define LZR_CPU_H

#include <fenv.h>
#include <ucontext.h>

#include "tpc/base/address.h" /* struct lzr_save_area */

/* "x86_64-pc": a triple without its system */
extern const char lzr_cpu_machine[];

/* The whole triple: "x86_64-pc-linux-gnu". Static. */
const char *lzr_cpu_triple(void);

/* How a resolver saves registers on this CPU. */
struct lzr_save_area lzr_cpu_save_area(void);

/* The first function saves the calling thread's floating-point environment
   (rounding, masks, raised exceptions) in *held and sets the default one. The
   second function restores what is in *held. Each first call uses both, so they
   must be cheap; fegetenv() and fesetenv() are not cheap everywhere. They also
   need libm, which would make an executor start later. */
void lzr_cpu_hold_fenv(fenv_t *held);
void lzr_cpu_restore_fenv(const fenv_t *held);

/* Pauses for some tens of cycles, and leaves the core to the thread that shares
   it. */
void lzr_cpu_relax(void);

/* Finds the address of the instruction that raised a signal. If that is the
   first instruction of a function, also finds the address from which the
   function was called. */
uintptr_t lzr_cpu_crash_address(const ucontext_t *context);
uintptr_t lzr_cpu_crash_caller(const ucontext_t *context);
/* The stack pointer at that place. */
uintptr_t lzr_cpu_stack_pointer(const ucontext_t *context);

#endif
