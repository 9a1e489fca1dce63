/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/say.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int seen; /* what is written to standard error */

static void listen_to_errors(void) {
  int ends[2];

  cr_assert_eq(pipe2(ends, O_CLOEXEC), 0);
  dup2(ends[1], STDERR_FILENO);
  close(ends[1]);
  seen = ends[0];
}

TestSuite(say, .init = listen_to_errors);

static void expect_written(const char *expected) {
  char text[8192] = "";
  ssize_t size = read(seen, text, sizeof text - 1);

  cr_assert_gt(size, 0);
  cr_expect_str_eq(text, expected);
}

Test(say, a_sentence_is_one_line) {
  cr_expect(lzr_say("tool: ", "no '%s' in %d", "f\nfine\x1b", 7));
  expect_written("tool: no 'f\\x0afine\\x1b' in 7\n");
}

Test(say, a_long_sentence_ends_its_line) {
  char name[3000], expected[3000];

  memset(name, 'x', sizeof name - 1);
  name[sizeof name - 1] = '\0';
  lzr_say("tool: ", "%s", name);
  snprintf(expected, sizeof expected, "tool: %.1023s\n", name);
  expect_written(expected);
}

/* The lines of an error are those of errors that have been joined. */
Test(say, each_line_of_an_error_begins_alike) {
  lzr_error *error = lzr_error_create(LZR_ERROR_FILE, "one");

  lzr_say_error("tool: ", error);
  expect_written("tool: one\n");
  error = lzr_error_join(error, lzr_error_create(LZR_ERROR_FILE, "two\nthree"));
  lzr_say_error("tool: ", error);
  expect_written("tool: one\ntool: two\\x0athree\n"); /* two writes */
  lzr_error_destroy(error);
}

Test(say, nobody_listens) {
  close(STDERR_FILENO);
  cr_expect_not(lzr_say("tool: ", "a word"));
}
