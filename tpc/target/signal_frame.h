/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Where in memory the system keeps what a handler of a signal interrupted, and
 * how a handler begins on another stack. <arch>/signal_frame.c knows the
 * layout, which is a part of Linux's interface.
 */
#ifndef LZR_TARGET_SIGNAL_FRAME_H
#define LZR_TARGET_SIGNAL_FRAME_H

#include <signal.h>
#include <stdint.h>
#include <ucontext.h>

/* The lowest byte of the frame that the system has made for a handler with
   these arguments. It ends where the stack began. */
uintptr_t lzr_signal_frame_start(const siginfo_t *info,
                                 const ucontext_t *context);

/* Corrects the pointers within a frame that was copied to a place so many bytes
   above. context is the copy's. */
void lzr_signal_frame_relocate(ucontext_t *context, uintptr_t distance);

/* What the system does last: calls the handler on the stack below the frame.
   end is where the frame ends; back is the address to which the system has told
   its handler to return. */
_Noreturn void lzr_signal_frame_enter(uintptr_t handler, int number,
                                      siginfo_t *info, ucontext_t *context,
                                      uintptr_t end, uintptr_t back);

#endif
