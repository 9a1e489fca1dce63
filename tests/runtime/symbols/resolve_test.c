/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/resolve.h"

#include "tests/scripted_module.h"

TestSuite(resolve, .fini = remove_objects, .timeout = 60);

static const struct lzr_definition definitions[] = {
    DATA("variable", STRONG),
    FUNCTION("f", STRONG, 1),
    {.name = "f2",
     .kind = LZR_DEFINITION_ALIAS,
     .binding = LZR_BINDING_STRONG,
     .group = 1,
     .aliasee = "f"},
    {.name = "f3",
     .kind = LZR_DEFINITION_ALIAS,
     .binding = LZR_BINDING_STRONG,
     .group = 1,
     .aliasee = "f2"},
    {.name = "lost",
     .kind = LZR_DEFINITION_ALIAS,
     .binding = LZR_BINDING_STRONG,
     .group = 1,
     .aliasee = "gone"},
    {.name = "mine",
     .kind = LZR_DEFINITION_DATA,
     .binding = LZR_BINDING_STRONG,
     .tls = true}};

static const char source[] = "#ifdef G0\n"
                             "int variable = 3;\n"
                             "_Thread_local int mine = 4;\n"
                             "#endif\n"
                             "#ifdef G1\n"
                             "int f(int x) { return x + 1; }\n"
                             "#endif\n";

static lzr_session *session;
static struct scripted *scripted;

static void open(void) {
  session = open_session(NULL);
  scripted = make_scripted("r.c", definitions,
                           sizeof definitions / sizeof *definitions, source);
  add_scripted(lzr_session_main_library(session), scripted);
}

static void close_all(void) {
  lzr_session_destroy(session);
}

/* What a unit of the module asks, and whether it had to wait for data. */
struct asked {
  struct lzr_query *queries;
  size_t count;
  bool strict;
  size_t needs;
};

static lzr_error *resolve_errand(struct lzr_builder *builder, unsigned thread,
                                 void *data) {
  struct asked *asked = data;
  struct lzr_asker asker = {.symbols = builder->symbols, .thread = thread};
  struct lzr_resolution resolution = {
      .input = input_of(session, &scripted->module),
      .library = lzr_session_main_library(session),
      .asking = "asker",
      .strict = asked->strict,
      .queries = asked->queries,
      .count = asked->count};
  lzr_error *error = lzr_resolution_init(&resolution);
  if (!error)
    error = lzr_resolve(&asker, &resolution);
  asked->needs = asker.needs.count;
  lzr_resolution_fini(&resolution);
  lzr_asker_fini(&asker);
  return error;
}

static lzr_error *try_resolve(struct lzr_query *query) {
  struct asked asked = {.queries = query, .count = 1};
  return on_compile_thread(session, resolve_errand, &asked);
}

static struct lzr_query resolve_named(const char *name) {
  struct lzr_query query = {.name = name};
  succeed(try_resolve(&query));
  return query;
}

Test(resolve, answers_a_function_by_its_stub_and_call_word) {
  open();
  struct lzr_query query = resolve_named("f");
  cr_expect(query.found);
  cr_expect_eq(query.address, find(session, "f"));
  cr_expect_neq(query.slot, 0);
  lzr_addr word = *(lzr_addr *)(uintptr_t)query.slot;
  cr_expect_eq(word, query.address, "cold calls go through the stub");
  cr_expect_eq(scripted->builds, 0);
  cr_expect_eq(call(query.address, 1), 2);
  word = *(lzr_addr *)(uintptr_t)query.slot;
  cr_expect_neq(word, query.address, "warm ones go to the body");
  cr_expect_eq(call(word, 5), 6);
  close_all();
}

Test(resolve, answers_nothing_before_the_data_that_an_answer_depends_on) {
  open();
  struct lzr_query queries[] = {{.name = "f"}, {.name = "variable"}};
  struct asked asked = {.queries = queries, .count = 2};
  succeed(on_compile_thread(session, resolve_errand, &asked));
  cr_expect_eq(asked.needs, 1);
  cr_expect_not(queries[0].found);
  cr_expect_not(queries[1].found);
  lzr_addr variable = find(session, "variable");
  succeed(on_compile_thread(session, resolve_errand, &asked));
  cr_expect_eq(asked.needs, 0);
  cr_expect(queries[0].found && queries[1].found);
  cr_expect_eq(queries[1].address, variable);
  cr_expect_eq(queries[1].slot, 0);
  close_all();
}

Test(resolve, answers_an_alias_of_an_alias_by_what_it_stands_for) {
  open();
  lzr_addr f = find(session, "f");
  cr_expect_eq(resolve_named("f2").address, f);
  cr_expect_eq(resolve_named("f3").address, f);
  cr_expect_neq(resolve_named("f3").slot, 0);
  close_all();
}

Test(resolve, says_when_an_alias_stands_for_nothing) {
  open();
  struct lzr_query query = {.name = "lost"};
  FAILS(try_resolve(&query), SYMBOL,
        "'lost' is another name of 'gone', which is not defined");
  close_all();
}

Test(resolve, answers_thread_local_variables_by_template_and_offset) {
  open();
  find(session, "variable");
  struct lzr_query query = {.name = "mine", .tls = true};
  succeed(try_resolve(&query));
  cr_expect(query.found);
  cr_expect_neq(query.tls_module, 0);
  cr_expect_eq(query.tls_offset, 0);
  close_all();
}

Test(resolve, answers_names_of_the_process_by_their_address) {
  open();
  struct lzr_query query = resolve_named("abs");
  cr_expect(query.found);
  cr_expect_eq(query.slot, 0);
  cr_expect_eq(call(query.address, -3), 3);
  close_all();
}

/* ---- What is nowhere -----------------------------------------------------
 */

Test(resolve, gives_a_stub_to_a_function_that_is_only_called_and_nowhere) {
  open();
  struct lzr_query query = {.name = "nowhere", .called_only = true};
  succeed(try_resolve(&query));
  cr_expect(query.found);
  cr_expect_neq(query.address, 0);
  cr_expect_eq(call(query.address, 1), 0);
  FAILS(lzr_session_take_failure(session), SYMBOL,
        "r.c: function 'asker' calls 'nowhere', which is not defined");
  add_text(lzr_session_main_library(session), "late.ll",
           "define i32 @nowhere(i32 %x) {\n"
           "  ret i32 12\n"
           "}\n");
  cr_expect_eq(call(query.address, 1), 12);
  close_all();
}

Test(resolve, leaves_all_else_that_is_nowhere_unanswered) {
  open();
  struct lzr_query queries[] = {
      {.name = "no_data"},
      {.name = "no_weak", .weak = true, .called_only = true},
      {.name = "own", .defined = true, .called_only = true}};
  struct asked asked = {.queries = queries, .count = 3};
  succeed(on_compile_thread(session, resolve_errand, &asked));
  for (int i = 0; i < 3; i++)
    cr_expect_not(queries[i].found, "%s", queries[i].name);
  close_all();
}

Test(resolve, makes_no_such_stub_when_it_is_strict) {
  open();
  struct lzr_query query = {.name = "nowhere", .called_only = true};
  struct asked asked = {.queries = &query, .count = 1, .strict = true};
  succeed(on_compile_thread(session, resolve_errand, &asked));
  cr_expect_not(query.found);
  cr_expect_eq(query.address, 0);
  close_all();
}

Test(resolve, leaves_data_that_the_unit_itself_defines_to_the_unit) {
  open();
  struct lzr_query query = {.name = "variable", .defined = true};
  struct asked asked = {.queries = &query, .count = 1};
  succeed(on_compile_thread(session, resolve_errand, &asked));
  cr_expect_not(query.found);
  cr_expect_eq(asked.needs, 0);
  close_all();
}

Test(resolve, answers_what_the_unit_defines_by_who_prevails) {
  open();
  add_text(lzr_session_main_library(session), "weak.ll",
           "define weak i32 @f(i32 %x) {\n"
           "  ret i32 0\n"
           "}\n");
  struct lzr_query query = {.name = "f", .defined = true, .weak = true};
  succeed(try_resolve(&query));
  cr_expect(query.found);
  cr_expect_eq(call(query.address, 1), 2);
  close_all();
}
