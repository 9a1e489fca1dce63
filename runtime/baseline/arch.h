/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What one architecture offers to the rest of this folder.
 */
#ifndef LZR_BASELINE_ARCH_H
#define LZR_BASELINE_ARCH_H

#include "runtime/baseline/code.h"
#include "runtime/baseline/ir.h"
#include "runtime/baseline/unwind.h"

struct lzr_gen_target;

struct lzr_baseline_arch {
  uint16_t elf_machine;

  const struct lzr_gen_target *target;

  struct lzr_unwind_shape unwind;
  uint32_t distance_reloc; /* of a distance of four bytes */
  uint32_t address_reloc;  /* of an address of eight bytes */
};

extern const struct lzr_baseline_arch lzr_baseline_x86_64;
extern const struct lzr_baseline_arch lzr_baseline_aarch64;

#endif
