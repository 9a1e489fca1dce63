/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/result.h"

#include <string.h>

enum { TEXT_MAX = 4096, LINE_MAX_SIZE = 1024 };

/* ---- Packing ---- */

void lzr_pack_error(struct lzr_writer *writer, lzr_error *error) {
  lzr_pack_u8(writer, error != NULL);
  if (!error)
    return;
  lzr_pack_string(writer, lzr_error_message(error));
  lzr_error_destroy(error);
}

void lzr_pack_unexpected(struct lzr_writer *writer, lzr_error *error) {
  lzr_pack_u8(writer, 0);
  lzr_pack_string(writer, lzr_error_message(error));
  lzr_error_destroy(error);
}

void lzr_pack_expected(struct lzr_writer *writer) {
  lzr_pack_u8(writer, 1);
}

/* ---- Unpacking ---- */

static lzr_error *reason_not_sent(const char *what) {
  return lzr_error_create(LZR_ERROR_TARGET,
                          "%s failed; the reason was not sent", what);
}

/* Copies a line of the peer's sentence, up to a zero byte, and adds it to
   error, which may be NULL. A line that is empty says nothing. */
static lzr_error *add_line(lzr_error *error, const uint8_t *bytes,
                           size_t size) {
  char line[LINE_MAX_SIZE];

  if (size >= sizeof line)
    size = sizeof line - 1;
  memcpy(line, bytes, size);
  line[size] = '\0';
  return line[0] ? lzr_error_join(
                       error, lzr_error_create(LZR_ERROR_TARGET, "%s", line))
                 : error;
}

/* Joined errors have one line each; this makes one error for each line. */
static lzr_error *make_error(const uint8_t *bytes, size_t size,
                             const char *what) {
  const uint8_t *end = bytes + (size < TEXT_MAX ? size : TEXT_MAX);
  lzr_error *error = NULL;

  for (;;) {
    const uint8_t *line_end = memchr(bytes, '\n', (size_t)(end - bytes));
    size_t length = (size_t)((line_end ? line_end : end) - bytes);

    error = add_line(error, bytes, length);
    if (!line_end)
      return error ? error : reason_not_sent(what);
    bytes = line_end + 1;
  }
}

static lzr_error *unpack(struct lzr_reader *reader, bool success,
                         const char *what) {
  bool is_empty = reader->at == reader->end && !reader->failed;
  bool flag = lzr_unpack_bool(reader);
  const uint8_t *bytes;
  size_t size;

  if (is_empty)
    return reason_not_sent(what);
  if (flag == success && !reader->failed)
    return NULL;
  bytes = lzr_unpack_bytes(reader, &size);
  return bytes ? make_error(bytes, size, what) : lzr_unpack_end(reader, what);
}

lzr_error *lzr_unpack_error(struct lzr_reader *reader, const char *what) {
  return unpack(reader, false, what);
}

lzr_error *lzr_unpack_expected(struct lzr_reader *reader, const char *what) {
  return unpack(reader, true, what);
}

lzr_error *lzr_unpack_end(const struct lzr_reader *reader, const char *what) {
  return reader->failed
             ? lzr_error_create(LZR_ERROR_FORMAT,
                                "%s: the answer cannot be read", what)
             : NULL;
}
