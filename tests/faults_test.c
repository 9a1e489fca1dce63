/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Goes from a session's creation through adding, looking up, first calls and
 * constructors to its destruction, while the nth operation on the target
 * fails, for each n until none fails. Whatever fails must be reported, nothing
 * may crash or leak, and the session can be destroyed.
 */
#include "tests/failing_tpc.h"
#include "tests/runtime_support.h"

/* Code, constants, data, thread-local data, an exit handler, a library
   function, a constructor and a destructor. */
static const char module[] =
    "@counter = global i32 5\n"
    "@table = constant [4 x ptr] [ptr @counter, ptr @leaf, ptr null,"
    " ptr @constructed]\n"
    "@constructed = global i32 0\n"
    "@mine = thread_local global i32 3\n"
    "@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }]"
    " [{ i32, ptr, ptr } { i32 65535, ptr @construct, ptr null }]\n"
    "@llvm.global_dtors = appending global [1 x { i32, ptr, ptr }]"
    " [{ i32, ptr, ptr } { i32 65535, ptr @destruct, ptr null }]\n"
    "declare i32 @abs(i32)\n"
    "declare i32 @atexit(ptr)\n"
    "define internal void @construct() {\n"
    "  store i32 1, ptr @constructed\n"
    "  %r = call i32 @atexit(ptr @destruct)\n"
    "  ret void\n"
    "}\n"
    "define internal void @destruct() {\n"
    "  store i32 2, ptr @constructed\n"
    "  ret void\n"
    "}\n"
    "define i32 @leaf(i32 %x) noinline {\n"
    "  %v = load i32, ptr @counter\n"
    "  %m = load i32, ptr @mine\n"
    "  %s = add i32 %v, %m\n"
    "  %r = add i32 %s, %x\n"
    "  ret i32 %r\n"
    "}\n"
    "define i32 @walk(i32 %x) {\n"
    "  %slot = getelementptr ptr, ptr @table, i32 1\n"
    "  %f = load ptr, ptr %slot\n"
    "  %y = call i32 %f(i32 %x)\n"
    "  %r = call i32 @abs(i32 %y)\n"
    "  ret i32 %r\n"
    "}\n";

static const char another[] = "define i32 @after(i32 %x) {\n"
                              "  %r = add i32 %x, 1\n"
                              "  ret i32 %r\n"
                              "}\n";

/* What became of one walk. */
struct walk {
  lzr_tpc *tpc;             /* borrowed from session */
  lzr_session *session;     /* owned; NULL if it could not be created */
  struct failures failures; /* told to on_failure */
  int errors;               /* returned */
  int result, after;        /* of the two functions called */
};

/* Counts and destroys an error, which must be the injected one or stem from
   it. */
static bool note_error(struct walk *walk, lzr_error *error) {
  if (!error)
    return false;
  cr_expect(strstr(lzr_error_message(error), "as operation"), "%s",
            lzr_error_message(error));
  walk->errors++;
  lzr_error_destroy(error);
  return true;
}

/* A call that failed returns to this function, so that its result is as good as
   any. */
static int call_first(struct walk *walk, const char *name, int x) {
  lzr_addr function;
  lzr_library *library = lzr_session_main_library(walk->session);
  if (note_error(walk, lzr_library_lookup(library, name, &function)))
    return 0;
  return call(function, x);
}

static void create_session(struct walk *walk) {
  struct lzr_session_options options = session_options();
  options.on_failure = note_failure;
  options.data = &walk->failures;
  note_error(walk, lzr_session_create(walk->tpc, &options, &walk->session));
}

/* All but the session's destruction. */
static void take_walk(struct walk *walk) {
  create_session(walk);
  if (!walk->session)
    return;
  lzr_library *library = lzr_session_main_library(walk->session);
  lzr_addr variable;
  note_error(walk, try_text(library, "walk.ll", module));
  walk->result = call_first(walk, "walk", -20);
  note_error(walk, lzr_library_lookup(library, "counter", &variable));
  note_error(walk, lzr_library_initialize(library));
  note_error(walk, lzr_library_compile(library, true));
  note_error(walk, try_text(library, "another.ll", another));
  walk->after = call_first(walk, "after", 8);
}

static void walk_failing(unsigned n, struct walk *walk) {
  *walk = (struct walk){.errors = 0};
  lzr_tpc *inner = NULL;
  succeed(lzr_tpc_create_self(&inner));
  succeed(lzr_failing_tpc_create(inner, &walk->tpc));
  lzr_failing_tpc_arm(walk->tpc, n);
  take_walk(walk);
}

/* If the operation failed and no error was returned, it must have done no harm.
   If an error was returned, the session must be usable for everything else. */
static void judge(const struct walk *walk, unsigned n) {
  if (walk->failures.count)
    cr_expect(strstr(walk->failures.message, "as operation"), "%s",
              walk->failures.message);
  if (walk->errors + walk->failures.count == 0)
    cr_expect(walk->result == 12 && walk->after == 9,
              "operation %u failed unheard: %d, %d", n, walk->result,
              walk->after);
  if (walk->session && walk->result != 12)
    cr_expect_eq(walk->after, 9, "unusable after operation %u failed", n);
}

Test(faults, every_operation_s_failure_is_reported_and_survived) {
  unsigned n = 0, reached;
  do {
    struct walk walk;
    walk_failing(++n, &walk);
    bool created = walk.session != NULL;
    reached = created ? lzr_failing_tpc_count(walk.tpc) : n;
    judge(&walk, n);
    if (created)
      lzr_failing_tpc_arm(walk.tpc, 0);
    lzr_session_destroy(walk.session);
  } while (reached >= n);
  cr_expect_gt(n, 20, "the walk has only %u operations", n);
}

Test(faults, a_walk_without_one_works) {
  struct walk walk;
  walk_failing(0, &walk);
  cr_expect_eq(walk.errors + walk.failures.count, 0);
  cr_expect_eq(walk.result, 12);
  cr_expect_eq(walk.after, 9);
  lzr_session_destroy(walk.session);
}

/* If the target refuses to run the exit handlers, they stay registered, and the
   process must not run them any more. So this is a child that does not. */
static int destroy_failing(unsigned n) {
  struct walk walk;
  walk_failing(0, &walk);
  lzr_failing_tpc_arm(walk.tpc, n);
  lzr_session_destroy(walk.session);
  return 0;
}

Test(faults, a_session_is_destroyed_whatever_the_target_says) {
  for (unsigned n = 1; n <= 4; n++) {
    pid_t child = fork_child();
    if (child == 0)
      _exit(destroy_failing(n));
    cr_expect_eq(wait_for(child), 0, "operation %u of the destruction", n);
  }
}
