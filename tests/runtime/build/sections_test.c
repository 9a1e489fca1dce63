/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/sections.h"

#include "tests/runtime_support.h"

TestSuite(sections, .timeout = 60);

static const char walker[] =
    "@__start_tab = external global i64\n"
    "@__stop_tab = external global i64\n"
    "@first = global i64 1, section \"tab\", align 8\n"
    "define i32 @length() {\n"
    "  %n = sub i64 ptrtoint (ptr @__stop_tab to i64),"
    " ptrtoint (ptr @__start_tab to i64)\n"
    "  %r = trunc i64 %n to i32\n"
    "  ret i32 %r\n"
    "}\n"
    "define i32 @at(i32 %i) {\n"
    "  %p = getelementptr i64, ptr @__start_tab, i32 %i\n"
    "  %v = load i32, ptr %p\n"
    "  ret i32 %v\n"
    "}\n";

Test(sections, of_several_modules_lie_behind_each_other_in_their_order) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "before.ll",
           "@zeroth = global i64 100, section \"tab\", align 8\n");
  add_text(library, "walker.ll", walker);
  add_text(library, "behind.ll",
           "@second = global [2 x i64] [i64 2, i64 3], section \"tab\", "
           "align 8\n"
           "@elsewhere = global i64 9, section \"other\"\n");
  cr_expect_eq(call_named(session, "length", 0), 4 * 8);
  static const int values[] = {100, 1, 2, 3};
  for (int i = 0; i < 4; i++)
    cr_expect_eq(call_named(session, "at", i), values[i]);
  cr_expect_eq(find(session, "first"), find(session, "zeroth") + 8);
  cr_expect_eq(find(session, "second"), find(session, "first") + 8);
  cr_expect_eq(find(session, "__start_tab"), find(session, "zeroth"));
  cr_expect_eq(find(session, "__stop_tab"), find(session, "second") + 16);
  lzr_session_destroy(session);
}

Test(sections, are_aligned_as_their_parts_say) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "walker.ll", walker);
  add_text(library, "wide.ll",
           "@wide = global i64 7, section \"tab\", align 64\n");
  cr_expect_eq(call_named(session, "length", 0), 64 + 8);
  cr_expect_eq(find(session, "wide") % 64, 0);
  cr_expect_eq(call_named(session, "at", 8), 7);
  cr_expect_eq(call_named(session, "at", 1), 0, "the gap");
  lzr_session_destroy(session);
}

Test(sections, keep_what_does_not_prevail_unless_it_is_of_a_comdat) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "walker.ll", walker);
  add_text(
      library, "losers.ll",
      "$once = comdat any\n"
      "@first = weak global i64 2, section \"tab\", align 8\n"
      "@once = linkonce_odr global i64 3, section \"tab\", comdat, align 8\n"
      "@own = global ptr @first\n");
  add_text(
      library, "one.ll",
      "$once = comdat any\n"
      "@once = linkonce_odr global i64 4, section \"tab\", comdat, align 8\n"
      "define i32 @other() {\n"
      "  %v = load i32, ptr @once\n"
      "  ret i32 %v\n"
      "}\n");
  cr_expect_eq(call_named(session, "length", 0), 3 * 8);
  for (int i = 0; i < 3; i++)
    cr_expect_eq(call_named(session, "at", i), i + 1);
  cr_expect_eq(find(session, "first"), find(session, "__start_tab"));
  cr_expect_eq(call_named(session, "other", 0), 3);
  lzr_session_destroy(session);
}

Test(sections, may_alternate_among_a_modules_variables) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "walker.ll", walker);
  add_text(library, "alternating.ll",
           "@a = global i64 10, section \"other\", align 8\n"
           "@b = global i64 2, section \"tab\", align 8\n"
           "@c = global i64 11, section \"other\", align 8\n"
           "@d = global i64 5, align 8\n"
           "@e = global i64 3, section \"tab\", align 8\n");
  add_text(library, "more.ll",
           "@f = global i64 12, section \"other\", align 8\n");
  cr_expect_eq(call_named(session, "length", 0), 3 * 8);
  for (int i = 0; i < 3; i++)
    cr_expect_eq(call_named(session, "at", i), i + 1);
  cr_expect_eq(find(session, "__start_other"), find(session, "a"));
  cr_expect_eq(find(session, "c"), find(session, "a") + 8);
  cr_expect_eq(find(session, "f"), find(session, "c") + 8);
  cr_expect_eq(find(session, "__stop_other"), find(session, "f") + 8);
  lzr_session_destroy(session);
}

Test(sections, of_another_library_are_apart) {
  lzr_session *session = open_session(NULL);
  lzr_library *other = make_library(session, "other");
  add_text(lzr_session_main_library(session), "walker.ll", walker);
  add_text(other, "walker.ll", walker);
  add_text(other, "more.ll", "@more = global i64 2, section \"tab\"\n");
  cr_expect_eq(call_named(session, "length", 0), 8);
  cr_expect_eq(call_in(other, "length", 0), 16);
  lzr_session_destroy(session);
}

Test(sections, with_a_part_that_comes_too_late_are_refused_not_cut) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "first.ll", "@first = global i64 1, section \"tab\"\n");
  add_text(library, "second.ll", "@second = global i64 2, section \"tab\"\n");
  find(session, "first");
  add_text(library, "late.ll",
           "@__start_tab = external global i64\n"
           "@late = global i64 3, section \"tab\"\n"
           "define i32 @walk() {\n"
           "  %v = load i32, ptr @__start_tab\n"
           "  ret i32 %v\n"
           "}\n");
  cr_expect_eq(call_named(session, "walk", 0), 0);
  FAILS(lzr_session_take_failure(session), UNSUPPORTED, "late.ll",
        "section 'tab' of other modules was placed before this one was added");
  lzr_session_destroy(session);
}
