/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * From low to high: the information, the context with records of registers, the
 * records that do not fit there, and a frame record (Linux,
 * arch/arm64/kernel/signal.c). The address to return to is in a register.
 */
#include "tpc/target/signal_frame.h"

#include <asm/sigcontext.h>
#include <stddef.h>

enum { FRAME_RECORD_SIZE = 16 };

uintptr_t lzr_signal_frame_start(const siginfo_t *info,
                                 const ucontext_t *context) {
  (void)context;
  return (uintptr_t)info;
}

/* The records end with one of size 0. */
void lzr_signal_frame_relocate(ucontext_t *context, uintptr_t distance) {
  uint8_t *record = (uint8_t *)context->uc_mcontext.__reserved;
  const uint8_t *end = record + sizeof context->uc_mcontext.__reserved;

  while (record < end) {
    struct _aarch64_ctx *head = (struct _aarch64_ctx *)(void *)record;

    if (head->size == 0)
      return;
    if (head->magic == EXTRA_MAGIC)
      ((struct extra_context *)(void *)head)->datap += distance;
    record += head->size;
  }
}

_Noreturn void lzr_signal_frame_enter(uintptr_t handler, int number,
                                      siginfo_t *info, ucontext_t *context,
                                      uintptr_t end, uintptr_t back) {
  register uintptr_t x0 __asm__("x0") = (uintptr_t)number;
  register uintptr_t x1 __asm__("x1") = (uintptr_t)info;
  register uintptr_t x2 __asm__("x2") = (uintptr_t)context;
  register uintptr_t x16 __asm__("x16") = handler;
  uintptr_t frame_record = (end - FRAME_RECORD_SIZE) & ~(uintptr_t)15;

  __asm__ volatile("mov sp, %4\n\tmov x30, %5\n\tmov x29, %6\n\tbr %3"
                   :
                   : "r"(x0), "r"(x1), "r"(x2), "r"(x16), "r"(info), "r"(back),
                     "r"(frame_record)
                   : "memory", "x30");
  __builtin_unreachable();
}
