#include "tpc/executor/cpu_features.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)

#include <cpuid.h>

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
  uint32_t a, b, c, d, low, high;

  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE))
    return 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static bool has_feature(const struct feature *feature) {
  uint32_t a, words[3];

  return __get_cpuid_count(feature->leaf, 0, &a, &words[EBX], &words[ECX],
                           &words[EDX]) &&
         (words[feature->word] >> feature->bit & 1) &&
         (saved_state() & feature->state) == feature->state;
}

#elif defined(__aarch64__)

#include <sys/auxv.h>

/* Bits of AT_HWCAP (Linux, Documentation/arch/arm64/elf_hwcaps.rst). */
static const struct feature {
  uint8_t bit;
  const char *name;
} features[] = {
    {3, "aes"},   {6, "sha2"},  {7, "crc"},      {8, "lse"},  {10, "fullfp16"},
    {15, "rcpc"}, {17, "sha3"}, {20, "dotprod"}, {22, "sve"}, {23, "fp16fml"},
};

static bool has_feature(const struct feature *feature) {
  return getauxval(AT_HWCAP) >> feature->bit & 1;
}

#endif

enum { COUNT = sizeof features / sizeof *features, LONGEST = 24 };

const char *lzr_cpu_features(void) {
  static char list[COUNT * LONGEST];
  char *end = list;

  for (size_t i = 0; i < COUNT; i++)
    if (has_feature(&features[i])) {
      end = stpcpy(end, end == list ? "+" : ",+");
      end = stpcpy(end, features[i].name);
    }
  return list;
}
