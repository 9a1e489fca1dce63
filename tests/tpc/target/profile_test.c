/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What profilers are told, and what is refused; tests/perf_test.sh reads whole
   files. */
#include <stdio.h>
#include <unistd.h>

#include "tests/tpc_support.h"

TestSuite(tpc_profile, .init = open_tpc, .fini = close_tpc);

struct told {
  struct lzr_profiled_function function;
  char name[8];
};

/* Commits a function together with what is told of it, size bytes. */
static lzr_error *tell(struct told told, uint64_t size, lzr_addr *code) {
  lzr_allocation *allocation = reserve(RETURNER_SIZE, sizeof told, 0);
  uint8_t bytes[RETURNER_SIZE];
  struct lzr_segment segments[] = {
      {allocation->address[LZR_PROT_CODE], bytes, sizeof bytes, 0},
      {allocation->address[LZR_PROT_CONST], &told, sizeof told, 0}};
  struct lzr_action action = {LZR_ACTION_PERF_MAP, segments[1].address, size};
  struct lzr_commit commit = {.segments = segments,
                              .segment_count = 2,
                              .actions = &action,
                              .action_count = 1};

  write_returner(bytes, 7);
  told.function.address += segments[0].address;
  *code = segments[0].address;
  return lzr_tpc_commit(tpc, allocation, &commit);
}

static const struct told sound = {{0, RETURNER_SIZE, 6, 0, 0}, "seven"};

Test(tpc_profile, writes_a_map_of_names) {
  char path[64], line[64], expected[64];
  lzr_addr code;
  FILE *map;

  expect_fine(tell(sound, sizeof sound, &code));
  snprintf(path, sizeof path, "/tmp/perf-%d.map", (int)getpid());
  map = fopen(path, "r");
  cr_assert_not_null(map);
  cr_assert(fgets(line, sizeof line, map));
  fclose(map);
  unlink(path);
  snprintf(expected, sizeof expected, "%llx %x seven\n",
           (unsigned long long)code, RETURNER_SIZE);
  cr_expect_str_eq(line, expected);
  cr_expect_eq(((uint32_t (*)(void))(uintptr_t)code)(), 7);
}

static void refuse(struct told told, uint64_t size) {
  lzr_addr code;

  expect_error(tell(told, size, &code), LZR_ERROR_ARGUMENT, "makes no sense");
}

Test(tpc_profile, refuses_what_is_not_in_the_allocation) {
  struct told told = sound;

  told.function.size++;
  refuse(told, sizeof told);
  told = sound;
  told.function.address--;
  refuse(told, sizeof told);
}

Test(tpc_profile, refuses_names_that_do_not_end_where_they_should) {
  struct told told = sound;

  refuse(told, sizeof told - 3);
  refuse(told, sizeof told.function - 1);
  for (uint64_t size = 0; size < 6; size++) {
    told.function.name_size = size;
    refuse(told, sizeof told);
  }
  told.function.name_size = 7;
  refuse(told, sizeof told);
  told.function.name_size = UINT64_MAX;
  refuse(told, sizeof told);
}

Test(tpc_profile, refuses_lines_that_are_not_there) {
  struct told told = sound;

  told.function.line_count = 1;
  refuse(told, sizeof told);
  told.function.lines_size = 2;
  refuse(told, sizeof told);
  told.function.lines_size = UINT64_MAX;
  refuse(told, sizeof told);
  told.function.line_count = 0;
  told.function.lines_size = 1;
  refuse(told, sizeof told);
}
