/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What kind of file some bytes are. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/module/format.h"
#include "runtime/module/format_bitcode.h"
#include "tests/object_world.h"

TestSuite(format, .fini = remove_objects, .timeout = 60);

static enum lzr_format recognize(const char *bytes, size_t size,
                                 size_t *offset) {
  uint8_t *copy = malloc(size); /* exactly, so that a sanitizer sees more */
  memcpy(copy, bytes, size);
  enum lzr_format format = lzr_format_recognize(copy, size, offset);
  free(copy);
  return format;
}

static void is(const char *text, enum lzr_format format, size_t offset) {
  size_t found;
  cr_expect_eq(recognize(text, strlen(text), &found), format, "%s", text);
  cr_expect_eq(found, offset, "%s", text);
}

Test(format, tells_texts_apart) {
  is("", LZR_FORMAT_EMPTY, 0);
  is(" \n\t\n", LZR_FORMAT_EMPTY, 0);
  is("; ModuleID = 'x'\nsource_filename = \"x\"\n", LZR_FORMAT_IR_TEXT, 0);
  is("\n\ntarget triple = \"x\"\n", LZR_FORMAT_IR_TEXT, 0);
  is("define i32 @f() {\n", LZR_FORMAT_IR_TEXT, 0);
  is("declare i32 @f()\n", LZR_FORMAT_IR_TEXT, 0);
  is("@x = global i32 0\n", LZR_FORMAT_IR_TEXT, 0);
  is("%t = type { i32 }\n", LZR_FORMAT_IR_TEXT, 0);
  is("attributes #0 = { nounwind }\n", LZR_FORMAT_IR_TEXT, 0);
  is("module asm \"ret\"\n", LZR_FORMAT_IR_TEXT, 0);
  is("; only this", LZR_FORMAT_IR_TEXT, 0);
  is("#include <stdio.h>\n", LZR_FORMAT_C_SOURCE, 0);
  is("// hello\nint main;\n", LZR_FORMAT_C_SOURCE, 0);
  is("/* hello */\n", LZR_FORMAT_C_SOURCE, 0);
  is("\nstatic int x;\n", LZR_FORMAT_C_SOURCE, 0);
  is("integer x;\n", LZR_FORMAT_UNKNOWN, 0);
  is("\t.file \"x.c\"\n", LZR_FORMAT_ASSEMBLY, 0);
  is("# comment\n\t.text\n", LZR_FORMAT_ASSEMBLY, 0);
  is("/* GNU ld script */\nGROUP ( libm.so.6 )\n", LZR_FORMAT_LINKER_SCRIPT, 0);
  is("hello\n", LZR_FORMAT_UNKNOWN, 0);
}

Test(format, skips_a_first_line_in_front_of_what_runs) {
  is("#!/usr/bin/lazyrun\nBC\xc0\xde", LZR_FORMAT_BITCODE, 19);
  is("#!/usr/bin/lazyrun\n; x\ndefine i32 @f() {\n", LZR_FORMAT_IR_TEXT, 19);
  is("#!/bin/sh\necho\n", LZR_FORMAT_SCRIPT, 0);
  is("#!/bin/sh\ndeclare -a x\n", LZR_FORMAT_SCRIPT, 0);
  is("#!/bin/sh", LZR_FORMAT_SCRIPT, 0);
  is("#!", LZR_FORMAT_SCRIPT, 0);
}

Test(format, knows_magic_numbers) {
  size_t offset;
  is("BC\xc0\xde", LZR_FORMAT_BITCODE, 0);
  is("\xde\xc0\x17\x0b", LZR_FORMAT_BITCODE, 0);
  is("!<arch>\n", LZR_FORMAT_ARCHIVE, 0);
  is("!<thin>\n", LZR_FORMAT_THIN_ARCHIVE, 0);
  is("!<arch>", LZR_FORMAT_UNKNOWN, 0);
  is("\xcf\xfa\xed\xfe", LZR_FORMAT_MACH_O, 0);
  cr_expect_eq(recognize("\xca\xfe\xba\xbe\0\0\0\2", 8, &offset),
               LZR_FORMAT_MACH_O);
  cr_expect_eq(recognize("\xca\xfe\xba\xbe\0\0\0\x41", 8, &offset),
               LZR_FORMAT_JAVA);
  cr_expect_eq(recognize("\0asm\1\0\0\0", 8, &offset), LZR_FORMAT_WASM);
  is("MZ", LZR_FORMAT_PE, 0);
  is("\x64\x86\x01", LZR_FORMAT_COFF, 0);
  is("CPCH", LZR_FORMAT_PRECOMPILED, 0);
}

static enum lzr_format format_of(const char *path) {
  size_t size, offset;
  uint8_t *bytes = read_file(path, &size);
  enum lzr_format format = lzr_format_recognize(bytes, size, &offset);
  for (size_t cut = 0; cut < size && cut < 1024; cut++) { /* never crashes */
    uint8_t *part = malloc(cut ? cut : 1);
    memcpy(part, bytes, cut);
    lzr_format_recognize(part, cut, &offset);
    free(part);
  }
  free(bytes);
  return format;
}

Test(format, tells_elf_files_apart) {
  static const char text[] = "int main(void) { return 0; }\n";
  char object[128];
  snprintf(object, sizeof object, "%s", compile_text("gcc", "c", text));
  cr_expect_eq(format_of(object), LZR_FORMAT_OBJECT);
  const struct {
    const char *options;
    enum lzr_format format;
  } links[] = {{"", LZR_FORMAT_EXECUTABLE},
               {"-no-pie", LZR_FORMAT_EXECUTABLE},
               {"-static", LZR_FORMAT_EXECUTABLE},
               {"-static-pie", LZR_FORMAT_EXECUTABLE},
               {"-shared", LZR_FORMAT_SHARED_LIBRARY},
               {"-r", LZR_FORMAT_OBJECT}};
  for (size_t i = 0; i < sizeof links / sizeof *links; i++) {
    const char *linked = path_of("linked");
    cr_assert(run_command("gcc %s %s -o %s", links[i].options, object, linked));
    cr_expect_eq(format_of(linked), links[i].format, "%s", links[i].options);
  }
  cr_expect_eq(format_of("/lib64/ld-linux-x86-64.so.2"),
               LZR_FORMAT_SHARED_LIBRARY);
}

Test(format, fat_objects_are_objects) {
  static const char text[] = "int f(void) { return 0; }\n";
  cr_expect_eq(
      format_of(compile_text("gcc -flto -ffat-lto-objects", "c", text)),
      LZR_FORMAT_OBJECT);
  cr_expect_eq(
      format_of(compile_text(LZR_LLVM_BIN "/clang -fembed-bitcode", "c", text)),
      LZR_FORMAT_OBJECT);
  cr_expect_eq(format_of(compile_text(
                   LZR_LLVM_BIN "/clang -flto -ffat-lto-objects", "c", text)),
               LZR_FORMAT_OBJECT);
}

/* What is said. */

static void says(enum lzr_format format, const char *part) {
  lzr_error *error = lzr_format_check("some/file", format);
  cr_assert(error);
  cr_expect_eq(lzr_error_get_kind(error), LZR_ERROR_FORMAT);
  const char *message = lzr_error_message(error);
  cr_expect_eq(strncmp(message, "some/file: ", 11), 0, "%s", message);
  cr_expect(strstr(message, part), "%s", message);
  lzr_error_destroy(error);
}

Test(format, every_file_that_cannot_run_gets_a_sentence) {
  for (int format = 0; format <= LZR_FORMAT_UNKNOWN; format++) {
    lzr_error *error = lzr_format_check("x", (enum lzr_format)format);
    cr_expect_eq(error == NULL, format <= LZR_FORMAT_THIN_ARCHIVE);
    cr_expect(!error || !strstr(lzr_error_message(error), "(null)"));
    lzr_error_destroy(error);
  }
  says(LZR_FORMAT_EXECUTABLE, "an executable (ELF)");
  says(LZR_FORMAT_EXECUTABLE, "clang -emit-llvm -c");
  says(LZR_FORMAT_SHARED_LIBRARY, "-l");
  says(LZR_FORMAT_C_SOURCE, "C or C++");
  says(LZR_FORMAT_SCRIPT, "interpreter");
}

/* Bitcode. */

static uint8_t *bitcode(const char *options, const char *text, size_t *size) {
  char compiler[512];
  snprintf(compiler, sizeof compiler, LZR_LLVM_BIN "/clang++ -emit-llvm %s",
           options);
  return read_file(compile_text(compiler, "cc", text), size);
}

static const char class_text[] =
    "struct A { virtual int f() { return 1; } virtual ~A() {} };\n"
    "int g(A *a) { return a->f(); } A *h() { return new A; }\n";

Test(format, counts_the_modules_of_bitcode) {
  size_t size;
  uint8_t *one = bitcode("", class_text, &size);
  cr_expect_eq(lzr_bitcode_count_modules(one, size), 1);
  cr_expect_eq(lzr_bitcode_check_single("x", one, size), NULL);
  for (size_t cut = 0; cut < size; cut++) {
    uint8_t *part = malloc(cut ? cut : 1);
    memcpy(part, one, cut);
    cr_expect_leq(lzr_bitcode_count_modules(part, cut), 1);
    free(part);
  }
  free(one);
  uint8_t *two = bitcode("-flto=thin -fvisibility=hidden -fsanitize=cfi",
                         class_text, &size);
  cr_expect_eq(lzr_bitcode_count_modules(two, size), 2);
  lzr_error *error = lzr_bitcode_check_single("two.bc", two, size);
  cr_assert(error);
  cr_expect_eq(lzr_error_get_kind(error), LZR_ERROR_UNSUPPORTED);
  cr_expect(strstr(lzr_error_message(error), "two.bc: 2 modules"), "%s",
            lzr_error_message(error));
  lzr_error_destroy(error);
  free(two);
  cr_expect_eq(lzr_bitcode_count_modules((const uint8_t *)"hello", 5), 0);
}

Test(format, counts_modules_in_a_wrapper) {
  size_t size;
  uint8_t *one = bitcode("", class_text, &size);
  uint8_t *wrapped = calloc(1, 20 + size);
  const uint32_t header[] = {0x0b17c0de, 0, 20, (uint32_t)size, 7};
  memcpy(wrapped, header, 20);
  memcpy(wrapped + 20, one, size);
  cr_expect_eq(lzr_bitcode_count_modules(wrapped, 20 + size), 1);
  for (size_t field = 8; field < 16; field++) { /* offset and size */
    wrapped[field] ^= 0xff;
    cr_expect_leq(lzr_bitcode_count_modules(wrapped, 20 + size), 1);
    wrapped[field] ^= 0xff;
  }
  free(wrapped);
  free(one);
}
