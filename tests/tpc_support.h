/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the tests of the target have in common: a target for each test, and the
   smallest functions there are. */
#ifndef LZR_TESTS_TPC_SUPPORT_H
#define LZR_TESTS_TPC_SUPPORT_H

#include <criterion/criterion.h>
#include <string.h>

#include "tpc/tpc.h"

static lzr_tpc *tpc;

static inline void open_tpc(void) {
  cr_assert_null(lzr_tpc_create_self(&tpc));
}

static inline void close_tpc(void) {
  lzr_tpc_close(tpc);
}

/* error is of kind, and its sentence contains words. Destroys it. */
static inline void expect_error(lzr_error *error, lzr_error_kind kind,
                                const char *words) {
  cr_assert_not_null(error, "there should be an error about '%s'", words);
  cr_expect_eq(lzr_error_get_kind(error), kind, "%s: %s",
               lzr_error_kind_name(lzr_error_get_kind(error)),
               lzr_error_message(error));
  cr_expect(strstr(lzr_error_message(error), words), "'%s' lacks '%s'",
            lzr_error_message(error), words);
  lzr_error_destroy(error);
}

static inline void expect_fine(lzr_error *error) {
  cr_assert_null(error, "%s", lzr_error_message(error));
}

enum { RETURNER_SIZE = 8 };

/* The code of a function that returns value, which is below 2^16. */
static inline void write_returner(uint8_t code[RETURNER_SIZE], uint32_t value) {
#ifdef __x86_64__
  memcpy(code, "\xb8\0\0\0\0\xc3\xcc\xcc", RETURNER_SIZE); /* mov eax; ret */
  memcpy(code + 1, &value, sizeof value);
#else
  uint32_t words[2] = {0x52800000u | value << 5, 0xd65f03c0u}; /* mov w0; ret */

  memcpy(code, words, RETURNER_SIZE);
#endif
}

static inline lzr_allocation *reserve(uint64_t code, uint64_t constants,
                                      uint64_t data) {
  struct lzr_layout layout = {.size = {code, constants, data}};
  lzr_allocation *allocation = NULL;

  expect_fine(lzr_tpc_reserve(tpc, &layout, &allocation));
  return allocation;
}

static inline lzr_error *commit_bytes(lzr_allocation *allocation,
                                      lzr_addr address, const void *bytes,
                                      uint64_t byte_count,
                                      uint64_t zero_count) {
  struct lzr_segment segment = {address, bytes, byte_count, zero_count};
  struct lzr_commit commit = {.segments = &segment, .segment_count = 1};

  return lzr_tpc_commit(tpc, allocation, &commit);
}

/* Commits a function that returns value at the start of allocation. */
static inline void commit_returner(lzr_allocation *allocation, uint32_t value) {
  uint8_t code[RETURNER_SIZE];

  write_returner(code, value);
  expect_fine(commit_bytes(allocation, allocation->address[LZR_PROT_CODE], code,
                           sizeof code, 0));
}

static inline lzr_allocation *make_returner(uint32_t value) {
  lzr_allocation *allocation = reserve(RETURNER_SIZE, 0, 0);

  commit_returner(allocation, value);
  return allocation;
}

static inline void *pointer_to(lzr_addr address) {
  return (void *)(uintptr_t)address;
}

static inline uint32_t run(const lzr_allocation *allocation) {
  uint32_t (*function)(void) =
      (uint32_t (*)(void))(uintptr_t)allocation->address[LZR_PROT_CODE];

  return function();
}

#endif
