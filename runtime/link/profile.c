/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What profilers are told of an image: a struct lzr_profiled_function for each
 * of its functions, in the constants; and for a jitdump file the function's
 * lines, if debug information is kept.
 */
#include "runtime/link/image.h"
#include "runtime/link/lines.h"

static bool is_profiled(const struct lzr_object *object,
                        const struct lzr_object_symbol *symbol) {
  const struct lzr_section *section = lzr_object_symbol_section(object, symbol);
  return section && section->flags & SHF_EXECINSTR &&
         symbol->type == STT_FUNC && symbol->size && symbol->name[0];
}

static uint64_t align(uint64_t size) {
  return (size + LZR_WORD_SIZE - 1) & ~(uint64_t)(LZR_WORD_SIZE - 1);
}

/* Lines. */

struct line_slice {
  const struct lzr_line *lines;
  size_t count;
};

/* The index of the first line that is not before a place. */
static size_t find_line(const struct lzr_image *image, uint32_t section,
                        uint64_t offset) {
  size_t low = 0, high = image->line_count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const struct lzr_line *line = &image->lines[middle];
    bool is_before = line->section != section ? line->section < section
                                              : line->offset < offset;
    if (is_before)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static struct line_slice lines_of(const struct lzr_image *image,
                                  const struct lzr_object_symbol *symbol) {
  size_t first = find_line(image, symbol->section, symbol->value);
  size_t end = find_line(image, symbol->section, symbol->value + symbol->size);
  return (struct line_slice){image->lines ? image->lines + first : NULL,
                             end > first ? end - first : 0};
}

static uint64_t size_of_line(const struct lzr_line *line) {
  size_t directory = strlen(line->directory);
  return sizeof(struct lzr_profiled_line) + directory + (directory ? 1 : 0) +
         strlen(line->file) + 1;
}

static uint64_t size_of_lines(struct line_slice range) {
  uint64_t size = 0;
  for (size_t i = 0; i < range.count; i++)
    size += size_of_line(&range.lines[i]);
  return size;
}

static uint8_t *write_text(uint8_t *next, const char *text) {
  size_t size = strlen(text);
  memcpy(next, text, size);
  return next + size;
}

static uint8_t *write_line(uint8_t *next, const struct lzr_line *line,
                           lzr_addr section) {
  struct lzr_profiled_line raw = {.address = htole64(section + line->offset),
                                  .line = htole32(line->line)};
  memcpy(next, &raw, sizeof raw);
  next = write_text(next + sizeof raw, line->directory);
  next = write_text(next, *line->directory ? "/" : "");
  next = write_text(next, line->file);
  *next = 0;
  return next + 1;
}

/* Functions. */

static uint64_t size_of(const struct lzr_image *image,
                        const struct lzr_object_symbol *symbol) {
  return align(sizeof(struct lzr_profiled_function) + strlen(symbol->name) + 1 +
               size_of_lines(lines_of(image, symbol)));
}

lzr_error *lzr_image_measure_profile(struct lzr_image *image) {
  struct lzr_object *object = image->object;
  bool has_lines = object->profile == LZR_ACTION_JITDUMP && object->keeps_debug;
  if (has_lines &&
      !lzr_object_list_lines(object, &image->lines, &image->line_count))
    return lzr_out_of_memory();
  for (uint32_t i = 1; i < object->symbol_count && object->profile; i++)
    if (is_profiled(object, &object->symbols[i]))
      image->profile_size += size_of(image, &object->symbols[i]);
  return NULL;
}

static void write_function(const struct lzr_image *image,
                           const struct lzr_object_symbol *symbol,
                           uint8_t *bytes) {
  const struct lzr_section *section =
      lzr_object_symbol_section(image->object, symbol);
  struct line_slice range = lines_of(image, symbol);
  uint64_t name_size = strlen(symbol->name) + 1;
  struct lzr_profiled_function raw = {
      .address = htole64(section->address + symbol->value),
      .size = htole64(symbol->size),
      .name_size = htole64(name_size),
      .line_count = htole64(range.count),
      .lines_size = htole64(size_of_lines(range))};
  memcpy(bytes, &raw, sizeof raw);
  memcpy(bytes + sizeof raw, symbol->name, name_size);
  uint8_t *next = bytes + sizeof raw + name_size;
  for (size_t i = 0; i < range.count; i++)
    next = write_line(next, &range.lines[i], section->address);
}

void lzr_image_write_profile(struct lzr_image *image) {
  const struct lzr_object *object = image->object;
  uint8_t *next =
      image->segments[LZR_PROT_CONST].written + image->profile_offset;
  for (uint32_t i = 1; i < object->symbol_count && image->profile_size; i++) {
    if (!is_profiled(object, &object->symbols[i]))
      continue;
    write_function(image, &object->symbols[i], next);
    next += size_of(image, &object->symbols[i]);
  }
}
