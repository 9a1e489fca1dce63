/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/symbols/adopt.h"

#include <dlfcn.h>

#include "tests/runtime_support.h"

TestSuite(adopt, .timeout = 120);

/* A library whose definitions are like those that C++ makes. */
static const char source[] =
    "__attribute__((weak)) long vague = 1;"
    "__attribute__((weak)) long vague_in_use = 1;"
    "__attribute__((weak)) long vague_hidden = 1;"
    "__attribute__((weak)) long only_weak = 1;"
    "long strong = 1;"
    "__attribute__((weak)) _Thread_local long vague_local = 1;"
    "long get_local(void) { return vague_local; }";

static const char module[] =
    "@vague = linkonce_odr global i64 2\n"
    "@vague_hidden = linkonce_odr hidden global i64 2\n"
    "@vague_local = linkonce_odr thread_local global i64 2\n"
    "@only_here = linkonce_odr global i64 2\n"
    "@only_weak = weak global i64 2\n"
    "@strong = global i64 2\n"
    "@at_vague = global ptr @vague\n"
    "define i32 @add(i32 %x) {\n"
    "  %v = load i32, ptr @vague\n"
    "  %s = add i32 %v, %x\n"
    "  store i32 %s, ptr @vague\n"
    "  ret i32 %s\n"
    "}\n"
    "define i32 @add_local(i32 %x) {\n"
    "  %v = load i32, ptr @vague_local\n"
    "  %s = add i32 %v, %x\n"
    "  store i32 %s, ptr @vague_local\n"
    "  ret i32 %s\n"
    "}\n";

static char path[64];

static void build_library(void) {
  char command[1024];
  snprintf(path, sizeof path, "/tmp/lazyrun_adopt_%d.so", (int)getpid());
  snprintf(command, sizeof command,
           "echo '%s' | " LZR_LLVM_BIN "/clang -shared -fPIC -x c - -o %s",
           source, path);
  cr_assert_eq(system(command), 0);
}

static void *library_s(const char *name) {
  void *address = dlsym(dlopen(path, RTLD_NOW), name);
  cr_assert_not_null(address, "%s", name);
  return address;
}

static lzr_session *open_with_library(void) {
  build_library();
  lzr_session *session = open_text(module);
  lzr_library *main = lzr_session_main_library(session);
  add_text(main, "used.ll", "@vague_in_use = linkonce_odr global i64 2\n");
  find(session, "vague_in_use");
  succeed(lzr_library_search_shared_library(main, path));
  return session;
}

static void close_with_library(lzr_session *session) {
  lzr_session_destroy(session);
  unlink(path);
}

Test(adopt, the_library_s_definition_counts) {
  lzr_session *session = open_with_library();
  long *vague = library_s("vague");
  cr_expect_eq(find(session, "vague"), (uintptr_t)vague);
  cr_expect_eq(*(long **)(uintptr_t)find(session, "at_vague"), vague);
  cr_expect_eq(call_named(session, "add", 5), 6);
  cr_expect_eq(*vague, 6);
  close_with_library(session);
}

Test(adopt, also_of_a_thread_local_variable) {
  lzr_session *session = open_with_library();
  long (*get_local)(void) = (long (*)(void))library_s("get_local");
  cr_expect_eq(call_named(session, "add_local", 5), 6);
  cr_expect_eq(get_local(), 6);
  close_with_library(session);
}

Test(adopt, other_definitions_stay) {
  static const char *const names[] = {"vague_in_use", "only_weak", "strong"};
  lzr_session *session = open_with_library();
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    long *own = (long *)(uintptr_t)find(session, names[i]);
    cr_expect_eq(*own, 2, "%s", names[i]);
    cr_expect_neq(own, library_s(names[i]));
  }
  cr_expect_eq(*(long *)(uintptr_t)find(session, "vague_hidden"), 2);
  cr_expect_eq(*(long *)(uintptr_t)find(session, "only_here"), 2);
  close_with_library(session);
}
