/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The functions with which a program changes what signals do. lazyrun's crash
 * handlers are hidden from the program in its process: it sees the default
 * action, as it would without lazyrun.
 *
 * If lazyrun keeps its handler of crashes (lzr_tpc_keep_handler in tpc/tpc.h),
 * the system never knows a handler of the program's, but a function that looks
 * at which thread has crashed, and calls the one or the other; and where the
 * program sets the default, lazyrun's handler is set.
 *
 * That function must run when LLVM's stack has overflowed, so for SIGSEGV the
 * system always calls it on the thread's alternate stack. If the program's
 * handler should run on the ordinary one, the signal's frame moves there first
 * (signal_frame.h). So the handler finds what it would find without lazyrun.
 */
#ifndef LZR_TARGET_SIGNALS_H
#define LZR_TARGET_SIGNALS_H

#include <signal.h>

/* Like the libc functions of these names, but they hide a handler
   (lzr_tpc_hide_handler in tpc/tpc.h). */
int lzr_program_sigaction(int number, const struct sigaction *action,
                          struct sigaction *old);
int lzr_program_sigaltstack(const stack_t *stack, stack_t *old);

/* For signal, bsd_signal and ssignal; for sysv_signal; and for sigset. */
sighandler_t lzr_program_signal(int number, sighandler_t handler);
sighandler_t lzr_program_sysv_signal(int number, sighandler_t handler);
sighandler_t lzr_program_sigset(int number, sighandler_t handler);

#endif
