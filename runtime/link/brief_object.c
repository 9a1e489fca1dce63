/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Debug objects where no debug information is kept: what stubs/debug_file.h
 * writes. There is one for each .eh_frame section, because debuggers read one
 * section of that name; the first has all symbols.
 */
#include "runtime/link/image.h"
#include "stubs/debug_file.h"

static bool is_function(const struct lzr_object *object,
                        const struct lzr_object_symbol *symbol) {
  const struct lzr_section *section = lzr_object_symbol_section(object, symbol);
  bool is_label =
      symbol->type == STT_NOTYPE && lzr_object_symbol_is_global(symbol);
  return section && section->flags & SHF_EXECINSTR &&
         (symbol->type == STT_FUNC || is_label) && symbol->name[0];
}

/* What file is about; addresses and bytes are known once there is an image. */
static struct lzr_debug_content content_of(const struct lzr_debug_file *file) {
  return (struct lzr_debug_content){
      .unwind = file->unwind ? file->unwind->address : 0,
      .unwind_bytes = file->unwind ? file->unwind->written : NULL,
      .unwind_size = file->unwind ? file->unwind->size : 0,
      .symbol_count = file->symbol_count,
      .names_size = file->names_size};
}

static void measure(const struct lzr_object *object, bool has_symbols,
                    struct lzr_debug_file *file) {
  for (uint32_t i = 1; i < object->symbol_count && has_symbols; i++)
    if (is_function(object, &object->symbols[i])) {
      file->symbol_count++;
      file->names_size += strlen(object->symbols[i].name) + 1;
    }
  struct lzr_debug_content content = content_of(file);
  file->size = lzr_debug_file_size(&content);
}

size_t lzr_image_list_brief(const struct lzr_object *object,
                            struct lzr_debug_file *files) {
  size_t count = 0;
  for (uint32_t i = 1; i < object->section_count; i++)
    if (lzr_section_is_unwind(&object->sections[i])) {
      files[count] = (struct lzr_debug_file){.unwind = &object->sections[i]};
      measure(object, count == 0, &files[count]);
      count++;
    }
  if (count)
    return count;
  files[0] = (struct lzr_debug_file){0};
  measure(object, true, &files[0]);
  return files[0].symbol_count ? 1 : 0;
}

void lzr_image_write_brief(const struct lzr_image *image,
                           const struct lzr_debug_file *file, uint8_t *bytes) {
  const struct lzr_object *object = image->object;
  struct lzr_debug_content content = content_of(file);
  struct lzr_debug_symbols symbols;
  content.code = image->segments[LZR_PROT_CODE].address;
  content.code_size = image->segments[LZR_PROT_CODE].size;
  lzr_debug_file_write(&content, object->arch, bytes, &symbols);
  for (uint32_t i = 1; i < object->symbol_count && file->symbol_count; i++) {
    const struct lzr_object_symbol *symbol = &object->symbols[i];
    if (is_function(object, symbol))
      lzr_debug_file_add(&symbols, symbol->name,
                         lzr_object_symbol_section(object, symbol)->address +
                             symbol->value,
                         symbol->size);
  }
}
