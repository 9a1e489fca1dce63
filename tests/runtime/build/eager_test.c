/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/eager.h"

#include "tests/scripted_module.h"

TestSuite(eager, .fini = remove_objects, .timeout = 120);

static const char whole[] = "@unused = global i32 3\n"
                            "define i32 @a(i32 %x) {\n"
                            "  ret i32 %x\n"
                            "}\n"
                            "define i32 @b(i32 %x) {\n"
                            "  %y = call i32 @a(i32 %x)\n"
                            "  ret i32 %y\n"
                            "}\n"
                            "define weak i32 @w(i32 %x) {\n"
                            "  ret i32 1\n"
                            "}\n";

Test(eager, builds_data_and_functions_that_nobody_mentions) {
  lzr_session *session = open_text(whole);
  succeed(lzr_library_compile(lzr_session_main_library(session), false));
  cr_expect_eq(count(session).functions_compiled, 3);
  cr_expect_eq(count(session).units, 2, "data, and one of functions");
  uint64_t data = count(session).data_bytes;
  cr_expect_geq(data, 4);
  cr_expect_eq(call_named(session, "b", 4), 4);
  cr_expect_eq(*(int *)(uintptr_t)find(session, "unused"), 3);
  cr_expect_eq(count(session).units, 2);
  cr_expect_eq(count(session).data_bytes, data);
  cr_expect_eq(count(session).first_calls, 0);
  lzr_session_destroy(session);
}

Test(eager, builds_nothing_twice) {
  lzr_session *session = open_text(whole);
  lzr_library *library = lzr_session_main_library(session);
  call_named(session, "a", 1);
  succeed(lzr_library_compile(library, false));
  cr_expect_eq(count(session).functions_compiled, 3);
  uint64_t units = count(session).units;
  succeed(lzr_library_compile(library, false));
  succeed(lzr_library_compile(library, true));
  cr_expect_eq(count(session).functions_compiled, 3);
  cr_expect_eq(count(session).units, units);
  lzr_session_destroy(session);
}

Test(eager, builds_only_what_prevails) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "whole.ll", whole);
  add_text(library, "strong.ll",
           "define i32 @w(i32 %x) {\n"
           "  ret i32 2\n"
           "}\n");
  succeed(lzr_library_compile(library, false));
  cr_expect_eq(count(session).functions_compiled, 3);
  cr_expect_eq(call_named(session, "w", 0), 2);
  lzr_session_destroy(session);
}

Test(eager, builds_one_library_and_no_other) {
  lzr_session *session = open_text(whole);
  lzr_library *other = make_library(session, "other");
  add_text(other, "other.ll", whole);
  succeed(lzr_library_compile(other, false));
  cr_expect_eq(count(session).functions_compiled, 3);
  struct lzr_function_info *functions;
  size_t listed;
  succeed(lzr_session_list_functions(session, &functions, &listed));
  cr_assert_eq(listed, 3);
  for (size_t i = 0; i < listed; i++)
    cr_expect_str_eq(functions[i].module, "other.ll");
  free(functions);
  lzr_session_destroy(session);
}

/* Groups of up to 32 share a unit; one may go without the others. */
Test(eager, leaves_out_of_a_unit_only_who_cannot_be_linked) {
  lzr_session *session = open_text("@nowhere = external global i32\n"
                                   "define i32 @a(i32 %x) {\n"
                                   "  ret i32 %x\n"
                                   "}\n"
                                   "define i32 @bad1() {\n"
                                   "  %x = load i32, ptr @nowhere\n"
                                   "  ret i32 %x\n"
                                   "}\n"
                                   "define i32 @b(i32 %x) {\n"
                                   "  ret i32 %x\n"
                                   "}\n"
                                   "define i32 @bad2() {\n"
                                   "  %x = load i32, ptr @nowhere\n"
                                   "  ret i32 %x\n"
                                   "}\n");
  FAILS(lzr_library_compile(lzr_session_main_library(session), false), SYMBOL,
        "'bad", "nowhere");
  cr_expect_eq(count(session).functions_compiled, 2);
  cr_expect_eq(call_named(session, "a", 3), 3);
  cr_expect_eq(call_named(session, "b", 3), 3);
  cr_expect_eq(call_named(session, "bad1", 3), 0);
  FAILS(lzr_session_take_failure(session), SYMBOL, "'bad1'", "nowhere");
  cr_expect_eq(call_named(session, "bad2", 3), 0);
  FAILS(lzr_session_take_failure(session), SYMBOL, "'bad2'", "nowhere");
  lzr_session_destroy(session);
}

/* Functions of several modules, data, and a function that is only called. */
static const struct {
  const char *name, *text;
  const char *said[2];
} broken[] = {
    {"calls.ll",
     "declare i32 @no_function()\n"
     "define i32 @caller() {\n"
     "  %x = call i32 @no_function()\n"
     "  ret i32 %x\n"
     "}\n"
     "define i32 @fine() {\n"
     "  ret i32 4\n"
     "}\n",
     {"'caller'", "no_function"}},
    {"reads.ll",
     "@no_variable = external global i32\n"
     "define i32 @reader() {\n"
     "  %x = load i32, ptr @no_variable\n"
     "  ret i32 %x\n"
     "}\n",
     {"'reader'", "no_variable"}},
    {"data.ll",
     "@no_target = external global i32\n"
     "@pointer = global ptr @no_target\n",
     {"data", "no_target"}},
};

enum { BROKEN = sizeof broken / sizeof *broken };

static lzr_session *open_broken(void) {
  lzr_session *session = open_session(NULL);
  for (size_t i = 0; i < BROKEN; i++)
    add_text(lzr_session_main_library(session), broken[i].name, broken[i].text);
  return session;
}

Test(eager, with_check_lists_all_that_is_missing_each_on_a_line) {
  lzr_session *session = open_broken();
  lzr_error *error =
      lzr_library_compile(lzr_session_main_library(session), true);
  cr_assert_not_null(error);
  cr_expect_eq(lzr_error_get_kind(error), LZR_ERROR_SYMBOL);
  for (size_t i = 0; i < BROKEN; i++) {
    const char *line = strstr(lzr_error_message(error), broken[i].name);
    cr_assert_not_null(line, "%s is not in: %s", broken[i].name,
                       lzr_error_message(error));
    size_t length = strcspn(line, "\n");
    for (size_t k = 0; k < 2; k++) {
      const char *said = strstr(line, broken[i].said[k]);
      cr_expect(said && (size_t)(said - line) < length, "%s: no %s",
                broken[i].name, broken[i].said[k]);
    }
  }
  lzr_error_destroy(error);
  cr_expect_eq(call_named(session, "fine", 0), 4);
  lzr_session_destroy(session);
}

Test(eager, without_check_a_function_that_is_nowhere_may_come_later) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, broken[0].name, broken[0].text);
  succeed(lzr_library_compile(library, false));
  cr_expect_eq(count(session).functions_compiled, 2);
  cr_expect_eq(call_named(session, "caller", 0), 0);
  FAILS(lzr_session_take_failure(session), SYMBOL, "'caller'", "no_function");
  add_text(library, "later.ll",
           "define i32 @no_function() {\n"
           "  ret i32 8\n"
           "}\n");
  cr_expect_eq(call_named(session, "caller", 0), 8);
  lzr_session_destroy(session);
}

/* ---- Any kind of module --------------------------------------------------
 */

enum { FUNCTIONS = 70 };

/* More functions than fit into one unit, or two; of groups with two functions
   each. */
Test(eager, asks_for_each_group_once_in_few_units) {
  static struct lzr_definition definitions[FUNCTIONS];
  static char names[FUNCTIONS][16];
  char *source = NULL;
  size_t size;
  FILE *out = open_memstream(&source, &size);
  for (unsigned i = 0; i < FUNCTIONS; i++) {
    snprintf(names[i], sizeof names[i], "f%u", i);
    definitions[i] = (struct lzr_definition){.name = names[i],
                                             .kind = LZR_DEFINITION_FUNCTION,
                                             .binding = LZR_BINDING_STRONG,
                                             .group = 1 + i / 2};
    fprintf(out, "#ifdef G%u\nint f%u(void) { return %u; }\n#endif\n",
            1 + i / 2, i, i);
  }
  fclose(out);
  lzr_session *session = open_session(NULL);
  struct scripted *scripted =
      make_scripted("many.c", definitions, FUNCTIONS, source);
  add_scripted(lzr_session_main_library(session), scripted);
  succeed(lzr_library_compile(lzr_session_main_library(session), false));
  cr_expect_eq(scripted->builds, 2, "35 groups, at most 32 a unit");
  cr_expect_eq(count(session).functions_compiled, FUNCTIONS);
  for (int i = 0; i < FUNCTIONS; i++)
    cr_expect_eq(call_named(session, names[i], 0), i);
  cr_expect_eq(scripted->builds, 2);
  lzr_session_destroy(session);
  free(source);
}
