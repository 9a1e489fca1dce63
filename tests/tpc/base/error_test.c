/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/error.h"

#include <criterion/criterion.h>
#include <string.h>

Test(error, is_a_kind_and_a_sentence) {
  lzr_error *error =
      lzr_error_create(LZR_ERROR_SYMBOL, "no '%s' in %d", "f", 7);

  cr_expect_eq(lzr_error_get_kind(error), LZR_ERROR_SYMBOL);
  cr_expect_str_eq(lzr_error_message(error), "no 'f' in 7");
  lzr_error_destroy(error);
}

Test(error, is_wrapped_in_front_and_keeps_its_kind) {
  lzr_error *error = lzr_error_create(LZR_ERROR_FORMAT, "no definition of 'g'");

  error = lzr_error_wrap(error, "function '%s'", "f");
  error = lzr_error_wrap(error, "file.bc");
  cr_expect_eq(lzr_error_get_kind(error), LZR_ERROR_FORMAT);
  cr_expect_str_eq(lzr_error_message(error),
                   "file.bc: function 'f': no definition of 'g'");
  lzr_error_destroy(error);
}

Test(error, success_stays_success_when_wrapped) {
  cr_expect_null(lzr_error_wrap(NULL, "function 'f'"));
}

Test(error, cuts_a_sentence_after_1023_bytes) {
  char text[3000];
  lzr_error *error;

  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  error = lzr_error_create(LZR_ERROR_FILE, "%s", text);
  cr_expect_eq(strlen(lzr_error_message(error)), 1023);
  error = lzr_error_wrap(error, "%s", text);
  cr_expect_eq(strlen(lzr_error_message(error)), 1023 + 2 + 1023);
  lzr_error_destroy(error);
}

Test(error, joins_two_of_any_length_by_a_line_end) {
  char text[3000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  lzr_error *all = lzr_error_join(NULL, NULL);
  cr_expect_null(all);
  for (int i = 0; i < 4; i++)
    all = lzr_error_join(all, lzr_error_create(LZR_ERROR_FILE, "%s", text));
  cr_expect_eq(strlen(lzr_error_message(all)), 4 * 1023 + 3);
  all = lzr_error_join(all, NULL);
  all = lzr_error_join(lzr_error_create(LZR_ERROR_SYMBOL, "first"), all);
  cr_expect_eq(lzr_error_get_kind(all), LZR_ERROR_SYMBOL);
  cr_expect_eq(strncmp(lzr_error_message(all), "first\nxxx", 9), 0);
  lzr_error_destroy(all);
}

Test(error, a_terminal_does_not_obey_names_in_it) {
  lzr_error *error = lzr_error_create(LZR_ERROR_SYMBOL, "no '%s'", "\x1b[2J");
  lzr_error *copy = lzr_error_copy(error);
  error = lzr_error_wrap(error, "\rfile");
  cr_expect_str_eq(lzr_error_message(error), "\\x0dfile: no '\\x1b[2J'");
  cr_expect_str_eq(lzr_error_message(copy), "no '\\x1b[2J'");
  lzr_error_destroy(copy);
  lzr_error_destroy(error);
}

/* A name with a line feed makes up no line of its own. */
Test(error, only_joined_errors_have_lines) {
  lzr_error *error = lzr_error_create(LZR_ERROR_SYMBOL, "no '%s'", "f\nfine");
  error = lzr_error_wrap(error, "a\nb");
  cr_expect_str_eq(lzr_error_message(error), "a\\x0ab: no 'f\\x0afine'");
  error = lzr_error_join(error, lzr_error_create(LZR_ERROR_FILE, "c\nd"));
  error = lzr_error_wrap(error, "all");
  lzr_error *copy = lzr_error_copy(error);
  cr_expect_str_eq(lzr_error_message(copy),
                   "all: a\\x0ab: no 'f\\x0afine'\nc\\x0ad");
  lzr_error_destroy(copy);
  lzr_error_destroy(error);
}

Test(error, a_copy_is_whole) {
  char text[1000];
  memset(text, 'x', sizeof text - 1);
  text[sizeof text - 1] = '\0';
  lzr_error *error = lzr_error_create(LZR_ERROR_FILE, "%s", text);
  error = lzr_error_wrap(error, "%s", text);
  lzr_error *copy = lzr_error_copy(error);
  cr_expect_str_eq(lzr_error_message(copy), lzr_error_message(error));
  lzr_error_destroy(copy);
  lzr_error_destroy(error);
}

Test(error, kinds_have_names) {
  cr_expect_str_eq(lzr_error_kind_name(LZR_ERROR_ARGUMENT), "ARGUMENT");
  cr_expect_str_eq(lzr_error_kind_name(LZR_ERROR_CLOSED), "CLOSED");
  cr_expect_str_eq(lzr_error_kind_name((lzr_error_kind)1000), "UNKNOWN");
}

Test(error, destroying_none_is_fine) {
  lzr_error_destroy(NULL);
}
