/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* etext, edata, end and their like: one order of all modules' code and data. */
#include "tests/runtime_support.h"

TestSuite(ends, .timeout = 60);

static const char one[] = "@constant_one = constant [3 x i64] [i64 1, i64 2, "
                          "i64 3]\n"
                          "@value_one = global [100 x i8] c\""
                          "0123456789012345678901234567890123456789012345678901"
                          "234567890123456789012345678901234567890123456789\"\n"
                          "@zero_one = global [5000 x i8] zeroinitializer\n"
                          "@part_one = global i64 1, section \"parts\"\n"
                          "define i32 @code_one() {\n"
                          "  ret i32 1\n"
                          "}\n";
static const char two[] = "@constant_two = constant i64 7\n"
                          "@value_two = global i64 7\n"
                          "@zero_two = global [300 x i8] zeroinitializer\n"
                          "@part_two = global i64 2, section \"parts\"\n";

static const struct {
  const char *name;
  size_t size;
} data[] = {{"value_one", 100}, {"zero_one", 5000}, {"part_one", 8},
            {"value_two", 8},   {"zero_two", 300},  {"part_two", 8}};

static lzr_session *open_two(void) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "one.ll", one);
  add_text(library, "two.ll", two);
  return session;
}

Test(ends, enclose_all_data_of_the_library) {
  lzr_session *session = open_two();
  lzr_addr start = find(session, "data_start"), end = find(session, "end");
  for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
    lzr_addr address = find(session, data[i].name);
    cr_expect_geq(address, start, "%s", data[i].name);
    cr_expect_leq(address + data[i].size, end, "%s", data[i].name);
  }
  lzr_session_destroy(session);
}

Test(ends, come_in_the_order_that_linkers_give_them) {
  static const char *const constants[] = {"constant_one", "constant_two"};
  lzr_session *session = open_two();
  lzr_addr etext = find(session, "etext"), edata = find(session, "edata");
  cr_expect_leq(etext, find(session, "data_start"));
  cr_expect_leq(find(session, "data_start"), edata);
  cr_expect_leq(edata, find(session, "end"));
  for (int i = 0; i < 2; i++)
    cr_expect_leq(etext, find(session, constants[i]), "%s", constants[i]);
  for (size_t i = 0; i < sizeof data / sizeof *data; i++)
    if (!strstr(data[i].name, "zero"))
      cr_expect_leq(find(session, data[i].name) + data[i].size, edata, "%s",
                    data[i].name);
  lzr_session_destroy(session);
}

Test(ends, tell_values_from_zeros_in_a_program_of_one_module) {
  lzr_session *session = open_text(one);
  lzr_addr edata = find(session, "edata");
  cr_expect_leq(find(session, "value_one") + 100, edata);
  cr_expect_geq(find(session, "zero_one"), edata);
  lzr_session_destroy(session);
}

Test(ends, lie_behind_no_code_whenever_it_is_compiled) {
  static const char code[] = "define i32 @code_late() {\n"
                             "  ret i32 2\n"
                             "}\n";
  lzr_session *session = open_two();
  lzr_addr etext = find(session, "etext");
  cr_expect_lt(find(session, "code_one"), etext);
  cr_expect_eq(call_named(session, "code_one", 0), 1);
  add_text(lzr_session_main_library(session), "late.ll", code);
  cr_expect_eq(call_named(session, "code_late", 0), 2);
  cr_expect_lt(find(session, "code_late"), etext);
  lzr_session_destroy(session);
}

Test(ends, have_memory_between_them_that_can_be_read) {
  lzr_session *session = open_two();
  const volatile char *p = (const char *)(uintptr_t)find(session, "data_start");
  const char *end = (const char *)(uintptr_t)find(session, "end");
  size_t seven = 0;
  for (; p < end; p++)
    seven += *p == 7;
  cr_expect_geq(seven, 1, "value_two is among it");
  lzr_session_destroy(session);
}

Test(ends, have_several_names) {
  static const char *const same[][2] = {{"etext", "_etext"},
                                        {"etext", "__etext"},
                                        {"data_start", "__data_start"},
                                        {"edata", "_edata"},
                                        {"edata", "__bss_start"},
                                        {"end", "_end"}};
  lzr_session *session = open_two();
  for (size_t i = 0; i < sizeof same / sizeof *same; i++)
    cr_expect_eq(find(session, same[i][0]), find(session, same[i][1]), "%s",
                 same[i][1]);
  lzr_session_destroy(session);
}

Test(ends, stay_when_a_module_is_added_later) {
  lzr_session *session = open_text(two);
  lzr_addr end = find(session, "end");
  add_text(lzr_session_main_library(session), "one.ll", one);
  find(session, "zero_one");
  cr_expect_eq(find(session, "end"), end);
  lzr_session_destroy(session);
}

Test(ends, exist_in_a_program_without_data) {
  lzr_session *session = open_text("@end = external global i8\n"
                                   "@data_start = external global i8\n"
                                   "define i32 @size() {\n"
                                   "  %e = ptrtoint ptr @end to i64\n"
                                   "  %s = ptrtoint ptr @data_start to i64\n"
                                   "  %d = sub i64 %e, %s\n"
                                   "  %r = trunc i64 %d to i32\n"
                                   "  ret i32 %r\n"
                                   "}\n");
  cr_expect_eq(call_named(session, "size", 0), 0);
  cr_expect_lt(find(session, "size"), find(session, "etext"));
  lzr_session_destroy(session);
}

Test(ends, are_the_program_s_where_it_defines_them) {
  lzr_session *session = open_text("@end = global i32 5\n"
                                   "define i32 @edata() {\n"
                                   "  ret i32 6\n"
                                   "}\n");
  cr_expect_eq(*(int *)(uintptr_t)find(session, "end"), 5);
  cr_expect_eq(call_named(session, "edata", 0), 6);
  cr_expect_neq(find(session, "_end"), find(session, "end"));
  lzr_session_destroy(session);
}

Test(ends, of_each_library_are_its_own) {
  lzr_session *session = open_session(NULL);
  lzr_library *a = make_library(session, "a"), *b = make_library(session, "b");
  add_text(a, "one.ll", one);
  add_text(b, "two.ll", two);
  cr_expect_geq(find_in(a, "zero_one"), find_in(a, "data_start"));
  cr_expect_leq(find_in(a, "zero_one") + 5000, find_in(a, "end"));
  lzr_addr start = find_in(b, "data_start"), end = find_in(b, "end");
  cr_expect(find_in(a, "zero_one") + 5000 <= start ||
            find_in(a, "zero_one") >= end);
  cr_expect_geq(find_in(b, "value_two"), start);
  cr_expect_leq(find_in(b, "zero_two") + 300, end);
  lzr_session_destroy(session);
}

Test(ends, fail_by_the_sentence_of_data_that_fails) {
  lzr_session *session = open_two();
  lzr_library *library = lzr_session_main_library(session);
  lzr_addr address;
  add_text(library, "bad.ll",
           "@nowhere_at_all = external global i8\n"
           "@bad = global ptr @nowhere_at_all\n");
  FAILS(lzr_library_lookup(library, "end", &address), SYMBOL, "bad.ll",
        "nowhere_at_all");
  lzr_session_destroy(session);
}

Test(ends, are_these_names_and_no_other) {
  static const char *const others[] = {"ends", "__end", "etext_", "_data_start",
                                       "bss_start"};
  lzr_session *session = open_two();
  lzr_addr address;
  for (size_t i = 0; i < sizeof others / sizeof *others; i++)
    FAILS(lzr_library_lookup(lzr_session_main_library(session), others[i],
                             &address),
          SYMBOL, others[i]);
  lzr_session_destroy(session);
}
