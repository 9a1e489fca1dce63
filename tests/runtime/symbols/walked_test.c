/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/walked.h"

#include "tests/scripted_module.h"

TestSuite(walked, .fini = remove_objects, .timeout = 60);

static const struct lzr_definition quiet_ones[] = {FUNCTION("quiet", STRONG, 1),
                                                   DATA("its_data", STRONG)};
static const struct lzr_definition adders[] = {FUNCTION("adder", STRONG, 1)};

static struct scripted *add_quiet(lzr_library *library) {
  struct scripted *quiet =
      make_scripted("quiet.c", quiet_ones, 2, "int its_data = 1;");
  add_scripted(library, quiet);
  return quiet;
}

static struct scripted *add_adder(lzr_library *library) {
  struct scripted *adder = make_scripted("adder.c", adders, 1, "");
  adder->adding = "adder";
  add_scripted(library, adder);
  return adder;
}

static lzr_error *check_errand(struct lzr_builder *builder, unsigned thread,
                               void *data) {
  struct lzr_asker asker = {.symbols = builder->symbols, .thread = thread};
  lzr_library *library = data;
  lzr_error *error = lzr_walked_check(&asker, library, "__start_tab");
  cr_expect(error || asker.needs.count > 0, "data that may add to it");
  lzr_asker_fini(&asker);
  return error;
}

Test(walked, asks_the_library_s_modules_and_needs_their_data) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  struct scripted *quiet = add_quiet(library);
  struct scripted *elsewhere = add_adder(make_library(session, "other"));
  succeed(on_compile_thread(session, check_errand, library));
  cr_expect_eq(quiet->addings, 1);
  cr_expect_eq(elsewhere->addings, 0);
  lzr_session_destroy(session);
}

Test(walked, refuses_a_function_that_adds_to_it_by_name) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_quiet(library);
  add_adder(library);
  for (int i = 0; i < 2; i++)
    FAILS(on_compile_thread(session, check_errand, library), UNSUPPORTED,
          "adder.c: the assembly of function 'adder' adds to section 'tab'");
  lzr_session_destroy(session);
}

Test(walked, asks_once_for_a_section_however_often_it_is_mentioned) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  struct scripted *quiet = add_quiet(library);
  lzr_addr address;
  for (int i = 0; i < 3; i++) {
    lzr_error_destroy(lzr_library_lookup(library, "__start_tab", &address));
    lzr_error_destroy(lzr_library_lookup(library, "__stop_tab", &address));
  }
  unsigned asked = quiet->addings;
  cr_expect_geq(asked, 1);
  cr_expect_leq(asked, 2, "again once its data is there");
  cr_expect_eq(quiet->builds, 1);
  lzr_error_destroy(lzr_library_lookup(library, "__start_other", &address));
  cr_expect_eq(quiet->addings, asked + 1);
  lzr_session_destroy(session);
}
