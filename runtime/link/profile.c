/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * What profilers are told of an image: a struct lzr_profiled_function for each
 * of its functions, in the constants.
 */
#include "runtime/link/image.h"

static bool is_profiled(const struct lzr_object *object,
                        const struct lzr_object_symbol *symbol) {
  const struct lzr_section *section = lzr_object_symbol_section(object, symbol);
  return section && section->flags & SHF_EXECINSTR &&
         symbol->type == STT_FUNC && symbol->size && symbol->name[0];
}

static uint64_t size_of(uint64_t name_size) {
  uint64_t size = sizeof(struct lzr_profiled_function) + name_size;
  return (size + LZR_WORD_SIZE - 1) & ~(uint64_t)(LZR_WORD_SIZE - 1);
}

uint64_t lzr_image_profile_size(const struct lzr_image *image) {
  const struct lzr_object *object = image->object;
  uint64_t size = 0;
  for (uint32_t i = 1; i < object->symbol_count && object->profile; i++)
    if (is_profiled(object, &object->symbols[i]))
      size += size_of(strlen(object->symbols[i].name) + 1);
  return size;
}

void lzr_image_write_profile(struct lzr_image *image) {
  const struct lzr_object *object = image->object;
  uint8_t *next =
      image->segments[LZR_PROT_CONST].written + image->profile_offset;
  for (uint32_t i = 1; i < object->symbol_count && image->profile_size; i++) {
    const struct lzr_object_symbol *symbol = &object->symbols[i];
    if (!is_profiled(object, symbol))
      continue;
    const struct lzr_section *section =
        lzr_object_symbol_section(object, symbol);
    uint64_t name_size = strlen(symbol->name) + 1;
    struct lzr_profiled_function raw = {
        .address = htole64(section->address + symbol->value),
        .size = htole64(symbol->size),
        .name_size = htole64(name_size)};
    memcpy(next, &raw, sizeof raw);
    memcpy(next + sizeof raw, symbol->name, name_size);
    next += size_of(name_size);
  }
}
