#include "stubs/arch.h"

#include <string.h>

#include "stubs/aarch64/aarch64.h"
#include "stubs/x86_64/x86_64.h"

/* First components of triples; LLVM knows some architectures by two names. */
static const struct {
  const char *name;
  const struct lzr_arch *arch;
} names[] = {
    {"x86_64", &lzr_x86_64},
    {"amd64", &lzr_x86_64},
    {"aarch64", &lzr_aarch64},
    {"arm64", &lzr_aarch64},
};

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
