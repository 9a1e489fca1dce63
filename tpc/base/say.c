/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/base/say.h"

#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tpc/base/text.h"

static bool write_line(const char *start, const char *text, size_t length) {
  struct iovec parts[] = {{(char *)start, strlen(start)},
                          {(char *)text, length},
                          {(char *)"\n", 1}};

  return writev(STDERR_FILENO, parts, sizeof parts / sizeof *parts) >= 0;
}

bool lzr_say(const char *start, const char *format, ...) {
  char sentence[1024], escaped[sizeof sentence * LZR_TEXT_ESCAPE];
  va_list arguments;

  va_start(arguments, format);
  vsnprintf(sentence, sizeof sentence, format, arguments);
  va_end(arguments);
  return write_line(start, escaped, lzr_text_escape(sentence, escaped));
}

void lzr_say_message(const char *start, const char *message) {
  for (const char *line = message;; line++) {
    size_t length = strcspn(line, "\n");
    write_line(start, line, length);
    line += length;
    if (!*line)
      return;
  }
}

void lzr_say_error(const char *start, const lzr_error *error) {
  lzr_say_message(start, lzr_error_message(error));
}
