/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * From low to high: the address to return to, the context, the information, and
 * the registers of vectors and floating point, to which the context points
 * (Linux, arch/x86/include/asm/sigframe.h).
 */
#include "tpc/target/signal_frame.h"

uintptr_t lzr_signal_frame_start(const siginfo_t *info,
                                 const ucontext_t *context) {
  (void)info;
  return (uintptr_t)context - sizeof(uintptr_t);
}

void lzr_signal_frame_relocate(ucontext_t *context, uintptr_t distance) {
  uintptr_t registers = (uintptr_t)context->uc_mcontext.fpregs;

  if (registers)
    context->uc_mcontext.fpregs = (fpregset_t)(registers + distance);
}

_Noreturn void lzr_signal_frame_enter(uintptr_t handler, int number,
                                      siginfo_t *info, ucontext_t *context,
                                      uintptr_t end, uintptr_t back) {
  (void)end, (void)back;
  __asm__ volatile("mov %0, %%rsp\n\tjmp *%%rax"
                   :
                   : "r"(lzr_signal_frame_start(info, context)), "a"(handler),
                     "D"(number), "S"(info), "d"(context)
                   : "memory");
  __builtin_unreachable();
}
