/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/json.h"

#include <criterion/criterion.h>
#include <stdlib.h>

static const struct {
  const char *text, *json;
} cases[] = {
    {"", "\"\""},
    {"plain", "\"plain\""},
    {"a\"b\\c", "\"a\\u0022b\\u005cc\""},
    {"line\nend\t\x1b\x7f", "\"line\\u000aend\\u0009\\u001b\\u007f\""},
    {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
     "\"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80\""},
    {"\xc3", "\"\\u00c3\""},            /* cut in the middle */
    {"\xe2\x82", "\"\\u00e2\\u0082\""}, /* the same */
    {"\xc2\x9b", "\"\\u00c2\\u009b\""}, /* U+009B */
    {"\x80y", "\"\\u0080y\""},          /* begins in the middle */
    {"\xc0\x80", "\"\\u00c0\\u0080\""}, /* longer than it need be */
    {"\xe0\x80\x80", "\"\\u00e0\\u0080\\u0080\""},
    {"\xed\xa0\x80", "\"\\u00ed\\u00a0\\u0080\""}, /* half of a pair */
    {"\xf4\x90\x80\x80", "\"\\u00f4\\u0090\\u0080\\u0080\""}, /* too large */
};

Test(json, strings_are_valid) {
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    char *written;
    size_t size;
    FILE *file = open_memstream(&written, &size);
    cr_assert_not_null(file);
    lzr_json_string(file, cases[i].text);
    fclose(file);
    cr_expect_str_eq(written, cases[i].json);
    free(written);
  }
}
