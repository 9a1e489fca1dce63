/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <criterion/criterion.h>
#include <elf.h>

#include "stubs/arch.h"

static const char *name_for(const char *triple) {
  const struct lzr_arch *arch = lzr_arch_for_triple(triple);
  return arch ? arch->name : "none";
}

Test(arch, is_found_by_a_triples_first_component) {
  cr_assert_str_eq(name_for("x86_64"), "x86_64");
  cr_assert_str_eq(name_for("x86_64-pc-linux-gnu"), "x86_64");
  cr_assert_str_eq(name_for("amd64-unknown-freebsd"), "x86_64");
  cr_assert_str_eq(name_for("aarch64-linux-gnu"), "aarch64");
  cr_assert_str_eq(name_for("arm64"), "aarch64");
}

Test(arch, is_not_found_by_half_a_name) {
  cr_assert_str_eq(name_for(""), "none");
  cr_assert_str_eq(name_for("x86"), "none");
  cr_assert_str_eq(name_for("x86_64h-apple"), "none");
  cr_assert_str_eq(name_for("aarch64_be-linux-gnu"), "none");
  cr_assert_str_eq(name_for("riscv64-linux-gnu"), "none");
}

Test(arch, is_found_by_elf_machine) {
  cr_assert_eq(lzr_arch_for_machine(EM_X86_64), lzr_arch_for_triple("x86_64"));
  cr_assert_eq(lzr_arch_for_machine(EM_AARCH64),
               lzr_arch_for_triple("aarch64"));
  cr_assert_null(lzr_arch_for_machine(EM_RISCV));
}
