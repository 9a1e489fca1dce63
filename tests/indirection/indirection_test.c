/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Stubs made through a TPC, and called in this process.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "indirection/indirection.h"
#include "tests/failing_tpc.h"
#include "tests/tpc_support.h"
#include "tpc/ops.h"

#define MANY 100000

static lzr_indirection *indirection;

static void open_indirection(void) {
  open_tpc();
  expect_fine(lzr_indirection_create(tpc, &indirection));
}

static void close_indirection(void) {
  lzr_indirection_destroy(indirection);
  close_tpc();
}

TestSuite(stubs, .init = open_indirection, .fini = close_indirection);

static int one(void) {
  return 1;
}

static int two(void) {
  return 2;
}

static lzr_addr address_of(int (*function)(void)) {
  return (lzr_addr)(uintptr_t)function;
}

static int call(const struct lzr_stub *stub) {
  return ((int (*)(void))(uintptr_t)stub->address)();
}

Test(stubs, go_to_their_own_targets) {
  const lzr_addr targets[] = {address_of(one), address_of(two)};
  struct lzr_stub stubs[2];
  expect_fine(lzr_stubs_create(indirection, targets, 2, stubs));
  cr_assert_eq(call(&stubs[0]), 1);
  cr_assert_eq(call(&stubs[1]), 2);
}

Test(stubs, are_redirected_one_by_one) {
  const lzr_addr targets[] = {address_of(one), address_of(one)};
  struct lzr_stub stubs[2];
  expect_fine(lzr_stubs_create(indirection, targets, 2, stubs));
  expect_fine(lzr_stub_redirect(indirection, &stubs[1], address_of(two)));
  cr_assert_eq(call(&stubs[0]), 1);
  cr_assert_eq(call(&stubs[1]), 2);
}

Test(stubs, none_at_all_is_fine) {
  expect_fine(lzr_stubs_create(indirection, NULL, 0, NULL));
}

/* How many of this process's mappings lie between two addresses. Only those:
   a sanitizer's allocator makes mappings too. */
static size_t count_mappings(lzr_addr from, lzr_addr to) {
  unsigned long start, end;
  size_t count = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fscanf(maps, "%lx-%lx%*[^\n]", &start, &end) == 2)
    count += end > from && start <= to;
  fclose(maps);
  return count;
}

Test(stubs, are_many_in_a_handful_of_mappings) {
  lzr_addr *targets = malloc(MANY * sizeof *targets);
  struct lzr_stub *stubs = malloc(MANY * sizeof *stubs);
  for (size_t i = 0; i < MANY; i++)
    targets[i] = address_of(i % 3 ? one : two);
  for (size_t i = 0; i < MANY; i += 1000)
    expect_fine(lzr_stubs_create(indirection, targets + i, 1000, stubs + i));
  lzr_addr first = stubs[0].address;
  lzr_addr last = stubs[0].slot;
  size_t wrong = 0;
  for (size_t i = 0; i < MANY; i++) {
    first = stubs[i].address < first ? stubs[i].address : first;
    last = stubs[i].slot > last ? stubs[i].slot : last;
    wrong += call(&stubs[i]) != (i % 3 ? 1 : 2);
  }
  cr_expect_eq(wrong, 0);
  cr_expect_lt(first, last);
  size_t mappings = count_mappings(first, last);
  cr_expect_geq(mappings, 2);
  cr_expect_leq(mappings, 8, "stubs and slots in %zu mappings", mappings);
  free(targets);
  free(stubs);
}

static int by_address(const void *a, const void *b) {
  const struct lzr_stub *left = a;
  const struct lzr_stub *right = b;
  return (left->address > right->address) - (left->address < right->address);
}

Test(stubs, that_were_freed_are_used_again) {
  lzr_addr targets[100];
  struct lzr_stub first[100];
  struct lzr_stub second[100];
  for (int i = 0; i < 100; i++)
    targets[i] = address_of(one);
  expect_fine(lzr_stubs_create(indirection, targets, 100, first));
  lzr_stubs_free(indirection, first, 100);
  targets[99] = address_of(two);
  expect_fine(lzr_stubs_create(indirection, targets, 100, second));
  cr_expect_eq(call(&second[99]), 2);
  qsort(first, 100, sizeof *first, by_address);
  qsort(second, 100, sizeof *second, by_address);
  cr_expect_arr_eq(first, second, sizeof first);
}

Test(stubs, are_refused_when_too_many_at_once) {
  lzr_addr target = 0;
  struct lzr_stub stub;
  expect_error(
      lzr_stubs_create(indirection, &target, (size_t)LZR_STUBS_MAX + 1, &stub),
      LZR_ERROR_LIMIT, "67108865 stubs");
}

/* Failures. */

static const struct lzr_target_facts *facts_of_a_vax(const lzr_tpc *vax) {
  static const struct lzr_target_facts facts = {.triple = "vax-dec-ultrix"};
  (void)vax;
  return &facts;
}

Test(indirection, refuses_an_architecture_it_does_not_know) {
  const struct lzr_tpc_ops ops = {.facts = facts_of_a_vax};
  lzr_tpc vax = {&ops};
  expect_error(lzr_indirection_create(&vax, &indirection),
               LZR_ERROR_UNSUPPORTED, "'vax-dec-ultrix'");
}

/* A target whose CPU saves registers in a way that is not known here. */

static const struct lzr_target_facts *facts_of_another_cpu(const lzr_tpc *it) {
  static struct lzr_target_facts facts;
  (void)it;
  facts = *lzr_tpc_facts(tpc);
  facts.save_area.form = 9;
  return &facts;
}

static lzr_error *add_handler(lzr_tpc *it, lzr_handler handler, void *data,
                              lzr_addr *context) {
  (void)it;
  return lzr_tpc_add_handler(tpc, handler, data, context);
}

static lzr_error *reserve_there(lzr_tpc *it, const struct lzr_layout *layout,
                                lzr_allocation **allocation) {
  (void)it;
  return lzr_tpc_reserve(tpc, layout, allocation);
}

static void release_there(lzr_tpc *it, lzr_allocation *allocation) {
  (void)it;
  lzr_tpc_release(tpc, allocation);
}

Test(indirection, refuses_a_save_form_it_does_not_know) {
  const struct lzr_tpc_ops ops = {.facts = facts_of_another_cpu,
                                  .add_handler = add_handler,
                                  .reserve = reserve_there,
                                  .release = release_there};
  lzr_tpc other = {&ops};
  open_tpc();
  expect_error(lzr_indirection_create(&other, &indirection),
               LZR_ERROR_UNSUPPORTED, "saves registers in form 9");
  lzr_tpc_close(tpc);
}

Test(indirection, destroys_nothing) {
  lzr_indirection_destroy(NULL);
}

/* Everything an indirection does, and its first error. */
static lzr_error *use_indirection(lzr_tpc *target) {
  static void *const data[300];
  static lzr_addr targets[300];
  struct lzr_lazy_stub lazy[300];
  struct lzr_stub stubs[300];
  lzr_indirection *used = NULL;
  lzr_error *error = lzr_indirection_create(target, &used);
  if (error)
    return error;
  error = lzr_lazy_stubs_create(used, NULL, data, 300, lazy);
  if (!error)
    error = lzr_stubs_create(used, targets, 300, stubs);
  if (!error)
    error = lzr_stub_redirect(used, &stubs[299], address_of(two));
  if (!error)
    error = lzr_lazy_stub_create(used, NULL, NULL, lazy);
  if (!error)
    cr_expect_eq(call(&stubs[299]), 2);
  lzr_indirection_destroy(used);
  return error;
}

/* Where the next allocation of a code page would be. */
static lzr_addr free_address(void) {
  lzr_allocation *probe = reserve(4096, 0, 0);
  lzr_addr address = probe->address[LZR_PROT_CODE];
  lzr_tpc_release(tpc, probe);
  return address;
}

static void expect_fresh(const struct lzr_lazy_stub *lazy) {
  cr_assert_eq(*(const lzr_addr *)(uintptr_t)lazy->stub.slot,
               lazy->call_through.trampoline);
  cr_assert_eq(*(const lzr_addr *)(uintptr_t)lazy->call_word,
               lazy->stub.address);
}

/* All come with the first one's block, and the next block is as large. */
Test(indirection, makes_lazy_stubs_ahead) {
  struct lzr_lazy_stub lazy;
  lzr_tpc *counting = NULL;
  unsigned first;
  open_tpc();
  expect_fine(lzr_failing_tpc_create(tpc, &counting));
  expect_fine(lzr_indirection_create(counting, &indirection));
  expect_fine(lzr_lazy_stub_create(indirection, NULL, NULL, &lazy));
  first = lzr_failing_tpc_count(counting);
  for (int i = 1; i < 64; i++)
    expect_fine(lzr_lazy_stub_create(indirection, NULL, NULL, &lazy));
  cr_expect_eq(lzr_failing_tpc_count(counting), first);
  expect_fresh(&lazy);
  expect_fine(lzr_lazy_stub_create(indirection, NULL, NULL, &lazy));
  cr_expect_gt(lzr_failing_tpc_count(counting), first);
  lzr_indirection_destroy(indirection);
  lzr_tpc_close(counting);
}

static int by_stub_address(const void *a, const void *b) {
  const struct lzr_lazy_stub *left = a;
  const struct lzr_lazy_stub *right = b;
  return by_address(&left->stub, &right->stub);
}

/* Of 64 in the first block 50 are freed; the 14 that were never used come
   next, and 36 of a new block. */
Test(indirection, hands_out_freed_unused_and_new_lazy_stubs_at_once) {
  enum { USED = 50, WANTED = 100 };
  static void *const data[WANTED];
  struct lzr_lazy_stub lazy[WANTED];
  open_tpc();
  expect_fine(lzr_indirection_create(tpc, &indirection));
  expect_fine(lzr_lazy_stubs_create(indirection, NULL, data, USED, lazy));
  for (int i = 0; i < USED; i++)
    expect_fine(lzr_stub_redirect(indirection, &lazy[i].stub, address_of(two)));
  lzr_lazy_stubs_free(indirection, lazy, USED);
  expect_fine(lzr_lazy_stubs_create(indirection, NULL, data, WANTED, lazy));
  qsort(lazy, WANTED, sizeof *lazy, by_stub_address);
  for (int i = 0; i < WANTED; i++) {
    expect_fresh(&lazy[i]);
    cr_assert(i == 0 || lazy[i].stub.address > lazy[i - 1].stub.address);
    cr_assert(i == 0 || lazy[i].call_through.trampoline !=
                            lazy[i - 1].call_through.trampoline);
  }
  lzr_indirection_destroy(indirection);
  lzr_tpc_close(tpc);
}

Test(indirection, survives_the_failure_of_every_operation) {
  lzr_tpc *failing = NULL;
  open_tpc();
  expect_fine(lzr_failing_tpc_create(tpc, &failing));
  lzr_failing_tpc_arm(failing, 0);
  expect_fine(use_indirection(failing));
  unsigned operations = lzr_failing_tpc_count(failing);
  lzr_addr before = free_address();
  cr_assert_geq(operations, 8);
  for (unsigned n = 1; n <= operations; n++) {
    lzr_failing_tpc_arm(failing, n);
    expect_error(use_indirection(failing), LZR_ERROR_TARGET, "fails");
    cr_expect_eq(free_address(), before, "operation %u left memory behind", n);
  }
  lzr_failing_tpc_arm(failing, 0);
  expect_fine(use_indirection(failing));
  lzr_tpc_close(failing);
}
