/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/link/lines.h"

#include <criterion/criterion.h>

#include "tests/link_fixture.h"

static const char source[] = ".file 1 \"/src\" \"a.c\"\n"
                             ".file 2 \"/include/b.h\"\n"
                             "f: .loc 1 5 0\nnop\n"
                             ".loc 2 300 0\nnop\n"
                             ".loc 1 4 0\nret\n"
                             ".section .text.g,\"ax\"\n"
                             "g: .loc 1 9 0\nnop\nret\n";

static lzr_object *parse(const struct file *file) {
  lzr_object *object = NULL;
  lzr_error_destroy(lzr_object_parse(arch_of(X86_64), "test", file->bytes,
                                     file->size, &object));
  return object;
}

static void expect_line(const lzr_object *object, const struct lzr_line *line,
                        const char *section, uint64_t offset, uint32_t number,
                        const char *directory, const char *file) {
  cr_expect_str_eq(object->sections[line->section].name, section);
  cr_expect_eq(line->offset, offset);
  cr_expect_eq(line->line, number);
  cr_expect_str_eq(line->directory, directory);
  cr_expect_str_eq(line->file, file);
}

Test(link_lines, are_listed_by_section_and_offset) {
  struct file file = assemble(X86_64, source);
  lzr_object *object = parse(&file);
  struct lzr_line *lines;
  size_t count;
  cr_assert(object && lzr_object_list_lines(object, &lines, &count));
  cr_assert_eq(count, 4);
  expect_line(object, &lines[0], ".text", 0, 5, "/src", "a.c");
  expect_line(object, &lines[1], ".text", 1, 300, "/include", "b.h");
  expect_line(object, &lines[2], ".text", 2, 4, "/src", "a.c");
  expect_line(object, &lines[3], ".text.g", 0, 9, "/src", "a.c");
  lzr_object_destroy(object);
  free(file.bytes);
}

Test(link_lines, an_object_may_have_none) {
  struct file file = assemble(X86_64, "f: ret\n");
  lzr_object *object = parse(&file);
  struct lzr_line *lines;
  size_t count;
  cr_assert(object && lzr_object_list_lines(object, &lines, &count));
  cr_expect_eq(count, 0);
  lzr_object_destroy(object);
  free(file.bytes);
}

/* Whatever the table says, what is listed lies in the file. */
static void read_all(const struct file *file) {
  lzr_object *object = parse(file);
  struct lzr_line *lines;
  size_t count;
  if (!object || !lzr_object_list_lines(object, &lines, &count)) {
    lzr_object_destroy(object);
    return;
  }
  for (size_t i = 0; i < count; i++) {
    cr_assert_lt(lines[i].section, object->section_count);
    cr_assert_lt(strlen(lines[i].file) + strlen(lines[i].directory),
                 2 * file->size);
  }
  lzr_object_destroy(object);
}

Test(link_lines, may_be_damaged) {
  struct file file = assemble(X86_64, source);
  lzr_object *object = parse(&file);
  cr_assert(object);
  uint64_t start = 0, size = 0;
  for (uint32_t i = 1; i < object->section_count; i++)
    if (strcmp(object->sections[i].name, ".debug_line") == 0) {
      start = (uint64_t)(object->sections[i].bytes - file.bytes);
      size = object->sections[i].size;
    }
  lzr_object_destroy(object);
  cr_assert(size);
  for (uint64_t i = start; i < start + size; i++)
    for (int bit = 0; bit < 8; bit++) {
      file.bytes[i] ^= (uint8_t)(1 << bit);
      read_all(&file);
      file.bytes[i] ^= (uint8_t)(1 << bit);
    }
  free(file.bytes);
}
