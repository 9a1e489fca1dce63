/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/text.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct {
  const char *text, *escaped;
} cases[] = {
    {"", ""},
    {"plain", "plain"},
    {"two lines\n\tand a tab", "two lines\n\tand a tab"},
    {"\x1b[2J", "\\x1b[2J"},
    {"\r\b\a", "\\x0d\\x08\\x07"},
    {"\x7f", "\\x7f"},
    {"\xc2\x9b", "\\xc2\x9b"}, /* U+009B; what is left is no character */
    {"\xc2\xa0\xc3\xa9", "\xc2\xa0\xc3\xa9"}, /* U+00A0, U+00E9 */
    {"\xc2", "\xc2"},                         /* cut in the middle */
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
