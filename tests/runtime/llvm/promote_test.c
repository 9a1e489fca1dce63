/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Values of local variables: what is known about them, and what is not. */
#include "tests/unit_fixture.h"

#include <stdio.h>

/* One function's unit, from the text of its body. */
static char *promote(const char *declarations, const char *signature,
                     const char *body) {
  char module[4096];
  int length = snprintf(module, sizeof module, "%s\ndefine %s {\n%s}\n",
                        declarations, signature, body);
  cr_assert_lt((size_t)length, sizeof module);
  struct fixture f = open_text(module);
  char *text = unit_of(&f, "f");
  close_fixture(&f);
  return text;
}

Test(unit_promote, uses_a_parameter_that_is_stored_once_everywhere) {
  char *text = promote("declare void @g()", "i32 @f(i32 %x, i1 %c)",
                       "entry:\n"
                       "  %x.addr = alloca i32\n"
                       "  store i32 %x, ptr %x.addr\n"
                       "  br i1 %c, label %then, label %out\n"
                       "then:\n"
                       "  call void @g()\n"
                       "  %a = load i32, ptr %x.addr\n"
                       "  ret i32 %a\n"
                       "out:\n"
                       "  %b = load i32, ptr %x.addr\n"
                       "  %r = add i32 %b, 1\n"
                       "  ret i32 %r\n");
  HAS_NOT(text, "alloca");
  HAS_NOT(text, "store");
  HAS(text, "ret i32 %x");
  HAS(text, "%r = add i32 %x, 1");
  free(text);
}

Test(unit_promote, follows_a_variable_within_a_block) {
  char *text = promote("", "i32 @f(i32 %x, i1 %c)",
                       "entry:\n"
                       "  %v = alloca i32\n"
                       "  store i32 %x, ptr %v\n"
                       "  br i1 %c, label %then, label %out\n"
                       "then:\n"
                       "  %a = load i32, ptr %v\n"
                       "  %b = load i32, ptr %v\n"
                       "  %s = mul i32 %a, %b\n"
                       "  store i32 %s, ptr %v\n"
                       "  %k = load i32, ptr %v\n"
                       "  %t = add i32 %k, 3\n"
                       "  store i32 %t, ptr %v\n"
                       "  br label %out\n"
                       "out:\n"
                       "  %r = load i32, ptr %v\n"
                       "  ret i32 %r\n");
  HAS(text, "%s = mul i32 %a, %a");
  HAS(text, "%t = add i32 %s, 3");
  HAS(text, "%r = load i32, ptr %v");
  free(text);
}

Test(unit_promote, forgets_what_a_variable_held_when_something_is_called) {
  char *text = promote("declare void @g()", "i32 @f(i32 %x)",
                       "  %v = alloca i32\n"
                       "  store i32 %x, ptr %v\n"
                       "  store i32 7, ptr %v\n"
                       "  call void @g()\n"
                       "  %r = load i32, ptr %v\n"
                       "  ret i32 %r\n");
  HAS(text, "%r = load i32, ptr %v");
  free(text);
}

Test(unit_promote, keeps_a_load_before_the_only_store) {
  char *text = promote("", "i32 @f(i32 %x)",
                       "  %v = alloca i32\n"
                       "  %before = load i32, ptr %v\n"
                       "  store i32 %x, ptr %v\n"
                       "  %after = load i32, ptr %v\n"
                       "  %r = xor i32 %before, %after\n"
                       "  ret i32 %r\n");
  HAS(text, "%before = load i32, ptr %v");
  HAS(text, "%r = xor i32 %before, %x");
  free(text);
}

Test(unit_promote, does_not_carry_a_store_of_one_way_to_another) {
  char *text = promote("", "i32 @f(i32 %x, i1 %c)",
                       "entry:\n"
                       "  %v = alloca i32\n"
                       "  br i1 %c, label %then, label %out\n"
                       "then:\n"
                       "  store i32 %x, ptr %v\n"
                       "  br label %out\n"
                       "out:\n"
                       "  %r = load i32, ptr %v\n"
                       "  ret i32 %r\n");
  HAS(text, "%r = load i32, ptr %v");
  HAS(text, "store i32 %x, ptr %v");
  free(text);
}

static void expect_untouched(const char *declarations, const char *body) {
  char *text = promote(declarations, "i32 @f(i32 %x)", body);
  HAS(text, "store");
  HAS(text, "load");
  free(text);
}

Test(unit_promote, leaves_variables_alone_whose_address_goes_elsewhere) {
  expect_untouched("declare void @g(ptr)", "  %v = alloca i32\n"
                                           "  store i32 %x, ptr %v\n"
                                           "  call void @g(ptr %v)\n"
                                           "  %r = load i32, ptr %v\n"
                                           "  ret i32 %r\n");
  expect_untouched("@p = global ptr null", "  %v = alloca i32\n"
                                           "  store ptr %v, ptr @p\n"
                                           "  store i32 %x, ptr %v\n"
                                           "  %r = load i32, ptr %v\n"
                                           "  ret i32 %r\n");
}

Test(unit_promote, leaves_volatile_and_atomic_variables_alone) {
  expect_untouched("", "  %v = alloca i32\n"
                       "  store volatile i32 %x, ptr %v\n"
                       "  %r = load i32, ptr %v\n"
                       "  ret i32 %r\n");
  expect_untouched("", "  %v = alloca i32\n"
                       "  store i32 %x, ptr %v\n"
                       "  %r = load atomic i32, ptr %v monotonic, align 4\n"
                       "  ret i32 %r\n");
}

Test(unit_promote, leaves_variables_alone_that_are_read_in_part) {
  expect_untouched("", "  %v = alloca i32\n"
                       "  store i32 %x, ptr %v\n"
                       "  %b = load i8, ptr %v\n"
                       "  %r = zext i8 %b to i32\n"
                       "  ret i32 %r\n");
}

Test(unit_promote, leaves_arrays_alone) {
  expect_untouched("", "  %v = alloca i32, i32 4\n"
                       "  store i32 %x, ptr %v\n"
                       "  %r = load i32, ptr %v\n"
                       "  ret i32 %r\n");
}

Test(unit_promote, leaves_functions_alone_that_may_be_returned_to_twice) {
  expect_untouched("declare i32 @setjmp(ptr) returns_twice\n"
                   "@buffer = global [256 x i8] zeroinitializer",
                   "  %v = alloca i32\n"
                   "  store i32 %x, ptr %v\n"
                   "  %again = call i32 @setjmp(ptr @buffer)\n"
                   "  %r = load i32, ptr %v\n"
                   "  ret i32 %r\n");
}

Test(unit_promote, leaves_variables_to_debuggers) {
  struct lzr_source_options options = source_options(X86_64);
  options.debug_info = true;
  struct fixture f;
  succeed(try_open(&f,
                   "define i32 @f(i32 %x) {\n"
                   "  %v = alloca i32\n"
                   "  store i32 %x, ptr %v\n"
                   "  %r = load i32, ptr %v\n"
                   "  ret i32 %r\n"
                   "}\n",
                   &options));
  char *text = unit_of(&f, "f");
  HAS(text, "alloca");
  free(text);
  close_fixture(&f);
}

Test(unit_promote, knows_more_variables_than_fit_the_first_allocation) {
  char body[16384], *at = body, *end = body + sizeof body;
  for (int i = 0; i < 70; i++)
    at += snprintf(at, (size_t)(end - at), "  %%v%d = alloca i32\n", i);
  for (int i = 0; i < 70; i++)
    at += snprintf(at, (size_t)(end - at), "  store i32 %%x, ptr %%v%d\n", i);
  at += snprintf(at, (size_t)(end - at),
                 "  %%a = load i32, ptr %%v0\n  %%b = load i32, ptr %%v69\n"
                 "  %%r = add i32 %%a, %%b\n  ret i32 %%r\n");
  char module[sizeof body + 64];
  snprintf(module, sizeof module, "define i32 @f(i32 %%x) {\n%s}\n", body);
  struct fixture f = open_text(module);
  char *text = unit_of(&f, "f");
  HAS(text, "%r = add i32 %x, %x");
  HAS_NOT(text, "alloca");
  free(text);
  close_fixture(&f);
}
