/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Programs that define malloc: the process's libraries call it. Each test is a
   child, whose own calls are bound to the program for good. */
#include "tests/runtime_support.h"
#include "tpc/ops.h"

/* AddressSanitizer has a malloc of its own. */
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN true
#endif
#endif
#ifndef WITH_ASAN
#define WITH_ASAN false
#endif

TestSuite(interpose, .timeout = 60, .disabled = WITH_ASAN);

/* Counts calls of malloc and of free, and hands out one piece of memory after
   the other. */
#define HEAP                                                                   \
  "@heap = internal global [4194304 x i8] zeroinitializer, align 16\n"         \
  "@used = internal global i64 0\n"                                            \
  "@frees = global i32 0\n"                                                    \
  "define internal i64 @round(i64 %n) noinline {\n"                            \
  "  %m = add i64 %n, 15\n"                                                    \
  "  %r = and i64 %m, -16\n"                                                   \
  "  ret i64 %r\n"                                                             \
  "}\n"                                                                        \
  "define i32 @is_own(ptr %p) {\n"                                             \
  "  %e = getelementptr i8, ptr @heap, i64 4194304\n"                          \
  "  %a = icmp uge ptr %p, @heap\n"                                            \
  "  %b = icmp ult ptr %p, %e\n"                                               \
  "  %c = and i1 %a, %b\n"                                                     \
  "  %r = zext i1 %c to i32\n"                                                 \
  "  ret i32 %r\n"                                                             \
  "}\n"
#define MALLOC(hidden)                                                         \
  "define " hidden " ptr @malloc(i64 %n) {\n"                                  \
  "  %r = call i64 @round(i64 %n)\n"                                           \
  "  %at = atomicrmw add ptr @used, i64 %r seq_cst\n"                          \
  "  %p = getelementptr i8, ptr @heap, i64 %at\n"                              \
  "  ret ptr %p\n"                                                             \
  "}\n"
#define FREE                                                                   \
  "define void @free(ptr %p) {\n"                                              \
  "  %own = call i32 @is_own(ptr %p)\n"                                        \
  "  atomicrmw add ptr @frees, i32 %own seq_cst\n"                             \
  "  ret void\n"                                                               \
  "}\n"
#define COPY                                                                   \
  "@text = internal constant [4 x i8] c\"abc\\00\"\n"                          \
  "declare ptr @strdup(ptr)\n"                                                 \
  "define i32 @copies_own() {\n"                                               \
  "  %p = call ptr @strdup(ptr @text)\n"                                       \
  "  %r = call i32 @is_own(ptr %p)\n"                                          \
  "  ret i32 %r\n"                                                             \
  "}\n"

static lzr_session *open_owning(lzr_tpc *tpc, bool owns) {
  struct lzr_session_options options = session_options();
  lzr_session *session;
  options.owns_process = owns;
  succeed(lzr_session_create(tpc, &options, &session));
  return session;
}

/* In a child: what copies_own returns in a session whose main library is this,
   or 9 if it cannot be initialized. */
static int run_child(const char *text, bool owns) {
  pid_t child = fork_child();
  if (child == 0) {
    lzr_session *session = open_owning(NULL, owns);
    lzr_library *library = lzr_session_main_library(session);
    add_text(library, "heap.ll", text);
    if (lzr_library_initialize(library))
      _exit(9);
    _exit(call_named(session, "copies_own", 0));
  }
  return wait_for(child);
}

Test(interpose, lets_libraries_allocate_with_the_program_s_malloc) {
  cr_expect_eq(run_child(HEAP MALLOC("") FREE COPY, true), 1);
}

Test(interpose, leaves_a_process_alone_that_others_live_in) {
  cr_expect_eq(run_child(HEAP MALLOC("") FREE COPY, false), 0);
}

Test(interpose, leaves_definitions_alone_that_libraries_would_not_see) {
  cr_expect_eq(run_child(HEAP MALLOC("hidden") COPY, true), 0);
  cr_expect_eq(run_child(HEAP MALLOC("internal") COPY, true), 0);
  cr_expect_eq(run_child(HEAP "@malloc = global i32 3\n" COPY, true), 0);
  cr_expect_eq(run_child(HEAP COPY, true), 0);
}

Test(interpose, binds_aliases) {
  cr_expect_eq(run_child(HEAP "@malloc = alias ptr (i64), ptr @own\n"
                              "define ptr @own(i64 %n) {\n"
                              "  %p = getelementptr i8, ptr @heap, i64 64\n"
                              "  ret ptr %p\n"
                              "}\n" COPY,
                         true),
               1);
}

Test(interpose, is_for_the_main_library) {
  pid_t child = fork_child();
  if (child == 0) {
    lzr_session *session = open_owning(NULL, true);
    lzr_library *other = make_library(session, "other");
    succeed(lzr_library_search_process(other));
    add_text(other, "heap.ll", HEAP MALLOC("") FREE COPY);
    succeed(lzr_library_initialize(other));
    _exit(call_in(other, "copies_own", 0));
  }
  cr_expect_eq(wait_for(child), 0);
}

/* A library may allocate while it holds a lock that compiling needs. */
Test(interpose, compiles_all_that_the_functions_mention_beforehand) {
  pid_t child = fork_child();
  if (child == 0) {
    lzr_session *session = open_owning(NULL, true);
    lzr_library *library = lzr_session_main_library(session);
    add_text(library, "heap.ll",
             HEAP MALLOC("") FREE "define i32 @unrelated() {\n"
                                  "  ret i32 1\n"
                                  "}\n");
    succeed(lzr_library_initialize(library));
    _exit((int)count(session).functions_compiled);
  }
  cr_expect_eq(wait_for(child), 4, "malloc, round, free, is_own");
}

Test(interpose, happens_before_constructors_run) {
  cr_expect_eq(run_child(HEAP MALLOC("") FREE
                         "@text = internal constant [4 x i8] c\"abc\\00\"\n"
                         "@copy = internal global ptr null\n"
                         "declare ptr @strdup(ptr)\n"
                         "@llvm.global_ctors = appending global [1 x { i32, "
                         "ptr, ptr }] [{ i32, ptr, ptr } { i32 101, ptr @c, "
                         "ptr null }]\n"
                         "define internal void @c() {\n"
                         "  %p = call ptr @strdup(ptr @text)\n"
                         "  store ptr %p, ptr @copy\n"
                         "  ret void\n"
                         "}\n"
                         "define i32 @copies_own() {\n"
                         "  %p = load ptr, ptr @copy\n"
                         "  %r = call i32 @is_own(ptr %p)\n"
                         "  ret i32 %r\n"
                         "}\n",
                         true),
               1);
}

/* ---- Targets that cannot bind -------------------------------------------- */

static const struct lzr_tpc_ops *self_ops;

static lzr_error *hide_interpose(lzr_tpc *tpc, lzr_library_handle handle,
                                 struct lzr_name *names, size_t name_count) {
  lzr_error *error = self_ops->lookup(tpc, handle, names, name_count);
  for (size_t i = 0; i < name_count && !error; i++)
    if (strcmp(names[i].name, "lzr_interpose") == 0)
      names[i].address = 0;
  return error;
}

Test(interpose, refuses_a_program_whose_malloc_a_target_cannot_bind) {
  lzr_tpc *tpc;
  succeed(lzr_tpc_create_self(&tpc));
  self_ops = tpc->ops;
  struct lzr_tpc_ops ops = *self_ops;
  ops.lookup = hide_interpose;
  tpc->ops = &ops;
  lzr_session *session = open_owning(tpc, true);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "heap.ll", HEAP MALLOC("") COPY);
  FAILS(lzr_library_initialize(library), UNSUPPORTED,
        "the program defines 'malloc'", "lazyrun-executor can");
  lzr_session_destroy(session);
}
