/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Sessions: their options, several at once, and what happens to a first call
   that fails. */
#include "tests/runtime_support.h"

static const char three[] = "define i32 @three() {\n"
                            "  ret i32 3\n"
                            "}\n";

/* Options. */

Test(session, is_fine_without_having_been_used) {
  lzr_session_destroy(open_session(NULL));
  lzr_session_destroy(NULL);
}

Test(session, has_defaults_when_all_options_are_zero) {
  struct lzr_session_options zero = {0};
  lzr_session *session = open_session(&zero);
  add_text(lzr_session_main_library(session), "three.ll", three);
  cr_expect_eq(call_named(session, "three", 0), 3);
  lzr_session_destroy(session);
}

Test(session, takes_each_optimization_level) {
  for (int level = 0; level <= 3; level++) {
    struct lzr_session_options options = session_options();
    options.optimization = level;
    lzr_session *session = open_session(&options);
    add_text(lzr_session_main_library(session), "three.ll", three);
    cr_expect_eq(call_named(session, "three", 0), 3);
    lzr_session_destroy(session);
  }
}

Test(session, copies_the_strings_of_its_options) {
#ifdef __x86_64__
  char cpu[] = "x86-64", features[] = "+sse2";
#else
  char cpu[] = "generic", features[] = "+neon";
#endif
  struct lzr_session_options options = session_options();
  options.cpu = cpu;
  options.features = features;
  lzr_session *session = open_session(&options);
  memset(cpu, '?', sizeof cpu - 1);
  memset(features, '?', sizeof features - 1);
  add_text(lzr_session_main_library(session), "three.ll", three);
  cr_expect_eq(call_named(session, "three", 0), 3);
  lzr_session_destroy(session);
}

Test(session, keeps_debug_information) {
  struct lzr_session_options options = session_options();
  options.debug_info = true;
  lzr_session *session = open_session(&options);
  add_text(lzr_session_main_library(session), "three.ll",
           "define i32 @three() !dbg !3 {\n"
           "  ret i32 3, !dbg !6\n"
           "}\n"
           "!llvm.module.flags = !{!0}\n"
           "!llvm.dbg.cu = !{!1}\n"
           "!0 = !{i32 2, !\"Debug Info Version\", i32 3}\n"
           "!1 = distinct !DICompileUnit(language: DW_LANG_C11, file: !2,"
           " emissionKind: FullDebug)\n"
           "!2 = !DIFile(filename: \"three.c\", directory: \"/\")\n"
           "!3 = distinct !DISubprogram(name: \"three\", file: !2, line: 1,"
           " type: !4, unit: !1, spFlags: DISPFlagDefinition)\n"
           "!4 = !DISubroutineType(types: !5)\n"
           "!5 = !{}\n"
           "!6 = !DILocation(line: 2, scope: !3)\n");
  cr_expect_eq(call_named(session, "three", 0), 3);
  lzr_session_destroy(session);
}

Test(session, hides_the_process_when_told_to) {
  struct lzr_session_options options = session_options();
  lzr_addr address = 1;
  options.no_process_symbols = true;
  lzr_session *session = open_session(&options);
  FAILS(
      lzr_library_lookup(lzr_session_main_library(session), "getpid", &address),
      SYMBOL, "getpid");
  cr_expect_eq(address, 0);
  lzr_session_destroy(session);
}

static void refuse(const struct lzr_session_options *options,
                   lzr_error_kind kind, const char *word) {
  lzr_session *session = (lzr_session *)&session;
  fail_with(lzr_session_create(NULL, options, &session), kind,
            (const char *[]){word, NULL});
  cr_expect_null(session);
}

Test(session, refuses_options_out_of_range) {
  struct lzr_session_options options = session_options();
  options.optimization = 4;
  refuse(&options, LZR_ERROR_ARGUMENT, "4");
  options.optimization = -1;
  refuse(&options, LZR_ERROR_ARGUMENT, "-1");
  options.optimization = 0;
  options.compile_threads = 65;
  refuse(&options, LZR_ERROR_LIMIT, "65");
  options.compile_threads = 0;
  options.size = 1;
  refuse(&options, LZR_ERROR_ARGUMENT, "bytes");
}

/* LLVM would ignore them, and say so on standard error for each function. */
Test(session, refuses_a_cpu_and_features_that_llvm_does_not_know) {
  struct lzr_session_options options = session_options();
  options.cpu = "bogus";
  refuse(&options, LZR_ERROR_ARGUMENT, "knows no CPU 'bogus'");
  options.cpu = NULL;
  options.features = ",+nothing";
  refuse(&options, LZR_ERROR_ARGUMENT, "knows no CPU feature 'nothing'");
  options.features = "sse2";
  refuse(&options, LZR_ERROR_ARGUMENT, "'sse2' has no + or -");
}

/* A client that was compiled with an older header. */
Test(session, takes_options_of_a_shorter_struct) {
  struct lzr_session_options options = session_options();
  options.size = offsetof(struct lzr_session_options, owns_process);
  options.on_failure = (lzr_on_failure)(uintptr_t)1; /* behind its end */
  lzr_session *session;
  succeed(lzr_session_create(NULL, &options, &session));
  lzr_session_destroy(session);
}

/* A client that was compiled with a newer header. */
Test(session, takes_options_of_a_longer_struct_unless_it_uses_more) {
  struct {
    struct lzr_session_options options;
    uint64_t newer;
  } longer = {session_options(), 0};
  longer.options.size = sizeof longer;
  lzr_session *session;
  succeed(lzr_session_create(NULL, &longer.options, &session));
  lzr_session_destroy(session);
  longer.newer = 1;
  refuse(&longer.options, LZR_ERROR_UNSUPPORTED, "beyond");
}

Test(session, closes_the_target_it_took_also_when_it_fails) {
  struct lzr_session_options options = session_options();
  lzr_tpc *tpc = NULL;
  lzr_session *session;
  options.optimization = 4;
  succeed(lzr_tpc_create_self(&tpc));
  FAILS(lzr_session_create(tpc, &options, &session), ARGUMENT, "level 4");
}

Test(session, says_which_version_it_is) {
  cr_expect_eq(strncmp(lzr_version(), "lazyrun ", 8), 0);
  cr_expect_not_null(strstr(lzr_version(), "LLVM "));
}

/* Several. */

static int total;

static int add_to_total(int x) {
  return total += x;
}

static void leave_with_total(void) {
  _exit(total);
}

/* Registers a function with atexit that adds value to total. */
static void add_handler(lzr_session *session, int value) {
  char text[512];
  snprintf(text, sizeof text,
           "declare i32 @atexit(ptr)\n"
           "declare i32 @add_to_total(i32)\n"
           "define internal void @at_end() {\n"
           "  call i32 @add_to_total(i32 %d)\n"
           "  ret void\n"
           "}\n"
           "define i32 @arrange() {\n"
           "  %%r = call i32 @atexit(ptr @at_end)\n"
           "  ret i32 %%r\n"
           "}\n",
           value);
  lzr_library *library = lzr_session_main_library(session);
  succeed(
      lzr_library_define(library, "add_to_total", address_of(add_to_total)));
  add_text(library, "handler.ll", text);
  cr_expect_eq(call_named(session, "arrange", 0), 0);
}

Test(session, runs_its_exit_handlers_when_it_is_destroyed_and_no_other_ones) {
  lzr_session *first = open_session(NULL), *second = open_session(NULL);
  total = 0;
  add_handler(first, 1);
  add_handler(second, 10);
  cr_expect_eq(total, 0);
  lzr_session_destroy(first);
  cr_expect_eq(total, 1);
  lzr_session_destroy(second);
  cr_expect_eq(total, 11);
}

Test(session, runs_its_exit_handlers_when_the_process_exits_without_it) {
  fflush(NULL);
  pid_t child = fork_child();
  if (child == 0) {
    add_handler(open_session(NULL), 21);
    atexit(leave_with_total); /* the later one comes first */
    add_handler(open_session(NULL), 1);
    exit(0);
  }
  cr_expect_eq(wait_for(child), 1);
}

Test(session, shares_nothing_with_another_one) {
  lzr_session *first = open_text(three), *second = open_session(NULL);
  lzr_addr address;
  FAILS(lzr_library_lookup(lzr_session_main_library(second), "three", &address),
        SYMBOL, "three");
  add_text(lzr_session_main_library(second), "other.ll",
           "define i32 @three() {\n"
           "  ret i32 33\n"
           "}\n");
  cr_expect_eq(call_named(first, "three", 0), 3);
  cr_expect_eq(call_named(second, "three", 0), 33);
  lzr_session_destroy(first);
  cr_expect_eq(call_named(second, "three", 0), 33);
  lzr_session_destroy(second);
}

Test(session, can_be_made_and_destroyed_many_times) {
  for (int i = 0; i < 20; i++) {
    lzr_session *session = open_text(three);
    cr_expect_eq(call_named(session, "three", 0), 3);
    lzr_session_destroy(session);
  }
}

/* First calls that fail. */

static const char broken[] = "declare i32 @nowhere(i32)\n"
                             "declare i32 @nowhere_either(i32)\n"
                             "define i32 @broken(i32 %x) {\n"
                             "  %r = call i32 @nowhere(i32 %x)\n"
                             "  %s = add i32 %r, 5\n"
                             "  ret i32 %s\n"
                             "}\n"
                             "define i32 @broken_too(i32 %x) {\n"
                             "  %r = call i32 @nowhere_either(i32 %x)\n"
                             "  ret i32 %r\n"
                             "}\n"
                             "define i32 @whole(i32 %x) {\n"
                             "  %r = add i32 %x, 1\n"
                             "  ret i32 %r\n"
                             "}\n";

Test(session, keeps_the_earliest_failure_and_returns_0_from_the_call) {
  lzr_session *session = open_text(broken);
  cr_expect_null(lzr_session_take_failure(session));
  cr_expect_eq(call_named(session, "broken", 7), 5);
  cr_expect_eq(call_named(session, "broken_too", 7), 0);
  FAILS(lzr_session_take_failure(session), SYMBOL, "test.ll", "broken",
        "nowhere");
  cr_expect_null(lzr_session_take_failure(session), "it was taken");
  lzr_session_destroy(session);
}

Test(session, frees_a_failure_that_nobody_took) {
  lzr_session *session = open_text(broken);
  cr_expect_eq(call_named(session, "broken", 7), 5);
  lzr_session_destroy(session);
}

Test(session, is_usable_after_a_failure) {
  lzr_session *session = open_text(broken);
  cr_expect_eq(call_named(session, "broken", 7), 5);
  cr_expect_eq(call_named(session, "whole", 7), 8);
  add_text(lzr_session_main_library(session), "nowhere.ll",
           "define i32 @nowhere(i32 %x) {\n"
           "  %r = mul i32 %x, 2\n"
           "  ret i32 %r\n"
           "}\n");
  cr_expect_eq(call_named(session, "broken", 7), 19);
  lzr_session_destroy(session);
}

Test(session, tells_on_failure_each_failed_call_and_the_function) {
  struct failures failures = {0};
  lzr_session *session = open_session_noting(&failures);
  add_text(lzr_session_main_library(session), "broken.ll", broken);
  cr_expect_eq(call_named(session, "broken", 7), 5);
  cr_expect_eq(failures.count, 1);
  cr_expect_str_eq(failures.function, "nowhere");
  cr_expect(strstr(failures.message, "broken.ll"), "%s", failures.message);
  cr_expect_eq(call_named(session, "broken", 7), 5);
  cr_expect_eq(failures.count, 2, "each call that fails is told");
  cr_expect_eq(call_named(session, "whole", 1), 2);
  cr_expect_eq(failures.count, 2);
  cr_expect_null(lzr_session_take_failure(session));
  lzr_session_destroy(session);
}

static int land_here(int x) {
  return x + 100;
}

Test(session, goes_on_where_on_failure_says_with_the_same_arguments) {
  struct failures failures = {.landing = address_of(land_here)};
  lzr_session *session = open_session_noting(&failures);
  add_text(lzr_session_main_library(session), "broken.ll", broken);
  cr_expect_eq(call_named(session, "broken", 7), 112);
  cr_expect_eq(call_named(session, "broken", 8), 113);
  cr_expect_eq(failures.count, 2);
  lzr_session_destroy(session);
}

Test(session, tells_on_failure_about_a_function_that_cannot_be_compiled) {
  struct failures failures = {0};
  lzr_session *session = open_session_noting(&failures);
  add_text(lzr_session_main_library(session), "data.ll",
           "@nowhere = external global i32\n"
           "define i32 @reads() {\n"
           "  %r = load i32, ptr @nowhere\n"
           "  ret i32 %r\n"
           "}\n");
  cr_expect_eq(call_named(session, "reads", 0), 0);
  cr_expect_eq(failures.count, 1);
  cr_expect_str_eq(failures.function, "reads");
  cr_expect(strstr(failures.message, "nowhere"), "%s", failures.message);
  cr_expect_eq(call_named(session, "reads", 0), 0);
  cr_expect_eq(failures.count, 2);
  lzr_session_destroy(session);
}

/* main. */

Test(session, runs_main_with_its_arguments_after_the_constructors) {
  static const char *const arguments[] = {"program", "one", "two"};
  lzr_session *session =
      open_text("@llvm.global_ctors = appending global [1 x { i32, ptr, ptr }]"
                " [{ i32, ptr, ptr } { i32 65535, ptr @construct, ptr null }]\n"
                "@constructed = internal global i32 0\n"
                "define internal void @construct() {\n"
                "  store i32 40, ptr @constructed\n"
                "  ret void\n"
                "}\n"
                "define i32 @main(i32 %argc, ptr %argv) {\n"
                "  %slot = getelementptr ptr, ptr %argv, i32 2\n"
                "  %two = load ptr, ptr %slot\n"
                "  %t = load i8, ptr %two\n"
                "  %wide = zext i8 %t to i32\n"
                "  %constructed = load i32, ptr @constructed\n"
                "  %sum = add i32 %wide, %constructed\n"
                "  %r = add i32 %sum, %argc\n"
                "  ret i32 %r\n"
                "}\n");
  int status = -1;
  succeed(lzr_session_run_main(session, "main", 3, arguments, &status));
  cr_expect_eq(status, 't' + 40 + 3);
  FAILS(lzr_session_run_main(session, "start", 3, arguments, &status), SYMBOL,
        "start");
  lzr_session_destroy(session);
}
