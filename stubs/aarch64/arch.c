/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stubs/aarch64/aarch64.h"

#include <assert.h>
#include <elf.h>

const struct lzr_arch lzr_aarch64 = {
    .name = "aarch64",
    .elf_machine = EM_AARCH64,
    .least_instruction = 4,
    .stub_size = LZR_AARCH64_STUB_SIZE,
    .trampoline_size = LZR_AARCH64_TRAMPOLINE_SIZE,
    .trampoline_tail_size = LZR_AARCH64_TRAMPOLINE_TAIL_SIZE,
    .trampoline_data_size = 16,
    .resolver_max_size = 576,
    .resolver_unwind_max_size = 128,
    .dispatch_max_size = 224,
    .dispatch_unwind_max_size = 128,
    .tls_descriptor_max_size = 592,
    .tls_descriptor_unwind_max_size = 128,
    .branch_reach = (UINT64_C(1) << 27) - 4,
    .asking_feature = "outline-atomics",
    .asked_feature = "lse",
    .write_stubs = lzr_aarch64_write_stubs,
    .write_trampolines = lzr_aarch64_write_trampolines,
    .write_resolver = lzr_aarch64_write_resolver,
    .write_resolver_unwind = lzr_aarch64_write_resolver_unwind,
    .write_tls_descriptor = lzr_aarch64_write_tls_descriptor,
    .write_tls_descriptor_unwind = lzr_aarch64_write_tls_descriptor_unwind,
    .write_dispatch = lzr_aarch64_write_dispatch,
    .write_dispatch_unwind = lzr_aarch64_write_dispatch_unwind,
    .find_reloc = lzr_aarch64_find_reloc,
    .is_got_call = lzr_aarch64_is_got_call,
    .is_jump = lzr_aarch64_is_jump,
    .next_address = lzr_aarch64_next_address,
    .write_field = lzr_aarch64_write_field,
};

static_assert(LZR_AARCH64_STUB_SIZE % 8 == 0 &&
                  LZR_AARCH64_TRAMPOLINE_SIZE % 8 == 0 &&
                  LZR_AARCH64_TRAMPOLINE_TAIL_SIZE % 8 == 0,
              "one after another, they stay aligned");
