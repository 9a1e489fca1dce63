/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/text.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
  const char *text, *escaped;
} cases[] = {
    {"", ""},
    {"plain", "plain"},
    {"two lines\n\tand a tab", "two lines\\x0a\\x09and a tab"},
    {"\x1b[2J", "\\x1b[2J"},
    {"\r\b\a", "\\x0d\\x08\\x07"},
    {"\x7f", "\\x7f"},
    {"\xc2\x9b[m", "\\xc2\\x9b[m"},           /* U+009B, "ESC [" */
    {"\xc2\x85", "\\xc2\\x85"},               /* U+0085, a new line */
    {"\xe2\x80\xa8", "\\xe2\\x80\\xa8"},      /* U+2028, a line separator */
    {"\xe2\x80\xa6", "\xe2\x80\xa6"},         /* U+2026 */
    {"\xf0\x9f\x90\x8c", "\xf0\x9f\x90\x8c"}, /* U+1F40C */
    {"\x9b", "\\x9b"},                        /* what is not UTF-8: */
    {"\xff\xfe", "\\xff\\xfe"},
    {"\xc0\x8a", "\\xc0\\x8a"},                   /* U+000A, in two bytes */
    {"\xe0\x80\x8a", "\\xe0\\x80\\x8a"},          /* in three */
    {"\xed\xa0\x80", "\\xed\\xa0\\x80"},          /* a surrogate */
    {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"}, /* U+110000 */
    {"\xc2\xa0\xc3\xa9", "\xc2\xa0\xc3\xa9"},     /* U+00A0, U+00E9 */
    {"\xc2", "\\xc2"},                            /* cut in the middle */
    {"\xe2\x80", "\\xe2\\x80"},
};

Test(text, control_characters_are_escaped) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char copy[64];
    size_t length = lzr_text_escape(cases[i].text, copy);

    cr_expect_str_eq(copy, cases[i].escaped);
    cr_expect_eq(length, strlen(cases[i].escaped));
    cr_expect_eq(lzr_text_escape(cases[i].text, NULL), length);
    cr_expect_leq(length, strlen(cases[i].text) * LZR_TEXT_ESCAPE);
  }
}

static const struct {
  const char *lines, *line;
} several[] = {
    {"", ""},
    {"one", "one"},
    {"\n \n", ""},
    {"a.ll:2:8: error: expected\n  %x = foo\n       ^~~\n",
     "a.ll:2:8: error: expected; %x = foo"},
    {" a \n\n\tb\r\nc", "a; b; c"},
    {"a\x1b\nb", "a\x1b; b"}, /* escaped elsewhere */
};

Test(text, lines_of_others_become_one) {
  for (size_t i = 0; i < sizeof several / sizeof *several; i++) {
    char copy[64];
    lzr_text_join_lines(several[i].lines, copy, sizeof copy);
    cr_expect_str_eq(copy, several[i].line);
  }
}

Test(text, one_line_is_cut_where_there_is_no_room) {
  char copy[5];
  lzr_text_join_lines("ab\ncdef\ng", copy, sizeof copy);
  cr_expect_str_eq(copy, "ab; ");
  lzr_text_join_lines("abcdef\ng", copy, sizeof copy);
  cr_expect_str_eq(copy, "abcd");
}
