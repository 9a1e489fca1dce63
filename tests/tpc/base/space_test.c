/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Address space, and what counts for a process's limits. */
#include "tpc/base/space.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#define MIB ((size_t)1 << 20)

#ifndef __SANITIZE_ADDRESS__ /* whose shadow memory knows no limits */
static void set_limit(int resource, uint64_t bytes) {
  struct rlimit limit = {bytes, RLIM_INFINITY};

  cr_assert_eq(setrlimit(resource, &limit), 0);
}

Test(space, of_ones_own_does_not_count_for_data) {
  char *space = lzr_space_reserve_own(64 * MIB);

  cr_assert_not_null(space);
  set_limit(RLIMIT_DATA, 8 * MIB);
  cr_expect(lzr_space_open(space, 64 * MIB));
  memset(space, 1, 64 * MIB);
  lzr_space_release_own(space, 64 * MIB);
}

Test(space, is_shared_with_the_program) {
  cr_expect_eq(lzr_space_allowed(), UINT64_MAX);
  cr_expect_eq(lzr_space_share(64 * MIB, MIB), 64 * MIB);
  set_limit(RLIMIT_AS, 256 * MIB);
  cr_expect_eq(lzr_space_allowed(), 256 * MIB);
  cr_expect_eq(lzr_space_share(64 * MIB, MIB), 32 * MIB);
  cr_expect_eq(lzr_space_share(8 * MIB, MIB), 8 * MIB);
  cr_expect_eq(lzr_space_share(256 * MIB, 64 * MIB), 64 * MIB);
}

Test(space, has_a_page_in_front_that_is_never_memory, .signal = SIGSEGV) {
  char *space = lzr_space_reserve_own(MIB);

  cr_assert(lzr_space_open(space, MIB));
  *(volatile char *)space = 1;
  *(volatile char *)(space - 1) = 1;
}
#endif
