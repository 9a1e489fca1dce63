/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/text.h"

#include <stdbool.h>

static bool is_control(unsigned char c) {
  return (c < 0x20 && c != '\n' && c != '\t') || c == 0x7f;
}

/* U+0080 to U+009F, in UTF-8: some terminals take U+009B for "ESC [". */
static bool is_control_pair(const unsigned char *at) {
  return at[0] == 0xc2 && at[1] >= 0x80 && at[1] < 0xa0;
}

static void write_escaped(unsigned char c, char *out) {
  static const char digits[] = "0123456789abcdef";

  out[0] = '\\';
  out[1] = 'x';
  out[2] = digits[c >> 4];
  out[3] = digits[c & 15];
}

size_t lzr_text_escape(const char *text, char *copy) {
  const unsigned char *at = (const unsigned char *)text;
  size_t length = 0;

  for (; *at; at++) {
    bool escape = is_control(*at) || is_control_pair(at);
    if (copy && escape)
      write_escaped(*at, copy + length);
    else if (copy)
      copy[length] = (char)*at;
    length += escape ? LZR_TEXT_ESCAPE : 1;
  }
  if (copy)
    copy[length] = '\0';
  return length;
}
