/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The object as debuggers read it: the file itself, with each section's address
 * in its section header. Debuggers apply the relocations of debug sections
 * themselves, as they do for any relocatable file.
 */
#include "runtime/link/image.h"

uint64_t lzr_image_debug_size(const struct lzr_image *image) {
  return image->object->keeps_debug ? image->object->size : 0;
}

void lzr_image_write_debug_object(struct lzr_image *image) {
  const struct lzr_object *object = image->object;
  if (!object->keeps_debug)
    return;
  uint8_t *file = image->segments[LZR_PROT_CONST].written + image->debug_offset;
  memcpy(file, object->bytes, object->size);
  Elf64_Ehdr header;
  memcpy(&header, object->bytes, sizeof header);
  uint8_t *headers = file + le64toh(header.e_shoff);
  for (uint32_t i = 1; i < object->section_count; i++) {
    const struct lzr_section *section = &object->sections[i];
    if (section->placed && section->header)
      lzr_store_word(headers + (size_t)section->header * sizeof(Elf64_Shdr) +
                         offsetof(Elf64_Shdr, sh_addr),
                     section->address);
  }
}
