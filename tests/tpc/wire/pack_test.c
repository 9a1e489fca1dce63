/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tests/wire_support.h"

#include "tpc/wire/pack.h"
#include "tpc/wire/result.h"

TestSuite(wire_pack, .timeout = 120);
TestSuite(wire_result, .timeout = 120);

static void expect_bytes(struct lzr_writer *writer, const void *bytes,
                         size_t size) {
  cr_assert_not(writer->failed);
  cr_assert_eq(writer->size, size);
  cr_expect_arr_eq(writer->bytes, bytes, size);
  lzr_writer_fini(writer);
}

Test(wire_pack, is_little_endian_without_padding) {
  struct lzr_writer writer = {0};

  lzr_pack_u8(&writer, 0xfe);
  lzr_pack_bool(&writer, true);
  lzr_pack_u32(&writer, 0x01020304);
  lzr_pack_u64(&writer, 0x0102030405060708);
  lzr_pack_string(&writer, "ab");
  lzr_pack_bytes(&writer, NULL, 0);
  lzr_pack_raw(&writer, "xyz", 3);
  expect_bytes(&writer,
               "\xfe\1\4\3\2\1\10\7\6\5\4\3\2\1\2\0\0\0\0\0\0\0ab"
               "\0\0\0\0\0\0\0\0xyz",
               35);
}

Test(wire_pack, unpacks_what_was_packed) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;
  size_t size;
  char *string;

  lzr_pack_u64(&writer, UINT64_MAX - 1);
  lzr_pack_u32(&writer, UINT32_MAX - 1);
  lzr_pack_u8(&writer, 200);
  lzr_pack_bool(&writer, false);
  lzr_pack_string(&writer, "hello");
  lzr_pack_bytes(&writer, "a\0b", 3);
  for (int i = 0; i < 10000; i++)
    lzr_pack_u32(&writer, (uint32_t)i);
  lzr_reader_init(&reader, writer.bytes, writer.size);
  cr_expect_eq(lzr_unpack_u64(&reader), UINT64_MAX - 1);
  cr_expect_eq(lzr_unpack_u32(&reader), UINT32_MAX - 1);
  cr_expect_eq(lzr_unpack_u8(&reader), 200);
  cr_expect_not(lzr_unpack_bool(&reader));
  string = lzr_unpack_string(&reader);
  cr_expect_str_eq(string, "hello");
  free(string);
  cr_expect_arr_eq(lzr_unpack_bytes(&reader, &size), "a\0b", 3);
  cr_expect_eq(size, 3);
  for (int i = 0; i < 10000; i++)
    cr_expect_eq(lzr_unpack_u32(&reader), (uint32_t)i);
  cr_expect(reader.at == reader.end && !reader.failed);
  lzr_writer_fini(&writer);
}

/* ---- Readers believe nothing ----------------------------------------------
 */

Test(wire_pack, missing_bytes_fail_and_stay_failed) {
  struct lzr_reader reader;

  lzr_reader_init(&reader, "\1\2\3\4\5\6\7", 7);
  cr_expect_eq(lzr_unpack_u64(&reader), 0);
  cr_expect(reader.failed);
  cr_expect_eq(lzr_unpack_u8(&reader), 0, "nothing more comes");
  lzr_reader_init(&reader, NULL, 0);
  cr_expect_eq(lzr_unpack_u8(&reader), 0);
  cr_expect(reader.failed);
}

Test(wire_pack, a_bool_is_0_or_1) {
  struct lzr_reader reader;

  lzr_reader_init(&reader, "\1\2\1", 3);
  cr_expect(lzr_unpack_bool(&reader) && !reader.failed);
  cr_expect_not(lzr_unpack_bool(&reader));
  cr_expect(reader.failed);
}

/* A length of the largest numbers there are, in front of a few bytes. */
Test(wire_pack, lengths_beyond_the_end_fail) {
  static const uint64_t lengths[] = {4,          1u << 31,
                                     UINT64_MAX, UINT64_MAX - 7,
                                     INT64_MAX,  (uint64_t)INT64_MAX + 1};

  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    uint8_t bytes[11] = {0};
    struct lzr_reader reader;
    size_t size = 1;

    lzr_store_le(bytes, 8, lengths[i]);
    lzr_reader_init(&reader, bytes, sizeof bytes);
    cr_expect_null(lzr_unpack_bytes(&reader, &size));
    cr_expect(reader.failed && size == 0);
    lzr_reader_init(&reader, bytes, sizeof bytes);
    cr_expect_null(lzr_unpack_string(&reader));
    lzr_reader_init(&reader, bytes, sizeof bytes);
    cr_expect_eq(lzr_unpack_count(&reader, 1), 0);
    cr_expect(reader.failed);
  }
}

Test(wire_pack, a_count_must_leave_room_for_its_elements) {
  struct lzr_reader reader;

  lzr_reader_init(&reader,
                  "\3\0\0\0\0\0\0\0"
                  "123456",
                  14);
  cr_expect_eq(lzr_unpack_count(&reader, 2), 3);
  cr_expect_not(reader.failed);
  lzr_reader_init(&reader,
                  "\3\0\0\0\0\0\0\0"
                  "12345",
                  13);
  cr_expect_eq(lzr_unpack_count(&reader, 2), 0);
  cr_expect(reader.failed);
  lzr_reader_init(&reader, "\0\0\0\0\0\0\0\x40", 8); /* times 4 it is 0 */
  cr_expect_eq(lzr_unpack_count(&reader, 4), 0);
  cr_expect(reader.failed);
}

Test(wire_pack, a_string_has_no_0_inside) {
  struct lzr_reader reader;

  lzr_reader_init(&reader, "\3\0\0\0\0\0\0\0a\0b", 11);
  cr_expect_null(lzr_unpack_string(&reader));
  cr_expect(reader.failed);
}

/* ---- Results --------------------------------------------------------------
 */

static lzr_error *make_error(void) {
  return lzr_error_create(LZR_ERROR_FILE, "no");
}

Test(wire_result, has_llvms_two_polarities) {
  struct lzr_writer writer = {0};

  lzr_pack_error(&writer, NULL);
  expect_bytes(&writer, "\0", 1);
  lzr_pack_error(&writer, make_error());
  expect_bytes(&writer, "\1\2\0\0\0\0\0\0\0no", 11);
  lzr_pack_expected(&writer);
  expect_bytes(&writer, "\1", 1);
  lzr_pack_unexpected(&writer, make_error());
  expect_bytes(&writer, "\0\2\0\0\0\0\0\0\0no", 11);
}

Test(wire_result, comes_back_with_its_sentence) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;

  lzr_pack_error(&writer, make_error());
  lzr_pack_error(&writer, NULL);
  lzr_pack_unexpected(&writer, make_error());
  lzr_pack_expected(&writer);
  lzr_pack_u8(&writer, 7);
  lzr_reader_init(&reader, writer.bytes, writer.size);
  expect_error(lzr_unpack_error(&reader, "x"), LZR_ERROR_TARGET, "no");
  expect_fine(lzr_unpack_error(&reader, "x"));
  expect_error(lzr_unpack_expected(&reader, "x"), LZR_ERROR_TARGET, "no");
  expect_fine(lzr_unpack_expected(&reader, "x"));
  cr_expect_eq(lzr_unpack_u8(&reader), 7);
  expect_fine(lzr_unpack_end(&reader, "x"));
  lzr_writer_fini(&writer);
}

static lzr_error *unpack(const char *bytes, size_t size) {
  struct lzr_reader reader;

  lzr_reader_init(&reader, bytes, size);
  return lzr_unpack_error(&reader, "looking names up");
}

Test(wire_result, without_a_byte_is_a_failure_without_a_text) {
  struct lzr_reader reader;

  expect_error(unpack("", 0), LZR_ERROR_TARGET,
               "looking names up failed; the reason was not sent");
  lzr_reader_init(&reader, NULL, 0);
  expect_error(lzr_unpack_expected(&reader, "x"), LZR_ERROR_TARGET, "not sent");
}

/* Found by fuzzing: the error had no text at all. */
Test(wire_result, of_an_empty_sentence_is_a_failure_without_a_text) {
  expect_error(unpack("\1\0\0\0\0\0\0\0\0", 9), LZR_ERROR_TARGET,
               "looking names up failed; the reason was not sent");
  expect_error(unpack("\1\3\0\0\0\0\0\0\0\n\0\n", 12), LZR_ERROR_TARGET,
               "not sent");
}

/* Joined errors of the peer's, or lines that somebody else made up. */
Test(wire_result, of_several_lines_is_one) {
  lzr_error *error = unpack("\1\7\0\0\0\0\0\0\0\na\n\nb\n\n", 16);

  cr_expect_str_eq(lzr_error_message(error), "a; b");
  lzr_error_destroy(error);
}

Test(wire_result, that_cannot_be_read_says_whose) {
  expect_error(unpack("\2", 1), LZR_ERROR_FORMAT,
               "looking names up: the answer cannot be read");
  expect_error(unpack("\1", 1), LZR_ERROR_FORMAT, "cannot be read");
  expect_error(unpack("\1\5\0\0\0\0\0\0\0ab", 11), LZR_ERROR_FORMAT,
               "cannot be read");
}

Test(wire_result, escapes_control_characters) {
  lzr_error *error = unpack("\1\x0c\0\0\0\0\0\0\0a\033[2J\nb\rc\177d\x9b", 21);

  cr_expect_str_eq(lzr_error_message(error), "a\\x1b[2J; b\\x0dc\\x7fd\\x9b");
  lzr_error_destroy(error);
}

Test(wire_result, is_cut_after_1023_bytes) {
  struct lzr_writer writer = {0};
  struct lzr_reader reader;
  char *text = malloc(100000);
  lzr_error *error;

  memset(text, 'x', 99999);
  text[99999] = '\0';
  lzr_pack_bool(&writer, true);
  lzr_pack_string(&writer, text);
  lzr_reader_init(&reader, writer.bytes, writer.size);
  error = lzr_unpack_error(&reader, "x");
  cr_expect_eq(strlen(lzr_error_message(error)), 1023);
  lzr_error_destroy(error);
  lzr_writer_fini(&writer);
  free(text);
}
