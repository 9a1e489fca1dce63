/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stubs/x86_64/x86_64.h"

#include <assert.h>
#include <elf.h>

const struct lzr_arch lzr_x86_64 = {
    .name = "x86_64",
    .elf_machine = EM_X86_64,
    .least_instruction = 1,
    .calls_through_memory = true,
    .stub_size = LZR_X86_64_STUB_SIZE,
    .trampoline_size = LZR_X86_64_TRAMPOLINE_SIZE,
    .trampoline_tail_size = LZR_X86_64_TRAMPOLINE_TAIL_SIZE,
    .trampoline_data_size = 16,
    .resolver_max_size = 192,
    .resolver_unwind_max_size = 96,
    .dispatch_max_size = 144,
    .dispatch_unwind_max_size = 112,
    .branch_reach = INT32_MAX,
    .counts_from_field_end = true,
    .write_stubs = lzr_x86_64_write_stubs,
    .write_trampolines = lzr_x86_64_write_trampolines,
    .write_resolver = lzr_x86_64_write_resolver,
    .write_resolver_unwind = lzr_x86_64_write_resolver_unwind,
    .write_dispatch = lzr_x86_64_write_dispatch,
    .write_dispatch_unwind = lzr_x86_64_write_dispatch_unwind,
    .find_reloc = lzr_x86_64_find_reloc,
    .is_got_call = lzr_x86_64_is_got_call,
    .is_jump = lzr_x86_64_is_jump,
    .next_address = lzr_x86_64_next_address,
    .write_field = lzr_x86_64_write_field,
};

static_assert(LZR_X86_64_STUB_SIZE % 8 == 0 &&
                  LZR_X86_64_TRAMPOLINE_SIZE % 8 == 0 &&
                  LZR_X86_64_TRAMPOLINE_TAIL_SIZE % 8 == 0,
              "one after another, they stay aligned");
static_assert(LZR_X86_64_STUB_SIZE == 8,
              "as a slot, so that every stub has the same displacement");
