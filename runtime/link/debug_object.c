/*
 * The object as a debugger wants to see it: the file itself, with each section
 * header saying where its section is. Debuggers apply the relocations of debug
 * sections themselves, as they do for any relocatable file.
 */
#include "runtime/link/image.h"

uint64_t lzr_image_debug_size(const struct lzr_image *image) {
  return image->object->keeps_debug ? image->object->size : 0;
}

void lzr_image_write_debug_object(struct lzr_image *image) {
  const struct lzr_object *object = image->object;
  if (!object->keeps_debug)
    return;
  uint8_t *file = image->rooms[LZR_PROT_CONST].written + image->debug_offset;
  memcpy(file, object->bytes, object->size);
  Elf64_Ehdr header;
  memcpy(&header, object->bytes, sizeof header);
  uint8_t *headers = file + le64toh(header.e_shoff);
  for (uint32_t i = 1; i < object->section_count; i++)
    if (object->sections[i].placed)
      lzr_store_word(headers + (size_t)i * sizeof(Elf64_Shdr) +
                         offsetof(Elf64_Shdr, sh_addr),
                     object->sections[i].address);
}
