/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * x86-64, as the cpuid instruction describes it (Intel SDM volume 2).
 */
#include "tpc/target/machine.h"

#include <cpuid.h>
#include <elf.h>
#include <stddef.h>
#include <string.h>

#include "tpc/base/cpu.h"

const uint8_t lzr_machine_trap = 0xcc; /* int3 */
const unsigned lzr_machine_code_mib = 512;
const bool lzr_machine_fetches_ahead = false;

const struct lzr_machine_relocs lzr_machine_relocs = {
    .word = R_X86_64_64, .got = R_X86_64_GLOB_DAT, .plt = R_X86_64_JUMP_SLOT};

enum { EBX, ECX, EDX };

/* State components that the operating system must save: bits of XCR0 (Intel SDM
   volume 1, 13.1). */
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

static bool has_feature(const struct feature *feature, uint32_t saved) {
  uint32_t a, words[3];

  return __get_cpuid_count(feature->leaf, 0, &a, &words[EBX], &words[ECX],
                           &words[EDX]) &&
         (words[feature->word] >> feature->bit & 1) &&
         (saved & feature->state) == feature->state;
}

enum { COUNT = sizeof features / sizeof *features, LONGEST = 24 };

const char *lzr_machine_features(void) {
  static char list[COUNT * LONGEST];
  uint32_t saved = lzr_cpu_save_area().mask;
  char *end = list;

  for (size_t i = 0; i < COUNT; i++)
    if (has_feature(&features[i], saved)) {
      end = stpcpy(end, end == list ? "+" : ",+");
      end = stpcpy(end, features[i].name);
    }
  return list;
}

/* libgcc's description of the CPU, which cpu_supports() and multiversioned
   functions read; a constructor fills it in. */
extern char __cpu_model[], __cpu_features2[];
extern int __cpu_indicator_init(void);

const struct lzr_machine_name lzr_machine_names[] = {
    {"__cpu_model", (uintptr_t)__cpu_model},
    {"__cpu_features2", (uintptr_t)__cpu_features2},
    {"__cpu_indicator_init", (uintptr_t)__cpu_indicator_init},
    {NULL, 0},
};
