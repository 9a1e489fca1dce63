/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Lazy calls in a target that can call the controller only through LLVM's
 * dispatch function: this process, with its own way of calling handlers hidden.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "indirection/indirection.h"
#include "tests/trap_signal.h"
#include "tpc/ops.h"

/* What LLVM's wrapper functions return; see tpc/PROTOCOL.md. */
struct wrapper_result {
  union {
    char *pointer;
    uint64_t value;
  };
  size_t size;
};

struct stock {
  lzr_tpc tpc;
  lzr_tpc *self; /* owned */
  struct lzr_target_facts facts;
  struct lzr_tpc_ops ops;
  lzr_handler handler;
  void *data;
};

enum { TAG = 0x1234567 };
static struct stock stock;
static bool answers = true;

static struct wrapper_result dispatch(void *context, const void *tag,
                                      const char *arguments, size_t size) {
  struct wrapper_result result = {{NULL}, 0};
  uint64_t index;
  cr_assert_eq(context, &stock);
  cr_assert_eq((uintptr_t)tag, TAG);
  cr_assert_eq(size, sizeof index);
  memcpy(&index, arguments, sizeof index);
  result.value = stock.handler(stock.data, index);
  result.size = answers ? sizeof result.value : 0;
  return result;
}

static const struct lzr_target_facts *facts(const lzr_tpc *tpc) {
  return &((const struct stock *)tpc)->facts;
}

static lzr_error *add_handler(lzr_tpc *tpc, lzr_handler handler, void *data,
                              lzr_addr *context) {
  (void)tpc;
  stock.handler = handler;
  stock.data = data;
  *context = TAG;
  return NULL;
}

static lzr_error *reserve(lzr_tpc *tpc, const struct lzr_layout *layout,
                          lzr_allocation **allocation) {
  (void)tpc;
  return lzr_tpc_reserve(stock.self, layout, allocation);
}

static lzr_error *commit(lzr_tpc *tpc, lzr_allocation *allocation,
                         const struct lzr_commit *commit) {
  (void)tpc;
  return lzr_tpc_commit(stock.self, allocation, commit);
}

static void release(lzr_tpc *tpc, lzr_allocation *allocation) {
  (void)tpc;
  lzr_tpc_release(stock.self, allocation);
}

static lzr_error *store_pointers(lzr_tpc *tpc,
                                 const struct lzr_pointer_store *stores,
                                 size_t count) {
  (void)tpc;
  return lzr_tpc_store_pointers(stock.self, stores, count);
}

static struct lzr_helpers helpers;

static void set_helpers(lzr_tpc *tpc, const struct lzr_helpers *set) {
  (void)tpc;
  helpers = *set;
}

static lzr_tpc *create_stock(void) {
  cr_assert_null(lzr_tpc_create_self(&stock.self));
  stock.facts = *lzr_tpc_facts(stock.self);
  stock.facts.dispatch_function = (uintptr_t)dispatch;
  stock.facts.dispatch_context = (uintptr_t)&stock;
  stock.ops = (struct lzr_tpc_ops){.facts = facts,
                                   .reserve = reserve,
                                   .commit = commit,
                                   .release = release,
                                   .store_pointers = store_pointers,
                                   .add_handler = add_handler,
                                   .set_helpers = set_helpers};
  stock.tpc.ops = &stock.ops;
  return &stock.tpc;
}

static int add(int a, int b) {
  return a + b;
}

static lzr_addr land(void *data) {
  (void)data;
  return (uintptr_t)add;
}

Test(indirection_dispatch, makes_a_lazy_call_through_llvms_dispatch,
     .timeout = 20) {
  lzr_indirection *indirection;
  struct lzr_lazy_stub lazy;
  cr_assert_null(lzr_indirection_create(create_stock(), &indirection));
  cr_assert_null(lzr_lazy_stub_create(indirection, land, NULL, &lazy));
  int (*stub)(int, int) = (int (*)(int, int))(uintptr_t)lazy.stub.address;
  cr_expect_eq(stub(2, 40), 42);
  lzr_lazy_stubs_free(indirection, &lazy, 1);
  lzr_indirection_destroy(indirection);
  lzr_tpc_close(stock.self);
}

typedef struct wrapper_result (*wrapper)(const char *, size_t);

static uint64_t sum(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e,
                    uint64_t f) {
  return a + 10 * b + 100 * c + 1000 * d + 10000 * e + 100000 * f;
}

Test(indirection_dispatch, brings_a_function_that_calls, .timeout = 20) {
  lzr_indirection *indirection;
  const uint64_t words[] = {(uintptr_t)sum, 1, 2, 3, 4, 5, 6};
  cr_assert_null(lzr_indirection_create(create_stock(), &indirection));
  struct wrapper_result result =
      ((wrapper)(uintptr_t)helpers.caller)((const char *)words, sizeof words);
  cr_expect_eq(result.size, 8);
  cr_expect_eq(result.value, 654321);
  lzr_indirection_destroy(indirection);
  /* It lasts as long as the TPC. */
  result =
      ((wrapper)(uintptr_t)helpers.caller)((const char *)words, sizeof words);
  cr_expect_eq(result.value, 654321);
  lzr_tpc_close(stock.self);
}

/* { address, length, bytes } */
static void add_copy(char **at, void *to, const char *bytes, uint64_t size) {
  uint64_t address = (uintptr_t)to;
  memcpy(*at, &address, 8);
  memcpy(*at + 8, &size, 8);
  memcpy(*at + 16, bytes, size);
  *at += 16 + size;
}

static void copy(const char *request, size_t size) {
  struct wrapper_result result =
      ((wrapper)(uintptr_t)helpers.copier)(request, size);
  cr_expect_eq(result.size, 1);
  cr_expect_eq(result.value & 0xff, 0, "it answers with an error");
}

Test(indirection_dispatch, brings_a_function_that_copies, .timeout = 20) {
  lzr_indirection *indirection;
  char large[5000], request[6000], *end = request + 8;
  char to[6000] = "", expected[6000] = "";
  uint64_t pointer = 0, count = 6;
  memset(large, 'x', sizeof large);
  cr_assert_null(lzr_indirection_create(create_stock(), &indirection));
  add_copy(&end, to + 1, "a", 1);
  add_copy(&end, to + 3, &"unaligned eight"[7], 8);
  add_copy(&end, &pointer, "pointer!", 8);
  add_copy(&end, to, "nothing", 0);
  add_copy(&end, to + 100, large, sizeof large);
  add_copy(&end, to + 200, "later over earlier", 18);
  memcpy(request, &count, 8);
  copy(request, (size_t)(end - request));
  expected[1] = 'a';
  memcpy(expected + 3, "ed eight", 8);
  memset(expected + 100, 'x', sizeof large);
  memcpy(expected + 200, "later over earlier", 18);
  cr_expect_eq(memcmp(to, expected, sizeof to), 0);
  cr_expect_eq(memcmp(&pointer, "pointer!", 8), 0);
  count = 0;
  memcpy(request, &count, 8);
  copy(request, 8);
  cr_expect_eq(memcmp(to, expected, sizeof to), 0);
  lzr_indirection_destroy(indirection);
  lzr_tpc_close(stock.self);
}

/* The connection is lost, for instance. */
Test(indirection_dispatch, stops_at_a_trap_when_there_is_no_answer,
     .timeout = 20, .signal = TRAP_SIGNAL) {
  lzr_indirection *indirection;
  struct lzr_lazy_stub lazy;
  answers = false;
  cr_assert_null(lzr_indirection_create(create_stock(), &indirection));
  cr_assert_null(lzr_lazy_stub_create(indirection, land, NULL, &lazy));
  ((int (*)(int, int))(uintptr_t)lazy.stub.address)(2, 40);
}
