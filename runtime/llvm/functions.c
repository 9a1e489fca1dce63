/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/functions.h"

__attribute__((visibility("default")))
const struct lzr_llvm_functions lzr_llvm_functions = {
    .version = LZR_VERSION,
    .compiler_create = lzr_compiler_create,
    .compiler_destroy = lzr_compiler_destroy,
    .compiler_has_baseline = lzr_compiler_has_baseline,
    .compiler_count_baseline = lzr_compiler_count_baseline,
    .compiler_list_fallbacks = lzr_compiler_list_fallbacks,
    .compiler_disassemble = lzr_compiler_disassemble,
    .compiler_host_cpu = lzr_compiler_host_cpu,
    .compiler_set_crash_handler = lzr_compiler_set_crash_handler,
    .compiler_leave = lzr_compiler_leave,
    .compiler_version = lzr_compiler_version,
    .bitcode_open = lzr_bitcode_open,
    .bitcode_from_bytes = lzr_bitcode_from_bytes,
    .bitcode_from_module = lzr_bitcode_from_module,
};
