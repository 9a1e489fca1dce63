/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <unistd.h>

#include "tests/tpc_support.h"

TestSuite(tpc_facts, .init = open_tpc, .fini = close_tpc);

Test(tpc_facts, are_those_of_this_process) {
  const struct lzr_target_facts *facts = lzr_tpc_facts(tpc);

  cr_expect_eq(facts->page_size, (uint32_t)sysconf(_SC_PAGESIZE));
  cr_expect_eq(facts->pointer_size, sizeof(void *));
  cr_expect_eq(facts->big_endian, false);
  cr_expect_neq(facts->tls_get_addr, 0);
  cr_expect_not_null(facts->cpu);
  cr_expect_not_null(facts->features);
}

#ifdef __x86_64__

#include <cpuid.h>

#include "tpc/base/x86_64/save.h"

Test(tpc_facts, name_the_triple) {
  cr_expect_str_eq(lzr_tpc_facts(tpc)->triple, "x86_64-pc-linux-gnu");
}

/* Runs the instruction itself and looks how far it writes: not beyond the area,
   but far enough that the area's size is no mere guess. */
Test(tpc_facts, the_save_area_is_as_large_as_the_instruction_writes) {
  static _Alignas(64) uint8_t area[16384];
  struct lzr_save_area save = lzr_tpc_facts(tpc)->save_area;
  size_t end = sizeof area;

  if (save.form == LZR_SAVE_LEAST)
    cr_skip_test("a CPU without xsave");
  cr_expect_eq(save.size % 64, 0);
  cr_expect_eq(save.mask & ~UINT32_C(0x800e6), 0);
  cr_expect(save.mask & 2);
  cr_assert_leq(save.size, sizeof area);
  memset(area, 0xA5, sizeof area);
  memset(area + 512, 0, 64);
  if (save.form == LZR_X86_64_XSAVEC)
    __asm__ volatile("xsavec64 %0" : "+m"(area) : "a"(save.mask), "d"(0));
  else
    __asm__ volatile("xsave64 %0" : "+m"(area) : "a"(save.mask), "d"(0));
  while (end > 0 && area[end - 1] == 0xA5)
    end--;
  cr_expect_leq(end, save.size);
  cr_expect_geq(end, 160 + 16);
}

/* What the CPU says about all enabled components is a bound for some of
   them. */
Test(tpc_facts, the_save_area_is_no_larger_than_all_state) {
  struct lzr_save_area save = lzr_tpc_facts(tpc)->save_area;
  unsigned a = 0, b = 0, c = 0, d = 0;

  if (save.form == LZR_SAVE_LEAST)
    cr_skip_test("a CPU without xsave");
  cr_assert(__get_cpuid_count(0xd, 0, &a, &b, &c, &d));
  cr_expect_leq(save.size, (b + 63) / 64 * 64);
  if (save.mask & 4)
    cr_expect_geq(save.size, 576 + 256);
  if (save.mask & 0x80)
    cr_expect_geq(save.size, 576 + 256 + 64 + 512 + 1024);
}

#endif
