/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tpc/wire/result.h"

#include <stdio.h>

#include "tpc/base/text.h"

enum { TEXT_MAX = 1024 };

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

/* Joined errors of a peer are the lines of one string; what else may have made
   a line of it is not known here, so they are put onto one line. A sentence
   that is empty says nothing. */
static lzr_error *make_error(const uint8_t *bytes, size_t size,
                             const char *what) {
  char text[TEXT_MAX + 1], line[TEXT_MAX];

  snprintf(text, sizeof text, "%.*s", size < TEXT_MAX ? (int)size : TEXT_MAX,
           (const char *)bytes);
  lzr_text_join_lines(text, line, sizeof line);
  return *line ? lzr_error_create(LZR_ERROR_TARGET, "%s", line)
               : reason_not_sent(what);
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
