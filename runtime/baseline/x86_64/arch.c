/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/baseline/arch.h"

#include <elf.h>

#include "runtime/baseline/x86_64/target.h"
#include "runtime/baseline/x86_64/unwind.h"

const struct lzr_baseline_arch lzr_baseline_x86_64 = {
    .elf_machine = EM_X86_64,
    .target = &lzr_x64_target,
    .write_cie = lzr_x64_write_cie,
    .write_fde = lzr_x64_write_fde,
    .distance_reloc = R_X86_64_PC32,
    .address_reloc = R_X86_64_64,
};
