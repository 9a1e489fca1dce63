/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * First calls, in this process.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <fenv.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#include <unwind.h>

#include "indirection/call_through_table.h"
#include "indirection/indirection.h"
#include "tests/tpc_support.h"
#include "tests/trap_signal.h"

#define MANY 5000

static lzr_indirection *indirection;

static void open_indirection(void) {
  open_tpc();
  expect_fine(lzr_indirection_create(tpc, &indirection));
}

static void close_indirection(void) {
  lzr_indirection_destroy(indirection);
  close_tpc();
}

TestSuite(call_through, .init = open_indirection, .fini = close_indirection);

struct function {
  struct lzr_lazy_stub lazy;
  int asked;
  bool binds;
};

static double half(double value) {
  return value / 2;
}

static double twice(double value) {
  return value * 2;
}

static lzr_addr address_of(double (*function)(double)) {
  return (lzr_addr)(uintptr_t)function;
}

static double call(lzr_addr address, double value) {
  return ((double (*)(double))(uintptr_t)address)(value);
}

static lzr_addr land(void *data) {
  struct function *function = data;
  function->asked++;
  if (function->binds)
    expect_fine(
        lzr_lazy_stub_bind(indirection, &function->lazy, address_of(half)));
  return address_of(half);
}

static void make(struct function *function, lzr_land how) {
  expect_fine(
      lzr_lazy_stub_create(indirection, how, function, &function->lazy));
}

Test(call_through, asks_for_every_call_until_the_stub_is_bound) {
  struct function function = {.binds = false};
  make(&function, land);
  cr_assert_eq(call(function.lazy.stub.address, 8), 4);
  cr_assert_eq(call(function.lazy.stub.address, 6), 3);
  cr_assert_eq(function.asked, 2);
  function.binds = true;
  cr_assert_eq(call(function.lazy.stub.address, 4), 2);
  cr_assert_eq(call(function.lazy.stub.address, 2), 1);
  cr_assert_eq(function.asked, 3);
}

Test(call_through, that_landed_does_not_ask_again) {
  struct function function = {.binds = false};
  make(&function, land);
  lzr_call_through_land(indirection, &function.lazy.call_through,
                        address_of(twice));
  cr_assert_eq(call(function.lazy.stub.address, 8), 16);
  cr_assert_eq(call(function.lazy.call_through.trampoline, 9), 18);
  cr_assert_eq(function.asked, 0);
}

/* Calls through the stub, through the call word, and through the trampoline's
   address, which a thread may have loaded before. */
static void expect_all_calls_give(const struct function *function,
                                  double result) {
  const struct lzr_lazy_stub *lazy = &function->lazy;

  cr_expect_eq(call(lazy->stub.address, 8), result);
  cr_expect_eq(call(*(const lzr_addr *)(uintptr_t)lazy->call_word, 8), result);
  cr_expect_eq(call(lazy->call_through.trampoline, 8), result);
}

Test(call_through, of_a_bound_stub_does_not_ask_on_any_way) {
  struct function function = {.binds = false};
  make(&function, land);
  expect_fine(
      lzr_lazy_stub_bind(indirection, &function.lazy, address_of(twice)));
  cr_expect_eq(*(const lzr_addr *)(uintptr_t)function.lazy.call_word,
               address_of(twice));
  expect_all_calls_give(&function, 16);
  expect_fine(
      lzr_lazy_stub_bind(indirection, &function.lazy, address_of(half)));
  expect_all_calls_give(&function, 4);
  cr_expect_eq(function.asked, 0);
}

Test(call_through, of_a_stub_bound_by_a_commit_does_not_ask_either) {
  struct function function = {.binds = false};
  struct lzr_pointer_store stores[LZR_LAZY_STUB_STORES];
  const struct lzr_commit commit = {.stores = stores,
                                    .store_count = LZR_LAZY_STUB_STORES};
  lzr_allocation *memory = reserve(0, 0, 8);
  make(&function, land);
  lzr_lazy_stub_list_stores(&function.lazy, address_of(twice), stores);
  expect_fine(lzr_tpc_commit(tpc, memory, &commit));
  lzr_call_through_land(indirection, &function.lazy.call_through,
                        address_of(twice));
  expect_all_calls_give(&function, 16);
  cr_expect_eq(function.asked, 0);
}

Test(call_through, that_was_freed_gets_a_new_meaning) {
  struct function old = {.binds = false};
  struct function young = {.binds = false};
  make(&old, land);
  expect_fine(lzr_lazy_stub_bind(indirection, &old.lazy, address_of(twice)));
  lzr_lazy_stubs_free(indirection, &old.lazy, 1);
  make(&young, land);
  cr_assert_eq(young.lazy.call_through.trampoline,
               old.lazy.call_through.trampoline);
  cr_assert_eq(*(const lzr_addr *)(uintptr_t)young.lazy.call_word,
               young.lazy.stub.address);
  cr_assert_eq(call(young.lazy.stub.address, 8), 4);
  cr_assert_eq(old.asked, 0);
  cr_assert_eq(young.asked, 1);
}

Test(call_through, knows_many_apart) {
  static struct function functions[MANY];
  static struct lzr_lazy_stub lazy[MANY];
  static void *data[MANY];
  for (int i = 0; i < MANY; i++)
    data[i] = &functions[i];
  expect_fine(lzr_lazy_stubs_create(indirection, land, data, MANY, lazy));
  for (int i = 0; i < MANY; i++) {
    cr_assert_eq(call(lazy[i].stub.address, 2 * i), i);
    cr_assert_eq(functions[i].asked, 1);
  }
  lzr_lazy_stubs_free(indirection, lazy, MANY);
}

/* State of the caller that must not change. */

static struct function inner;

static lzr_addr land_calling(void *data) {
  double result = call(inner.lazy.stub.address, 84);
  (void)data;
  return result == 42 ? address_of(half) : address_of(twice);
}

Test(call_through, may_lead_to_another_first_call) {
  struct function outer = {.binds = false};
  make(&inner, land);
  make(&outer, land_calling);
  cr_assert_eq(call(outer.lazy.stub.address, 8), 4);
  cr_assert_eq(inner.asked, 1);
}

static int rounding_in_land;

static lzr_addr land_carelessly(void *data) {
  (void)data;
  rounding_in_land = fegetround();
  fesetround(FE_DOWNWARD);
  feraiseexcept(FE_DIVBYZERO | FE_OVERFLOW);
  errno = ENOMEM;
  return address_of(half);
}

Test(call_through, keeps_errno) {
  struct function function = {.binds = false};
  make(&function, land_carelessly);
  errno = EAGAIN;
  double result = call(function.lazy.stub.address, 8);
  cr_assert_eq(errno, EAGAIN);
  cr_assert_eq(result, 4);
}

Test(call_through, keeps_the_floating_point_environment) {
  struct function function = {.binds = false};
  make(&function, land_carelessly);
  feclearexcept(FE_ALL_EXCEPT);
  fesetround(FE_UPWARD);
  double result = call(function.lazy.stub.address, 8);
  int rounding = fegetround();
  fesetround(FE_TONEAREST);
  cr_expect_eq(result, 4);
  cr_expect_eq(rounding, FE_UPWARD);
  cr_expect_eq(fetestexcept(FE_ALL_EXCEPT), 0);
  cr_expect_eq(rounding_in_land, FE_TONEAREST);
}

Test(call_through, keeps_the_usual_floating_point_environment) {
  struct function function = {.binds = false};
  make(&function, land_carelessly);
  feclearexcept(FE_ALL_EXCEPT);
  double result = call(function.lazy.stub.address, 8);
  int rounding = fegetround();
  fesetround(FE_TONEAREST);
  cr_expect_eq(result, 4);
  cr_expect_eq(rounding, FE_TONEAREST);
  cr_expect_eq(fetestexcept(FE_ALL_EXCEPT), 0);
}

static int exceptions_in_land;

static lzr_addr land_after_exceptions(void *data) {
  (void)data;
  exceptions_in_land = fetestexcept(FE_ALL_EXCEPT);
  return address_of(half);
}

Test(call_through, keeps_exceptions_raised_before) {
  static const int raised[] = {FE_INEXACT, FE_UNDERFLOW | FE_INEXACT,
                               FE_INVALID | FE_DIVBYZERO};
  struct function function = {.binds = false};
  make(&function, land_after_exceptions);
  for (int i = 0; i < 3; i++) {
    feclearexcept(FE_ALL_EXCEPT);
    feraiseexcept(raised[i]);
    double result = call(function.lazy.stub.address, 8);
    cr_expect_eq(fetestexcept(FE_ALL_EXCEPT), raised[i]);
    cr_expect_eq(exceptions_in_land, 0);
    cr_expect_eq(result, 4);
  }
}

#ifdef __x86_64__
static uint16_t x87_control(void) {
  uint16_t word;
  __asm__ volatile("fnstcw %0" : "=m"(word));
  return word;
}

static void set_x87_control(uint16_t word) {
  __asm__ volatile("fldcw %0" : : "m"(word));
}

static uint16_t x87_in_land;

static lzr_addr land_x87(void *data) {
  (void)data;
  x87_in_land = x87_control();
  return address_of(half);
}

Test(call_through, keeps_the_x87_control_word) {
  struct function function = {.binds = false};
  make(&function, land_x87);
  set_x87_control(0x27f); /* 53 bits of precision */
  double result = call(function.lazy.stub.address, 8);
  uint16_t after = x87_control();
  set_x87_control(0x37f);
  cr_expect_eq(result, 4);
  cr_expect_eq(after, 0x27f);
  cr_expect_eq(x87_in_land, 0x37f);
}

static uint32_t mxcsr_in_land;

static lzr_addr land_sse(void *data) {
  (void)data;
  mxcsr_in_land = __builtin_ia32_stmxcsr();
  return address_of(half);
}

Test(call_through, keeps_the_sse_control_register) {
  struct function function = {.binds = false};
  make(&function, land_sse);
  __builtin_ia32_ldmxcsr(0x9fe0); /* denormals are zero; inexact */
  double result = call(function.lazy.stub.address, 8);
  uint32_t after = __builtin_ia32_stmxcsr();
  __builtin_ia32_ldmxcsr(0x1f80);
  cr_expect_eq(result, 4);
  cr_expect_eq(after, 0x9fe0);
  cr_expect_eq(mxcsr_in_land, 0x1f80);
}
#endif

/* Unwinding. */

struct search {
  uintptr_t function;
  bool found;
};

static _Unwind_Reason_Code visit(struct _Unwind_Context *context, void *data) {
  struct search *search = data;
  search->found |= _Unwind_GetRegionStart(context) == search->function;
  return _URC_NO_REASON;
}

static struct search search;

static lzr_addr land_unwinding(void *data) {
  (void)data;
  _Unwind_Backtrace(visit, &search);
  return address_of(half);
}

__attribute__((noinline)) static double caller(lzr_addr address) {
  return call(address, 8) + 1;
}

Test(call_through, is_seen_through_by_an_unwinder) {
  struct function function = {.binds = false};
  make(&function, land_unwinding);
  search.function = (uintptr_t)caller;
  cr_assert_eq(caller(function.lazy.stub.address), 5);
  cr_assert(search.found);
}

/* What cannot go on. */

static lzr_addr land_nowhere(void *data) {
  (void)data;
  return 0;
}

Test(call_through, that_leads_nowhere_traps, .signal = TRAP_SIGNAL) {
  struct function function = {.binds = false};
  make(&function, land_nowhere);
  call(function.lazy.stub.address, 8);
}

Test(call_through, of_an_unknown_number_is_nowhere) {
  static struct lzr_call_through_table table;
  lzr_call_through_table_init(&table);
  struct function function = {.asked = 0};
  expect_fine(lzr_call_through_table_add(&table, 3, land, &function));
  cr_expect_eq(lzr_call_through_reenter(&table, 3), address_of(half));
  static const uint64_t unknown[] = {0,          2,          64,        1000,
                                     0x7fffffff, 0x80000000, UINT64_MAX};
  for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
    cr_expect_eq(lzr_call_through_reenter(&table, unknown[i]), 0);
  expect_error(lzr_call_through_table_add(&table, 0x80000000, land, NULL),
               LZR_ERROR_LIMIT, "2^31");
  lzr_call_through_table_fini(&table);
}

/* Forks. */

static atomic_bool stop;

/* Holds the indirection's lock as often as it can. */
static void *churn(void *data) {
  (void)data;
  while (!atomic_load(&stop)) {
    struct function function = {.binds = false};
    make(&function, land);
    lzr_lazy_stubs_free(indirection, &function.lazy, 1);
  }
  return NULL;
}

/* In a child: makes a first call, and a stub. */
static int use_in_child(struct function *function) {
  struct function own = {.binds = true};
  alarm(20);
  if (call(function->lazy.stub.address, 8) != 4)
    return 1;
  make(&own, land);
  return call(own.lazy.stub.address, 8) != 4;
}

Test(call_through, works_in_a_child_forked_from_many_threads) {
  struct function function = {.binds = true};
  pthread_t thread;
  make(&function, land);
  cr_assert_eq(pthread_create(&thread, NULL, churn, NULL), 0);
  int failed = 0;
  for (int i = 0; i < 50; i++) {
    int status = -1;
    pid_t child = fork();
    if (child == 0)
      _exit(use_in_child(&function));
    waitpid(child, &status, 0);
    failed += status != 0;
  }
  atomic_store(&stop, true);
  pthread_join(thread, NULL);
  cr_expect_eq(failed, 0, "%d children failed", failed);
  cr_expect_eq(function.asked, 0);
  cr_expect_eq(call(function.lazy.stub.address, 8), 4);
  cr_expect_eq(function.asked, 1, "a child's binding showed up here");
}

Test(call_through, asks_again_after_its_stub_was_unbound) {
  struct function function = {.binds = true};
  expect_fine(
      lzr_lazy_stub_create(indirection, land, &function, &function.lazy));
  lzr_addr stub = function.lazy.stub.address;
  for (int i = 1; i < 4; i++) {
    cr_expect_eq(call(stub, 8), 4);
    cr_expect_eq(call(stub, 8), 4);
    cr_expect_eq(*(lzr_addr *)(uintptr_t)function.lazy.call_word,
                 address_of(half));
    cr_expect_eq(function.asked, i);
    expect_fine(lzr_lazy_stub_unbind(indirection, &function.lazy));
    cr_expect_eq(*(lzr_addr *)(uintptr_t)function.lazy.call_word, stub);
  }
}
