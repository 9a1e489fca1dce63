/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Passes and transforms of a session's units. */
#include <llvm-c/Core.h>
#include <stdatomic.h>

#include "tests/runtime_support.h"

static lzr_session *open_with_passes(const char *passes, int inline_budget,
                                     const char *text) {
  struct lzr_session_options options = session_options();
  options.passes = passes;
  options.inline_budget = inline_budget;
  lzr_session *session = open_session(&options);
  add_text(lzr_session_main_library(session), "test.ll", text);
  return session;
}

static const char counter[] =
    "@count = internal global i32 0\n"
    "define internal i32 @next() {\n  %v = load i32, ptr @count\n"
    "  %n = add i32 %v, 1\n  store i32 %n, ptr @count\n  ret i32 %n\n}\n"
    "define i32 @f(i32 %x) {\n  %r = call i32 @next()\n  ret i32 %r\n}\n"
    "define i32 @g(i32 %x) {\n  %r = call i32 @next()\n  ret i32 %r\n}\n"
    "define ptr @address() { ret ptr @next }\n";

Test(passes, inline_functions_that_keep_their_variables) {
  lzr_session *session = open_with_passes("default<O2>", 0, counter);
  cr_expect_eq(call_named(session, "f", 0), 1);
  cr_expect_eq(call_named(session, "g", 0), 2);
  cr_expect_eq(count(session).functions_compiled, 2, "next() is in both");
  cr_expect_gt(count(session).passes_time, 0);
  void *(*address)(void) = (void *(*)(void))(uintptr_t)find(session, "address");
  cr_expect_eq(call((lzr_addr)(uintptr_t)address(), 0), 3);
  cr_expect_eq(count(session).functions_compiled, 4);
  cr_expect_eq(call_named(session, "f", 0), 4);
  lzr_session_destroy(session);
}

Test(passes, inline_nothing_without_a_budget) {
  lzr_session *session =
      open_with_passes("default<O2>", LZR_INLINE_NOTHING, counter);
  cr_expect_eq(call_named(session, "f", 0), 1);
  cr_expect_eq(count(session).functions_compiled, 2);
  lzr_session_destroy(session);
}

static void refuses(const char *passes, const char *word) {
  struct lzr_session_options options = session_options();
  options.passes = passes;
  lzr_session *session;
  FAILS(lzr_session_create(NULL, &options, &session), ARGUMENT, word, "LLVM");
}

Test(passes, are_refused_by_llvms_sentence) {
  refuses("default<O9>", "O9");
  refuses("no-such-pass", "no-such-pass");
  refuses("default<O2>,(", "invalid pipeline");
}

Test(passes, are_not_for_the_baseline_generator) {
  struct lzr_session_options options = session_options();
  options.passes = "default<O2>";
  options.code_generator = LZR_CODEGEN_BASELINE;
  lzr_session *session;
  FAILS(lzr_session_create(NULL, &options, &session), ARGUMENT, "passes");
  options.code_generator = LZR_CODEGEN_AUTO;
  lzr_session_destroy(open_session(&options));
  options.inline_budget = -2;
  FAILS(lzr_session_create(NULL, &options, &session), ARGUMENT,
        "inline budget");
}

/* A unit's functions must stay, whatever a pipeline makes of a whole module. */
Test(passes, must_leave_definitions) {
  lzr_session *session = open_with_passes(
      "internalize,globaldce", 0, "define i32 @f(i32 %x) { ret i32 1 }\n");
  cr_expect_eq(call_named(session, "f", 0), 0);
  FAILS(lzr_session_take_failure(session), COMPILE, "'f'", "no definition");
  lzr_session_destroy(session);
}

/* A definition that another module overrides is not inlined. */
Test(passes, inline_the_prevailing_definition) {
  lzr_session *session =
      open_with_passes("default<O2>", 0,
                       "define weak i32 @g(i32 %x) { ret i32 1 }\n"
                       "define i32 @f(i32 %x) {\n"
                       "  %r = call i32 @g(i32 %x)\n  ret i32 %r\n}\n");
  add_text(lzr_session_main_library(session), "strong.ll",
           "define i32 @g(i32 %x) { ret i32 2 }\n");
  cr_expect_eq(call_named(session, "f", 0), 2);
  lzr_session_destroy(session);
}

static lzr_error *try_replace(lzr_session *session, const char *text,
                              lzr_module_handle **module) {
  struct lzr_code code = {.size = sizeof code,
                          .name = "new.ll",
                          .bytes = text,
                          .byte_count = strlen(text)};
  return lzr_library_replace(lzr_session_main_library(session), &code, module);
}

static void follows(int inline_budget) {
  lzr_session *session =
      open_with_passes("default<O2>", inline_budget,
                       "define i32 @g(i32 %x) { ret i32 1 }\n"
                       "define i32 @f(i32 %x) {\n"
                       "  %c = icmp eq i32 %x, 0\n"
                       "  br i1 %c, label %then, label %else\n"
                       "then:\n  %r = call i32 @g(i32 %x)\n"
                       "  ret i32 %r\nelse:\n  ret i32 0\n}\n");
  cr_expect_eq(call_named(session, "f", 0), 1);
  lzr_module_handle *module;
  succeed(
      try_replace(session, "define i32 @g(i32 %x) { ret i32 2 }\n", &module));
  cr_expect_eq(call_named(session, "f", 0), 2);
  cr_expect_eq(call_named(session, "g", 0), 2);
  succeed(lzr_module_remove(module));
  cr_expect_eq(call_named(session, "f", 0), 1);
  cr_expect_eq(call_named(session, "g", 0), 1);
  lzr_session_destroy(session);
}

Test(passes, follow_what_is_replaced) {
  follows(0);
}

Test(passes, follow_what_is_replaced_without_a_budget) {
  follows(LZR_INLINE_NOTHING);
}

/* Code that only knows what a constant is does use it. */
Test(passes, use_constants) {
  lzr_session *session =
      open_with_passes("default<O2>", 0,
                       "@c = constant i32 1\n"
                       "define i32 @f(i32 %x) {\n"
                       "  %r = load i32, ptr @c\n  ret i32 %r\n}\n");
  cr_expect_eq(call_named(session, "f", 0), 1);
  FAILS(try_replace(session, "@c = constant i32 2\n", NULL), SYMBOL, "'c'",
        "in use");
  lzr_session_destroy(session);
}

/* Code that nothing mentions, in a section that the program counts. */
Test(passes, keep_what_lies_in_a_section_for_its_place) {
  lzr_session *session = open_with_passes(
      "default<O2>", 0,
      "@__start_numbers = external hidden constant i32\n"
      "@__stop_numbers = external hidden constant i32\n"
      "@a = weak global i32 1, section \"numbers\"\n"
      "@b = global i32 2, section \"numbers\"\n"
      "define i32 @size(i32 %x) {\n"
      "  ret i32 trunc (i64 sub (i64 ptrtoint (ptr @__stop_numbers to i64), "
      "i64 ptrtoint (ptr @__start_numbers to i64)) to i32)\n}\n");
  add_text(lzr_session_main_library(session), "strong.ll",
           "@a = global i32 1\n");
  cr_expect_eq(call_named(session, "size", 0), 8);
  lzr_session_destroy(session);
}

/* Transforms. */

/* Has every function of int (int) return its argument and one more; or fail. */
struct change {
  _Atomic unsigned units;
  bool fails, removes;
};

static lzr_error *change(void *data, struct LLVMOpaqueModule *unit) {
  struct change *change = data;
  change->units++;
  if (change->fails)
    return lzr_error_create(LZR_ERROR_COMPILE, "not this one");
  LLVMValueRef function = LLVMGetNamedFunction(unit, "f");
  if (!function)
    return NULL;
  if (change->removes) {
    LLVMDeleteFunction(function);
    return NULL;
  }
  LLVMValueRef result =
      LLVMGetBasicBlockTerminator(LLVMGetFirstBasicBlock(function));
  LLVMBuilderRef builder =
      LLVMCreateBuilderInContext(LLVMGetModuleContext(unit));
  LLVMPositionBuilderBefore(builder, result);
  LLVMValueRef value = LLVMGetOperand(result, 0);
  LLVMSetOperand(
      result, 0,
      LLVMBuildAdd(builder, value, LLVMConstInt(LLVMTypeOf(value), 1, 0), ""));
  LLVMDisposeBuilder(builder);
  return NULL;
}

static lzr_session *open_with_transform(struct change *data,
                                        const char *passes) {
  struct lzr_session_options options = session_options();
  options.transform = change;
  options.data = data;
  options.passes = passes;
  lzr_session *session = open_session(&options);
  add_text(lzr_session_main_library(session), "test.ll",
           "define i32 @f(i32 %x) {\n  ret i32 %x\n}\n");
  return session;
}

Test(transform, changes_a_unit) {
  struct change data = {0};
  lzr_session *session = open_with_transform(&data, NULL);
  cr_expect_eq(call_named(session, "f", 3), 4);
  cr_expect_eq(data.units, 1);
  lzr_session_destroy(session);
}

Test(transform, comes_before_the_passes) {
  struct change data = {0};
  lzr_session *session = open_with_transform(&data, "default<O1>");
  cr_expect_eq(call_named(session, "f", 3), 4);
  lzr_session_destroy(session);
}

Test(transform, fails_the_call) {
  struct change data = {.fails = true};
  lzr_session *session = open_with_transform(&data, NULL);
  cr_expect_eq(call_named(session, "f", 3), 0);
  FAILS(lzr_session_take_failure(session), COMPILE, "'f'", "the transform",
        "not this one");
  lzr_session_destroy(session);
}

Test(transform, must_leave_definitions) {
  struct change data = {.removes = true};
  lzr_session *session = open_with_transform(&data, NULL);
  cr_expect_eq(call_named(session, "f", 3), 0);
  FAILS(lzr_session_take_failure(session), COMPILE, "no definition of 'f'");
  lzr_session_destroy(session);
}

/* A transform that makes nonsense is found out before code is made of it. */
static lzr_error *break_unit(void *data, struct LLVMOpaqueModule *unit) {
  (void)data;
  LLVMValueRef function = LLVMGetNamedFunction(unit, "f");
  if (function)
    LLVMInstructionEraseFromParent(
        LLVMGetBasicBlockTerminator(LLVMGetFirstBasicBlock(function)));
  return NULL;
}

Test(transform, is_verified) {
  struct lzr_session_options options = session_options();
  options.transform = break_unit;
  lzr_session *session = open_session(&options);
  add_text(lzr_session_main_library(session), "test.ll",
           "define i32 @f(i32 %x) {\n  ret i32 %x\n}\n");
  cr_expect_eq(call_named(session, "f", 3), 0);
  FAILS(lzr_session_take_failure(session), COMPILE, "transform", "LLVM",
        "terminator");
  lzr_session_destroy(session);
}
