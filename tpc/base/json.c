/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/json.h"

#include <stdbool.h>

/* The length in bytes of the character at text, if UTF-8 has it and with more
   than one, and it is no control character; else 0. A lead byte of 0xe0, 0xed,
   0xf0 or 0xf4 restricts the second byte: a character has one form, and some
   numbers are none. */
static size_t wide_length(const char *text) {
  const unsigned char *at = (const unsigned char *)text;
  size_t length = *at >= 0xc2 && *at < 0xe0   ? 2
                  : *at >= 0xe0 && *at < 0xf0 ? 3
                  : *at >= 0xf0 && *at < 0xf5 ? 4
                                              : 0;
  for (size_t i = 1; i < length; i++)
    if ((at[i] & 0xc0) != 0x80)
      return 0;
  bool is_control = *at == 0xc2 && at[1] < 0xa0;
  bool bad = (*at == 0xe0 && at[1] < 0xa0) || (*at == 0xed && at[1] >= 0xa0) ||
             (*at == 0xf0 && at[1] < 0x90) || (*at == 0xf4 && at[1] >= 0x90);
  return bad || is_control ? 0 : length;
}

/* How many characters of one byte stand for themselves. */
static size_t plain_length(const char *text) {
  size_t length = 0;
  while ((unsigned char)text[length] >= 0x20 &&
         (unsigned char)text[length] < 0x7f && text[length] != '"' &&
         text[length] != '\\')
    length++;
  return length;
}

void lzr_json_string(FILE *file, const char *text) {
  fputc('"', file);
  while (*text) {
    size_t length = plain_length(text);
    if (length == 0)
      length = wide_length(text);
    if (length > 0)
      fwrite(text, 1, length, file);
    else
      fprintf(file, "\\u%04x", (unsigned char)*text);
    text += length > 0 ? length : 1;
  }
  fputc('"', file);
}
