/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * compiler.h and bitcode.h as a table, for a program that loads this folder
 * with LLVM when it needs them (runtime/loader/).
 */
#ifndef LZR_LLVM_FUNCTIONS_H
#define LZR_LLVM_FUNCTIONS_H

#include "runtime/llvm/bitcode.h"
#include "runtime/llvm/compiler.h"

struct lzr_llvm_functions {
  const char *version; /* lazyrun's: both sides must be of one build */
  __typeof__(lzr_compiler_create) *compiler_create;
  __typeof__(lzr_compiler_destroy) *compiler_destroy;
  __typeof__(lzr_compiler_has_baseline) *compiler_has_baseline;
  __typeof__(lzr_compiler_count_baseline) *compiler_count_baseline;
  __typeof__(lzr_compiler_list_fallbacks) *compiler_list_fallbacks;
  __typeof__(lzr_compiler_disassemble) *compiler_disassemble;
  __typeof__(lzr_compiler_host_cpu) *compiler_host_cpu;
  __typeof__(lzr_compiler_set_crash_handler) *compiler_set_crash_handler;
  __typeof__(lzr_compiler_leave) *compiler_leave;
  __typeof__(lzr_compiler_version) *compiler_version;
  __typeof__(lzr_bitcode_open) *bitcode_open;
  __typeof__(lzr_bitcode_from_bytes) *bitcode_from_bytes;
  __typeof__(lzr_bitcode_from_module) *bitcode_from_module;
};

/* The one name that the loaded module shows. */
extern const struct lzr_llvm_functions lzr_llvm_functions;

#endif
