/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What units see of the rest of their module, for passes. */
#include "tests/unit_fixture.h"

static struct fixture open_for_passes(const char *text, uint32_t budget) {
  struct lzr_source_options options = source_options(X86_64);
  options.optimize = true;
  options.inline_budget = budget;
  struct fixture fixture;
  succeed(try_open(&fixture, text, &options));
  return fixture;
}

Test(inlining, copies_callees_and_what_they_call) {
  struct fixture f = open_for_passes(
      "@v = internal global i32 1\n"
      "define i32 @f() {\n  %r = call i32 @g()\n  ret i32 %r\n}\n"
      "define internal i32 @g() {\n  %r = call i32 @h()\n  ret i32 %r\n}\n"
      "define i32 @h() {\n  %r = load i32, ptr @v\n  ret i32 %r\n}\n",
      100);
  char *text = unit_of(&f, "f");
  HAS(text, "define i32 @f()");
  HAS(text, "define available_externally i32 @g()");
  HAS(text, "define available_externally i32 @h()");
  HAS(text, "@v = external hidden global i32");
  free(text);
  /* What has been copied can be copied again, and compiled itself. */
  text = unit_of(&f, "g");
  HAS(text, "define i32 @g()");
  HAS(text, "define available_externally i32 @h()");
  free(text);
  text = unit_of(&f, "f");
  HAS(text, "define available_externally i32 @g()");
  free(text);
  close_fixture(&f);
}

Test(inlining, copies_every_kind_of_instruction) {
  struct fixture f = open_for_passes(
      "declare i32 @__gxx_personality_v0(...)\n"
      "declare i32 @throws(i32)\n"
      "define i32 @f(i32 %x) {\n  %r = call i32 @g(i32 %x, float 1.0)\n"
      "  ret i32 %r\n}\n"
      "define i32 @g(i32 %x, float %y) personality ptr "
      "@__gxx_personality_v0 {\n"
      "entry:\n  switch i32 %x, label %loop [ i32 1, label %one\n"
      "    i32 2, label %two ]\n"
      "one:\n  br label %out\n"
      "two:\n  %t = invoke i32 @throws(i32 %x) to label %out unwind label "
      "%pad\n"
      "pad:\n  %p = landingpad { ptr, i32 } cleanup\n"
      "  resume { ptr, i32 } %p\n"
      "loop:\n  %i = phi i32 [ 0, %entry ], [ %n, %loop ]\n"
      "  %a = phi fast float [ %y, %entry ], [ %b, %loop ]\n"
      "  %b = fmul fast float %a, %y\n"
      "  %n = add nsw i32 %i, 1\n"
      "  %c = icmp slt i32 %n, %x\n  br i1 %c, label %loop, label %out, !prof "
      "!0\n"
      "out:\n  %r = phi i32 [ 1, %one ], [ %t, %two ], [ %n, %loop ]\n"
      "  ret i32 %r\n}\n!0 = !{!\"branch_weights\", i32 1, i32 2}\n",
      100);
  char *text = unit_of(&f, "f");
  HAS(text, "define available_externally i32 @g(i32 %x, float %y)");
  HAS(text, "personality ptr @__gxx_personality_v0");
  HAS(text, "switch i32 %x, label %loop [");
  HAS(text, "i32 2, label %two");
  HAS(text, "to label %out unwind label %pad");
  HAS(text, "%i = phi i32 [ 0, %entry ], [ %n, %loop ]");
  HAS(text, "%a = phi fast float [ %y, %entry ], [ %b, %loop ]");
  HAS(text, "%n = add nsw i32 %i, 1");
  HAS(text, "br i1 %c, label %loop, label %out, !prof");
  HAS(text, "%r = phi i32 [ 1, %one ], [ %t, %two ], [ %n, %loop ]");
  free(text);
  close_fixture(&f);
}

Test(inlining, does_not_copy_what_must_not_be_inlined) {
  struct fixture f = open_for_passes(
      "define void @f() {\n  call void @never()\n  call void @bare()\n"
      "  call void @assembly()\n  call void @labels()\n"
      "  call void @elsewhere()\n  ret void\n}\n"
      "define void @never() noinline { ret void }\n"
      "define void @bare() naked { unreachable }\n"
      "define void @assembly() {\n  call void asm \"x:\", \"\"()\n"
      "  ret void\n}\n"
      "define void @labels() {\n  br label %a\na:\n  ret void\n}\n"
      "@label = global ptr blockaddress(@labels, %a)\n"
      "declare void @elsewhere()\n",
      100);
  char *text = unit_of(&f, "f");
  HAS_NOT(text, "available_externally");
  free(text);
  close_fixture(&f);
}

Test(inlining, copies_only_what_prevails) {
  struct fixture f = open_for_passes("define void @f() {\n  call void @g()\n"
                                     "  call void @h()\n  ret void\n}\n"
                                     "define weak void @g() { ret void }\n"
                                     "define weak void @h() { ret void }\n",
                                     100);
  char *text = unit_without(&f, "f", (const char *[]){"h", NULL});
  HAS(text, "define available_externally void @g()");
  HAS(text, "declare void @h()");
  free(text);
  close_fixture(&f);
}

Test(inlining, holds_to_its_budget) {
  struct fixture f = open_for_passes(
      "define void @f() {\n  call void @g()\n  call void @h()\n  ret void\n}\n"
      "define void @g() { ret void }\n"
      "define void @h() {\n  call void @g()\n  ret void\n}\n",
      2);
  char *text = unit_of(&f, "f");
  HAS(text, "define available_externally void @g()");
  HAS(text, "declare void @h()");
  free(text);
  close_fixture(&f);
}

/* What a compiler copies from elsewhere itself need not exist there. */
Test(inlining, copies_what_the_compiler_has_copied) {
  struct fixture f = open_for_passes(
      "define void @f() {\n  call void @g()\n  call void @h()\n"
      "  call void @i()\n  ret void\n}\n"
      "define available_externally void @g() alwaysinline {\n"
      "  call void @h()\n  ret void\n}\n"
      "define available_externally void @h() { ret void }\n"
      "define available_externally void @i() alwaysinline { ret void }\n",
      1);
  char *text = unit_of(&f, "f");
  HAS(text, "define available_externally void @g()");
  HAS(text, "declare void @h()");
  HAS(text, "define available_externally void @i()");
  free(text);
  close_fixture(&f);
}

Test(inlining, shows_small_constants) {
  struct fixture f = open_for_passes(
      "@small = internal constant [2 x ptr] [ptr @text, ptr @variable]\n"
      "@text = private constant [2 x i8] c\"a\\00\"\n"
      "@variable = global i32 7\n"
      "@weak = weak constant i32 8\n"
      "@large = constant [2000 x i8] zeroinitializer\n"
      "define ptr @f(i32 %i) {\n"
      "  %p = getelementptr [2 x ptr], ptr @small, i32 0, i32 %i\n"
      "  %a = load i32, ptr @weak\n  %b = load i8, ptr @large\n"
      "  %r = load ptr, ptr %p\n  ret ptr %r\n}\n",
      100);
  char *text = unit_of(&f, "f");
  HAS(text, "@small = available_externally hidden constant [2 x ptr] [ptr ");
  HAS(text, "available_externally hidden constant [2 x i8] c\"a\\00\"");
  HAS(text, "@variable = external hidden global i32");
  HAS(text, "@weak = external constant i32");
  HAS(text, "@large = external hidden constant [2000 x i8]");
  free(text);
  close_fixture(&f);
}

Test(inlining, lets_passes_at_what_clang_has_not_optimized) {
  struct fixture f = open_for_passes(
      "define void @f() noinline optnone {\n  call void @g()\n  ret void\n}\n"
      "define void @g() noinline optnone { ret void }\n",
      100);
  char *text = unit_of(&f, "f");
  HAS_NOT(text, "optnone");
  HAS_NOT(text, "noinline");
  HAS(text, "define available_externally void @g()");
  free(text);
  close_fixture(&f);
}
