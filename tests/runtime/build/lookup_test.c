/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/build/lookup.h"

#include "tests/scripted_module.h"

TestSuite(lookup, .fini = remove_objects, .timeout = 60);

static const char source[] = ""
                             "#ifdef G0\n"
                             "int data = 4, local_data = 5;\n"
                             "#endif\n"
                             "#ifdef G1\n"
                             "extern int data, later(int);\n"
                             "int f(int x) { return later(x) + data; }\n"
                             "#endif\n"
                             "#ifdef G2\n"
                             "int hidden_away(int x) { return x + 50; }\n"
                             "#endif\n";
static const struct lzr_definition definitions[] = {
    DATA("data", STRONG), DATA("local_data", LOCAL), FUNCTION("f", STRONG, 1),
    FUNCTION("hidden_away", LOCAL, 2)};

static lzr_session *open_scripted(struct scripted **scripted) {
  lzr_session *session = open_session(NULL);
  *scripted = make_scripted("looked.c", definitions, 4, source);
  add_scripted(lzr_session_main_library(session), *scripted);
  return session;
}

static lzr_error *look_up(lzr_session *session, struct lzr_input *input,
                          const char *name, lzr_addr *address) {
  return lzr_look_up(&session->builder, session->platform.main, input, name,
                     NULL, address);
}

Test(lookup, of_a_function_builds_nothing_and_of_a_variable_its_data) {
  struct scripted *scripted;
  lzr_session *session = open_scripted(&scripted);
  lzr_addr address;
  succeed(look_up(session, NULL, "f", &address));
  cr_expect_eq(scripted->builds, 0);
  succeed(look_up(session, NULL, "data", &address));
  cr_expect_eq(*(int *)(uintptr_t)address, 4);
  cr_expect_eq(scripted->builds, 1);
  lzr_session_destroy(session);
}

Test(lookup, sees_the_local_names_of_its_input_and_of_no_other) {
  struct scripted *scripted;
  lzr_session *session = open_scripted(&scripted);
  struct lzr_input *input = input_of(session, &scripted->module);
  lzr_addr address;
  FAILS(look_up(session, NULL, "local_data", &address), SYMBOL,
        "'local_data' is not defined");
  FAILS(look_up(session, NULL, "hidden_away", &address), SYMBOL,
        "'hidden_away' is not defined");
  succeed(look_up(session, input, "local_data", &address));
  cr_expect_eq(*(int *)(uintptr_t)address, 5);
  succeed(look_up(session, input, "hidden_away", &address));
  cr_expect_eq(call(address, 1), 51);
  lzr_session_destroy(session);
}

Test(lookup, of_an_import_comes_again_at_each_call_until_it_is_there) {
  struct scripted *scripted;
  lzr_session *session = open_scripted(&scripted);
  lzr_addr f = find(session, "f");
  for (int i = 0; i < 2; i++) {
    call(f, 1);
    FAILS(lzr_session_take_failure(session), SYMBOL,
          "looked.c: function 'f' calls 'later', which is not defined");
  }
  unsigned builds = scripted->builds;
  add_text(lzr_session_main_library(session), "later.ll",
           "define i32 @later(i32 %x) {\n"
           "  ret i32 %x\n"
           "}\n");
  cr_expect_eq(call(f, 1), 5);
  cr_expect_eq(scripted->builds, builds, "f is as it was");
  lzr_session_destroy(session);
}

/* A kind of module that cannot check calls has none refused. */
Test(lookup, checks_a_signature_where_the_module_can) {
  struct scripted *scripted;
  lzr_session *session = open_scripted(&scripted);
  struct lzr_signature wrong = {LZR_TYPE_F64, NULL, 0, 0};
  lzr_addr address;
  add_text(lzr_session_main_library(session), "typed.ll",
           "define i32 @typed(i32 %x) {\n"
           "  ret i32 %x\n"
           "}\n");
  FAILS(lzr_look_up(&session->builder, session->platform.main, NULL, "typed",
                    &wrong, &address),
        ARGUMENT, "'typed'");
  cr_expect_eq(address, 0);
  succeed(lzr_look_up(&session->builder, session->platform.main, NULL, "f",
                      &wrong, &address));
  cr_expect_neq(address, 0);
  lzr_session_destroy(session);
}
