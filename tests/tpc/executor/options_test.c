/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* The executor's command line: what it refuses, and how it says so. */
#include <sys/stat.h>

#include "tests/executor_support.h"

TestSuite(executor_options, .timeout = 60);

/* Runs it with up to three words; what it printed goes to text. */
static int run_words(const char *first, const char *second, const char *third,
                     char *text, size_t size) {
  const char *words[] = {LZR_EXECUTOR, first, second, third, NULL};
  int ends[2], status;
  size_t length = 0;
  ssize_t got;

  cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
  spawn(words, (int[]){-1, ends[1], ends[1]}, -1);
  close(ends[1]);
  while (length < size - 1 &&
         (got = read(ends[0], text + length, size - 1 - length)) > 0)
    length += (size_t)got;
  text[length] = '\0';
  close(ends[0]);
  status = wait_for_executor(5);
  cr_assert(WIFEXITED(status));
  return WEXITSTATUS(status);
}

static void expect(int status, const char *what, const char *first,
                   const char *second, const char *third) {
  char text[4096];
  int got = run_words(first, second, third, text, sizeof text);

  cr_expect_eq(got, status, "%s: status %d", text, got);
  cr_expect(strstr(text, what), "'%s' lacks '%s'", text, what);
}

Test(executor_options, helps) {
  expect(0, "Usage:", "--help", NULL, NULL);
  expect(0, "lazyrun-executor ", "--version", NULL, NULL);
}

Test(executor_options, needs_one_address) {
  expect(2, "no address", NULL, NULL, NULL);
  expect(2, "no address", "test-jitloadergdb", "debug", NULL);
  expect(2, "second address", "fd=3", "fd=4", NULL);
  expect(2, "not an option", "--unsafe", "fd=3", NULL);
}

Test(executor_options, refuses_addresses_that_are_none) {
  expect(1, "nonsense", "nonsense", NULL, NULL);
  expect(1, "filedescs", "filedescs=1", NULL, NULL);
  expect(1, "fd=99", "fd=99", NULL, NULL);
}

Test(executor_options, needs_a_secret_or_permission_for_tcp) {
  expect(1, "--insecure", "tcp:listen=localhost:0", NULL, NULL);
  expect(1, "--insecure", "listen=localhost:0", NULL, NULL);
  expect(1, "--insecure", "tcp:connect=localhost:1", NULL, NULL);
  expect(2, "contradict", "--insecure", "--secret-file=/dev/null", "stdio");
}

Test(executor_options, needs_permission_for_addresses_beyond_this_machine) {
  expect(1, "--any-address", "--insecure", "tcp:listen=0.0.0.0:0", NULL);
  expect(1, "--any-address", "--insecure", "listen=192.0.2.1:0", NULL);
  /* Allowed, but not an address of this machine. */
  expect(1, "192.0.2.1", "--insecure", "--any-address",
         "tcp:listen=192.0.2.1:0");
}

Test(executor_options, refuses_secrets_that_are_too_short) {
  setenv("LAZYRUN_SECRET", "short", 1);
  expect(1, "LAZYRUN_SECRET", "tcp:listen=localhost:0", NULL, NULL);
  unsetenv("LAZYRUN_SECRET");
  expect(1, "/nowhere/secret", "--secret-file=/nowhere/secret",
         "tcp:listen=localhost:0", NULL);
}

Test(executor_options, refuses_a_wait_that_is_none) {
  expect(2, "number of seconds", "--wait=", "stdio", NULL);
  expect(2, "number of seconds", "--wait=0", "stdio", NULL);
  expect(2, "number of seconds", "--wait=-1", "stdio", NULL);
  expect(2, "number of seconds", "--wait=1s", "stdio", NULL);
  expect(2, "number of seconds", "--wait=86401", "stdio", NULL);
}

Test(executor_options, does_not_wait_for_ever_for_somebody_to_connect) {
  expect(1, "nobody connected to 'tcp:listen=:0' within 1 s", "--wait=1",
         "--insecure", "tcp:listen=:0");
}

Test(executor_options, does_not_wait_for_ever_for_the_first_word) {
  char word[32];
  int ends[2];

  cr_assert_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  snprintf(word, sizeof word, "fd=%d", ends[1]);
  expect(1, "whoever connected has said nothing for 1 s", "--wait=1", word,
         NULL);
}

/* As llvm-jitlink starts it, and its tests do. */
Test(executor_options, ignores_words_for_other_executors) {
  char text[256];

  cr_expect_eq(
      run_words("test-jitloadergdb", "filedescs=0,0", NULL, text, sizeof text),
      1);
  cr_expect(!strstr(text, "address"), "'%s'", text);
}
