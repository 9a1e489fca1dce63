/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * AArch64, as Linux describes it in the auxiliary vector
 * (Documentation/arch/arm64/elf_hwcaps.rst).
 */
#include "tpc/base/cpu.h"

#include <stdbool.h>
#include <sys/auxv.h>

#include "tpc/base/aarch64/save.h"

const char lzr_cpu_machine[] = "aarch64-unknown";

/* yield does nothing on most cores; isb waits until the pipeline is empty. */
void lzr_cpu_relax(void) {
  __asm__ volatile("isb");
}

uintptr_t lzr_cpu_crash_address(const ucontext_t *context) {
  return context->uc_mcontext.pc;
}

uintptr_t lzr_cpu_crash_caller(const ucontext_t *context) {
  return context->uc_mcontext.regs[30];
}

uintptr_t lzr_cpu_stack_pointer(const ucontext_t *context) {
  return context->uc_mcontext.sp;
}

/* ---- Floating-point environment ---- */

static void read_fenv(fenv_t *environment) {
  uint64_t control, status;

  __asm__ volatile("mrs %0, fpcr\n\tmrs %1, fpsr"
                   : "=r"(control), "=r"(status));
  environment->__fpcr = (unsigned)control;
  environment->__fpsr = (unsigned)status;
}

/* Writing these registers is slow, reading them is fast. */
static void change_fenv(const fenv_t *from, const fenv_t *to) {
  if (from->__fpcr != to->__fpcr)
    __asm__ volatile("msr fpcr, %0" : : "r"((uint64_t)to->__fpcr));
  if (from->__fpsr != to->__fpsr)
    __asm__ volatile("msr fpsr, %0" : : "r"((uint64_t)to->__fpsr));
}

void lzr_cpu_hold_fenv(fenv_t *held) {
  static const fenv_t usual = {0};

  read_fenv(held);
  change_fenv(held, &usual);
}

void lzr_cpu_restore_fenv(const fenv_t *held) {
  fenv_t current;

  read_fenv(&current);
  change_fenv(&current, held);
}

/* ---- Registers ---- */

#define SVE (UINT64_C(1) << 22)

struct lzr_save_area lzr_cpu_save_area(void) {
  bool sve = getauxval(AT_HWCAP) & SVE;

  return (struct lzr_save_area){.form = sve ? LZR_AARCH64_SVE : LZR_SAVE_LEAST};
}
