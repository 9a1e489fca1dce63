/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/call.h"

#include "tests/scripted_module.h"

TestSuite(call, .fini = remove_objects, .timeout = 120);

static uint64_t units(lzr_session *session) {
  return count(session).units;
}

/* ---- What shares a unit --------------------------------------------------
 */

static const char certain[] = "define i32 @first(i32 %x) {\n"
                              "  %y = call i32 @second(i32 %x)\n"
                              "  %z = add i32 %y, 1\n"
                              "  ret i32 %z\n"
                              "}\n"
                              "define i32 @second(i32 %x) {\n"
                              "  %odd = trunc i32 %x to i1\n"
                              "  br i1 %odd, label %yes, label %no\n"
                              "yes:\n"
                              "  %y = call i32 @perhaps(i32 %x)\n"
                              "  ret i32 %y\n"
                              "no:\n"
                              "  ret i32 %x\n"
                              "}\n"
                              "define i32 @perhaps(i32 %x) {\n"
                              "  ret i32 100\n"
                              "}\n";

Test(call, takes_along_what_is_certain_to_be_called) {
  lzr_session *session = open_text(certain);
  cr_expect_eq(call_named(session, "first", 2), 3);
  cr_expect_eq(count(session).functions_compiled, 2);
  cr_expect_eq(units(session), 1);
  cr_expect_eq(count(session).first_calls, 1);
  cr_expect_eq(call_named(session, "first", 1), 101);
  cr_expect_eq(count(session).functions_compiled, 3);
  cr_expect_eq(units(session), 2);
  lzr_session_destroy(session);
}

Test(call, does_not_build_again_what_was_taken_along) {
  lzr_session *session = open_text(certain);
  call_named(session, "first", 2);
  uint64_t before = units(session);
  cr_expect_eq(call_named(session, "second", 2), 2);
  cr_expect_eq(units(session), before);
  lzr_session_destroy(session);
}

/* ---- One of them cannot be linked ----------------------------------------
 */

static const char culprit[] = "@missing = external global i32\n"
                              "@here = global i32 40\n"
                              "define i32 @caller(i32 %x) {\n"
                              "  %h = load i32, ptr @here\n"
                              "  %sum = add i32 %h, %x\n"
                              "  store i32 %sum, ptr @here\n"
                              "  %y = call i32 @healthy(i32 %x)\n"
                              "  %z = call i32 @guilty(i32 %y)\n"
                              "  ret i32 %z\n"
                              "}\n"
                              "define i32 @healthy(i32 %x) {\n"
                              "  %y = add i32 %x, 5\n"
                              "  ret i32 %y\n"
                              "}\n"
                              "define i32 @guilty(i32 %x) {\n"
                              "  %y = load i32, ptr @missing\n"
                              "  ret i32 %y\n"
                              "}\n";

Test(call, leaves_a_culprit_out_whose_error_comes_at_its_own_first_call) {
  struct failures failures = {0};
  lzr_session *session = open_session_noting(&failures);
  add_text(lzr_session_main_library(session), "culprit.ll", culprit);
  lzr_addr here = find(session, "here");
  uint64_t before = units(session);
  cr_expect_eq(call_named(session, "caller", 2), 0);
  cr_expect_eq(*(int *)(uintptr_t)here, 42, "the caller did not run");
  cr_expect_eq(failures.count, 1);
  cr_expect_str_eq(failures.function, "guilty");
  cr_expect(strstr(failures.message, "culprit.ll: function 'guilty'"), "%s",
            failures.message);
  cr_expect(strstr(failures.message, "'missing'"), "%s", failures.message);
  cr_expect_eq(units(session), before + 1);
  cr_expect_eq(count(session).functions_compiled, 2, "caller and healthy");
  cr_expect_eq(call_named(session, "healthy", 1), 6);
  lzr_session_destroy(session);
}

Test(call, that_fails_itself_does_not_run) {
  struct failures failures = {0};
  lzr_session *session = open_session_noting(&failures);
  add_text(lzr_session_main_library(session), "culprit.ll", culprit);
  cr_expect_eq(call_named(session, "guilty", 2), 0);
  cr_expect_eq(failures.count, 1);
  cr_expect_eq(count(session).functions_compiled, 0);
  cr_expect_eq(call_named(session, "healthy", 1), 6);
  lzr_session_destroy(session);
}

/* ---- Building a group again ----------------------------------------------
 */

static const struct lzr_definition versioned_definitions[] = {
    FUNCTION("versioned", STRONG, 1), FUNCTION("user", STRONG, 2),
    FUNCTION("other", STRONG, 3), FUNCTION("broken_later", STRONG, 4)};

static const char versioned_source[] =
    "int versioned(int x);\n"
    "#ifdef G1\n"
    "int versioned(int x) { return x + 100 * VERSION; }\n"
    "#endif\n"
    "#ifdef G2\n"
    "int user(int x) { return versioned(x) + 1; }\n"
    "#endif\n"
    "#ifdef G3\n"
    "int other(int x) { return x + 7; }\n"
    "#endif\n"
    "#ifdef G4\n"
    "extern int nowhere;\n"
    "int broken_later(int x) {\n"
    "#if VERSION > 0\n"
    "  return nowhere;\n"
    "#endif\n"
    "  return x - 1; }\n"
    "#endif\n";

struct rebuild {
  struct lzr_input *input;
  uint32_t groups[2];
  size_t count;
};

static lzr_error *rebuild_groups(struct lzr_builder *builder, unsigned thread,
                                 void *data) {
  struct rebuild *rebuild = data;
  return lzr_build_groups(builder, thread, rebuild->input, rebuild->groups,
                          rebuild->count, false, NULL);
}

static lzr_error *build_again(lzr_session *session, struct scripted *scripted,
                              uint32_t group) {
  struct rebuild rebuild = {input_of(session, &scripted->module), {group}, 1};
  return on_compile_thread(session, rebuild_groups, &rebuild);
}

static struct scripted *add_versioned(lzr_session *session) {
  struct scripted *scripted =
      make_scripted("versioned.c", versioned_definitions, 4, versioned_source);
  add_scripted(lzr_session_main_library(session), scripted);
  return scripted;
}

/* How many bodies of that name and version are listed, and where the last is.
 */
static unsigned list(lzr_session *session, const char *name, uint32_t version,
                     lzr_addr *address) {
  struct lzr_function_info *functions;
  size_t count;
  unsigned found = 0;
  succeed(lzr_session_list_functions(session, &functions, &count));
  for (size_t i = 0; i < count; i++)
    if (strcmp(functions[i].name, name) == 0 &&
        functions[i].version == version) {
      *address = functions[i].address;
      found++;
    }
  free(functions);
  return found;
}

Test(call, a_group_can_be_built_again_under_its_callers) {
  lzr_session *session = open_session(NULL);
  struct scripted *scripted = add_versioned(session);
  lzr_addr pointer = find(session, "versioned"), first, second;
  cr_assert_eq(call(pointer, 5), 5);
  cr_assert_eq(call_named(session, "user", 5), 6);
  cr_assert_eq(scripted->last_version, 0);
  cr_assert_eq(list(session, "versioned", 0, &first), 1);
  cr_assert_eq(list(session, "versioned", 1, &second), 0);

  succeed(build_again(session, scripted, 1));
  cr_expect_eq(scripted->last_version, 1);
  cr_expect_eq(find(session, "versioned"), pointer, "&f has changed");
  cr_expect_eq(call(pointer, 5), 105, "a pointer that was taken before");
  cr_expect_eq(call_named(session, "user", 5), 106, "code compiled before");
  cr_expect_eq(list(session, "versioned", 0, &first), 1, "may still run");
  cr_assert_eq(list(session, "versioned", 1, &second), 1);
  cr_expect_neq(first, second);
  cr_expect_eq(call(first, 5), 5);
  cr_expect_eq(call(second, 5), 105);

  succeed(build_again(session, scripted, 1));
  cr_expect_eq(call(pointer, 5), 205);
  cr_expect_eq(call_named(session, "user", 5), 206);
  lzr_session_destroy(session);
}

Test(call, a_group_built_again_knows_its_version_at_each_address) {
  lzr_session *session = open_session(NULL);
  struct scripted *scripted = add_versioned(session);
  lzr_addr body[3];
  call_named(session, "versioned", 1);
  for (uint32_t version = 1; version < 3; version++)
    succeed(build_again(session, scripted, 1));
  for (uint32_t version = 0; version < 3; version++) {
    struct lzr_function_info info = {.size = sizeof info};
    cr_assert_eq(list(session, "versioned", version, &body[version]), 1);
    cr_assert(lzr_session_describe(session, body[version], &info));
    cr_expect_str_eq(info.name, "versioned");
    cr_expect_str_eq(info.module, "versioned.c");
    cr_expect_eq(info.version, version);
  }
  lzr_session_destroy(session);
}

Test(call, a_group_built_again_that_was_never_called_is_bound_to_its_body) {
  lzr_session *session = open_session(NULL);
  struct scripted *scripted = add_versioned(session);
  lzr_addr pointer = find(session, "other");
  succeed(build_again(session, scripted, 3));
  cr_expect_eq(scripted->builds, 1);
  cr_expect_eq(scripted->last_version, 0);
  cr_expect_eq(call(pointer, 1), 8);
  cr_expect_eq(count(session).first_calls, 0);
  cr_expect_eq(scripted->builds, 1, "compiled at a call that needs none");
  lzr_session_destroy(session);
}

Test(call, a_group_whose_next_version_fails_keeps_the_one_it_has) {
  lzr_session *session = open_session(NULL);
  struct scripted *scripted = add_versioned(session);
  lzr_addr pointer = find(session, "broken_later"), address;
  cr_assert_eq(call(pointer, 5), 4);
  FAILS(build_again(session, scripted, 4), SYMBOL,
        "versioned.c: function 'broken_later'", "'nowhere'");
  cr_expect_eq(call(pointer, 6), 5);
  cr_expect_eq(list(session, "broken_later", 1, &address), 0);
  succeed(lzr_session_take_failure(session));
  lzr_session_destroy(session);
}

Test(call, several_groups_of_a_module_can_be_built_as_one_unit) {
  lzr_session *session = open_session(NULL);
  struct scripted *scripted = add_versioned(session);
  struct rebuild rebuild = {input_of(session, &scripted->module), {1, 3}, 2};
  succeed(on_compile_thread(session, rebuild_groups, &rebuild));
  cr_expect_eq(units(session), 1);
  cr_expect_eq(count(session).functions_compiled, 2);
  cr_expect_eq(call_named(session, "versioned", 1), 1);
  cr_expect_eq(call_named(session, "other", 1), 8);
  cr_expect_eq(units(session), 1);
  lzr_session_destroy(session);
}
