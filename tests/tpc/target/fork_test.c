/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a fork must not do: let one process see what the other commits. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/tpc_support.h"

TestSuite(tpc_fork, .init = open_tpc, .fini = close_tpc, .timeout = 60);

/* Lets one process wait for the other. */
struct signal {
  int ends[2];
};

static struct signal make_signal(void) {
  struct signal made;

  cr_assert_eq(pipe(made.ends), 0);
  return made;
}

static void raise_signal(struct signal *signal) {
  cr_assert_eq(write(signal->ends[1], "", 1), 1);
}

static void await_signal(struct signal *signal) {
  char byte;

  cr_assert_eq(read(signal->ends[0], &byte, 1), 1);
}

static void expect_success(pid_t child) {
  int status = -1;

  cr_assert_eq(waitpid(child, &status, 0), child);
  cr_expect_eq(status, 0, "the child's status is 0x%x", status);
}

/* In a child, failures are exit statuses: nothing of Criterion runs there. */
static lzr_allocation *child_returner(uint32_t value) {
  struct lzr_layout layout = {.size = {RETURNER_SIZE, 0, 8}};
  lzr_allocation *made;
  uint8_t code[RETURNER_SIZE];

  write_returner(code, value);
  if (lzr_tpc_reserve(tpc, &layout, &made) ||
      commit_bytes(made, made->address[LZR_PROT_CODE], code, sizeof code, 0))
    _exit(100);
  return made;
}

static void child_expect(bool condition, int status) {
  if (!condition)
    _exit(status);
}

Test(tpc_fork, both_go_on_with_code_of_their_own) {
  struct signal parent_ran = make_signal(), child_ran = make_signal();
  lzr_allocation *old = make_returner(1), *fresh;
  pid_t child = fork();

  if (child == 0) {
    fresh = child_returner(2);
    child_expect(run(fresh) == 2, 1);
    raise_signal(&child_ran);
    await_signal(&parent_ran);
    child_expect(run(fresh) == 2, 2);
    child_expect(run(old) == 1, 3);
    child_expect(run(child_returner(22)) == 22, 4);
    _exit(0);
  }
  fresh = child_returner(3);
  cr_expect_eq(run(fresh), 3);
  await_signal(&child_ran);
  cr_expect_eq(run(fresh), 3);
  raise_signal(&parent_ran);
  expect_success(child);
  cr_expect_eq(run(fresh), 3);
  cr_expect_eq(run(old), 1);
}

Test(tpc_fork, a_child_may_commit_into_what_was_reserved_before) {
  lzr_allocation *reserved = reserve(RETURNER_SIZE, 0, 0);
  pid_t child = fork();

  if (child == 0) {
    commit_returner(reserved, 2);
    _exit(run(reserved) != 2);
  }
  expect_success(child);
  commit_returner(reserved, 3);
  cr_expect_eq(run(reserved), 3);
}

Test(tpc_fork, a_parent_may_reuse_what_its_child_still_runs) {
  struct signal reused = make_signal();
  lzr_allocation *old = make_returner(1), *kept = make_returner(9), *fresh;
  lzr_addr address = old->address[LZR_PROT_CODE];
  pid_t child = fork();

  if (child == 0) {
    await_signal(&reused);
    child_expect(run(old) == 1, 1);
    child_expect(run(kept) == 9, 2);
    child_expect(run(child_returner(5)) == 5, 3);
    child_expect(run(old) == 1, 4);
    _exit(0);
  }
  lzr_tpc_release(tpc, old);
  fresh = make_returner(4);
  cr_expect_eq(fresh->address[LZR_PROT_CODE], address);
  cr_expect_eq(run(fresh), 4);
  raise_signal(&reused);
  expect_success(child);
  cr_expect_eq(run(fresh), 4);
  cr_expect_eq(run(kept), 9);
}

Test(tpc_fork, a_parent_may_reuse_constants_its_child_still_reads) {
  struct signal reused = make_signal();
  lzr_allocation *old = reserve(0, 32, 0), *kept = reserve(0, 32, 0), *fresh;
  lzr_addr address = old->address[LZR_PROT_CONST];
  lzr_addr kept_address = kept->address[LZR_PROT_CONST];
  pid_t child;

  expect_fine(commit_bytes(old, address, "before", 7, 0));
  expect_fine(commit_bytes(kept, kept_address, "kept", 5, 0));
  child = fork();
  if (child == 0) {
    await_signal(&reused);
    _exit(strcmp(pointer_to(address), "before") != 0);
  }
  lzr_tpc_release(tpc, old);
  fresh = reserve(0, 32, 0);
  cr_expect_eq(fresh->address[LZR_PROT_CONST], address);
  expect_fine(commit_bytes(fresh, address, "after", 6, 0));
  raise_signal(&reused);
  expect_success(child);
  cr_expect_str_eq(pointer_to(address), "after");
  cr_expect_str_eq(pointer_to(kept_address), "kept");
}

Test(tpc_fork, a_child_may_release_what_its_parent_still_runs) {
  lzr_allocation *old = make_returner(1);
  pid_t child = fork();

  if (child == 0) {
    lzr_tpc_release(tpc, old);
    _exit(run(child_returner(6)) != 6);
  }
  expect_success(child);
  cr_expect_eq(run(old), 1);
}

Test(tpc_fork, grandchildren_are_on_their_own_as_well) {
  lzr_allocation *old = make_returner(1);
  pid_t child = fork();

  if (child == 0) {
    lzr_allocation *mine = child_returner(2);
    pid_t grandchild = fork();
    int status = -1;

    if (grandchild == 0) {
      lzr_tpc_release(tpc, mine);
      _exit(run(child_returner(3)) != 3);
    }
    waitpid(grandchild, &status, 0);
    child_expect(status == 0, 1);
    _exit(run(mine) != 2);
  }
  expect_success(child);
  cr_expect_eq(run(old), 1);
}

Test(tpc_fork, data_is_private) {
  lzr_allocation *allocation = reserve(0, 0, 8);
  struct lzr_pointer_store store = {allocation->address[LZR_PROT_DATA], 1};
  pid_t child;

  expect_fine(lzr_tpc_store_pointers(tpc, &store, 1));
  child = fork();
  if (child == 0) {
    store.value = 2;
    _exit(lzr_tpc_store_pointers(tpc, &store, 1) != NULL);
  }
  expect_success(child);
  cr_expect_eq(*(uint64_t *)pointer_to(store.address), 1);
}

Test(tpc_fork, a_child_can_close_its_copy) {
  lzr_allocation *old = make_returner(1);
  pid_t child = fork();

  if (child == 0) {
    lzr_tpc_close(tpc);
    _exit(0);
  }
  expect_success(child);
  cr_expect_eq(run(old), 1);
}

static _Atomic bool stop;

static void *commit_until_stopped(void *nothing) {
  while (!atomic_load(&stop)) {
    lzr_allocation *made = make_returner(8);

    cr_assert_eq(run(made), 8);
    lzr_tpc_release(tpc, made);
  }
  return nothing;
}

/* The lock may be another thread's at the moment of the fork. */
Test(tpc_fork, happens_between_commits_of_other_threads) {
  pthread_t threads[2];
  lzr_allocation *old = make_returner(1);

  for (int i = 0; i < 2; i++)
    cr_assert_eq(pthread_create(&threads[i], NULL, commit_until_stopped, NULL),
                 0);
  for (int i = 0; i < 40; i++) {
    pid_t child = fork();

    if (child == 0) {
      child_expect(run(child_returner(2)) == 2, 1);
      child_expect(run(old) == 1, 2);
      _exit(0);
    }
    expect_success(child);
  }
  atomic_store(&stop, true);
  for (int i = 0; i < 2; i++)
    pthread_join(threads[i], NULL);
}

/* A limit of the child's does not keep it from changing its code. */
Test(tpc_fork, a_child_may_be_limited_in_its_files) {
  lzr_allocation *old = make_returner(1);
  pid_t child = fork();

  if (child == 0) {
    struct rlimit limit = {4096, 4096};
    lzr_allocation *fresh;

    child_expect(setrlimit(RLIMIT_FSIZE, &limit) == 0, 101);
    fresh = child_returner(2);
    child_expect(run(old) == 1, 102);
    child_expect(run(fresh) == 2, 103);
    for (int i = 3; i < 30000; i++) /* more than has been opened at first */
      child_expect(run(child_returner((uint32_t)i)) == (uint32_t)i, 104);
    child_expect(run(old) == 1, 105);
    _exit(0);
  }
  expect_success(child);
  cr_expect_eq(run(old), 1);
}
