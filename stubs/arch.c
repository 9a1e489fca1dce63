/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stubs/arch.h"

#include <string.h>

#include "stubs/architectures.h"

#define DECLARE(arch, llvm, name, other)                                       \
  extern const struct lzr_arch lzr_##arch;
LZR_ARCHITECTURES(DECLARE)

#define NAMES(arch, llvm, name, other)                                         \
  {name, &lzr_##arch}, {other, &lzr_##arch},

static const struct {
  const char *name;
  const struct lzr_arch *arch;
} names[] = {LZR_ARCHITECTURES(NAMES)};

#define NAME_COUNT (sizeof names / sizeof names[0])

const struct lzr_arch *lzr_arch_for_triple(const char *triple) {
  size_t length = strcspn(triple, "-");
  for (size_t i = 0; i < NAME_COUNT; i++)
    if (strlen(names[i].name) == length &&
        memcmp(names[i].name, triple, length) == 0)
      return names[i].arch;
  return NULL;
}

const struct lzr_arch *lzr_arch_for_machine(uint16_t elf_machine) {
  for (size_t i = 0; i < NAME_COUNT; i++)
    if (names[i].arch->elf_machine == elf_machine)
      return names[i].arch;
  return NULL;
}
