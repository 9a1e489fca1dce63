/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/arch.h"

#include <elf.h>

#include "runtime/baseline/x86_64/target.h"

/* DWARF's numbers of registers, which are not the CPU's. */
enum { RBP = 6, RSP = 7, RETURN_ADDRESS = 16 };

enum { PUSH_SIZE = 1, MOV_SIZE = 3 };

static const uint8_t start[] = {LZR_CFA_DEF_CFA, RSP, 8,
                                LZR_CFA_OFFSET + RETURN_ADDRESS, 1};
/* The frame has four states: before PUSH, behind it, with RBP as its base, and,
   from RET on, gone again. */
static const uint8_t frame[] = {LZR_CFA_ADVANCE + PUSH_SIZE,
                                LZR_CFA_DEF_CFA_OFFSET,
                                16,
                                LZR_CFA_OFFSET + RBP,
                                2,
                                LZR_CFA_ADVANCE + MOV_SIZE,
                                LZR_CFA_DEF_CFA_REGISTER,
                                RBP};
static const uint8_t end[] = {LZR_CFA_DEF_CFA, RSP, 8, LZR_CFA_RESTORE + RBP};

const struct lzr_baseline_arch lzr_baseline_x86_64 = {
    .elf_machine = EM_X86_64,
    .target = &lzr_x64_target,
    .unwind = {.return_address = RETURN_ADDRESS,
               .start = start,
               .frame = frame,
               .end = end,
               .start_size = sizeof start,
               .frame_size = sizeof frame,
               .end_size = sizeof end,
               .frame_bytes = PUSH_SIZE + MOV_SIZE},
    .distance_reloc = R_X86_64_PC32,
    .address_reloc = R_X86_64_64,
};
