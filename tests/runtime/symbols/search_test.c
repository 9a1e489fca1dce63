/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/search.h"

#include "tests/scripted_module.h"

TestSuite(search, .fini = remove_objects, .timeout = 120);

static void add_value(lzr_library *library, const char *linkage,
                      const char *name, int value) {
  char text[128], file[32];
  static int number;
  snprintf(text, sizeof text, "define %s i32 @%s() {\n  ret i32 %d\n}\n",
           linkage, name, value);
  snprintf(file, sizeof file, "%s%d.ll", name, number++);
  add_text(library, file, text);
}

/* A module with a function that calls four of libc, and one that
   calls some of them again. */
static const char libc_users[] = "declare i32 @abs(i32)\n"
                                 "declare i32 @ffs(i32)\n"
                                 "declare i32 @toupper(i32)\n"
                                 "declare i32 @tolower(i32)\n"
                                 "define i32 @first(i32 %x) {\n"
                                 "  %a = call i32 @abs(i32 %x)\n"
                                 "  %b = call i32 @ffs(i32 %a)\n"
                                 "  %c = call i32 @toupper(i32 %b)\n"
                                 "  %d = call i32 @tolower(i32 %c)\n"
                                 "  ret i32 %d\n"
                                 "}\n"
                                 "define i32 @second(i32 %x) {\n"
                                 "  %a = call i32 @tolower(i32 %x)\n"
                                 "  %b = call i32 @abs(i32 %a)\n"
                                 "  ret i32 %b\n"
                                 "}\n";

Test(search, asks_the_target_for_all_names_of_a_unit_at_once_and_never_again) {
  lzr_tpc *tpc;
  lzr_session *session = open_counting(&tpc);
  add_text(lzr_session_main_library(session), "users.ll", libc_users);
  lzr_addr first = find(session, "first"), second = find(session, "second");
  lzr_failing_tpc_arm(tpc, 0);
  cr_expect_eq(call(first, -8), 4);
  cr_expect_eq(lzr_failing_tpc_count_of(tpc, "lookup"), 1);
  lzr_failing_tpc_arm(tpc, 0);
  cr_expect_eq(call(second, 8), 8);
  cr_expect_eq(lzr_failing_tpc_count_of(tpc, "lookup"), 0);
  lzr_session_destroy(session);
}

Test(search, does_not_ask_the_target_for_what_modules_define) {
  lzr_tpc *tpc;
  lzr_session *session = open_counting(&tpc);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "users.ll", libc_users);
  add_value(library, "", "abs", 77);
  add_value(library, "weak", "ffs", 66);
  add_value(library, "", "toupper", 55);
  add_value(library, "", "tolower", 44);
  lzr_failing_tpc_arm(tpc, 0);
  cr_expect_eq(call_named(session, "first", 0), 44);
  cr_expect_eq(lzr_failing_tpc_count_of(tpc, "lookup"), 0);
  lzr_session_destroy(session);
}

Test(search, asks_again_for_what_was_nowhere) {
  lzr_tpc *tpc;
  lzr_session *session = open_counting(&tpc);
  lzr_library *library = lzr_session_main_library(session);
  lzr_addr address;
  for (int i = 0; i < 2; i++) {
    lzr_failing_tpc_arm(tpc, 0);
    FAILS(lzr_library_lookup(library, "nowhere_yet", &address), SYMBOL,
          "'nowhere_yet' is not defined");
    cr_expect_eq(lzr_failing_tpc_count_of(tpc, "lookup"), 1);
  }
  lzr_session_destroy(session);
}

Test(search, reports_that_the_target_did_not_answer) {
  lzr_tpc *tpc;
  lzr_session *session = open_counting(&tpc);
  lzr_library *library = lzr_session_main_library(session);
  lzr_addr address;
  lzr_failing_tpc_arm(tpc, 1);
  FAILS(lzr_library_lookup(library, "abs", &address), TARGET, "lookup fails");
  succeed(lzr_library_lookup(library, "abs", &address));
  lzr_session_destroy(session);
}

/* ---- The order -----------------------------------------------------------
 */

Test(search, goes_through_libraries_in_the_order_they_were_added) {
  lzr_session *session = open_session(NULL);
  lzr_library *user = make_library(session, "user");
  lzr_library *one = make_library(session, "one");
  lzr_library *two = make_library(session, "two");
  add_value(one, "", "in_both", 1);
  add_value(two, "", "in_both", 2);
  add_value(two, "", "in_two", 3);
  add_value(two, "weak", "abs", 4);
  succeed(lzr_library_search_library(user, one));
  succeed(lzr_library_search_library(user, two));
  succeed(lzr_library_search_process(user));
  cr_expect_eq(call_in(user, "in_both", 0), 1);
  cr_expect_eq(call_in(user, "in_two", 0), 3);
  cr_expect_eq(call_in(user, "abs", -9), 4, "a weak one is found as well");
  add_value(user, "weak", "in_both", 5);
  cr_expect_eq(call_in(user, "in_both", 0), 5,
               "the library itself comes first");
  lzr_session_destroy(session);
}

Test(search, does_not_find_what_another_library_hides) {
  lzr_session *session = open_session(NULL);
  lzr_library *user = make_library(session, "user");
  lzr_library *one = make_library(session, "one");
  lzr_library *two = make_library(session, "two");
  lzr_addr address;
  add_value(one, "hidden", "f", 1);
  succeed(lzr_library_search_library(user, one));
  FAILS(lzr_library_lookup(user, "f", &address), SYMBOL, "'f'");
  add_value(two, "", "f", 2);
  succeed(lzr_library_search_library(user, two));
  cr_expect_eq(call_in(user, "f", 0), 2);
  cr_expect_eq(call_in(one, "f", 0), 1);
  lzr_session_destroy(session);
}

Test(search, finds_a_module_s_own_local_name_before_the_library_s) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "own.ll",
           "define internal i32 @f() noinline {\n"
           "  ret i32 1\n"
           "}\n"
           "define i32 @own() {\n"
           "  %r = call i32 @f()\n"
           "  ret i32 %r\n"
           "}\n");
  add_value(library, "", "f", 2);
  add_text(library, "user.ll",
           "declare i32 @f()\n"
           "define i32 @user() {\n"
           "  %r = call i32 @f()\n"
           "  ret i32 %r\n"
           "}\n");
  cr_expect_eq(call_named(session, "own", 0), 1);
  cr_expect_eq(call_named(session, "user", 0), 2);
  lzr_session_destroy(session);
}

/* ---- Asking ahead --------------------------------------------------------
 */

static const struct lzr_definition one_function[] = {FUNCTION("f", STRONG, 1)};
static const struct lzr_definition another[] = {FUNCTION("g", STRONG, 1)};
static const char *const imports[] = {"abs", "ffs", "nowhere", NULL};

/* In this process asking costs nothing, so a module's names are asked for when
   they are needed, unless the program loads libraries. */
Test(search, asks_every_module_what_it_imports_once_a_program_knows_dlopen) {
  lzr_tpc *tpc;
  lzr_session *session = open_counting(&tpc);
  lzr_library *library = lzr_session_main_library(session);
  struct scripted *f = make_scripted("f.c", one_function, 1,
                                     "int ffs(int);\n"
                                     "int f(int x) { return ffs(x) + 1; }\n");
  struct scripted *g =
      make_scripted("g.c", another, 1, "int g(int x) { return x + 2; }\n");
  f->imports = g->imports = imports;
  add_scripted(library, f);
  add_scripted(library, g);
  cr_expect_eq(call_named(session, "g", 0), 2);
  cr_expect_eq(f->lists + g->lists, 0);
  add_text(library, "loader.ll",
           "declare ptr @dlopen(ptr, i32)\n"
           "define i32 @load() {\n"
           "  %p = call ptr @dlopen(ptr null, i32 2)\n"
           "  %n = icmp ne ptr %p, null\n"
           "  %r = zext i1 %n to i32\n"
           "  ret i32 %r\n"
           "}\n");
  cr_expect_eq(call_named(session, "load", 0), 1);
  cr_expect_eq(f->lists, 1);
  cr_expect_eq(g->lists, 1);
  lzr_failing_tpc_arm(tpc, 0);
  cr_expect_eq(call_named(session, "f", 8), 5);
  cr_expect_eq(lzr_failing_tpc_count_of(tpc, "lookup"), 0);
  cr_expect_eq(f->lists, 1);
  lzr_session_destroy(session);
}

/* ---- Needs ---------------------------------------------------------------
 */

static lzr_error *ask_for_data(struct lzr_builder *builder, unsigned thread,
                               void *data) {
  struct lzr_asker asker = {.symbols = builder->symbols, .thread = thread};
  struct lzr_input *input = data;
  for (int i = 0; i < 2; i++)
    succeed(lzr_asker_need_data(&asker, input));
  cr_expect_eq(asker.needs.count, 1);
  cr_expect_eq(asker.needs.inputs[0], input);
  succeed(lzr_asker_need_all_data(&asker, input->library));
  cr_expect_eq(asker.needs.count, 2);
  lzr_asker_fini(&asker);
  cr_expect_eq(asker.needs.count, 0);
  return NULL;
}

static lzr_error *need_nothing(struct lzr_builder *builder, unsigned thread,
                               void *data) {
  struct lzr_asker asker = {.symbols = builder->symbols, .thread = thread};
  lzr_error *error = lzr_asker_need_data(&asker, data);
  cr_expect_eq(asker.needs.count + asker.depends.count, 0);
  lzr_asker_fini(&asker);
  return error;
}

Test(search, needs_data_once_until_it_is_there_or_has_failed) {
  static const struct lzr_definition data[] = {DATA("d", STRONG)};
  static const struct lzr_definition bad[] = {DATA("b", STRONG)};
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  lzr_library *other = make_library(session, "other");
  struct scripted *d = make_scripted("d.c", data, 1, "int d = 3;");
  struct scripted *b =
      make_scripted("b.c", bad, 1, "extern int nowhere;\nint *b = &nowhere;\n");
  struct scripted *elsewhere = make_scripted("e.c", data, 1, "int d = 4;");
  lzr_addr address;
  add_scripted(library, d);
  add_scripted(library, b);
  add_scripted(other, elsewhere);
  succeed(
      on_compile_thread(session, ask_for_data, input_of(session, &d->module)));
  cr_expect_eq(*(int *)(uintptr_t)find(session, "d"), 3);
  succeed(
      on_compile_thread(session, need_nothing, input_of(session, &d->module)));
  FAILS(lzr_library_lookup(library, "b", &address), SYMBOL, "nowhere");
  FAILS(on_compile_thread(session, need_nothing, input_of(session, &b->module)),
        SYMBOL, "b.c: data", "nowhere");
  cr_expect_eq(elsewhere->builds, 0);
  lzr_session_destroy(session);
}

Test(search, knows_the_names_of_bounds) {
  cr_expect(lzr_is_start_or_stop("__start_tab"));
  cr_expect(lzr_is_start_or_stop("__stop_tab"));
  cr_expect_not(lzr_is_start_or_stop("__starts_tab"));
  cr_expect_not(lzr_is_start_or_stop("start_tab"));
  cr_expect_not(lzr_is_start_or_stop(""));
}
