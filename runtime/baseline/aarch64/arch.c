/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/arch.h"

#include <elf.h>

#include "runtime/baseline/aarch64/target.h"

/* DWARF's numbers of registers. */
enum { FP = 29, LR = 30, SP = 31 };

enum { INSTRUCTION = 4 };

static const uint8_t start[] = {LZR_CFA_DEF_CFA, SP, 0};
/* The frame has four states: before STP, behind it, with x29 as its base, and,
   from RET on, gone again. */
static const uint8_t frame[] = {LZR_CFA_ADVANCE + INSTRUCTION,
                                LZR_CFA_DEF_CFA_OFFSET,
                                16,
                                LZR_CFA_OFFSET + FP,
                                2,
                                LZR_CFA_OFFSET + LR,
                                1,
                                LZR_CFA_ADVANCE + INSTRUCTION,
                                LZR_CFA_DEF_CFA_REGISTER,
                                FP};
static const uint8_t end[] = {LZR_CFA_DEF_CFA, SP, 0, LZR_CFA_RESTORE + FP,
                              LZR_CFA_RESTORE + LR};

const struct lzr_baseline_arch lzr_baseline_aarch64 = {
    .elf_machine = EM_AARCH64,
    .target = &lzr_a64_target,
    .unwind = {.return_address = LR,
               .start = start,
               .frame = frame,
               .end = end,
               .start_size = sizeof start,
               .frame_size = sizeof frame,
               .end_size = sizeof end,
               .frame_bytes = 2 * INSTRUCTION},
    .distance_reloc = R_AARCH64_PREL32,
    .address_reloc = R_AARCH64_ABS64,
};
