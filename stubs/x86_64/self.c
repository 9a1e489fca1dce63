/*
 * x86-64, asked by cpuid (Intel SDM volume 2).
 */
#include "stubs/self.h"

#include <cpuid.h>
#include <elf.h>
#include <stddef.h>
#include <string.h>

const char lzr_self_machine[] = "x86_64-pc";
const uint8_t lzr_self_trap = 0xcc; /* int3 */
const unsigned lzr_self_code_mib = 512;
const bool lzr_self_fetches_ahead = false;

const struct lzr_self_relocs lzr_self_relocs = {
    .word = R_X86_64_64, .got = R_X86_64_GLOB_DAT, .plt = R_X86_64_JUMP_SLOT};

void lzr_self_relax(void) {
  __asm__ volatile("pause");
}

uintptr_t lzr_self_crash_address(const ucontext_t *context) {
  return (uintptr_t)context->uc_mcontext.gregs[REG_RIP];
}

/* A call has just pushed it. */
uintptr_t lzr_self_crash_caller(const ucontext_t *context) {
  return *(const uintptr_t *)context->uc_mcontext.gregs[REG_RSP];
}

/* ---- Floating-point environment -------------------------------------------
 */

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

/* The x87 state is the first 28 bytes of a fenv_t. Only an unusual one is held
   whole: storing and loading all of it took three fifths of a first call
   (bench/first_call.sh). No register of it is in use when a function is called,
   so it may be initialized. */
void lzr_self_hold_fenv(fenv_t *held) {
  held->__control_word = X87_CONTROL;
  held->__status_word = 0;
  held->__mxcsr = __builtin_ia32_stmxcsr();
  if (!x87_is_usual())
    __asm__ volatile("fnstenv %0\n\tfninit" : "+m"(*held));
  if (held->__mxcsr != MXCSR)
    __builtin_ia32_ldmxcsr(MXCSR);
}

void lzr_self_restore_fenv(const fenv_t *held) {
  if (is_held_whole(held))
    __asm__ volatile("fldenv %0" : : "m"(*held));
  else if (!x87_is_usual())
    __asm__ volatile("fninit");
  if (__builtin_ia32_stmxcsr() != held->__mxcsr)
    __builtin_ia32_ldmxcsr(held->__mxcsr);
}

/* ---- Registers ------------------------------------------------------------
 */

/* State components that hold arguments in some calling convention: SSE, AVX,
   opmask, the upper halves of zmm0-15, zmm16-31, and APX's r16-r31. Not x87,
   which is empty at calls, and not what must not be put back (PKRU). */
static const uint32_t argument_components = 0xe6 | 1u << 19;

enum { LEGACY_SIZE = 512, LEGACY_AND_HEADER_SIZE = 576, XSAVE_LEAF = 0xd };

static uint32_t enabled_components(void) {
  uint32_t low, high;

  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static uint32_t round_up(uint32_t size) {
  return (size + 63) & ~UINT32_C(63);
}

/* Bytes of an xsave area (Intel SDM volume 1, 13.4): in the standard format
   each component has a place of its own; in xsavec's they follow each other,
   some at the next multiple of 64. */
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

struct lzr_save_area lzr_self_save_area(void) {
  struct lzr_save_area area = {LZR_SAVE_FXSAVE, 0, LEGACY_SIZE};
  unsigned a, b, c, d;

  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
    return area;
  area.form = LZR_SAVE_XSAVE;
  if (__get_cpuid_count(XSAVE_LEAF, 1, &a, &b, &c, &d) && (a & bit_XSAVEC))
    area.form = LZR_SAVE_XSAVEC;
  area.mask = enabled_components() & argument_components;
  area.size = area_size(area.mask, area.form == LZR_SAVE_XSAVEC);
  return area;
}

/* ---- Features -------------------------------------------------------------
 */

enum { EBX, ECX, EDX };

/* Registers that the operating system must save: bits of XCR0 (Intel SDM volume
   1, 13.1). */
enum { NO_STATE = 0, AVX = 0x6, AVX512 = 0xe6 };

static const struct feature {
  uint32_t leaf;
  uint8_t word, bit;
  uint32_t state;
  const char *name;
} features[] = {
    {1, ECX, 0, NO_STATE, "sse3"},
    {1, ECX, 1, NO_STATE, "pclmul"},
    {1, ECX, 9, NO_STATE, "ssse3"},
    {1, ECX, 12, AVX, "fma"},
    {1, ECX, 13, NO_STATE, "cx16"},
    {1, ECX, 19, NO_STATE, "sse4.1"},
    {1, ECX, 20, NO_STATE, "sse4.2"},
    {1, ECX, 22, NO_STATE, "movbe"},
    {1, ECX, 23, NO_STATE, "popcnt"},
    {1, ECX, 25, NO_STATE, "aes"},
    {1, ECX, 27, NO_STATE, "xsave"}, /* as far as the system uses it */
    {1, ECX, 28, AVX, "avx"},
    {1, ECX, 29, AVX, "f16c"},
    {1, ECX, 30, NO_STATE, "rdrnd"},
    {7, EBX, 3, NO_STATE, "bmi"},
    {7, EBX, 5, AVX, "avx2"},
    {7, EBX, 8, NO_STATE, "bmi2"},
    {7, EBX, 16, AVX512, "avx512f"},
    {7, EBX, 17, AVX512, "avx512dq"},
    {7, EBX, 18, NO_STATE, "rdseed"},
    {7, EBX, 19, NO_STATE, "adx"},
    {7, EBX, 21, AVX512, "avx512ifma"},
    {7, EBX, 28, AVX512, "avx512cd"},
    {7, EBX, 29, NO_STATE, "sha"},
    {7, EBX, 30, AVX512, "avx512bw"},
    {7, EBX, 31, AVX512, "avx512vl"},
    {7, ECX, 1, AVX512, "avx512vbmi"},
    {7, ECX, 6, AVX512, "avx512vbmi2"},
    {7, ECX, 8, NO_STATE, "gfni"},
    {7, ECX, 9, AVX, "vaes"},
    {7, ECX, 10, AVX, "vpclmulqdq"},
    {7, ECX, 11, AVX512, "avx512vnni"},
    {7, ECX, 12, AVX512, "avx512bitalg"},
    {7, ECX, 14, AVX512, "avx512vpopcntdq"},
    {0x80000001, ECX, 0, NO_STATE, "sahf"},
    {0x80000001, ECX, 5, NO_STATE, "lzcnt"},
    {0x80000001, ECX, 6, NO_STATE, "sse4a"},
};

static uint32_t saved_state(void) {
  uint32_t a, b, c, d;

  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
    return 0;
  return enabled_components();
}

static bool has_feature(const struct feature *feature) {
  uint32_t a, words[3];

  return __get_cpuid_count(feature->leaf, 0, &a, &words[EBX], &words[ECX],
                           &words[EDX]) &&
         (words[feature->word] >> feature->bit & 1) &&
         (saved_state() & feature->state) == feature->state;
}

enum { COUNT = sizeof features / sizeof *features, LONGEST = 24 };

const char *lzr_self_cpu_features(void) {
  static char list[COUNT * LONGEST];
  char *end = list;

  for (size_t i = 0; i < COUNT; i++)
    if (has_feature(&features[i])) {
      end = stpcpy(end, end == list ? "+" : ",+");
      end = stpcpy(end, features[i].name);
    }
  return list;
}
