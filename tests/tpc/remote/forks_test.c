/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A controller that forks along with its executor's program. The program is a
   call of libc's fork(), so its child answers the call once more. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tpc_support.h"
#include "tpc/remote.h"

/* Shared by this process and its copies. */
static struct shared {
  int copies, in_copy;
  int pauses, resumes;
} *shared;

static bool is_copy;

static void on_fork(void *data) {
  is_copy = true;
  shared->copies++;
  shared->in_copy += data == &shared;
}

static void pause_session(void *data) {
  (void)data;
  shared->pauses++;
}

static void resume_session(void *data) {
  (void)data;
  shared->resumes++;
}

static void start_with(struct lzr_remote_options options) {
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE,
                MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  cr_assert_neq(shared, MAP_FAILED);
  options.size = sizeof options;
  expect_fine(lzr_tpc_create_remote(&options, &tpc));
  lzr_tpc_on_fork(tpc, pause_session, resume_session, NULL);
}

static void start(void) {
  start_with((struct lzr_remote_options){
      .program = LZR_EXECUTOR, .on_fork = on_fork, .on_fork_data = &shared});
}

TestSuite(remote_forks, .timeout = 60);

static lzr_addr look_up(const char *name) {
  struct lzr_name wanted = {.name = name, .required = true};

  expect_fine(lzr_tpc_lookup(tpc, 0, &wanted, 1));
  return wanted.address;
}

static int64_t call(const char *name, lzr_addr a, lzr_addr b, lzr_addr c,
                    lzr_addr d) {
  static const lzr_type types[] = {LZR_TYPE_PTR, LZR_TYPE_PTR, LZR_TYPE_PTR,
                                   LZR_TYPE_PTR};
  struct lzr_signature signature = {LZR_TYPE_I32, types, 4, 4};
  lzr_value arguments[] = {{.ptr = a}, {.ptr = b}, {.ptr = c}, {.ptr = d}};
  lzr_value result = {.i = 0};
  lzr_error *error;

  error = lzr_tpc_call(tpc, look_up(name), &signature, arguments, &result);
  if (error && is_copy)
    _exit(0); /* the child has ended */
  expect_fine(error);
  return result.i;
}

/* Of a child of the program's, as waitpid() has it. */
static int status_of(int64_t child) {
  lzr_allocation *unit = reserve(0, 0, 16);
  lzr_addr at = unit->address[LZR_PROT_DATA];
  int status = -1;

  expect_fine(commit_bytes(unit, at, "0123456789abcdef", 16, 0));
  cr_expect_eq(call("waitpid", (uint64_t)child, at, 0, 0), child);
  expect_fine(lzr_tpc_read(tpc, at, &status, sizeof status));
  return status;
}

static void exit_copy(int status) {
  lzr_tpc_exit(tpc, status);
  _exit(lzr_tpc_ending(tpc)->kind == LZR_ENDING_EXITED ? 0 : 1);
}

Test(remote_forks, return_in_a_copy_for_the_child) {
  int64_t self, child;

  start();
  self = call("getpid", 0, 0, 0, 0);
  child = call("fork", 0, 0, 0, 0);
  if (is_copy) {
    bool fine = child == 0 && call("getppid", 0, 0, 0, 0) == self;

    for (int i = 0; i < 100; i++)
      fine &= call("abs", (lzr_addr)i, 0, 0, 0) == i;
    exit_copy(fine ? 7 : 8);
  }
  cr_assert_gt(child, 0);
  for (int i = 0; i < 100; i++)
    cr_expect_eq(call("abs", (lzr_addr)i, 0, 0, 0), i);
  cr_expect_eq(status_of(child), 7 << 8);
  cr_expect_eq(shared->copies, 1);
  cr_expect_eq(shared->in_copy, 1);
  cr_expect_eq(shared->pauses, 1);
  cr_expect_eq(shared->resumes, 1);
  close_tpc();
}

/* Both change what is at one address, and read it. */
Test(remote_forks, give_the_child_memory_of_its_own) {
  lzr_allocation *unit;
  char bytes[4] = "";
  int64_t child;

  start();
  child = call("fork", 0, 0, 0, 0);
  unit = reserve(0, 0, 16);
  expect_fine(commit_bytes(unit, unit->address[LZR_PROT_DATA],
                           is_copy ? "abc" : "xyz", 4, 0));
  expect_fine(
      lzr_tpc_read(tpc, unit->address[LZR_PROT_DATA], bytes, sizeof bytes));
  if (is_copy)
    exit_copy(strcmp(bytes, "abc") == 0 ? 7 : 8);
  cr_expect_str_eq(bytes, "xyz");
  cr_expect_eq(status_of(child), 7 << 8);
  close_tpc();
}

/* Such a child never answers. There may be a copy for it, if it has not ended
   by the time the parent goes on. */
Test(remote_forks, of_children_that_end_at_once_leave_nothing_behind) {
  start();
  call("__register_atfork", 0, 0, look_up("_exit"), 0);
  for (int i = 1; i <= 5; i++) {
    int64_t child = call("fork", 0, 0, 0, 0);

    cr_assert_gt(child, 0);
    cr_expect(WIFEXITED(status_of(child)));
    cr_expect_leq(shared->copies, i);
    cr_expect_eq(shared->pauses, i);
    cr_expect_eq(shared->resumes, i);
  }
  close_tpc();
  while (wait(NULL) > 0)
    ; /* ends when there is no copy left */
}

Test(remote_forks, of_a_copy_are_followed_too) {
  int64_t child;

  start();
  for (int depth = 0; depth < 5; depth++) {
    child = call("fork", 0, 0, 0, 0);
    if (child == 0)
      continue;
    int status = status_of(child);
    bool fine = depth == 4 ? status == 50 << 8 : status == (depth + 1) << 8;
    if (!is_copy) {
      cr_expect(fine, "%#x", status);
      cr_expect_eq(shared->copies, 5);
      close_tpc();
      return;
    }
    exit_copy(fine ? depth : 99);
  }
  exit_copy(50);
}

Test(remote_forks, are_not_followed_unless_asked_for) {
  int64_t child;

  start_with((struct lzr_remote_options){.program = LZR_EXECUTOR});
  child = call("fork", 0, 0, 0, 0);
  cr_assert_gt(child, 0);
  cr_expect_eq(status_of(child), 0); /* as life_test.c says */
  cr_expect_eq(shared->pauses, 0);
  close_tpc();
}

/* The copy goes on when parent and first controller have gone. */
Test(remote_forks, outlive_the_parent) {
  int results[2], left = -1;
  int64_t child;

  cr_assert_eq(pipe(results), 0);
  start();
  child = call("fork", 0, 0, 0, 0);
  if (is_copy) {
    for (int i = 0; i < 100; i++) {
      usleep(1000);
      if (call("abs", (lzr_addr)i, 0, 0, 0) != i)
        _exit(1);
    }
    left = 55;
    if (write(results[1], &left, sizeof left) < 0)
      _exit(1);
    exit_copy(0);
  }
  cr_assert_gt(child, 0);
  lzr_tpc_exit(tpc, 3);
  cr_expect_eq(lzr_tpc_ending(tpc)->status, 3);
  close_tpc();
  cr_assert_eq(read(results[0], &left, sizeof left), (ssize_t)sizeof left);
  cr_expect_eq(left, 55);
}
