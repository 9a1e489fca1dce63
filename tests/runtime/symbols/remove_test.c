/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/remove.h"

#include "runtime/session/session.h"
#include "tests/removal_support.h"

TestSuite(remove, .timeout = 120);

static lzr_session *session;
static lzr_library *library;
static struct failures failures;

static int landing(int x) {
  return x - 1000;
}

static void open_noting(void) {
  failures = (struct failures){.landing = address_of(landing)};
  session = open_session_noting(&failures);
  library = lzr_session_main_library(session);
}

static void expect_nowhere(const char *name) {
  lzr_addr address;
  FAILS(lzr_library_lookup(library, name, &address), SYMBOL, name);
}

/* ---- Names --------------------------------------------------------------- */

Test(remove, takes_names_away_and_lets_them_be_defined_again) {
  open_noting();
  lzr_module_handle *first = add_module(library, "a.ll", constant_text("f", 1));
  cr_expect_eq(call_named(session, "f", 0), 1);
  remove_module(first);
  expect_nowhere("f");
  add_text(library, "b.ll", constant_text("f", 2));
  cr_expect_eq(call_named(session, "f", 0), 2);
  lzr_session_destroy(session);
}

Test(remove, takes_a_module_away_that_was_never_used) {
  open_noting();
  remove_module(add_module(library, "a.ll", constant_text("f", 1)));
  expect_nowhere("f");
  cr_expect_eq(session->symbols.input_count, 0);
  lzr_session_destroy(session);
}

Test(remove, leaves_nothing_behind_in_the_tables) {
  open_noting();
  add_text(library, "main.ll", constant_text("g", 0));
  cr_expect_eq(call_named(session, "g", 0), 0);
  size_t symbols = 0, kept = session->symbols.kept_count;
  for (struct lzr_symbol *i = session->symbols.all; i; i = i->next)
    symbols++;
  remove_module(add_module(library, "a.ll",
                           "@v = global i32 1\n"
                           "@w = internal global i32 2\n"
                           "declare i32 @nowhere(i32)\n"
                           "module asm \".globl label\"\n"
                           "module asm \"label:\"\n"
                           "define internal i32 @h(i32 %x) noinline {\n"
                           "  %r = call i32 @nowhere(i32 %x)\n"
                           "  ret i32 %r\n"
                           "}\n"
                           "define i32 @f(i32 %x) {\n"
                           "  %v = load i32, ptr @v\n"
                           "  %w = load i32, ptr @w\n"
                           "  %s = add i32 %v, %w\n"
                           "  %never = icmp eq i32 %x, 77\n"
                           "  br i1 %never, label %a, label %b\n"
                           "a:\n"
                           "  %r = call i32 @h(i32 %x)\n"
                           "  ret i32 %r\n"
                           "b:\n"
                           "  ret i32 %s\n"
                           "}\n"));
  lzr_module_handle *module = add_module(
      library, "b.ll",
      "@v = global i32 1\n"
      "define i32 @f(i32 %x) {\n  %v = load i32, ptr @v\n  ret i32 %v\n}\n");
  cr_expect_eq(call_named(session, "f", 0), 1);
  remove_module(module);
  for (struct lzr_symbol *i = session->symbols.all; i; i = i->next)
    symbols--;
  cr_expect_eq(symbols, 0);
  cr_expect_eq(session->symbols.kept_count, kept);
  cr_expect_null(session->symbols.imports);
  cr_expect_eq(session->symbols.input_count, 1);
  cr_expect_eq(library->assembly_count, 0);
  lzr_session_destroy(session);
}

/* ---- What others mention ------------------------------------------------- */

Test(remove, makes_the_next_call_of_a_removed_function_fail_by_its_name) {
  open_noting();
  add_text(library, "main.ll", caller_text("g", "f"));
  lzr_module_handle *module =
      add_module(library, "a.ll", constant_text("f", 1));
  cr_expect_eq(call_named(session, "g", 0), 101);
  remove_module(module);
  cr_expect_eq(call_named(session, "g", 5), 100 + 5 - 1000);
  cr_expect_eq(failures.count, 1);
  cr_expect_str_eq(failures.function, "f");
  cr_expect_not_null(strstr(failures.message, "'f'"), "%s", failures.message);
  cr_expect_not_null(strstr(failures.message, "removed"), "%s",
                     failures.message);
  lzr_session_destroy(session);
}

Test(remove, lets_callers_find_a_later_definition_through_the_same_stub) {
  open_noting();
  add_text(library, "main.ll", caller_text("g", "f"));
  for (int i = 1; i < 6; i++) {
    lzr_module_handle *module =
        add_module(library, "a.ll", constant_text("f", i));
    cr_expect_eq(call_named(session, "g", 0), 100 + i);
    remove_module(module);
    if (i % 2)
      cr_expect_eq(call_named(session, "g", 0), 100 - 1000);
  }
  cr_expect_eq(failures.count, 3);
  lzr_session_destroy(session);
}

/* The caller was compiled when the function was nowhere. */
Test(remove, unbinds_what_was_nowhere_and_has_been_found) {
  open_noting();
  lzr_library *other = make_library(session, "other");
  succeed(lzr_library_search_library(library, other));
  add_text(library, "main.ll", caller_text("g", "f"));
  cr_expect_eq(call_named(session, "g", 0), 100 - 1000);
  lzr_module_handle *module = add_module(other, "a.ll", constant_text("f", 1));
  cr_expect_eq(call_named(session, "g", 0), 101);
  remove_module(module);
  cr_expect_eq(call_named(session, "g", 0), 100 - 1000);
  add_text(other, "b.ll", constant_text("f", 2));
  cr_expect_eq(call_named(session, "g", 0), 102);
  lzr_session_destroy(session);
}

Test(remove, keeps_the_address_that_other_modules_have_of_a_function) {
  open_noting();
  add_text(library, "main.ll",
           "declare i32 @f(i32)\n"
           "@p = global ptr @f\n"
           "define i32 @g(i32 %x) {\n"
           "  %p = load ptr, ptr @p\n"
           "  %y = call i32 %p(i32 %x)\n"
           "  ret i32 %y\n"
           "}\n");
  lzr_module_handle *module =
      add_module(library, "a.ll", constant_text("f", 1));
  cr_expect_eq(call_named(session, "g", 0), 1);
  lzr_addr f = find(session, "f");
  remove_module(module);
  cr_expect_eq(call_named(session, "g", 0), -1000);
  add_text(library, "b.ll", constant_text("f", 2));
  cr_expect_eq(call_named(session, "g", 0), 2);
  cr_expect_eq(find(session, "f"), f);
  lzr_session_destroy(session);
}

Test(remove, refuses_while_code_of_another_module_uses_a_variable) {
  open_noting();
  lzr_module_handle *module =
      add_module(library, "a.ll",
                 "@v = global i32 7\n"
                 "define i32 @f(i32 %x) {\n"
                 "  %v = load i32, ptr @v\n  ret i32 %v\n}\n");
  lzr_module_handle *user =
      add_module(library, "user.ll",
                 "@v = external global i32\n"
                 "define i32 @g(i32 %x) {\n"
                 "  %v = load i32, ptr @v\n  ret i32 %v\n}\n");
  cr_expect_eq(call_named(session, "f", 0), 7);
  cr_expect_eq(call_named(session, "g", 0), 7);
  FAILS(lzr_module_remove(module), ARGUMENT, "a.ll: cannot be removed",
        "user.ll", "'v'");
  cr_expect_eq(call_named(session, "f", 0), 7);
  remove_module(user);
  remove_module(module);
  lzr_session_destroy(session);
}

Test(remove, refuses_a_module_whose_code_may_have_called_atexit) {
  open_noting();
  lzr_module_handle *module =
      add_module(library, "a.ll",
                 "declare i32 @atexit(ptr)\n"
                 "define void @last() {\n  ret void\n}\n"
                 "define i32 @f(i32 %x) {\n"
                 "  %r = call i32 @atexit(ptr @last)\n"
                 "  ret i32 %r\n}\n");
  cr_expect_eq(call_named(session, "f", 0), 0);
  FAILS(lzr_module_remove(module), ARGUMENT, "a.ll", "atexit()");
  lzr_session_destroy(session);
}

/* ---- Several definitions ------------------------------------------------- */

static const char *weak_text(int value) {
  static char text[2][160];
  static int next;
  char *written = text[next++ % 2];
  snprintf(written, sizeof text[0],
           "define weak i32 @f(i32 %%x) {\n  ret i32 %d\n}\n", value);
  return written;
}

Test(remove, brings_the_first_other_weak_definition_back) {
  open_noting();
  lzr_module_handle *first = add_module(library, "1.ll", weak_text(1));
  lzr_module_handle *second = add_module(library, "2.ll", weak_text(2));
  lzr_module_handle *third = add_module(library, "3.ll", weak_text(3));
  add_text(library, "main.ll", caller_text("g", "f"));
  lzr_addr f = find(session, "f");
  cr_expect_eq(call(f, 0), 1);
  cr_expect_eq(call_named(session, "g", 0), 101);
  remove_module(first);
  cr_expect_eq(call(f, 0), 2);
  cr_expect_eq(call_named(session, "g", 0), 102);
  cr_expect_eq(find(session, "f"), f);
  remove_module(third);
  cr_expect_eq(call_named(session, "g", 0), 102);
  remove_module(second);
  cr_expect_eq(call_named(session, "g", 0), 100 - 1000);
  lzr_session_destroy(session);
}

Test(remove, brings_a_weak_definition_back_behind_a_strong_one) {
  open_noting();
  add_text(library, "weak.ll", weak_text(1));
  lzr_module_handle *strong =
      add_module(library, "strong.ll", constant_text("f", 2));
  cr_expect_eq(call_named(session, "f", 0), 2);
  remove_module(strong);
  cr_expect_eq(call_named(session, "f", 0), 1);
  lzr_session_destroy(session);
}

Test(remove, brings_a_weak_variable_back_unless_its_data_is_placed) {
  static const char *const text = "@v = weak global i32 %d\n"
                                  "@own%d = global i32 %d\n";
  char texts[2][128];
  for (int i = 0; i < 2; i++)
    snprintf(texts[i], sizeof texts[i], text, i + 1, i + 1, i + 1);
  open_noting();
  lzr_module_handle *first = add_module(library, "1.ll", texts[0]);
  lzr_module_handle *second = add_module(library, "2.ll", texts[1]);
  cr_expect_eq(*(int *)(uintptr_t)find(session, "v"), 1);
  remove_module(first);
  cr_expect_eq(*(int *)(uintptr_t)find(session, "v"), 2);
  remove_module(second);

  first = add_module(library, "1.ll", texts[0]);
  second = add_module(library, "2.ll", texts[1]);
  cr_expect_eq(*(int *)(uintptr_t)find(session, "v"), 1);
  cr_expect_eq(*(int *)(uintptr_t)find(session, "own2"), 2);
  remove_module(first);
  expect_nowhere("v");
  remove_module(second);
  lzr_session_destroy(session);
}

/* ---- Aliases and ifuncs -------------------------------------------------- */

Test(remove, takes_aliases_along) {
  open_noting();
  lzr_module_handle *module =
      add_module(library, "a.ll",
                 "@again = alias i32 (i32), ptr @f\n"
                 "define i32 @f(i32 %x) {\n  ret i32 3\n}\n");
  add_text(library, "main.ll", caller_text("g", "again"));
  cr_expect_eq(call_named(session, "g", 0), 103);
  remove_module(module);
  expect_nowhere("again");
  expect_nowhere("f");
  cr_expect_eq(call_named(session, "g", 0), 100 - 1000);
  cr_expect_str_eq(failures.function, "f");
  lzr_session_destroy(session);
}

static const char *ifunc_text(int value) {
  static char text[400];
  snprintf(text, sizeof text,
           "@f = ifunc i32 (i32), ptr @choose\n"
           "define internal i32 @impl(i32 %%x) {\n  ret i32 %d\n}\n"
           "define internal ptr @choose() {\n  ret ptr @impl\n}\n",
           value);
  return text;
}

Test(remove, lets_an_ifunc_be_chosen_anew) {
  open_noting();
  add_text(library, "main.ll", caller_text("g", "f"));
  lzr_module_handle *module = add_module(library, "a.ll", ifunc_text(4));
  cr_expect_eq(call_named(session, "g", 0), 104);
  remove_module(module);
  cr_expect_eq(call_named(session, "g", 0), 100 - 1000);
  module = add_module(library, "b.ll", ifunc_text(5));
  cr_expect_eq(call_named(session, "g", 0), 105);
  remove_module(module);
  add_text(library, "c.ll", constant_text("f", 6));
  cr_expect_eq(call_named(session, "g", 0), 106);
  lzr_session_destroy(session);
}

/* ---- Constructors and destructors ---------------------------------------- */

static int constructed, destructed, order[8], ends;

static lzr_error *note(void *data, const lzr_value *arguments,
                       lzr_value *result) {
  (void)data, (void)result;
  if (arguments[0].i > 0) {
    constructed++;
  } else {
    destructed++;
    order[ends++ % 8] = (int)-arguments[0].i;
  }
  return NULL;
}

static void define_note(void) {
  static const lzr_type parameter = LZR_TYPE_I32;
  struct lzr_signature signature = {LZR_TYPE_VOID, &parameter, 1, 1};
  constructed = destructed = ends = 0;
  succeed(lzr_library_define_function(library, "note", &signature, note, NULL));
}

/* Its constructor notes n, and its destructor and a handler that it has
   registered as C++ does note -n. */
static const char *constructing_text(int n) {
  static char text[1200];
  snprintf(text, sizeof text,
           "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] "
           "[{ i32, ptr, ptr } { i32 65535, ptr @first, ptr null }]\n"
           "@llvm.global_dtors = appending global [1 x { i32, ptr, ptr }] "
           "[{ i32, ptr, ptr } { i32 65535, ptr @last, ptr null }]\n"
           "@__dso_handle = external hidden global i8\n"
           "declare void @note(i32)\n"
           "declare i32 @__cxa_atexit(ptr, ptr, ptr)\n"
           "define internal void @destroy(ptr %%p) {\n"
           "  call void @note(i32 -%d)\n  ret void\n}\n"
           "define internal void @first() {\n"
           "  call void @note(i32 %d)\n"
           "  %%r = call i32 @__cxa_atexit(ptr @destroy, ptr null, "
           "ptr @__dso_handle)\n"
           "  ret void\n}\n"
           "define internal void @last() {\n"
           "  call void @note(i32 -%d)\n  ret void\n}\n",
           n, n, n);
  return text;
}

Test(remove, runs_the_destructors_of_a_module_whose_constructors_have_run) {
  open_noting();
  define_note();
  lzr_module_handle *first = add_module(library, "1.ll", constructing_text(1));
  lzr_module_handle *second = add_module(library, "2.ll", constructing_text(2));
  succeed(lzr_library_initialize(library));
  cr_expect_eq(constructed, 2);
  remove_module(first);
  cr_expect_eq(destructed, 2);
  cr_expect_eq(order[0], 1);
  lzr_module_handle *third = add_module(library, "3.ll", constructing_text(3));
  remove_module(third);
  cr_expect_eq(constructed, 2);
  cr_expect_eq(destructed, 2);
  add_module(library, "4.ll", constructing_text(4));
  succeed(lzr_library_initialize(library));
  cr_expect_eq(constructed, 3);
  (void)second;
  lzr_session_destroy(session);
  cr_expect_eq(destructed, 6);
  cr_expect_eq(order[2], 4, "the newest module's come first");
  cr_expect_eq(order[3], 4);
  cr_expect_eq(order[4], 2);
}

static lzr_module_handle *itself;
static lzr_error *refusal;

static lzr_error *remove_itself(void *data, const lzr_value *arguments,
                                lzr_value *result) {
  (void)data, (void)arguments, (void)result;
  refusal = lzr_module_remove(itself);
  return NULL;
}

Test(remove, refuses_a_module_that_is_being_initialized) {
  struct lzr_signature signature = {.result = LZR_TYPE_VOID};
  open_noting();
  succeed(lzr_library_define_function(library, "remove_itself", &signature,
                                      remove_itself, NULL));
  itself = add_module(
      library, "a.ll",
      "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }] "
      "[{ i32, ptr, ptr } { i32 65535, ptr @remove_itself, ptr null }]\n"
      "declare void @remove_itself()\n");
  succeed(lzr_library_initialize(library));
  FAILS(refusal, ARGUMENT, "a.ll", "initializing");
  remove_module(itself);
  lzr_session_destroy(session);
}

/* ---- Memory -------------------------------------------------------------- */

Test(remove, uses_code_data_and_stubs_again) {
  static const char *const text = "@v = thread_local global i32 5\n"
                                  "define i32 @f(i32 %x) {\n"
                                  "  %v = load i32, ptr @v\n"
                                  "  store i32 6, ptr @v\n"
                                  "  ret i32 %v\n"
                                  "}\n";
  struct lzr_function_info info = {.size = sizeof info};
  lzr_addr stub = 0, code = 0;
  open_noting();
  for (int i = 0; i < 20; i++) {
    struct lzr_function_info *list;
    size_t count;
    lzr_module_handle *module = add_module(library, "a.ll", text);
    lzr_addr f = find(session, "f");
    cr_expect_eq(call(f, 0), 5, "a fresh thread-local variable");
    cr_expect_eq(call(f, 0), 6);
    succeed(lzr_session_list_functions(session, &list, &count));
    cr_assert_eq(count, 1);
    cr_expect_eq(f, i ? stub : f);
    cr_expect_eq(list[0].address, i ? code : list[0].address);
    stub = f;
    code = list[0].address;
    free(list);
    cr_expect(lzr_session_describe(session, code, &info));
    remove_module(module);
    cr_expect_not(lzr_session_describe(session, code, &info));
  }
  lzr_session_destroy(session);
}

Test(remove, refuses_on_a_compile_thread) {
  open_noting();
  lzr_module_handle *module =
      add_module(library, "a.ll", constant_text("f", 1));
  lzr_tpc_own_thread();
  FAILS(lzr_module_remove(module), ARGUMENT, "compile thread");
  lzr_session_destroy(session);
}
