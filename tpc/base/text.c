/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* The character at `at`. Returns how many bytes it has in UTF-8, or 0 if these
   are not UTF-8. A zero byte behind a text that is cut ends it in time. */
static size_t decode(const unsigned char *at, uint32_t *character) {
  static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  size_t size = at[0] < 0x80   ? 1
                : at[0] < 0xc0 ? 0
                : at[0] < 0xe0 ? 2
                : at[0] < 0xf0 ? 3
                : at[0] < 0xf8 ? 4
                               : 0;

  *character = size > 1 ? at[0] & (0x7fU >> size) : at[0];
  for (size_t i = 1; i < size; i++) {
    if ((at[i] & 0xc0) != 0x80)
      return 0;
    *character = *character << 6 | (at[i] & 0x3f);
  }
  bool is_surrogate = *character >= 0xd800 && *character < 0xe000;
  return *character < least[size] || *character > 0x10ffff || is_surrogate
             ? 0
             : size;
}

/* C0, DEL and C1, of which some terminals take U+009B for "ESC ["; and the line
   and paragraph separators. */
static bool is_control(uint32_t character) {
  return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
         character == 0x2028 || character == 0x2029;
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

  while (*at) {
    uint32_t character;
    size_t size = decode(at, &character);
    bool escapes = size == 0 || is_control(character);
    for (size = size ? size : 1; size > 0; size--, at++) {
      if (copy && escapes)
        write_escaped(*at, copy + length);
      else if (copy)
        copy[length] = (char)*at;
      length += escapes ? LZR_TEXT_ESCAPE : 1;
    }
  }
  if (copy)
    copy[length] = '\0';
  return length;
}

/* Of a line: what is left without the white space around it. */
static const char *trim(const char *line, size_t *length) {
  static const char space[] = " \t\r\v\f";
  size_t before = strspn(line, space);

  before = before < *length ? before : *length;
  *length -= before;
  while (*length > 0 && strchr(space, line[before + *length - 1]))
    --*length;
  return line + before;
}

/* "    ^~~~", below what it points at. */
static bool only_points(const char *line, size_t length) {
  return strspn(line, "^~ ") >= length;
}

void lzr_text_join_lines(const char *text, char *copy, size_t size) {
  size_t used = 0;

  copy[0] = '\0';
  for (const char *next; *text; text = next) {
    size_t length = strcspn(text, "\n");
    next = text + length + (text[length] == '\n');
    const char *line = trim(text, &length);
    if (only_points(line, length))
      continue;
    int written = snprintf(copy + used, size - used, "%s%.*s", used ? "; " : "",
                           (int)length, line);
    if (written < 0 || (size_t)written >= size - used)
      return;
    used += (size_t)written;
  }
}
