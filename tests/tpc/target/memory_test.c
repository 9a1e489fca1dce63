/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tpc_support.h"

TestSuite(tpc_memory, .init = open_tpc, .fini = close_tpc);

static bool near(lzr_addr a, lzr_addr b, uint64_t distance) {
  return a < b ? b - a < distance : a - b < distance;
}

/* Lines of /proc/self/maps, and how many of them are writable and
   executable. */
static unsigned count_mappings(unsigned *writable_code) {
  FILE *maps = fopen("/proc/self/maps", "r");
  unsigned count = 0;
  char line[512];

  cr_assert_not_null(maps);
  *writable_code = 0;
  while (fgets(line, sizeof line, maps)) {
    const char *permissions = strchr(line, ' ');

    count++;
    *writable_code +=
        permissions && permissions[2] == 'w' && permissions[3] == 'x';
  }
  fclose(maps);
  return count;
}

static unsigned count_window_mappings(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  unsigned count = 0;
  char line[512];

  cr_assert_not_null(maps);
  while (fgets(line, sizeof line, maps))
    count += strstr(line, "memfd:lazyrun") != NULL;
  fclose(maps);
  return count;
}

Test(tpc_memory, runs_what_was_committed) {
  lzr_allocation *allocation = make_returner(42);

  cr_expect_eq(run(allocation), 42);
  lzr_tpc_release(tpc, allocation);
}

Test(tpc_memory, fills_every_kind_of_segment) {
  lzr_allocation *allocation = reserve(RETURNER_SIZE, 40, 100);
  lzr_addr constants = allocation->address[LZR_PROT_CONST];
  lzr_addr data = allocation->address[LZR_PROT_DATA];
  uint8_t code[RETURNER_SIZE];
  struct lzr_segment segments[] = {
      {allocation->address[LZR_PROT_CODE], code, sizeof code, 0},
      {constants, "constants", 10, 30},
      {data + 50, "data", 5, 45},
  };
  struct lzr_pointer_store stores[] = {{data, 0x1122334455667788},
                                       {data + 8, constants}};
  struct lzr_commit commit = {segments, 3, NULL, 0, stores, 2, NULL};

  write_returner(code, 7);
  expect_fine(lzr_tpc_commit(tpc, allocation, &commit));
  cr_expect_eq(run(allocation), 7);
  cr_expect_str_eq(pointer_to(constants), "constants");
  cr_expect_str_eq(pointer_to(data + 50), "data");
  cr_expect_eq(*(uint64_t *)pointer_to(data), 0x1122334455667788);
  cr_expect_eq(*(uint64_t *)pointer_to(data + 8), constants);
  lzr_tpc_release(tpc, allocation);
}

Test(tpc_memory, packs_small_allocations_densely) {
  lzr_allocation *a = reserve(100, 30, 20), *b = reserve(60, 30, 20);

  for (int prot = 0; prot <= LZR_PROT_DATA; prot++)
    cr_expect_eq(b->address[prot] - a->address[prot],
                 prot == LZR_PROT_CODE ? 112 : 32);
  lzr_tpc_release(tpc, a);
  lzr_tpc_release(tpc, b);
}

Test(tpc_memory, lies_within_two_gibibytes) {
  lzr_allocation *all = reserve(16, 16, 16);

  for (int i = 0; i <= LZR_PROT_DATA; i++)
    for (int j = 0; j <= LZR_PROT_DATA; j++)
      cr_expect(near(all->address[i], all->address[j], UINT64_C(1) << 31));
  lzr_tpc_release(tpc, all);
}

/* Large data lies below the code, the first next to it. */
Test(tpc_memory, has_large_and_far_data) {
  struct lzr_layout layout = {.size = {16, 0, 0, 700 << 20, 0}};
  lzr_allocation *first, *second, *far;
  struct lzr_segment segment = {.byte_count = 4, .bytes = "far"};
  struct lzr_commit commit = {&segment, 1, NULL, 0, NULL, 0, NULL};

  cr_assert(lzr_tpc_facts(tpc)->has_large);
  expect_fine(lzr_tpc_reserve(tpc, &layout, &first));
  expect_fine(lzr_tpc_reserve(tpc, &layout, &second));
  cr_expect_eq(second->address[LZR_PROT_LARGE] + (700 << 20),
               first->address[LZR_PROT_LARGE]);
  cr_expect(near(second->address[LZR_PROT_LARGE],
                 second->address[LZR_PROT_CODE], UINT64_C(1) << 31));
  layout = (struct lzr_layout){.size[LZR_PROT_FAR] = UINT64_C(5) << 30};
  expect_fine(lzr_tpc_reserve(tpc, &layout, &far));
  segment.address = far->address[LZR_PROT_FAR];
  segment.zero_count = (UINT64_C(5) << 30) - 4;
  expect_fine(lzr_tpc_commit(tpc, far, &commit));
  cr_expect_str_eq(pointer_to(segment.address), "far");
  cr_expect_eq(*(char *)pointer_to(segment.address + segment.zero_count), 0);
  lzr_tpc_release(tpc, first);
  lzr_tpc_release(tpc, second);
  lzr_tpc_release(tpc, far);
}

/* What is given back is zero for the next user. */
Test(tpc_memory, clears_large_data_that_is_used_again) {
  struct lzr_layout layout = {.size[LZR_PROT_LARGE] = 16 << 20};
  struct lzr_segment segment = {.zero_count = 16 << 20};
  struct lzr_commit commit = {&segment, 1, NULL, 0, NULL, 0, NULL};
  lzr_addr before = 0;

  for (int i = 0; i < 2; i++) {
    lzr_allocation *allocation;

    expect_fine(lzr_tpc_reserve(tpc, &layout, &allocation));
    segment.address = allocation->address[LZR_PROT_LARGE];
    cr_expect(i == 0 || segment.address == before);
    before = segment.address;
    expect_fine(lzr_tpc_commit(tpc, allocation, &commit));
    cr_expect_eq(*(char *)pointer_to(before + 5000), 0);
    *(char *)pointer_to(before + 5000) = 7;
    lzr_tpc_release(tpc, allocation);
  }
}

Test(tpc_memory, aligns_as_asked) {
  for (unsigned shift = 0; shift <= 20; shift++) {
    uint64_t align = UINT64_C(1) << shift;
    struct lzr_layout layout = {.size = {1, 1, 1},
                                .align = {align, align, align}};
    lzr_allocation *allocation;

    expect_fine(lzr_tpc_reserve(tpc, &layout, &allocation));
    for (int prot = 0; prot <= LZR_PROT_DATA; prot++)
      cr_expect_eq(allocation->address[prot] % (align < 16 ? 16 : align), 0);
  }
}

Test(tpc_memory, an_empty_allocation_has_no_addresses) {
  lzr_allocation *allocation = reserve(0, 0, 0);

  for (int prot = 0; prot < LZR_PROT_COUNT; prot++)
    cr_expect_eq(allocation->address[prot], 0);
  lzr_tpc_release(tpc, allocation);
}

Test(tpc_memory, has_no_writable_code_and_a_constant_number_of_mappings) {
  enum { COUNT = 20000 };
  static lzr_allocation *allocations[COUNT];
  unsigned before, after, writable_code;

  lzr_tpc_release(tpc, make_returner(1));
  count_mappings(&writable_code);
  before = count_window_mappings();
  for (int i = 0; i < COUNT; i++) {
    allocations[i] = reserve(200, 40, 8);
    commit_returner(allocations[i], (uint32_t)i);
  }
  after = count_window_mappings();
  cr_expect_leq(after, before);
  cr_expect_gt(before, 2);
  count_mappings(&writable_code);
  cr_expect_eq(writable_code, 0);
  for (int i = 0; i < COUNT; i++)
    cr_assert_eq(run(allocations[i]), (uint32_t)i);
}

/* How far the lowest writable mapping of the window's file is from code. */
static lzr_addr find_writable_distance(void) {
  lzr_allocation *allocation = reserve(16, 0, 0);
  lzr_addr code = allocation->address[LZR_PROT_CODE];
  FILE *maps = fopen("/proc/self/maps", "r");
  unsigned long address = 0;
  char line[512];

  cr_assert_not_null(maps);
  while (!address && fgets(line, sizeof line, maps))
    if (strstr(line, "memfd:lazyrun ") && strstr(line, " rw-s "))
      cr_assert_eq(sscanf(line, "%lx-", &address), 1);
  fclose(maps);
  lzr_tpc_release(tpc, allocation);
  cr_assert_neq(address, 0);
  return address - code;
}

Test(tpc_memory, can_be_written_at_no_fixed_distance_from_its_code) {
  lzr_addr distance = find_writable_distance();

  cr_expect(!near(distance, 0, UINT64_C(1) << 31));
  close_tpc();
  open_tpc();
  cr_expect_neq(find_writable_distance(), distance);
}

Test(tpc_memory, keeps_no_descriptor) {
  lzr_allocation *allocation;

  for (int file = 3; file < 64; file++) {
    char link[64], name[64] = "";

    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    if (readlink(link, name, sizeof name - 1) > 0)
      cr_expect_null(strstr(name, "memfd:lazyrun"));
  }
  allocation = make_returner(3);
  cr_expect_eq(run(allocation), 3);
}

Test(tpc_memory, reuses_addresses_and_runs_the_new_code) {
  lzr_addr first = 0;

  for (uint32_t i = 0; i < 100; i++) {
    lzr_allocation *allocation = make_returner(i);

    if (!first)
      first = allocation->address[LZR_PROT_CODE];
    cr_expect_eq(allocation->address[LZR_PROT_CODE], first);
    cr_expect_eq(run(allocation), i);
    lzr_tpc_release(tpc, allocation);
  }
}

/* Writes a byte of code as a debugger does. */
static void patch(lzr_addr address, uint8_t byte) {
  int memory = open("/proc/self/mem", O_WRONLY | O_CLOEXEC);

  cr_assert(memory >= 0);
  cr_assert_eq(pwrite(memory, &byte, 1, (off_t)address), 1);
  close(memory);
}

Test(tpc_memory, runs_new_code_beside_a_breakpoint) {
  enum { BREAKPOINT = 0x42, FUNCTIONS = 20 };
  lzr_allocation *first = make_returner(1);
  uint8_t *code = pointer_to(first->address[LZR_PROT_CODE]);

  patch(first->address[LZR_PROT_CODE], BREAKPOINT);
  cr_assert_eq(code[0], BREAKPOINT);
  for (uint32_t i = 0; i < FUNCTIONS; i++) {
    lzr_allocation *beside = make_returner(i);

    cr_expect_eq(run(beside), i);
    if (i % 2) /* and the next one comes to its addresses */
      lzr_tpc_release(tpc, beside);
  }
  cr_expect_eq(code[0], BREAKPOINT, "the breakpoint is gone");
}

Test(tpc_memory, breakpoints_do_not_outlive_the_code) {
  for (uint32_t i = 0; i < 3; i++) {
    lzr_allocation *allocation = make_returner(i);

    cr_expect_eq(run(allocation), i);
    patch(allocation->address[LZR_PROT_CODE], 0x42);
    lzr_tpc_release(tpc, allocation);
  }
}

#ifdef __x86_64__
Test(tpc_memory, traps_calls_of_released_code) {
  lzr_allocation *allocation = make_returner(1);
  lzr_addr code = allocation->address[LZR_PROT_CODE];

  lzr_tpc_release(tpc, allocation);
  for (int i = 0; i < RETURNER_SIZE; i++)
    cr_expect_eq(((uint8_t *)pointer_to(code))[i], 0xCC);
}
#endif

/* Fills, releases, and reserves the same again: what the segment calls zero
   must be, in small pieces and in those whose pages go back to the kernel. */
Test(tpc_memory, zeros_what_was_used_before) {
  static const uint64_t sizes[] = {64, 5000, 300000, 3000001};

  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
    for (int prot = LZR_PROT_CONST; prot <= LZR_PROT_DATA; prot++) {
      struct lzr_layout layout = {.size = {0}};
      char *junk = malloc(sizes[i]);
      lzr_allocation *used, *again;
      const char *bytes;

      layout.size[prot] = sizes[i];
      memset(junk, 'x', sizes[i]);
      expect_fine(lzr_tpc_reserve(tpc, &layout, &used));
      expect_fine(commit_bytes(used, used->address[prot], junk, sizes[i], 0));
      lzr_tpc_release(tpc, used);
      expect_fine(lzr_tpc_reserve(tpc, &layout, &again));
      expect_fine(
          commit_bytes(again, again->address[prot], "y", 1, sizes[i] - 1));
      bytes = pointer_to(again->address[prot]);
      cr_expect_eq(bytes[0], 'y');
      for (uint64_t at = 1; at < sizes[i]; at++)
        cr_assert_eq(bytes[at], 0, "at %lu of %lu", at, sizes[i]);
      lzr_tpc_release(tpc, again);
      free(junk);
    }
}

Test(tpc_memory, gives_one_place_to_one) {
  enum { STEPS = 100000, LIVE = 1000 };
  static lzr_allocation *live[LIVE];
  static uint8_t marks[LIVE];
  uint8_t bytes[256];

  srand(7);
  for (int step = 0; step < STEPS; step++) {
    int at = rand() % LIVE;

    if (live[at]) {
      const uint8_t *data = pointer_to(live[at]->address[LZR_PROT_DATA]);

      for (uint64_t i = 0; i < live[at]->size[LZR_PROT_DATA]; i++)
        cr_assert_eq(data[i], marks[at]);
      lzr_tpc_release(tpc, live[at]);
      live[at] = NULL;
      continue;
    }
    live[at] = reserve(16, 0, 1 + (unsigned)rand() % sizeof bytes);
    marks[at] = (uint8_t)rand();
    memset(bytes, marks[at], sizeof bytes);
    expect_fine(commit_bytes(live[at], live[at]->address[LZR_PROT_DATA], bytes,
                             live[at]->size[LZR_PROT_DATA], 0));
  }
}

Test(tpc_memory, releases_all_when_it_closes) {
  lzr_tpc *other;
  unsigned writable_code, before = count_mappings(&writable_code);

  for (int i = 0; i < 50; i++) {
    struct lzr_layout layout = {.size = {16, 16, 16}};
    lzr_allocation *allocation;

    expect_fine(lzr_tpc_create_self(&other));
    for (int j = 0; j < 10; j++)
      expect_fine(lzr_tpc_reserve(other, &layout, &allocation));
    lzr_tpc_close(other);
  }
  cr_expect_leq(count_mappings(&writable_code), before + 3);
  lzr_tpc_close(NULL);
}

/* ---- Refusals --------------------------------------------------------------
 */

static void refuse_segment(lzr_addr address, uint64_t bytes, uint64_t zeros) {
  lzr_allocation *allocation = reserve(64, 64, 64);
  static const char some[64];

  address += allocation->address[LZR_PROT_DATA];
  expect_error(commit_bytes(allocation, address, some, bytes, zeros),
               LZR_ERROR_ARGUMENT, "not inside the allocation");
  lzr_tpc_release(tpc, allocation);
}

Test(tpc_memory, refuses_segments_outside_the_allocation) {
  refuse_segment((lzr_addr)-1, 1, 0);
  refuse_segment(0, 65, 0);
  refuse_segment(0, 64, 1);
  refuse_segment(64, 1, 0);
  refuse_segment(1, 0, 64);
  refuse_segment(1, 16, UINT64_MAX);
  refuse_segment(1, 16, UINT64_MAX - 15);
  refuse_segment((lzr_addr)0 - (UINT64_C(1) << 40), 8, 0);
}

Test(tpc_memory, refuses_a_bad_segment_before_writing_a_good_one) {
  lzr_allocation *allocation = reserve(0, 0, 64);
  lzr_addr data = allocation->address[LZR_PROT_DATA];
  struct lzr_segment segments[] = {{data, "written", 8, 0}, {data, "", 0, 65}};
  struct lzr_commit commit = {.segments = segments, .segment_count = 2};

  expect_error(lzr_tpc_commit(tpc, allocation, &commit), LZR_ERROR_ARGUMENT,
               "not inside");
  cr_expect_str_eq(pointer_to(data), "");
  lzr_tpc_release(tpc, allocation);
}

static void refuse_store(lzr_allocation *allocation, lzr_addr address) {
  struct lzr_pointer_store stores[] = {
      {allocation->address[LZR_PROT_DATA], 0x1234}, {address, 1}};
  struct lzr_commit commit = {.stores = stores, .store_count = 2};

  expect_error(lzr_tpc_store_pointers(tpc, stores, 2), LZR_ERROR_ARGUMENT,
               "aligned pointer");
  expect_error(lzr_tpc_commit(tpc, allocation, &commit), LZR_ERROR_ARGUMENT,
               "aligned pointer");
  cr_expect_eq(*(uint64_t *)pointer_to(stores[0].address), 0);
}

Test(tpc_memory, refuses_pointer_stores_outside_data_and_stores_none) {
  lzr_allocation *allocation = reserve(64, 64, 64);
  uint64_t local = 0;

  refuse_store(allocation, allocation->address[LZR_PROT_CODE]);
  refuse_store(allocation, allocation->address[LZR_PROT_CONST]);
  refuse_store(allocation, allocation->address[LZR_PROT_DATA] + 4);
  refuse_store(allocation, allocation->address[LZR_PROT_DATA] + 64);
  refuse_store(allocation, (uintptr_t)&local);
  refuse_store(allocation, UINT64_MAX - 7);
  refuse_store(allocation, 0);
  lzr_tpc_release(tpc, allocation);
}

Test(tpc_memory, commits_once) {
  lzr_allocation *allocation = make_returner(5);

  expect_error(commit_bytes(allocation, allocation->address[LZR_PROT_CODE],
                            "\xc3", 1, 0),
               LZR_ERROR_ARGUMENT, "second time");
  cr_expect_eq(run(allocation), 5);
  lzr_tpc_release(tpc, allocation);
}

Test(tpc_memory, refuses_what_is_too_large_or_not_a_power_of_two) {
  lzr_allocation *allocation = NULL;
  struct lzr_layout huge = {.size = {UINT64_MAX, 0, 0}};
  struct lzr_layout large = {.size = {16, 16, UINT64_C(1) << 31}};
  struct lzr_layout odd = {.size = {16}, .align = {48}};
  struct lzr_layout wide = {.size = {16}, .align = {1 << 21}};

  expect_error(lzr_tpc_reserve(tpc, &huge, &allocation), LZR_ERROR_LIMIT,
               "no room for 18446744073709551615 bytes of code");
  expect_error(lzr_tpc_reserve(tpc, &large, &allocation), LZR_ERROR_LIMIT,
               "of data");
  expect_error(lzr_tpc_reserve(tpc, &odd, &allocation), LZR_ERROR_ARGUMENT,
               "power of two");
  expect_error(lzr_tpc_reserve(tpc, &wide, &allocation), LZR_ERROR_ARGUMENT,
               "2^20");
  cr_expect_null(allocation);
  /* What the refused ones took first has come back. */
  allocation = reserve(16, 16, 16);
  lzr_tpc_release(tpc, allocation);
}

/* ---- Scarcity --------------------------------------------------------------
 */

#if !defined(__SANITIZE_ADDRESS__)
/* In a child, because a limit stays. */
static void expect_in_child(int (*child)(void)) {
  int status = -1;
  pid_t pid = fork();

  if (pid == 0)
    _exit(child());
  waitpid(pid, &status, 0);
  cr_expect_eq(status, 0, "status %x", status);
}

static int open_with_limit(int resource, uint64_t bytes) {
  struct rlimit limit = {bytes, bytes};
  struct lzr_layout layout = {.size = {16, 16, 16}};
  lzr_allocation *allocation;
  lzr_tpc *small;

  if (setrlimit(resource, &limit) != 0 || lzr_tpc_create_self(&small))
    return 1;
  if (lzr_tpc_reserve(small, &layout, &allocation))
    return 2;
  lzr_tpc_close(small);
  return 0;
}

static int open_in_little_space(void) {
  lzr_tpc_close(tpc);
  return open_with_limit(RLIMIT_AS, UINT64_C(1) << 30);
}

static int open_with_small_files(void) {
  return open_with_limit(RLIMIT_FSIZE, 4096);
}

static int refuse_without_space(void) {
  struct rlimit limit = {64 << 20, 64 << 20};
  lzr_tpc *none = NULL;
  lzr_error *error;

  lzr_tpc_close(tpc);
  if (setrlimit(RLIMIT_AS, &limit) != 0)
    return 1;
  error = lzr_tpc_create_self(&none);
  return !(error && lzr_error_get_kind(error) == LZR_ERROR_MEMORY && !none);
}

Test(tpc_memory, takes_less_where_address_space_is_limited) {
  expect_in_child(open_in_little_space);
}

Test(tpc_memory, needs_no_file_where_files_are_limited) {
  expect_in_child(open_with_small_files);
}

Test(tpc_memory, says_so_where_there_is_no_address_space) {
  expect_in_child(refuse_without_space);
}
#endif

/* ---- Where nothing has been written -------------------------------------- */

#ifdef __x86_64__
#define TRAP_SIGNAL SIGTRAP
#else
#define TRAP_SIGNAL SIGILL
#endif

static void run_at(lzr_addr address) {
  ((void (*)(void))(uintptr_t)address)();
}

Test(tpc_memory, code_that_is_not_committed_traps, .signal = TRAP_SIGNAL) {
  run_at(reserve(4096, 0, 0)->address[LZR_PROT_CODE]);
}

Test(tpc_memory, code_behind_the_last_traps, .signal = TRAP_SIGNAL) {
  run_at(reserve(64, 0, 0)->address[LZR_PROT_CODE] + 64);
}

#if !defined(__SANITIZE_ADDRESS__) /* which has its own handler of SIGSEGV */
Test(tpc_memory, code_that_is_not_reserved_cannot_run, .signal = SIGSEGV) {
  run_at(reserve(64, 0, 0)->address[LZR_PROT_CODE] + (8 << 20));
}
#endif
