/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads the line table of an object file. What must never happen: a line of no
 * section, of no source or with the number 0, or lines out of order.
 */
#include "runtime/link/lines.h"
#include "tests/fuzz/elf_mutator.h"
#include "tests/fuzz/fuzz.h"

static lzr_object *parse(const uint8_t *bytes, size_t size) {
  lzr_object *object = NULL;
  lzr_error *error = lzr_object_parse(lzr_arch_for_triple("x86_64-linux-gnu"),
                                      "fuzz.o", bytes, size, &object);
  fuzz_end_error(error);
  return error ? NULL : object;
}

static void check_line(const lzr_object *object, const struct lzr_line *line) {
  if (!line->section || line->section >= object->section_count)
    fuzz_fail("a line of no section");
  if (!line->line || !line->file || !line->directory)
    fuzz_fail("a line of no source");
  if (strlen(line->file) + strlen(line->directory) > object->size)
    fuzz_fail("a name from elsewhere");
}

static bool is_before(const struct lzr_line *line,
                      const struct lzr_line *other) {
  return line->section < other->section ||
         (line->section == other->section && line->offset <= other->offset);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size) {
  uint8_t *copy = fuzz_copy(bytes, size);
  lzr_object *object = parse(copy, size);
  struct lzr_line *lines = NULL;
  size_t count = 0;
  if (object && lzr_object_list_lines(object, &lines, &count))
    for (size_t i = 0; i < count; i++) {
      check_line(object, &lines[i]);
      if (i && !is_before(&lines[i - 1], &lines[i]))
        fuzz_fail("lines are out of order");
    }
  lzr_object_destroy(object);
  free(copy);
  return 0;
}

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t max);
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t max,
                               unsigned seed);

/* Changes the table where it lies. */
static bool mutate_table(uint8_t *bytes, size_t size) {
  lzr_object *object = parse(bytes, size);
  bool found = false;
  for (uint32_t i = 1; object && !found && i < object->section_count; i++) {
    const struct lzr_section *section = &object->sections[i];
    found = section->bytes && section->size &&
            strncmp(section->name, ".debug_line", 11) == 0;
    if (found)
      LLVMFuzzerMutate(bytes + (section->bytes - bytes), section->size,
                       section->size);
  }
  lzr_object_destroy(object);
  return found;
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t size, size_t max,
                               unsigned seed) {
  if (seed % 4 && mutate_table(bytes, size))
    return size;
  return mutate_elf(bytes, size, max, seed);
}
