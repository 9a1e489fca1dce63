/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What one architecture offers to the rest of this folder.
 */
#ifndef LZR_BASELINE_ARCH_H
#define LZR_BASELINE_ARCH_H

#include "runtime/baseline/code.h"
#include "runtime/baseline/ir.h"

struct lzr_gen_target;

struct lzr_baseline_arch {
  uint16_t elf_machine;

  const struct lzr_gen_target *target;

  /* Unwind records. A CIE, and an FDE without its first eight bytes, length and
     distance to the CIE; the FDE begins with the distance to the function, a
     relocation of distance_reloc's type, then has the function's size. Both are
     multiples of four bytes. The number of bytes is returned. A CIE of
     functions with exception tables has room for the distance to a pointer to
     their personality routine, an FDE of one for the distance to its table;
     *field is where. */
  size_t (*write_cie)(uint8_t *bytes, bool has_exceptions, size_t *field);
  size_t (*write_fde)(uint8_t *bytes, const struct lzr_code_function *function,
                      size_t *field);
  uint32_t distance_reloc;
  uint32_t address_reloc; /* of an address of eight bytes */
};

enum { LZR_BASELINE_CIE_MAX = 64, LZR_BASELINE_FDE_MAX = 64 };

extern const struct lzr_baseline_arch lzr_baseline_x86_64;

#endif
