/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The names of CPUs that LLVM knows, for each architecture. */
#include "runtime/session/cpu_names.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/compiler.h"
#include "stubs/arch.h"
#include "tests/riscv64_arch.h"
#include "tpc/base/cpu.h"
#include "tpc/target/machine.h"

static const struct lzr_arch *arch_of(const char *triple) {
  const struct lzr_arch *arch = lzr_arch_for_triple(triple);
  cr_assert(arch);
  return arch;
}

static void takes(const char *triple, const char *cpu, const char *features) {
  lzr_error *error = lzr_cpu_names_check(arch_of(triple), cpu, features);
  cr_expect(!error, "%s", lzr_error_message(error));
  lzr_error_destroy(error);
}

static void refuses(const char *triple, const char *cpu, const char *features,
                    const char *words) {
  lzr_error *error = lzr_cpu_names_check(arch_of(triple), cpu, features);
  cr_assert(error, "expected '%s'", words);
  cr_expect_eq(lzr_error_get_kind(error), LZR_ERROR_ARGUMENT);
  cr_expect(strstr(lzr_error_message(error), words), "%s",
            lzr_error_message(error));
  lzr_error_destroy(error);
}

Test(cpu_names, takes_what_llvm_lists) {
  takes("x86_64-linux-gnu", "x86-64", "+avx2,-sse4a");
  takes("amd64-linux-gnu", "znver3", NULL);
  takes("aarch64-linux-gnu", "cortex-a57", "+neon,+crc");
  takes("aarch64-linux-gnu", "generic", "-fp-armv8");
}

Test(cpu_names, takes_nothing_and_commas) {
  takes("x86_64-linux-gnu", NULL, NULL);
  takes("x86_64-linux-gnu", "", "");
  takes("x86_64-linux-gnu", NULL, ",,+avx,,");
}

Test(cpu_names, knows_each_architecture_by_itself) {
  refuses("x86_64-linux-gnu", "cortex-a57", NULL,
          "no CPU 'cortex-a57' of x86_64");
  refuses("aarch64-linux-gnu", "znver3", NULL, "no CPU 'znver3' of aarch64");
  refuses("x86_64-linux-gnu", NULL, "+neon", "no CPU feature 'neon' of x86_64");
}

/* A part of a name, a name with more behind it, and a feature as a CPU. */
Test(cpu_names, compares_whole_names) {
  refuses("x86_64-linux-gnu", "znver", NULL, "'znver'");
  refuses("x86_64-linux-gnu", "znver33", NULL, "'znver33'");
  refuses("x86_64-linux-gnu", "avx2", NULL, "no CPU 'avx2'");
  refuses("x86_64-linux-gnu", NULL, "+avx2,+av", "'av'");
  refuses("x86_64-linux-gnu", NULL, "+znver3", "no CPU feature 'znver3'");
  refuses("x86_64-linux-gnu", NULL, "+,+avx2", "no CPU feature ''");
}

Test(cpu_names, wants_a_sign_at_each_feature) {
  refuses("x86_64-linux-gnu", NULL, "avx2", "'avx2' has no + or - in front");
  refuses("x86_64-linux-gnu", NULL, "+avx,avx2", "'avx2' has no");
}

static void drops(const char *cpu, const char *features, const char *known_cpu,
                  const char *known) {
  char *kept_cpu = strdup(cpu), *kept = strdup(features);
  lzr_cpu_names_drop_unknown(arch_of("x86_64-linux-gnu"), kept_cpu, kept);
  cr_expect_str_eq(kept_cpu, known_cpu);
  cr_expect_str_eq(kept, known);
  free(kept_cpu);
  free(kept);
}

/* LLVM would say on standard error that it ignores them, for each function. */
Test(cpu_names, drops_what_an_executor_says_and_llvm_does_not_know) {
  drops("znver3", "+avx2,-sse4a", "znver3", "+avx2,-sse4a");
  drops("", "", "", "");
  drops("znver33", "+avx22,+avx2,-sse4a,+av", "", "+avx2,-sse4a");
  drops("x86-64\n", ",,+avx2,avx,+,-,+avx", "", "+avx2,+avx");
  drops("", "+bogus,-bogus", "", "");
}

/* What this machine's CPU is, to LLVM, and what an executor on it reports. */
Test(cpu_names, has_what_targets_report) {
  char *cpu, *features;
  cr_assert(!lzr_compiler_host_cpu(&cpu, &features));
  takes(lzr_cpu_triple(), cpu, features);
  takes(lzr_cpu_triple(), NULL, lzr_machine_features());
  free(cpu);
  free(features);
}

Test(cpu_names, says_nothing_of_other_architectures) {
  char cpu[] = "bogus", features[] = "+bogus";
  cr_expect(!lzr_cpu_names_check(&riscv64_arch, cpu, features));
  lzr_cpu_names_drop_unknown(&riscv64_arch, cpu, features);
  cr_expect_str_eq(cpu, "bogus");
  cr_expect_str_eq(features, "+bogus");
}
