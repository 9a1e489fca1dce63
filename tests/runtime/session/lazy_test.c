/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Lazy definitions: names whose code is made when one of them is needed. */
#include <llvm-c/Core.h>
#include <llvm-c/IRReader.h>
#include <pthread.h>

#include "tests/lazy_support.h"

static struct failures failures;
static lzr_session *session;
static lzr_library *program;

static void open_program(void) {
  session = open_session_noting(&failures);
  program = lzr_session_main_library(session);
}

static void close_program(void) {
  lzr_session_destroy(session);
}

TestSuite(lazy, .init = open_program, .fini = close_program, .timeout = 60);

static int one_more(int x) {
  return x + 1;
}

static const char f_and_g[] = "@v = global i32 30\n"
                              "define i32 @f(i32 %x) {\n"
                              "  %y = call i32 @helper(i32 %x)\n"
                              "  ret i32 %y\n}\n"
                              "define internal i32 @helper(i32 %x) {\n"
                              "  %y = load i32, ptr @v\n"
                              "  %z = add i32 %x, %y\n"
                              "  ret i32 %z\n}\n"
                              "define i32 @g(i32 %x) {\n"
                              "  %y = call i32 @f(i32 %x)\n"
                              "  %z = add i32 %y, 1\n"
                              "  ret i32 %z\n}\n";

static const char reads_v[] = "@v = external global i32\n"
                              "define i32 @read_v(i32 %x) {\n"
                              "  %y = load i32, ptr @v\n"
                              "  ret i32 %y\n}\n";

#define F_G_AND_V LAZY_FUNCTION("f"), LAZY_FUNCTION("g"), LAZY_VARIABLE("v")

/* When the provider is asked. */

Test(lazy, asks_at_the_first_call_and_once) {
  struct lazy lazy = {.text = f_and_g};
  succeed(DEFINE_LAZY(program, &lazy, NULL, F_G_AND_V));
  lzr_addr f = find_in(program, "f"), g = find_in(program, "g");
  cr_expect_eq(lazy.asked, 0);
  cr_expect_eq(call(g, 2), 33);
  cr_expect_str_eq(lazy.needed, "g");
  cr_expect_eq(call(f, 2), 32);
  cr_expect_eq(find_in(program, "f"), f);
  cr_expect_eq(lazy.asked, 1);
  cr_expect_eq(failures.count, 0);
}

Test(lazy, asks_when_code_that_uses_a_variable_is_linked) {
  struct lazy lazy = {.text = f_and_g};
  succeed(DEFINE_LAZY(program, &lazy, NULL, F_G_AND_V));
  add_text(program, "reader.ll", reads_v);
  lzr_addr read = find_in(program, "read_v");
  cr_expect_eq(lazy.asked, 0);
  cr_expect_eq(call(read, 0), 30);
  cr_expect_str_eq(lazy.needed, "v");
  cr_expect_eq(call_in(program, "f", 1), 31);
  cr_expect_eq(lazy.asked, 1);
}

Test(lazy, asks_when_a_variable_is_looked_up) {
  struct lazy lazy = {.text = f_and_g};
  succeed(DEFINE_LAZY(program, &lazy, NULL, F_G_AND_V));
  cr_expect_eq(*(int *)(uintptr_t)find_in(program, "v"), 30);
  cr_expect_eq(lazy.asked, 1);
}

Test(lazy, does_not_ask_when_a_caller_is_compiled) {
  struct lazy lazy = {.text = constant_text("f", 5)};
  succeed(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("f")));
  add_text(program, "caller.ll",
           "declare i32 @f(i32)\n"
           "define i32 @maybe(i32 %x) {\n"
           "  %c = icmp eq i32 %x, 0\n"
           "  br i1 %c, label %no, label %yes\n"
           "no:\n  ret i32 0\n"
           "yes:\n  %r = call i32 @f(i32 %x)\n  ret i32 %r\n}\n");
  cr_expect_eq(call_in(program, "maybe", 0), 0);
  cr_expect_eq(lazy.asked, 0);
  cr_expect_eq(call_in(program, "maybe", 1), 5);
  cr_expect_eq(lazy.asked, 1);
}

Test(lazy, is_compiled_with_everything_else) {
  struct lazy lazy = {.text = f_and_g};
  succeed(DEFINE_LAZY(program, &lazy, NULL, F_G_AND_V));
  succeed(lzr_library_compile(program, true));
  cr_expect_eq(lazy.asked, 1);
  cr_expect_eq(count(session).functions_compiled, 3);
  cr_expect_eq(count(session).functions_defined, 3);
}

Test(lazy, is_compiled_when_it_is_named) {
  static const char *const names[] = {"g"};
  struct lazy lazy = {.text = f_and_g};
  succeed(DEFINE_LAZY(program, &lazy, NULL, F_G_AND_V));
  succeed(lzr_library_compile_named(program, names, 1));
  cr_expect_eq(lazy.asked, 1);
  cr_expect_geq(count(session).functions_compiled, 1);
  lazy.complaint = "no";
  static const char *const broken[] = {"h"};
  succeed(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("h")));
  FAILS(lzr_library_compile_named(program, broken, 1), FORMAT,
        "function 'h': no");
}

/* What it may answer. */

static lzr_error *provide_llvm_module(void *data, const char *name,
                                      lzr_lazy_request *request) {
  LLVMContextRef context = LLVMContextCreate();
  LLVMModuleRef module = LLVMModuleCreateWithNameInContext("built", context);
  LLVMTypeRef i32 = LLVMInt32TypeInContext(context);
  LLVMBuilderRef builder = LLVMCreateBuilderInContext(context);
  LLVMValueRef function =
      LLVMAddFunction(module, name, LLVMFunctionType(i32, &i32, 1, 0));
  LLVMPositionBuilderAtEnd(
      builder, LLVMAppendBasicBlockInContext(context, function, ""));
  LLVMBuildRet(builder, LLVMConstInt(i32, *(unsigned *)data, 0));
  LLVMDisposeBuilder(builder);
  struct lzr_code code = {.size = sizeof code, .llvm_module = module};
  lzr_error *error = lzr_lazy_answer_code(request, &code);
  LLVMContextDispose(context);
  return error;
}

Test(lazy, takes_a_module_built_with_llvm) {
  unsigned value = 77;
  const struct lzr_lazy_name f = LAZY_FUNCTION("f");
  struct lzr_lazy_definitions definitions = {.size = sizeof definitions,
                                             .names = &f,
                                             .name_count = 1,
                                             .provide = provide_llvm_module,
                                             .data = &value};
  succeed(lzr_library_define_lazy(program, &definitions, NULL));
  cr_expect_eq(call_in(program, "f", 0), 77);
}

Test(lazy, takes_an_address) {
  struct lazy lazy = {.at = "f", .address = address_of(one_more)};
  succeed(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("f")));
  lzr_addr f = find_in(program, "f");
  cr_expect_eq(call(f, 4), 5);
  cr_expect_eq(call(f, 5), 6);
  cr_expect_eq(find_in(program, "f"), f);
  add_text(program, "caller.ll", caller_text("via", "f"));
  cr_expect_eq(call_in(program, "via", 1), 102);
}

Test(lazy, takes_code_and_an_address_of_another_name) {
  static int variable = 12;
  struct lazy lazy = {.text = constant_text("f", 3),
                      .at = "v",
                      .address = (lzr_addr)(uintptr_t)&variable};
  succeed(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("f"),
                      LAZY_VARIABLE("v")));
  add_text(program, "reader.ll", reads_v);
  cr_expect_eq(call_in(program, "read_v", 0), 12);
  cr_expect_eq(call_in(program, "f", 0), 3);
  cr_expect_eq(lazy.asked, 1);
}

static const char other_names[] =
    "define i32 @body(i32 %x) {\n"
    "  %r = add i32 %x, 40\n"
    "  ret i32 %r\n}\n"
    "@f = alias i32 (i32), ptr @body\n"
    "@g = alias i32 (i32), ptr @f\n"
    "@w = global [2 x i32] [i32 1, i32 2]\n"
    "@v = alias i32, getelementptr ([2 x i32], ptr @w, i32 0, i32 1)\n";

Test(lazy, takes_other_names_of_functions_and_variables) {
  struct lazy lazy = {.text = other_names};
  succeed(DEFINE_LAZY(program, &lazy, NULL, F_G_AND_V));
  lzr_addr f = find_in(program, "f");
  cr_expect_eq(call(f, 2), 42);
  cr_expect_eq(call_in(program, "g", 3), 43);
  cr_expect_eq(call_in(program, "body", 3), 43);
  cr_expect_eq(*(int *)(uintptr_t)find_in(program, "v"), 2);
  cr_expect_eq(failures.count, 0, "%s", failures.message);
}

Test(lazy, takes_a_function_that_another_one_chooses) {
  struct lazy lazy = {.text = "define i32 @body(i32 %x) {\n"
                              "  ret i32 9\n}\n"
                              "define ptr @choose() {\n"
                              "  ret ptr @body\n}\n"
                              "@f = ifunc i32 (i32), ptr @choose\n"};
  succeed(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("f")));
  cr_expect_eq(call_in(program, "f", 0), 9, "%s", failures.message);
}

static lzr_error *provide_and_add(void *data, const char *name,
                                  lzr_lazy_request *request) {
  struct lazy *further = data;
  lzr_addr address;
  FAILS(lzr_library_lookup(program, "f", &address), ARGUMENT,
        "a compile thread");
  FAILS(lzr_library_compile(program, false), ARGUMENT, "a compile thread");
  lzr_error *error =
      DEFINE_LAZY(program, further, NULL, LAZY_FUNCTION("further"));
  struct lzr_code code = code_of("answer.ll", caller_text(name, "further"));
  return error ? error : lzr_lazy_answer_code(request, &code);
}

Test(lazy, may_define_more_while_it_provides_and_not_wait) {
  struct lazy further = {.text = constant_text("further", 1)};
  const struct lzr_lazy_name f = LAZY_FUNCTION("f");
  struct lzr_lazy_definitions definitions = {.size = sizeof definitions,
                                             .names = &f,
                                             .name_count = 1,
                                             .provide = provide_and_add,
                                             .data = &further};
  succeed(lzr_library_define_lazy(program, &definitions, NULL));
  cr_expect_eq(call_in(program, "f", 0), 101, "%s", failures.message);
  cr_expect_eq(further.asked, 1);
}

Test(lazy, checks_a_signature_against_what_is_provided) {
  struct lazy lazy = {.text = f_and_g};
  static const struct lzr_signature signature = {.result = LZR_TYPE_F64};
  lzr_value result;
  succeed(DEFINE_LAZY(program, &lazy, NULL, F_G_AND_V));
  FAILS(lzr_session_call(session, "f", &signature, NULL, &result), ARGUMENT,
        "f");
}

/* Errors. */

static void expect_failure(const char *function, const char *const *words) {
  int before = failures.count;
  cr_expect_eq(call_in(program, function, 1), 0);
  cr_assert_eq(failures.count, before + 1);
  cr_expect_str_eq(failures.function, function);
  for (; *words; words++)
    cr_expect_not_null(strstr(failures.message, *words), "'%s' is not in: %s",
                       *words, failures.message);
}

#define EXPECT_FAILURE(function, ...)                                          \
  expect_failure(function, (const char *[]){__VA_ARGS__, NULL})

Test(lazy, makes_the_provider_s_error_that_of_every_first_call) {
  struct lazy lazy = {.complaint = "line 3: no such type"};
  succeed(DEFINE_LAZY(program, &lazy, NULL, F_G_AND_V));
  EXPECT_FAILURE("f", "lazy: function 'f': line 3: no such type");
  EXPECT_FAILURE("g", "lazy: function 'g': line 3: no such type");
  EXPECT_FAILURE("f", "lazy: function 'f': line 3: no such type");
  lzr_addr v;
  FAILS(lzr_library_lookup(program, "v", &v), FORMAT,
        "lazy: variable 'v': line 3");
  FAILS(lzr_library_compile(program, true), FORMAT, "line 3: no such type");
  cr_expect_eq(lazy.asked, 1);
}

Test(lazy, names_what_the_answer_lacks) {
  struct lazy lazy = {.text = constant_text("f", 1)};
  succeed(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("f"),
                      LAZY_FUNCTION("missing")));
  EXPECT_FAILURE("f", "function 'f'", "does not define 'missing'");
  EXPECT_FAILURE("missing", "does not define 'missing'");
}

Test(lazy, does_not_count_a_local_function_as_an_answer) {
  struct lazy lazy = {.text = "define internal i32 @f(i32 %x) {\n"
                              "  ret i32 1\n}\n"
                              "@used = global ptr @f\n"};
  succeed(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("f")));
  EXPECT_FAILURE("f", "does not define 'f'");
}

Test(lazy, refuses_answers_of_another_kind_and_of_two) {
  struct lazy variable = {.text = "@f = global i32 1\n"};
  struct lazy both = {.text = constant_text("g", 1),
                      .at = "g",
                      .address = address_of(one_more)};
  succeed(DEFINE_LAZY(program, &variable, NULL, LAZY_FUNCTION("f")));
  succeed(DEFINE_LAZY(program, &both, NULL, LAZY_FUNCTION("g")));
  EXPECT_FAILURE("f", "'f' was to be a function, a variable was provided");
  EXPECT_FAILURE("g", "'g' was provided as code and as an address");
}

Test(lazy, refuses_an_answer_with_names_that_the_library_has) {
  struct lazy lazy = {.text = f_and_g};
  add_text(program, "first.ll", constant_text("g", 8));
  succeed(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("f")));
  EXPECT_FAILURE("f", "'g'", "first.ll", "answer.ll");
  cr_expect_eq(call_in(program, "g", 0), 8);
}

Test(lazy, refuses_an_answer_that_is_no_module) {
  struct lazy lazy = {.text = "define i32 @f( {\n"};
  succeed(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("f")));
  EXPECT_FAILURE("f", "lazy: function 'f'", "answer.ll");
}

Test(lazy, names_the_function_when_nothing_is_answered) {
  struct lazy lazy = {.text = NULL};
  succeed(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("f")));
  EXPECT_FAILURE("f", "does not define 'f'");
}

Test(lazy, refuses_definitions_that_make_no_sense_and_destroys_their_data) {
  struct lazy lazy = {.text = f_and_g};
  lzr_module_handle *module = (lzr_module_handle *)&lazy;
  FAILS(DEFINE_LAZY(program, &lazy, &module, LAZY_FUNCTION("f"),
                    LAZY_VARIABLE("f")),
        SYMBOL, "'f' is defined twice");
  cr_expect_null(module);
  FAILS(DEFINE_LAZY(program, &lazy, NULL, {"f", 7, false}), ARGUMENT, "kind 7");
  FAILS(define_lazy(program, &lazy, NULL, 0, NULL), ARGUMENT, "names");
  add_text(program, "first.ll", constant_text("f", 8));
  FAILS(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("f")), SYMBOL, "'f'",
        "first.ll", "lazy");
  cr_expect_eq(lazy.destroyed, 4);
}

/* Among other definitions. */

Test(lazy, lets_a_strong_definition_prevail_over_a_weak_lazy_one) {
  struct lazy lazy = {.text = f_and_g};
  succeed(
      DEFINE_LAZY(program, &lazy, NULL, LAZY_WEAK("f"), LAZY_FUNCTION("g")));
  lzr_addr f = find_in(program, "f");
  add_text(program, "strong.ll", constant_text("f", 8));
  cr_expect_eq(call(f, 0), 8);
  cr_expect_eq(lazy.asked, 0);
  cr_expect_eq(call_in(program, "g", 0), 9);
}

Test(lazy, prevails_over_a_weak_definition_if_it_is_strong) {
  struct lazy lazy = {.text = constant_text("f", 2)};
  add_text(program, "weak.ll",
           "define weak i32 @f(i32 %x) {\n  ret i32 1\n}\n");
  lzr_addr f = find_in(program, "f");
  succeed(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("f")));
  cr_expect_eq(call(f, 0), 2);
}

Test(lazy, serves_a_call_that_was_linked_before_it) {
  struct lazy lazy = {.text = constant_text("f", 2)};
  add_text(program, "caller.ll", caller_text("caller", "f"));
  cr_expect_eq(call_in(program, "caller", 0), 100);
  succeed(DEFINE_LAZY(program, &lazy, NULL, LAZY_FUNCTION("f")));
  cr_expect_eq(call_in(program, "caller", 0), 102);
}

Test(lazy, is_seen_from_another_library) {
  lzr_library *other = make_library(session, "other");
  struct lazy lazy = {.text = constant_text("f", 2)};
  succeed(DEFINE_LAZY(other, &lazy, NULL, LAZY_FUNCTION("f")));
  succeed(lzr_library_search_library(program, other));
  add_text(program, "caller.ll", caller_text("caller", "f"));
  cr_expect_eq(call_in(program, "caller", 0), 102);
}

/* Removing. */

Test(lazy, is_removed_before_it_was_asked) {
  struct lazy lazy = {.text = f_and_g};
  lzr_module_handle *module;
  succeed(DEFINE_LAZY(program, &lazy, &module, F_G_AND_V));
  find_in(program, "f");
  remove_module(module);
  cr_expect_eq(lazy.asked, 0);
  cr_expect_eq(lazy.destroyed, 1);
  lzr_addr f;
  FAILS(lzr_library_lookup(program, "f", &f), SYMBOL, "'f'");
}

Test(lazy, is_removed_with_what_was_provided) {
  for (int i = 0; i < 3; i++) {
    struct lazy lazy = {.text = f_and_g};
    lzr_module_handle *module;
    succeed(DEFINE_LAZY(program, &lazy, &module, F_G_AND_V));
    cr_expect_eq(call_in(program, "g", 1), 32);
    remove_module(module);
    cr_expect_eq(lazy.destroyed, 1);
    lzr_addr f;
    FAILS(lzr_library_lookup(program, "g", &f), SYMBOL, "'g'");
  }
}

Test(lazy, is_removed_with_other_names_and_addresses) {
  static int variable = 12;
  for (int i = 0; i < 2; i++) {
    struct lazy lazy = {.text = "define i32 @body(i32 %x) {\n"
                                "  %r = load i32, ptr @v\n"
                                "  ret i32 %r\n}\n"
                                "@v = external global i32\n"
                                "@f = alias i32 (i32), ptr @body\n",
                        .at = "v",
                        .address = (lzr_addr)(uintptr_t)&variable};
    lzr_module_handle *module;
    succeed(DEFINE_LAZY(program, &lazy, &module, LAZY_FUNCTION("f"),
                        LAZY_VARIABLE("v")));
    cr_expect_eq(call_in(program, "f", 1), 12);
    remove_module(module);
    lzr_addr f;
    FAILS(lzr_library_lookup(program, "f", &f), SYMBOL, "'f'");
    FAILS(lzr_library_lookup(program, "v", &f), SYMBOL, "'v'");
  }
}

Test(lazy, is_not_removed_while_other_code_uses_its_variable) {
  struct lazy lazy = {.text = f_and_g};
  lzr_module_handle *module;
  succeed(DEFINE_LAZY(program, &lazy, &module, F_G_AND_V));
  lzr_module_handle *reader = add_module(program, "reader.ll", reads_v);
  cr_expect_eq(call_in(program, "read_v", 0), 30);
  FAILS(lzr_module_remove(module), ARGUMENT, "reader.ll", "'v'");
  cr_expect_eq(call_in(program, "f", 0), 30);
  remove_module(reader);
  remove_module(module);
}

Test(lazy, leaves_calls_that_search_again) {
  struct lazy lazy = {.text = constant_text("f", 1)},
              again = {.text = constant_text("f", 2)};
  lzr_module_handle *module;
  succeed(DEFINE_LAZY(program, &lazy, &module, LAZY_FUNCTION("f")));
  add_text(program, "caller.ll", caller_text("caller", "f"));
  cr_expect_eq(call_in(program, "caller", 0), 101);
  remove_module(module);
  cr_expect_eq(call_in(program, "caller", 0), 100);
  cr_expect_not_null(strstr(failures.message, "'f'"));
  succeed(DEFINE_LAZY(program, &again, NULL, LAZY_FUNCTION("f")));
  cr_expect_eq(call_in(program, "caller", 0), 102);
}

Test(lazy, runs_exit_handlers_of_what_was_provided_when_it_is_removed) {
  static int destroyed;
  struct lazy lazy = {
      .text = "@__dso_handle = external hidden global i8\n"
              "declare i32 @__cxa_atexit(ptr, ptr, ptr)\n"
              "@count = external global i32\n"
              "define internal void @at_end(ptr %x) {\n"
              "  store i32 1, ptr @count\n"
              "  ret void\n}\n"
              "define i32 @f(i32 %x) {\n"
              "  %r = call i32 @__cxa_atexit(ptr @at_end, ptr null, "
              "ptr @__dso_handle)\n"
              "  ret i32 %r\n}\n"};
  lzr_module_handle *module;
  succeed(
      lzr_library_define(program, "count", (lzr_addr)(uintptr_t)&destroyed));
  succeed(DEFINE_LAZY(program, &lazy, &module, LAZY_FUNCTION("f")));
  cr_expect_eq(call_in(program, "f", 0), 0, "%s", failures.message);
  cr_expect_eq(destroyed, 0);
  remove_module(module);
  cr_expect_eq(destroyed, 1);
}

/* Replacing. */

static lzr_module_handle *replace_lazily(struct lazy *lazy, const char *name) {
  const struct lzr_lazy_name names[] = {LAZY_FUNCTION(name)};
  struct lzr_lazy_definitions definitions = definitions_of(lazy, names, 1);
  struct lzr_code code = {.size = sizeof code, .lazy = &definitions};
  lzr_module_handle *module = NULL;
  succeed(lzr_library_replace(program, &code, &module));
  cr_assert_not_null(module);
  return module;
}

Test(lazy, replaces_and_is_replaced) {
  struct lazy first = {.text = constant_text("f", 1)},
              second = {.text = constant_text("f", 2)},
              third = {.text = constant_text("f", 3)};
  static char texts[3][160];
  struct lazy *all[] = {&first, &second, &third};
  for (int i = 0; i < 3; i++) {
    strcpy(texts[i], constant_text("f", i + 1));
    all[i]->text = texts[i];
  }
  lzr_module_handle *one, *two, *three;
  succeed(DEFINE_LAZY(program, &first, &one, LAZY_FUNCTION("f")));
  add_text(program, "caller.ll", caller_text("caller", "f"));
  cr_expect_eq(call_in(program, "caller", 0), 101);
  two = replace_lazily(&second, "f");
  cr_expect_eq(second.asked, 0);
  three = replace_lazily(&third, "f"); /* before anybody has called it */
  cr_expect_eq(call_in(program, "caller", 0), 103);
  cr_expect_eq(second.asked, 0);
  remove_module(three);
  cr_expect_eq(call_in(program, "caller", 0), 102);
  cr_expect_eq(second.asked, 1);
  remove_module(one);
  cr_expect_eq(call_in(program, "caller", 0), 102);
  remove_module(two);
  cr_expect_eq(call_in(program, "caller", 0), 100);
  cr_expect_eq(failures.count, 1);
}

Test(lazy, comes_back_with_its_code_when_what_replaced_it_is_removed) {
  struct lazy lazy = {.text = f_and_g};
  succeed(DEFINE_LAZY(program, &lazy, NULL, F_G_AND_V));
  cr_expect_eq(call_in(program, "g", 0), 31);
  lzr_module_handle *module =
      replace_module(program, "new.ll", constant_text("f", 5));
  cr_expect_eq(call_in(program, "g", 0), 6);
  remove_module(module);
  cr_expect_eq(call_in(program, "g", 0), 31);
  cr_expect_eq(lazy.asked, 1);
}

Test(lazy, comes_back_with_its_address_or_other_name) {
  struct lazy lazy = {.text = other_names}, host = {.at = "h"};
  host.address = address_of(one_more);
  succeed(DEFINE_LAZY(program, &lazy, NULL, F_G_AND_V));
  succeed(DEFINE_LAZY(program, &host, NULL, LAZY_FUNCTION("h")));
  cr_expect_eq(call_in(program, "f", 0), 40);
  cr_expect_eq(call_in(program, "h", 0), 1);
  static const char text[] = "define i32 @f(i32 %x) {\n  ret i32 5\n}\n"
                             "define i32 @h(i32 %x) {\n  ret i32 6\n}\n";
  lzr_module_handle *module = replace_module(program, "new.ll", text);
  cr_expect_eq(call_in(program, "f", 0), 5);
  cr_expect_eq(call_in(program, "h", 0), 6);
  remove_module(module);
  cr_expect_eq(call_in(program, "f", 0), 40);
  cr_expect_eq(call_in(program, "h", 0), 1);
}

Test(lazy, keeps_what_replaced_one_of_its_names_when_another_is_called) {
  struct lazy lazy = {.text = f_and_g};
  succeed(DEFINE_LAZY(program, &lazy, NULL, F_G_AND_V));
  replace_module(program, "new.ll", constant_text("f", 5));
  cr_expect_eq(call_in(program, "g", 0), 6);
  cr_expect_eq(lazy.asked, 1);
}

Test(lazy, can_be_replaced_when_its_provider_has_failed) {
  struct lazy lazy = {.complaint = "no"};
  succeed(DEFINE_LAZY(program, &lazy, NULL, F_G_AND_V));
  EXPECT_FAILURE("f", "no");
  lzr_module_handle *module =
      replace_module(program, "new.ll", constant_text("f", 5));
  cr_expect_eq(call_in(program, "f", 0), 5);
  remove_module(module);
  EXPECT_FAILURE("f", "no");
}

Test(lazy, destroys_data_when_the_session_ends) {
  static struct lazy lazy = {.text = f_and_g};
  lzr_session *own = open_session(NULL);
  succeed(DEFINE_LAZY(lzr_session_main_library(own), &lazy, NULL, F_G_AND_V));
  cr_expect_eq(call_named(own, "f", 0), 30);
  cr_expect_eq(lazy.destroyed, 0);
  lzr_session_destroy(own);
  cr_expect_eq(lazy.destroyed, 1);
}

/* Several threads. */

static void *call_it(void *data) {
  return (void *)(intptr_t)call(*(lzr_addr *)data, 1);
}

Test(lazy, asks_once_when_threads_call_first_at_the_same_time) {
  lzr_session *own = open_session_of_threads(4);
  struct lazy lazy = {.text = f_and_g};
  succeed(DEFINE_LAZY(lzr_session_main_library(own), &lazy, NULL, F_G_AND_V));
  lzr_addr functions[] = {find(own, "f"), find(own, "g")};
  pthread_t threads[8];
  void *result;
  for (int i = 0; i < 8; i++)
    pthread_create(&threads[i], NULL, call_it, &functions[i % 2]);
  for (int i = 0; i < 8; i++) {
    pthread_join(threads[i], &result);
    cr_expect_eq((intptr_t)result, 31 + i % 2);
  }
  cr_expect_eq(lazy.asked, 1);
  lzr_session_destroy(own);
}
