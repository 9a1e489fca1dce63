/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Modules whose LLVM contexts come and go.
 */
#include "runtime/llvm/recent.h"
#include "tests/removal_support.h"

TestSuite(bitcode_module, .timeout = 200);

enum { MODULES = 3 * LZR_RECENT_MOST };

static const char *text_of(int i) {
  static char text[600];
  snprintf(text, sizeof text,
           "@count%d = internal global i32 0\n"
           "define i32 @first%d(i32 %%x) {\n"
           "  %%c = load i32, ptr @count%d\n"
           "  %%d = add i32 %%c, 1\n"
           "  store i32 %%d, ptr @count%d\n"
           "  ret i32 %%d\n}\n"
           "define i32 @second%d(i32 %%x) {\n"
           "  %%c = call i32 @first%d(i32 %%x)\n"
           "  %%d = add i32 %%c, %d\n"
           "  ret i32 %%d\n}\n",
           i, i, i, i, i, i, i);
  return text;
}

static int call_of(lzr_session *session, const char *function, int i) {
  char name[32];
  snprintf(name, sizeof name, "%s%d", function, i);
  return call_named(session, name, 0);
}

/* When the second functions are called, the contexts from which the first were
   made are gone. */
static void call_all(unsigned threads) {
  lzr_session *session = open_session_of_threads(threads);
  lzr_library *library = lzr_session_main_library(session);
  lzr_module_handle *modules[MODULES];
  for (int i = 0; i < MODULES; i++)
    modules[i] = add_module(library, "small.ll", text_of(i));
  for (int i = 0; i < MODULES; i++)
    cr_assert_eq(call_of(session, "first", i), 1);
  for (int i = 0; i < MODULES; i++)
    cr_assert_eq(call_of(session, "second", i), 2 + i);
  for (int i = 0; i < MODULES; i++)
    remove_module(modules[i]);
  lzr_session_destroy(session);
}

Test(bitcode_module, is_opened_again_when_its_context_was_closed) {
  call_all(1);
}

Test(bitcode_module, is_opened_again_by_each_thread) {
  call_all(3);
}
