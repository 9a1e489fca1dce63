/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/module/format_bitcode.h"

#include "runtime/module/bitstream.h"

enum { MODULE_BLOCK = 8 };

size_t lzr_bitcode_count_modules(const uint8_t *bytes, size_t size) {
  struct lzr_bitstream stream;
  size_t count = 0;
  if (!lzr_bitstream_open(&stream, bytes, size))
    return 0;
  while (lzr_bitstream_read(&stream, 2) == LZR_BITSTREAM_ENTER_BLOCK) {
    struct lzr_bitstream_block block = lzr_bitstream_read_block(&stream);
    if (stream.exhausted)
      break;
    count += block.kind == MODULE_BLOCK;
    lzr_bitstream_skip(&stream, block.words);
  }
  return count;
}

lzr_error *lzr_bitcode_check_single(const char *name, const uint8_t *bytes,
                                    size_t size) {
  size_t count = lzr_bitcode_count_modules(bytes, size);
  if (count < 2)
    return NULL;
  return lzr_error_create(
      LZR_ERROR_UNSUPPORTED,
      "%s: %zu modules in one bitcode file, as 'clang -flto=thin' makes them "
      "with -fsanitize=cfi or -fwhole-program-vtables; compile with -flto, or "
      "without",
      name, count);
}
