/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The part of Criterion that this project's tests use, for programs that run
 * in an emulator. The real Criterion starts every test by executing its own
 * program again, and the kernel cannot execute a program of another
 * architecture. Here each test is a fork. Timeouts are left to ctest.
 */
#ifndef LZR_TESTS_AARCH64_HOST_CRITERION_H
#define LZR_TESTS_AARCH64_HOST_CRITERION_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct criterion_options {
  void (*init)(void);
  void (*fini)(void);
  int signal;
  int exit_code;
  double timeout;
  bool disabled;
};

struct criterion_test {
  const char *suite, *name;
  void (*run)(void); /* NULL: the options of a whole suite */
  struct criterion_options options;
  struct criterion_test *next;
};

enum { CRITERION_FAILED = 113, CRITERION_SKIPPED = 114 };

static struct criterion_test *criterion_first;
static struct criterion_test **criterion_end = &criterion_first;
static bool criterion_failed; /* in the fork that runs a test */

static inline void criterion_add(struct criterion_test *test) {
  *criterion_end = test;
  criterion_end = &test->next;
}

#define CRITERION_ADD(label, ...)                                              \
  __attribute__((constructor)) static void label##_add(void) {                 \
    static struct criterion_test added = {__VA_ARGS__};                        \
    criterion_add(&added);                                                     \
  }

#define TestSuite(suite_, ...)                                                 \
  CRITERION_ADD(criterion_suite_##suite_, .suite = #suite_,                    \
                .options = {__VA_ARGS__})

#define Test(suite_, name_, ...)                                               \
  static void criterion_##suite_##_##name_(void);                              \
  CRITERION_ADD(criterion_##suite_##_##name_, .suite = #suite_,                \
                .name = #name_, .run = criterion_##suite_##_##name_,           \
                .options = {__VA_ARGS__})                                      \
  static void criterion_##suite_##_##name_(void)

/* Checks. */

/* format is "" if a check has no message of its own. */
static inline void criterion_check(bool holds, bool go_on, const char *file,
                                   int line, const char *what,
                                   const char *format, ...) {
  va_list arguments;

  if (holds)
    return;
  fprintf(stderr, "%s:%d: %s\n", file, line, what);
  va_start(arguments, format);
  vfprintf(stderr, format, arguments);
  va_end(arguments);
  fputs(*format ? "\n" : "", stderr);
  criterion_failed = true;
  if (!go_on)
    _exit(CRITERION_FAILED);
}

#define CRITERION_CHECK(go_on, condition, ...)                                 \
  criterion_check((condition) ? true : false, go_on, __FILE__, __LINE__,       \
                  #condition, "" __VA_ARGS__)
#define CRITERION_EXPECT(condition, ...)                                       \
  CRITERION_CHECK(true, condition, __VA_ARGS__)
#define CRITERION_ASSERT(condition, ...)                                       \
  CRITERION_CHECK(false, condition, __VA_ARGS__)

#define cr_expect CRITERION_EXPECT
#define cr_expect_not(value, ...) CRITERION_EXPECT(!(value), __VA_ARGS__)
#define cr_expect_eq(a, b, ...) CRITERION_EXPECT((a) == (b), __VA_ARGS__)
#define cr_expect_neq(a, b, ...) CRITERION_EXPECT((a) != (b), __VA_ARGS__)
#define cr_expect_lt(a, b, ...) CRITERION_EXPECT((a) < (b), __VA_ARGS__)
#define cr_expect_leq(a, b, ...) CRITERION_EXPECT((a) <= (b), __VA_ARGS__)
#define cr_expect_gt(a, b, ...) CRITERION_EXPECT((a) > (b), __VA_ARGS__)
#define cr_expect_geq(a, b, ...) CRITERION_EXPECT((a) >= (b), __VA_ARGS__)
#define cr_expect_null(value, ...) CRITERION_EXPECT(!(value), __VA_ARGS__)
#define cr_expect_not_null(value, ...) CRITERION_EXPECT(value, __VA_ARGS__)
#define cr_expect_str_eq(a, b, ...)                                            \
  CRITERION_EXPECT(strcmp(a, b) == 0, __VA_ARGS__)
#define cr_expect_str_neq(a, b, ...)                                           \
  CRITERION_EXPECT(strcmp(a, b) != 0, __VA_ARGS__)
#define cr_expect_str_empty(a, ...) CRITERION_EXPECT(!*(a), __VA_ARGS__)
#define cr_expect_arr_eq(a, b, size, ...)                                      \
  CRITERION_EXPECT(memcmp(a, b, size) == 0, __VA_ARGS__)

#define cr_assert CRITERION_ASSERT
#define cr_assert_not(value, ...) CRITERION_ASSERT(!(value), __VA_ARGS__)
#define cr_assert_eq(a, b, ...) CRITERION_ASSERT((a) == (b), __VA_ARGS__)
#define cr_assert_neq(a, b, ...) CRITERION_ASSERT((a) != (b), __VA_ARGS__)
#define cr_assert_lt(a, b, ...) CRITERION_ASSERT((a) < (b), __VA_ARGS__)
#define cr_assert_leq(a, b, ...) CRITERION_ASSERT((a) <= (b), __VA_ARGS__)
#define cr_assert_gt(a, b, ...) CRITERION_ASSERT((a) > (b), __VA_ARGS__)
#define cr_assert_geq(a, b, ...) CRITERION_ASSERT((a) >= (b), __VA_ARGS__)
#define cr_assert_null(value, ...) CRITERION_ASSERT(!(value), __VA_ARGS__)
#define cr_assert_not_null(value, ...) CRITERION_ASSERT(value, __VA_ARGS__)
#define cr_assert_str_eq(a, b, ...)                                            \
  CRITERION_ASSERT(strcmp(a, b) == 0, __VA_ARGS__)
#define cr_assert_str_neq(a, b, ...)                                           \
  CRITERION_ASSERT(strcmp(a, b) != 0, __VA_ARGS__)
#define cr_assert_fail(...) CRITERION_ASSERT(!"reached", __VA_ARGS__)

#define cr_skip_test(...)                                                      \
  do {                                                                         \
    printf(__VA_ARGS__);                                                       \
    puts("");                                                                  \
    fflush(stdout);                                                            \
    _exit(CRITERION_SKIPPED);                                                  \
  } while (0)

/* Running. */

/* The suite's option if the test has none of its own. */
static struct criterion_options
criterion_options_of(const struct criterion_test *test) {
  struct criterion_options options = test->options;
  const struct criterion_test *suite = criterion_first;

  while (suite && (suite->run || strcmp(suite->suite, test->suite) != 0))
    suite = suite->next;
  if (suite && !options.init)
    options.init = suite->options.init;
  if (suite && !options.fini)
    options.fini = suite->options.fini;
  return options;
}

_Noreturn static void
criterion_run_here(const struct criterion_test *test,
                   const struct criterion_options *options) {
  if (options->init)
    options->init();
  test->run();
  if (options->fini)
    options->fini();
  fflush(NULL);
  _exit(criterion_failed ? CRITERION_FAILED : 0);
}

/* Whether the test passed or was skipped. */
static bool criterion_run(const struct criterion_test *test) {
  struct criterion_options options = criterion_options_of(test);
  int status = 0;
  pid_t child;

  fflush(NULL);
  child = fork();
  if (child == 0)
    criterion_run_here(test, &options);
  if (child < 0 || waitpid(child, &status, 0) != child)
    return false;
  if (WIFSIGNALED(status))
    return WTERMSIG(status) == options.signal;
  return options.signal == 0 && (WEXITSTATUS(status) == options.exit_code ||
                                 WEXITSTATUS(status) == CRITERION_SKIPPED);
}

/* Arguments: the names of tests to leave out. */
static bool criterion_is_wanted(const struct criterion_test *test, int argc,
                                char **argv) {
  if (!test->run || test->options.disabled)
    return false;
  for (int i = 1; i < argc; i++)
    if (strcmp(argv[i], test->name) == 0)
      return false;
  return true;
}

int main(int argc, char **argv) {
  int count = 0, failures = 0;

  for (const struct criterion_test *test = criterion_first; test;
       test = test->next) {
    if (!criterion_is_wanted(test, argc, argv))
      continue;
    count++;
    if (!criterion_run(test)) {
      printf("FAILED: %s::%s\n", test->suite, test->name);
      failures++;
    }
  }
  printf("%d tests, %d failed\n", count, failures);
  return failures || !count;
}

#endif
