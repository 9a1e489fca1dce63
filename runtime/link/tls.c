/*
 * The description of an image's thread-local variables, as the target reads it.
 */
#include "runtime/link/image.h"

_Static_assert(sizeof(struct lzr_tls_template) == 5 * LZR_WORD_SIZE,
               "the template is five words");

void lzr_image_write_template(struct lzr_image *image) {
  if (!image->has_tls)
    return;
  lzr_addr bytes =
      image->tls_image_size
          ? image->rooms[LZR_PROT_CONST].address + image->tls_image_offset
          : 0;
  const uint64_t words[] = {0, bytes, image->tls_image_size, image->tls_size,
                            image->tls_align};
  uint8_t *place = image->rooms[LZR_PROT_DATA].written + image->template_offset;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    lzr_store_word(place + i * LZR_WORD_SIZE, words[i]);
}

lzr_addr lzr_image_tls_template(const lzr_image *image) {
  return image->has_tls
             ? image->rooms[LZR_PROT_DATA].address + image->template_offset
             : 0;
}
