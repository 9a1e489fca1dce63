/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * x86-64, as the cpuid instruction describes it (Intel SDM volume 2).
 */
#include "tpc/base/cpu.h"

#include <cpuid.h>
#include <stdbool.h>

#include "tpc/base/x86_64/save.h"

const char lzr_cpu_machine[] = "x86_64-pc";

void lzr_cpu_relax(void) {
  __asm__ volatile("pause");
}

uintptr_t lzr_cpu_crash_address(const ucontext_t *context) {
  return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
}

/* a call instruction has just pushed the return address */
uintptr_t lzr_cpu_crash_caller(const ucontext_t *context) {
  return *(const uintptr_t *)context->uc_mcontext.gregs[REG_RSP];
}

uintptr_t lzr_cpu_stack_pointer(const ucontext_t *context) {
  return (uintptr_t)context->uc_mcontext.gregs[REG_RSP];
}

/* ---- Floating-point environment ---- */

enum {
  X87_CONTROL = 0x37f,
  X87_EXCEPTIONS = 0x3f, /* of the status word */
  MXCSR = 0x1f80
};

static uint16_t x87_control(void) {
  uint16_t word;

  __asm__ volatile("fnstcw %0" : "=m"(word));
  return word;
}

static uint16_t x87_exceptions(void) {
  uint16_t word;

  __asm__ volatile("fnstsw %0" : "=am"(word));
  return word & X87_EXCEPTIONS;
}

static bool x87_is_usual(void) {
  return x87_control() == X87_CONTROL && x87_exceptions() == 0;
}

static bool is_held_whole(const fenv_t *held) {
  return held->__control_word != X87_CONTROL ||
         held->__status_word & X87_EXCEPTIONS;
}

/* The x87 state is the first 28 bytes of a fenv_t. Only an unusual state is
   saved whole: storing and loading all of it took three fifths of a first call
   (bench/first_call.sh). No x87 register is in use when a function is called,
   so the state may be initialized. */
void lzr_cpu_hold_fenv(fenv_t *held) {
  held->__control_word = X87_CONTROL;
  held->__status_word = 0;
  held->__mxcsr = __builtin_ia32_stmxcsr();
  if (!x87_is_usual())
    __asm__ volatile("fnstenv %0\n\tfninit" : "+m"(*held));
  if (held->__mxcsr != MXCSR)
    __builtin_ia32_ldmxcsr(MXCSR);
}

void lzr_cpu_restore_fenv(const fenv_t *held) {
  if (is_held_whole(held))
    __asm__ volatile("fldenv %0" : : "m"(*held));
  else if (!x87_is_usual())
    __asm__ volatile("fninit");
  if (__builtin_ia32_stmxcsr() != held->__mxcsr)
    __builtin_ia32_ldmxcsr(held->__mxcsr);
}

/* ---- Registers ---- */

/* The state components that hold arguments in some calling convention: SSE,
   AVX, opmask, the upper halves of zmm0-15, zmm16-31, and APX's r16-r31. x87 is
   left out because it is empty at calls, and PKRU because it must not be
   restored. */
static const uint32_t argument_components = 0xe6 | 1u << 19;

enum { LEGACY_AND_HEADER_SIZE = 576, XSAVE_LEAF = 0xd };

static uint32_t enabled_components(void) {
  uint32_t low, high;

  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static uint32_t round_up(uint32_t size) {
  return (size + 63) & ~UINT32_C(63);
}

/* Bytes of an xsave area (Intel SDM volume 1, 13.4). In the standard format
   each component has a fixed place; in xsavec's format the components follow
   each other, some at the next multiple of 64. */
static uint32_t area_size(uint32_t mask, bool compacted) {
  uint32_t end = LEGACY_AND_HEADER_SIZE;

  for (unsigned i = 2; i < 32; i++) {
    unsigned size, offset, flags, unused;

    if (!(mask & UINT32_C(1) << i) ||
        !__get_cpuid_count(XSAVE_LEAF, i, &size, &offset, &flags, &unused))
      continue;
    if (compacted)
      end = (flags & 2 ? round_up(end) : end) + size;
    else if (offset + size > end)
      end = offset + size;
  }
  return round_up(end);
}

struct lzr_save_area lzr_cpu_save_area(void) {
  struct lzr_save_area area = {.form = LZR_SAVE_LEAST};
  unsigned a, b, c, d;

  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
    return area;
  area.form = LZR_X86_64_XSAVE;
  if (__get_cpuid_count(XSAVE_LEAF, 1, &a, &b, &c, &d) && (a & bit_XSAVEC))
    area.form = LZR_X86_64_XSAVEC;
  area.mask = enabled_components() & argument_components;
  area.size = area_size(area.mask, area.form == LZR_X86_64_XSAVEC);
  return area;
}
