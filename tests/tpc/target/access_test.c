/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tpc_support.h"

TestSuite(tpc_access, .init = open_tpc, .fini = close_tpc);

Test(tpc_access, reads_and_writes_any_memory) {
  static char big[300000], copy[sizeof big];
  char local[8] = "before";

  for (size_t i = 0; i < sizeof big; i++)
    big[i] = (char)(i * 7);
  expect_fine(lzr_tpc_read(tpc, (uintptr_t)big, copy, sizeof copy));
  cr_expect_arr_eq(big, copy, sizeof big);
  expect_fine(lzr_tpc_write(tpc, (uintptr_t)local, "after", 6));
  cr_expect_str_eq(local, "after");
  expect_fine(lzr_tpc_read(tpc, 0, NULL, 0));
}

Test(tpc_access, reads_code_and_writes_data) {
  lzr_allocation *allocation = reserve(RETURNER_SIZE, 0, 16);
  uint8_t expected[RETURNER_SIZE], code[RETURNER_SIZE];

  write_returner(expected, 3);
  commit_returner(allocation, 3);
  expect_fine(
      lzr_tpc_read(tpc, allocation->address[LZR_PROT_CODE], code, sizeof code));
  cr_expect_arr_eq(code, expected, sizeof code);
  expect_fine(
      lzr_tpc_write(tpc, allocation->address[LZR_PROT_DATA], "data", 5));
  cr_expect_str_eq(pointer_to(allocation->address[LZR_PROT_DATA]), "data");
}

Test(tpc_access, refuses_what_is_not_there) {
  uint64_t word = 0;

  expect_error(lzr_tpc_read(tpc, 8, &word, 8), LZR_ERROR_TARGET,
               "cannot read 8 bytes at 0x8");
  expect_error(lzr_tpc_write(tpc, 8, &word, 8), LZR_ERROR_TARGET,
               "cannot write 8 bytes at 0x8");
  expect_error(lzr_tpc_read(tpc, UINT64_MAX - 3, &word, 8), LZR_ERROR_TARGET,
               "cannot read");
  expect_error(lzr_tpc_read(tpc, UINT64_C(1) << 63, &word, 8), LZR_ERROR_TARGET,
               "cannot read");
}

Test(tpc_access, stops_at_the_end_of_what_is_there) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char bytes[16] = "";

  cr_assert_neq(two, MAP_FAILED);
  cr_assert_eq(mprotect(two + page, page, PROT_NONE), 0);
  expect_fine(lzr_tpc_read(tpc, (uintptr_t)two + page - 16, bytes, 16));
  expect_error(lzr_tpc_read(tpc, (uintptr_t)two + page - 15, bytes, 16),
               LZR_ERROR_TARGET, "no such memory");
  munmap(two, 2 * page);
}

Test(tpc_access, refuses_to_write_what_is_read_only) {
  static const char constant[] = "constant";

  expect_error(lzr_tpc_write(tpc, (uintptr_t)constant, "CONST", 5),
               LZR_ERROR_TARGET, "cannot write");
  cr_expect_str_eq(constant, "constant");
}

/* The address at which the window's file is mapped writable. */
static lzr_addr find_alias(void) {
  FILE *maps = fopen("/proc/self/maps", "r");
  unsigned long alias = 0;
  char line[512];

  cr_assert_not_null(maps);
  while (fgets(line, sizeof line, maps))
    if (!alias && strstr(line, "memfd:lazyrun") && strstr(line, " rw-s "))
      cr_assert_eq(sscanf(line, "%lx-", &alias), 1);
  fclose(maps);
  return alias;
}

Test(tpc_access, refuses_to_write_code_and_constants_by_any_address) {
  lzr_allocation *allocation = reserve(16, 16, 16);
  lzr_addr alias = find_alias();

  cr_assert_neq(alias, 0);
  for (int prot = LZR_PROT_CODE; prot <= LZR_PROT_CONST; prot++)
    for (int before = 0; before < 16; before += 8)
      expect_error(lzr_tpc_write(tpc,
                                 allocation->address[prot] - (unsigned)before,
                                 "sixteen  letters", 16),
                   LZR_ERROR_TARGET, "by a commit only");
  expect_error(lzr_tpc_write(tpc, alias, "x", 1), LZR_ERROR_TARGET,
               "by a commit only");
  expect_error(lzr_tpc_write(tpc, alias - 1, "xy", 2), LZR_ERROR_TARGET,
               "by a commit only");
}

enum { CANNOT_FORBID = 77 };

/* As containers do: process_vm_readv is refused with EPERM from here on. */
static bool forbid_vm_calls(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_process_vm_readv, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof filter / sizeof *filter, filter};

  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int access_without_vm_calls(void) {
  static const char constant[] = "constant";
  static char big[100001], copy[sizeof big];

  if (!forbid_vm_calls())
    return errno == EINVAL ? CANNOT_FORBID : 1;
  for (size_t i = 0; i < sizeof big; i++)
    big[i] = (char)(i * 7);
  if (lzr_tpc_read(tpc, (uintptr_t)big, copy, sizeof copy) ||
      memcmp(big, copy, sizeof big) != 0)
    return 2;
  if (lzr_tpc_write(tpc, (uintptr_t)copy, "new", 4) || strcmp(copy, "new") != 0)
    return 3;
  if (!lzr_tpc_read(tpc, 8, copy, 8))
    return 4;
  return !lzr_tpc_write(tpc, (uintptr_t)constant, "CONST", 5);
}

Test(tpc_access, works_where_its_system_call_is_forbidden) {
  int status = -1;
  pid_t child = fork();

  if (child == 0)
    _exit(access_without_vm_calls());
  cr_assert_eq(waitpid(child, &status, 0), child);
  if (WIFEXITED(status) && WEXITSTATUS(status) == CANNOT_FORBID)
    cr_skip_test("no system call can be forbidden here"); /* in qemu-user */
  cr_expect_eq(status, 0, "the child's status is 0x%x", status);
}
