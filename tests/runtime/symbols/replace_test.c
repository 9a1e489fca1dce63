/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/replace.h"

#include <pthread.h>
#include <stdatomic.h>

#include "runtime/session/session.h"
#include "tests/object_world.h"
#include "tests/removal_support.h"

TestSuite(replace, .fini = remove_objects, .timeout = 120);

static lzr_session *session;
static lzr_library *library;

static void open_main(const char *text) {
  session = open_session(NULL);
  library = lzr_session_main_library(session);
  if (text)
    add_text(library, "main.ll", text);
}

Test(replace, lets_callers_and_pointers_follow) {
  open_main("declare i32 @f(i32)\n"
            "@p = global ptr @f\n"
            "define i32 @direct(i32 %x) {\n"
            "  %y = call i32 @f(i32 %x)\n  ret i32 %y\n}\n"
            "define i32 @indirect(i32 %x) {\n"
            "  %p = load ptr, ptr @p\n"
            "  %y = call i32 %p(i32 %x)\n  ret i32 %y\n}\n");
  lzr_module_handle *old = add_module(library, "1.ll", constant_text("f", 1));
  lzr_addr f = find(session, "f");
  for (int i = 1; i < 10; i++) {
    cr_expect_eq(call(f, 0), i);
    cr_expect_eq(call_named(session, "direct", 0), i);
    cr_expect_eq(call_named(session, "indirect", 0), i);
    lzr_module_handle *new =
        replace_module(library, "2.ll", constant_text("f", i + 1));
    if (i % 2)
      cr_expect_eq(call(f, 0), i + 1, "while the old module is there");
    remove_module(old);
    old = new;
    cr_expect_eq(find(session, "f"), f);
  }
  lzr_session_destroy(session);
}

Test(replace, replaces_what_was_never_called_and_what_was_not_there) {
  open_main(NULL);
  add_text(library, "1.ll", constant_text("f", 1));
  replace_module(library, "2.ll", constant_text("f", 2));
  cr_expect_eq(call_named(session, "f", 0), 2);
  replace_module(library, "3.ll", constant_text("g", 3));
  cr_expect_eq(call_named(session, "g", 0), 3);
  lzr_session_destroy(session);
}

Test(replace, is_undone_when_the_new_module_is_removed_first) {
  open_main(NULL);
  add_text(library, "main.ll", caller_text("g", "f"));
  lzr_module_handle *old = add_module(library, "1.ll", constant_text("f", 1));
  cr_expect_eq(call_named(session, "g", 0), 101);
  for (int i = 2; i < 6; i++) {
    lzr_module_handle *new =
        replace_module(library, "2.ll", constant_text("f", i));
    cr_expect_eq(call_named(session, "g", 0), 100 + i);
    uint64_t before = count(session).units;
    remove_module(new);
    cr_expect_eq(call_named(session, "g", 0), 101);
    cr_expect_eq(count(session).units, before, "the old code is still there");
  }
  remove_module(old);
  lzr_session_destroy(session);
}

/* Functions that are compiled into one unit call each other directly. */
Test(replace, reaches_callers_that_were_compiled_together_with_the_function) {
  open_main("define i32 @outer(i32 %x) {\n"
            "  %y = call i32 @inner(i32 %x)\n"
            "  %z = add i32 %y, 100\n"
            "  ret i32 %z\n"
            "}\n"
            "define i32 @inner(i32 %x) noinline {\n"
            "  ret i32 1\n"
            "}\n");
  lzr_addr outer = find(session, "outer");
  cr_expect_eq(call(outer, 0), 101);
  cr_expect_eq(count(session).units, 1);
  for (int i = 2; i < 5; i++) {
    replace_module(library, "new.ll", constant_text("inner", i));
    cr_expect_eq(call(outer, 0), 100 + i);
    cr_expect_eq(call_named(session, "outer", 0), 100 + i);
  }
  cr_expect_leq(count(session).units, 5, "outer is compiled again once");
  lzr_session_destroy(session);
}

Test(replace, refuses_variables_aliases_and_addresses_that_are_in_use) {
  lzr_module_handle *module;
  open_main("@v = global i32 1\n"
            "@again = alias i32 (i32), ptr @f\n"
            "define i32 @f(i32 %x) {\n  ret i32 1\n}\n"
            "define i32 @g(i32 %x) {\n"
            "  %y = call i32 @again(i32 %x)\n"
            "  %v = load i32, ptr @v\n"
            "  %z = add i32 %y, %v\n  ret i32 %z\n}\n");
  succeed(lzr_library_define(library, "abs_name", find(session, "f")));
  cr_expect_eq(call_named(session, "g", 0), 2);
  FAILS(try_replace(library, "new.ll", "@v = global i32 2\n", &module), SYMBOL,
        "new.ll", "'v'", "variable");
  cr_expect_null(module);
  FAILS(try_replace(library, "new.ll", constant_text("abs_name", 2), NULL),
        SYMBOL, "'abs_name'", "address");
  FAILS(try_replace(library, "new.ll", "@f = global i32 2\n", NULL), SYMBOL,
        "'f'");
  FAILS(try_replace(library, "new.ll",
                    "define i32 @h(i32 %x) {\n  ret i32 1\n}\n"
                    "@v = global i32 2\n",
                    NULL),
        SYMBOL, "'v'");
  lzr_addr address;
  FAILS(lzr_library_lookup(library, "h", &address), SYMBOL, "'h'");
  cr_expect_eq(call_named(session, "g", 0), 2);
  lzr_session_destroy(session);
}

Test(replace, replaces_a_variable_that_nobody_has_used) {
  open_main("@v = global i32 1\n");
  replace_module(library, "new.ll", "@v = global i32 2\n");
  cr_expect_eq(*(int *)(uintptr_t)find(session, "v"), 2);
  lzr_session_destroy(session);
}

Test(replace, refuses_functions_of_an_object_that_share_a_section) {
  size_t size;
  const char *object =
      compile_text(LZR_LLVM_BIN "/clang -O1 -fPIC", "c",
                   "__attribute__((noinline)) int f(int x) { return x; }\n"
                   "int g(int x) { return f(x) + 1; }\n");
  uint8_t *bytes = read_file(object, &size);
  open_main(NULL);
  succeed(lzr_library_add_bytes(library, "a.o", (char *)bytes, size));
  FAILS(try_replace(library, "new.ll", constant_text("f", 2), NULL), SYMBOL,
        "'f'", "a.o", "together");
  free(bytes);
  lzr_session_destroy(session);
}

/* ---- While calls go on --------------------------------------------------- */

enum { ROUNDS = 60 };
static atomic_int current;
static atomic_bool over;

static void *call_all_the_time(void *data) {
  int_function *f = (int_function *)(uintptr_t)*(lzr_addr *)data;
  long wrong = 0;
  while (!atomic_load(&over)) {
    int before = atomic_load(&current), value = f(0);
    if (value < before || value > atomic_load(&current) + 1)
      wrong++;
  }
  return (void *)wrong;
}

Test(replace, may_happen_while_other_threads_call) {
  pthread_t threads[3];
  lzr_module_handle *modules[ROUNDS];
  open_main(NULL);
  modules[0] = add_module(library, "a.ll", constant_text("f", 0));
  lzr_addr f = find(session, "f");
  for (int i = 0; i < 3; i++)
    pthread_create(&threads[i], NULL, call_all_the_time, &f);
  for (int i = 1; i < ROUNDS; i++) {
    modules[i] = replace_module(library, "a.ll", constant_text("f", i));
    cr_expect_eq(call(f, 0), i);
    atomic_store(&current, i);
  }
  atomic_store(&over, true);
  for (int i = 0; i < 3; i++) {
    void *wrong;
    pthread_join(threads[i], &wrong);
    cr_expect_eq((long)wrong, 0, "%ld calls of old code", (long)wrong);
  }
  for (int i = 0; i < ROUNDS - 1; i++)
    remove_module(modules[i]);
  cr_expect_eq(call(f, 0), ROUNDS - 1);
  lzr_session_destroy(session);
}
