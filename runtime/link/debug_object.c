/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The files that show an object to debuggers, in the image's constants. If
 * debug information is kept, that is the object's own file, with each section's
 * address in its section header; debuggers apply the relocations of debug
 * sections themselves, as they do for any relocatable file. Otherwise it is
 * what brief_object.c makes.
 */
#include "runtime/link/image.h"

lzr_error *lzr_image_list_debug_files(struct lzr_image *image) {
  struct lzr_object *object = image->object;
  if (!object->keeps_debug && !object->keeps_names)
    return NULL;
  image->debug_files =
      lzr_arena_alloc(&object->arena, lzr_object_count_unwind(object) + 1,
                      sizeof *image->debug_files);
  if (!image->debug_files)
    return lzr_out_of_memory();
  image->debug_file_count = 1;
  if (object->keeps_debug)
    image->debug_files[0].size = object->size;
  else
    image->debug_file_count = lzr_image_list_brief(object, image->debug_files);
  return NULL;
}

/* The object's own file. */
static void write_whole(const struct lzr_object *object, uint8_t *file) {
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

void lzr_image_write_debug_files(struct lzr_image *image) {
  for (size_t i = 0; i < image->debug_file_count; i++) {
    const struct lzr_debug_file *file = &image->debug_files[i];
    uint8_t *bytes = image->segments[LZR_PROT_CONST].written + file->offset;
    if (image->object->keeps_debug)
      write_whole(image->object, bytes);
    else
      lzr_image_write_brief(image, file, bytes);
  }
}
