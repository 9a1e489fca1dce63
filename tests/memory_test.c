/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* A client survives that LLVM has no memory: the function that was to be
   compiled fails, others can be compiled. Every so many allocations of compile
   threads fail, one in a session. */
#include <stdatomic.h>

#include "tests/runtime_support.h"

#ifndef __SANITIZE_ADDRESS__ /* which has a malloc of its own */

enum { STEP = 61 };

/* How many allocations of lazyrun's own threads succeed until one fails, and
   that one; 0 if none will. */
static atomic_long countdown;

static bool fails(void) {
  return atomic_load(&countdown) > 0 && lzr_tpc_is_own_thread() &&
         atomic_fetch_sub(&countdown, 1) == 1;
}

/* glibc's own names for these. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size) {
  return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t members, size_t size) {
  return fails() ? NULL : __libc_calloc(members, size);
}

void *realloc(void *block, size_t size) {
  return fails() ? NULL : __libc_realloc(block, size);
}

static const char text[] = "@counter = global i32 0\n"
                           "define i32 @first(i32 %x) {\n"
                           "  store i32 %x, ptr @counter\n"
                           "  %r = add i32 %x, 1\n"
                           "  ret i32 %r\n"
                           "}\n"
                           "define i32 @second(i32 %x) {\n"
                           "  %r = add i32 %x, 2\n"
                           "  ret i32 %r\n"
                           "}\n";

/* Returns false if compiling the first function takes fewer than nth
   allocations. Counts the failures. */
static bool fail_allocation(long nth, int *failed) {
  struct failures failures = {0};
  lzr_session *session = open_session_noting(&failures);
  add_text(lzr_session_main_library(session), "two.ll", text);
  lzr_addr first = find(session, "first"), second = find(session, "second");
  atomic_store(&countdown, nth);
  int result = call(first, 1);
  bool happened = atomic_exchange(&countdown, 0) == 0;
  cr_expect_eq(result, failures.count ? 0 : 2, "allocation %ld", nth);
  if (failures.count)
    cr_expect_not_null(strstr(failures.message, "out of memory"), "%ld: %s",
                       nth, failures.message);
  *failed += failures.count;
  cr_expect_eq(call(second, 1), 3, "allocation %ld: %s", nth, failures.message);
  lzr_session_destroy(session);
  return happened;
}

Test(memory, that_llvm_lacks_is_the_error_of_one_function, .timeout = 120) {
  int failed = 0, sessions = 0;
  while (fail_allocation(1 + sessions * STEP, &failed))
    sessions++;
  cr_expect_gt(sessions, 10);
  cr_expect_gt(failed, sessions / 2);
}

#else

Test(memory, has_a_test_without_sanitizer) {
}

#endif
