/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The names that LLVM has for CPUs and for their features. LLVM ignores a name
 * that it does not know, and says so on standard error for each function.
 */
#ifndef LZR_SESSION_CPU_NAMES_H
#define LZR_SESSION_CPU_NAMES_H

#include "stubs/arch.h"
#include "tpc/base/error.h"

/* Refuses, with kind ARGUMENT, a CPU that LLVM does not know for arch, and a
   list of features ("+avx2,-sse4a") with such a feature, or with one that has
   no sign. cpu and features may be NULL. */
lzr_error *lzr_cpu_names_check(const struct lzr_arch *arch, const char *cpu,
                               const char *features);

/* Takes the names out that LLVM does not know for arch: an executor may be
   newer than LLVM, or hostile. What LLVM does not know, it does not use. */
void lzr_cpu_names_drop_unknown(const struct lzr_arch *arch, char *cpu,
                                char *features);

#endif
