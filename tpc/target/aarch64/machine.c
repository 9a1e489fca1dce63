/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * AArch64, as Linux describes it in the auxiliary vector
 * (Documentation/arch/arm64/elf_hwcaps.rst).
 */
#include "tpc/target/machine.h"

#include <elf.h>
#include <stddef.h>
#include <string.h>
#include <sys/auxv.h>

const uint8_t lzr_machine_trap = 0; /* udf #0 */
const unsigned lzr_machine_code_mib = 128;

/* A plain load, like the one in a stub, does not order later accesses
   either. */
const bool lzr_machine_fetches_ahead = true;

const struct lzr_machine_relocs lzr_machine_relocs = {.word = R_AARCH64_ABS64,
                                                      .got = R_AARCH64_GLOB_DAT,
                                                      .plt =
                                                          R_AARCH64_JUMP_SLOT};

#define BIT(n) (UINT64_C(1) << (n))
#define SVE BIT(22)

/* Features that make a difference to generated code. LLVM has one name for some
   pairs of bits. */
static const struct feature {
  uint64_t first, second; /* of AT_HWCAP and AT_HWCAP2; all needed */
  const char *name;
} features[] = {
    {BIT(3) | BIT(4), 0, "aes"},
    {BIT(5) | BIT(6), 0, "sha2"},
    {BIT(7), 0, "crc"},
    {BIT(8), 0, "lse"},
    {BIT(9) | BIT(10), 0, "fullfp16"},
    {BIT(12), 0, "rdm"},
    {BIT(13), 0, "jsconv"},
    {BIT(14), 0, "complxnum"},
    {BIT(15), 0, "rcpc"},
    {BIT(17) | BIT(21), 0, "sha3"},
    {BIT(18) | BIT(19), 0, "sm4"},
    {BIT(20), 0, "dotprod"},
    {SVE, 0, "sve"},
    {BIT(23), 0, "fp16fml"},
    {BIT(25), 0, "lse2"},
    {BIT(26), 0, "rcpc-immo"},
    {BIT(27), 0, "flagm"},
    {BIT(29), 0, "sb"},
    {0, BIT(1), "sve2"},
    {0, BIT(7), "altnzcv"},
    {0, BIT(8), "fptoint"},
    {0, BIT(10), "f32mm"},
    {0, BIT(11), "f64mm"},
    {0, BIT(13), "i8mm"},
    {0, BIT(14), "bf16"},
    {0, BIT(16), "rand"},
    {0, BIT(34), "cssc"},
    {0, BIT(43), "mops"},
};

static bool has_feature(const struct feature *feature) {
  return (getauxval(AT_HWCAP) & feature->first) == feature->first &&
         (getauxval(AT_HWCAP2) & feature->second) == feature->second;
}

enum { COUNT = sizeof features / sizeof *features, LONGEST = 24 };

const char *lzr_machine_features(void) {
  static char list[COUNT * LONGEST];
  char *end = list;

  for (size_t i = 0; i < COUNT; i++)
    if (has_feature(&features[i])) {
      end = stpcpy(end, end == list ? "+" : ",+");
      end = stpcpy(end, features[i].name);
    }
  return list;
}

/* Compiled code does not call libgcc's atomics (outline-atomics): see the
   feature of that name in stubs/aarch64/arch.c. */
const struct lzr_machine_name lzr_machine_names[] = {{NULL, 0}};
