/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which LLVM wrote some bitcode. Bitcode of this LLVM says so; newer bitcode is
   refused, and damaged bitcode says nothing. */
#include <criterion/criterion.h>
#include <llvm-c/Core.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/llvm/bitcode.h"
#include "runtime/llvm/producer.h"
#include "runtime/llvm/source.h"

static char *bitcode;
static size_t size;

static void write_bitcode(void) {
  static const char text[] = "define i32 @f() {\n  ret i32 1\n}\n";
  cr_assert_null(
      lzr_bitcode_from_bytes("f.ll", text, sizeof text - 1, &bitcode, &size));
}
static void free_bitcode(void) {
  free(bitcode);
}
TestSuite(unit_producer, .init = write_bitcode, .fini = free_bitcode,
          .timeout = 30);

/* The first character of the version is six bits of the file: which ones, the
   reader tells. */
static void make_newer(void) {
  char before[LZR_PRODUCER_SIZE], after[LZR_PRODUCER_SIZE];
  cr_assert(lzr_bitcode_producer(bitcode, size, before));
  for (size_t bit = 64; bit < 64 * 8; bit++) {
    bitcode[bit / 8] ^= (char)(1 << bit % 8);
    if (lzr_bitcode_producer(bitcode, size, after) &&
        strncmp(after, "LLVM", 4) == 0 && after[4] > before[4] &&
        after[4] <= '9')
      return;
    bitcode[bit / 8] ^= (char)(1 << bit % 8);
  }
  cr_assert(false, "no bit makes '%s' newer", before);
}

Test(unit_producer, is_the_llvm_that_wrote_it) {
  char producer[LZR_PRODUCER_SIZE], expected[LZR_PRODUCER_SIZE];
  unsigned major, minor, patch;
  LLVMGetVersion(&major, &minor, &patch);
  snprintf(expected, sizeof expected, "LLVM%u.%u.%u", major, minor, patch);
  cr_assert(lzr_bitcode_producer(bitcode, size, producer));
  cr_expect_str_eq(producer, expected);
  cr_expect_null(lzr_bitcode_check_producer(bitcode, size));
}

Test(unit_producer, is_found_behind_a_header) {
  char producer[LZR_PRODUCER_SIZE];
  unsigned header[5] = {0x0b17c0de, 0, 20, (unsigned)size, 0};
  char *wrapped = malloc(size + 20);
  memcpy(wrapped, header, 20);
  memcpy(wrapped + 20, bitcode, size);
  cr_expect(lzr_bitcode_producer(wrapped, size + 20, producer));
  free(wrapped);
}

Test(unit_producer, a_newer_one_is_refused_by_both_versions) {
  char producer[LZR_PRODUCER_SIZE], mine[32];
  unsigned major, minor, patch;
  make_newer();
  cr_assert(lzr_bitcode_producer(bitcode, size, producer));
  lzr_error *error = lzr_bitcode_check_producer(bitcode, size);
  cr_assert_not_null(error);
  LLVMGetVersion(&major, &minor, &patch);
  snprintf(mine, sizeof mine, "%u.%u.%u", major, minor, patch);
  cr_expect(strstr(lzr_error_message(error), producer + 4));
  cr_expect(strstr(lzr_error_message(error), mine));
  lzr_error_destroy(error);
}

Test(unit_producer, nothing_is_read_behind_the_end) {
  char producer[LZR_PRODUCER_SIZE];
  for (size_t length = 0; length < 64; length++) {
    char *part = malloc(length ? length : 1);
    memcpy(part, bitcode, length);
    bool found = lzr_bitcode_producer(part, length, producer);
    cr_expect(!found || length > 16, "found in %zu bytes", length);
    free(part);
  }
}

Test(unit_producer, survives_any_change_of_a_bit) {
  char producer[LZR_PRODUCER_SIZE];
  size_t length = size < 80 ? size : 80;
  for (size_t bit = 0; bit < length * 8; bit++) {
    bitcode[bit / 8] ^= (char)(1 << bit % 8);
    if (lzr_bitcode_producer(bitcode, length, producer))
      cr_expect(strlen(producer) < LZR_PRODUCER_SIZE);
    bitcode[bit / 8] ^= (char)(1 << bit % 8);
  }
}
