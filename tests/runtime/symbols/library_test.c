/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/library.h"

#include "tests/scripted_module.h"

TestSuite(symbols_library, .fini = remove_objects, .timeout = 120);

/* A function f of each binding; its result says whose it is. */
enum { STRONG, WEAK, COMMON, LOCAL, BINDINGS };

static const struct lzr_definition functions[][1] = {
    [STRONG] = {FUNCTION("f", STRONG, 1)},
    [WEAK] = {FUNCTION("f", WEAK, 1)},
    [LOCAL] = {FUNCTION("f", LOCAL, 1)}};

static struct scripted *make(const char *name, int binding, int value) {
  static const char *const sources[] = {"int f(void) { return 0; }",
                                        "int f(void) { return 1; }",
                                        "int f(void) { return 2; }"};
  return make_scripted(name, functions[binding], 1, sources[value]);
}

/* The result of a call of f with such modules, added in this order: 1 or 2; 0
   if nothing defines it, -1 if the second is refused. */
static int who_prevails(int first, int second) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  unsigned closed = 0;
  struct scripted *refused = make("second.c", second, 2);
  lzr_addr address;
  add_scripted(library, make("first.c", first, 1));
  refused->closed = &closed;
  lzr_error *error = try_scripted(library, refused);
  int result = -1;
  if (error) {
    FAILS(error, SYMBOL, "symbol 'f' is defined in both first.c and second.c");
    cr_expect_eq(closed, 1, "the library has taken it");
    cr_expect_eq(call_named(session, "f", 0), 1);
  } else {
    error = lzr_library_lookup(library, "f", &address);
    result = error ? 0 : call(address, 0);
    lzr_error_destroy(error);
  }
  lzr_session_destroy(session);
  cr_expect_eq(closed, 1);
  return result;
}

Test(symbols_library, prefers_strong_to_weak_and_the_first_among_weak_ones) {
  cr_expect_eq(who_prevails(STRONG, WEAK), 1);
  cr_expect_eq(who_prevails(WEAK, STRONG), 2);
  cr_expect_eq(who_prevails(WEAK, WEAK), 1);
  cr_expect_eq(who_prevails(STRONG, STRONG), -1);
}

Test(symbols_library, does_not_see_what_is_local_to_a_module) {
  cr_expect_eq(who_prevails(LOCAL, LOCAL), 0);
  cr_expect_eq(who_prevails(LOCAL, STRONG), 2);
  cr_expect_eq(who_prevails(STRONG, LOCAL), 1);
  cr_expect_eq(who_prevails(LOCAL, WEAK), 2);
}

/* ---- Common data --------------------------------------------------------- */

#define COMMON_DATA(bytes)                                                     \
  {.name = "c",                                                                \
   .kind = LZR_DEFINITION_DATA,                                                \
   .binding = LZR_BINDING_COMMON,                                              \
   .size = bytes,                                                              \
   .align = 4}

/* The first value of c. */
static int first_of_c(lzr_session *session) {
  return *(int *)(uintptr_t)find(session, "c");
}

Test(symbols_library, takes_the_largest_common_symbol_and_a_strong_one_before) {
  static const struct lzr_definition small[] = {COMMON_DATA(4)};
  static const struct lzr_definition large[] = {COMMON_DATA(400)};
  static const struct lzr_definition strong[] = {DATA("c", STRONG)};
  static const struct lzr_definition weak[] = {DATA("c", WEAK)};
  const char *initialized = "int c = 7;",
             *weakly = "__attribute__((weak)) int c = 8;";

  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  struct scripted *smaller = make_scripted("small.c", small, 1, "int c[1];");
  struct scripted *larger = make_scripted("large.c", large, 1, "int c[100];");
  add_scripted(library, smaller);
  add_scripted(library, larger);
  add_scripted(library, make_scripted("weak.c", weak, 1, weakly));
  cr_expect_eq(first_of_c(session), 0);
  cr_expect_eq(larger->builds, 1);
  cr_expect_eq(smaller->builds, 0);
  lzr_session_destroy(session);

  session = open_session(NULL);
  library = lzr_session_main_library(session);
  add_scripted(library, make_scripted("weak.c", weak, 1, weakly));
  add_scripted(library, make_scripted("small.c", small, 1, "int c[1];"));
  add_scripted(library, make_scripted("strong.c", strong, 1, initialized));
  cr_expect_eq(first_of_c(session), 7);
  lzr_session_destroy(session);
}

/* ---- What is in use already ---------------------------------------------- */

Test(symbols_library, lets_a_function_be_replaced_behind_its_stub_until_built) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_scripted(library, make("weak.c", WEAK, 1));
  lzr_addr f = find(session, "f");
  add_scripted(library, make("strong.c", STRONG, 2));
  cr_expect_eq(find(session, "f"), f);
  cr_expect_eq(call(f, 0), 2);
  lzr_session_destroy(session);
}

Test(symbols_library, keeps_a_definition_that_has_been_built) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  struct scripted *strong = make("strong.c", STRONG, 2);
  add_scripted(library, make("weak.c", WEAK, 1));
  lzr_addr f = find(session, "f");
  cr_expect_eq(call(f, 0), 1);
  add_scripted(library, strong);
  cr_expect_eq(find(session, "f"), f);
  cr_expect_eq(call(f, 0), 1);
  cr_expect_eq(strong->builds, 0);
  lzr_session_destroy(session);
}

Test(symbols_library, enters_all_of_a_module_or_nothing) {
  static const struct lzr_definition both[] = {FUNCTION("g", STRONG, 1),
                                               FUNCTION("f", STRONG, 2)};
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  lzr_addr address;
  add_scripted(library, make("first.c", STRONG, 1));
  FAILS(try_scripted(library, make_scripted("both.c", both, 2, "")), SYMBOL,
        "'f'", "first.c", "both.c");
  FAILS(lzr_library_lookup(library, "g", &address), SYMBOL, "'g'");
  lzr_session_destroy(session);
}

/* ---- Addresses ----------------------------------------------------------- */

static int nine(int x) {
  (void)x;
  return 9;
}

Test(symbols_library, an_address_counts_as_a_strong_definition) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  struct scripted *weak = make("weak.c", WEAK, 1);
  add_scripted(library, weak);
  succeed(lzr_library_define(library, "f", address_of(nine)));
  cr_expect_eq(call_named(session, "f", 0), 9);
  cr_expect_eq(weak->builds, 0);
  FAILS(try_scripted(library, make("strong.c", STRONG, 2)), SYMBOL,
        "symbol 'f' is defined in both", "strong.c");
  FAILS(lzr_library_define(library, "f", address_of(nine)), SYMBOL, "'f'");
  add_scripted(library, make("another.c", WEAK, 2));
  cr_expect_eq(call_named(session, "f", 0), 9);
  lzr_session_destroy(session);
}

Test(symbols_library, refuses_an_address_for_a_name_whose_stub_is_known) {
  lzr_session *session = open_session(NULL);
  lzr_library *library = lzr_session_main_library(session);
  add_scripted(library, make("weak.c", WEAK, 1));
  lzr_addr f = find(session, "f");
  FAILS(lzr_library_define(library, "f", address_of(nine)), SYMBOL,
        "'f' is in use already");
  cr_expect_eq(call(f, 0), 1);
  lzr_session_destroy(session);
}
