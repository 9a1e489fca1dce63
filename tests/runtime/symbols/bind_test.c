/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/bind.h"

#include <pthread.h>

#include "tests/many_functions.h"
#include "tests/scripted_module.h"

TestSuite(bind, .fini = remove_objects, .timeout = 120);

enum { MANY = 100 };

static lzr_session *open_many(lzr_tpc **tpc) {
  lzr_session *session = open_counting(tpc);
  char *text = many_functions(MANY);
  add_text(lzr_session_main_library(session), "many.ll", text);
  free(text);
  return session;
}

static struct lzr_symbol *symbol_of(lzr_session *session, const char *name) {
  struct lzr_symbol *symbol =
      lzr_map_get(&lzr_session_main_library(session)->symbols, name);
  cr_assert_not_null(symbol, "%s", name);
  return symbol;
}

struct range {
  lzr_session *session;
  int first, end;
};

static lzr_error *make_range(struct lzr_builder *builder, unsigned thread,
                             void *data) {
  const struct range *range = data;
  struct lzr_symbol *functions[MANY];
  char name[16];
  (void)thread;
  for (int i = range->first; i < range->end; i++) {
    snprintf(name, sizeof name, "f%d", i);
    functions[i - range->first] = symbol_of(range->session, name);
  }
  return lzr_symbols_make_stubs(builder->symbols, functions,
                                (size_t)(range->end - range->first));
}

static unsigned operations_for(lzr_session *session, lzr_tpc *tpc, int first,
                               int end) {
  struct range range = {session, first, end};
  lzr_failing_tpc_arm(tpc, 0);
  succeed(on_compile_thread(session, make_range, &range));
  return lzr_failing_tpc_count(tpc);
}

Test(bind, makes_many_stubs_for_no_more_operations_than_one) {
  lzr_tpc *tpc;
  lzr_session *session = open_many(&tpc);
  unsigned for_one = operations_for(session, tpc, 0, 1);
  unsigned for_many = operations_for(session, tpc, 1, MANY);
  cr_expect_leq(for_many, for_one > 2 ? for_one : 2, "%u against %u", for_many,
                for_one);
  cr_expect_eq(count(session).functions_compiled, 0);
  for (int i = 0; i < MANY; i++) {
    char name[16];
    snprintf(name, sizeof name, "f%d", i);
    cr_expect_eq(call_named(session, name, 3), many_expected(i, 3));
  }
  lzr_session_destroy(session);
}

Test(bind, makes_no_stub_twice) {
  lzr_tpc *tpc;
  lzr_session *session = open_many(&tpc);
  operations_for(session, tpc, 0, 10);
  lzr_addr before = symbol_of(session, "f5")->lazy.stub.address;
  cr_expect_eq(operations_for(session, tpc, 0, 10), 0);
  cr_expect_eq(symbol_of(session, "f5")->lazy.stub.address, before);
  cr_expect_eq(find(session, "f5"), before);
  lzr_session_destroy(session);
}

Test(bind, leaves_a_symbol_without_a_stub_when_the_target_has_no_room) {
  lzr_tpc *tpc;
  lzr_session *session = open_many(&tpc);
  struct range range = {session, 0, MANY};
  lzr_failing_tpc_arm(tpc, 1);
  lzr_error *error = on_compile_thread(session, make_range, &range);
  lzr_failing_tpc_arm(tpc, 0);
  if (error) { /* they were there already, made ahead */
    FAILS(error, TARGET, "fails");
    for (int i = 0; i < MANY; i++) {
      char name[16];
      snprintf(name, sizeof name, "f%d", i);
      cr_expect_not(symbol_of(session, name)->has_stub);
    }
  }
  cr_expect_eq(call_named(session, "f7", 3), many_expected(7, 3));
  lzr_session_destroy(session);
}

/* A function that was compiled along with its caller and is asked for then. */
Test(bind, leads_to_the_body_at_once_if_there_is_one) {
  lzr_session *session = open_text("define i32 @outer(i32 %x) {\n"
                                   "  %y = call i32 @inner(i32 %x)\n"
                                   "  ret i32 %y\n"
                                   "}\n"
                                   "define i32 @inner(i32 %x) noinline {\n"
                                   "  ret i32 %x\n"
                                   "}\n");
  cr_expect_eq(call_named(session, "outer", 5), 5);
  uint64_t before = count(session).first_calls;
  cr_expect_eq(call_named(session, "inner", 6), 6);
  cr_expect_eq(count(session).first_calls, before);
  cr_expect_eq(count(session).units, 1);
  lzr_session_destroy(session);
}

/* ---- Threads that make a stub for one symbol -----------------------------
 */

enum { THREADS = 4 };

static pthread_barrier_t start;

struct seen {
  lzr_session *session;
  lzr_addr addresses[MANY];
};

static void *find_all(void *data) {
  struct seen *seen = data;
  pthread_barrier_wait(&start);
  for (int i = 0; i < MANY; i++) {
    char name[16];
    snprintf(name, sizeof name, "f%d", i);
    seen->addresses[i] = find(seen->session, name);
  }
  return NULL;
}

Test(bind, gives_all_threads_the_same_stub) {
  for (int round = 0; round < 10; round++) {
    lzr_session *session = open_session_of_threads(THREADS);
    static struct seen seen[THREADS];
    pthread_t threads[THREADS];
    char *text = many_functions(MANY);
    add_text(lzr_session_main_library(session), "many.ll", text);
    free(text);
    pthread_barrier_init(&start, NULL, THREADS);
    for (int i = 0; i < THREADS; i++) {
      seen[i].session = session;
      cr_assert_eq(pthread_create(&threads[i], NULL, find_all, &seen[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
      pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&start);
    for (int i = 1; i < THREADS; i++)
      cr_expect_arr_eq(seen[i].addresses, seen[0].addresses,
                       sizeof seen[0].addresses);
    for (int i = 0; i < MANY; i++)
      cr_expect_eq(call(seen[0].addresses[i], 1), many_expected(i, 1));
    lzr_session_destroy(session);
  }
}

/* ---- Imports -------------------------------------------------------------
 */

static lzr_error *make_imports(struct lzr_builder *builder, unsigned thread,
                               void *data) {
  struct lzr_input *input = data;
  struct lzr_symbol *first = NULL, *again = NULL, *other = NULL;
  char name[] = "nowhere", referrer[] = "caller";
  (void)thread;
  pthread_mutex_lock(&builder->symbols->lock);
  lzr_error *error = lzr_symbols_make_import(input, name, referrer, &first);
  memset(referrer, 'x', 3);
  if (!error)
    error = lzr_symbols_make_import(input, name, "another", &again);
  if (!error)
    error = lzr_symbols_make_import(input, "elsewhere", "another", &other);
  pthread_mutex_unlock(&builder->symbols->lock);
  if (error)
    return error;
  memset(name, 'x', 3);
  cr_expect_eq(first, again);
  cr_expect_neq(first, other);
  cr_expect_str_eq(first->name, "nowhere", "it has a copy");
  cr_expect_str_eq(first->referrer, "caller", "the first who mentioned it");
  cr_expect_eq(first->entity, LZR_ENTITY_IMPORT);
  cr_expect_not(first->has_stub);
  return NULL;
}

Test(bind, makes_one_import_of_a_name) {
  lzr_tpc *tpc;
  lzr_session *session = open_many(&tpc);
  succeed(on_compile_thread(session, make_imports,
                            symbol_of(session, "f0")->input));
  lzr_session_destroy(session);
}
