/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * The tables beside the sections. A symbol has at most one GOT word, one pair
 * { module, offset }, one TLS descriptor and one PLT entry; layout.c reserves
 * space for those that may be needed, and the relocations that need one fill it
 * in. All are written before the commit and never change after it: what changes
 * are slots and call words, which are not the image's.
 */
#include "runtime/link/image.h"

lzr_addr lzr_image_got_base(const struct lzr_image *image) {
  return image->segments[LZR_PROT_CONST].address + image->got_offset;
}

static lzr_addr put_got_word(struct lzr_image *image, uint32_t index,
                             uint64_t value) {
  uint64_t offset = image->got_offset + (uint64_t)index * LZR_WORD_SIZE;
  struct lzr_segment_layout *segment = &image->segments[LZR_PROT_CONST];
  lzr_store_word(segment->written + offset, value);
  return segment->address + offset;
}

/* A word through which code only calls may hold the body. If code can compare
   the word's value, it must be the symbol's address. */
lzr_addr lzr_image_got_word(struct lzr_image *image,
                            const struct lzr_object_symbol *symbol) {
  bool seen = symbol->uses & LZR_USE_GOT;
  uint64_t value = !seen && symbol->body ? symbol->body : symbol->address;
  return put_got_word(image, symbol->got, value);
}

lzr_addr lzr_image_got_pair(struct lzr_image *image,
                            const struct lzr_object_symbol *symbol) {
  put_got_word(image, symbol->pair + 1, symbol->tls_offset);
  return put_got_word(image, symbol->pair, symbol->tls_module);
}

lzr_addr lzr_image_tls_descriptor(struct lzr_image *image,
                                  const struct lzr_object_symbol *symbol) {
  const uint64_t words[] = {image->tls_descriptor,
                            lzr_tpc_facts(image->tpc)->tls_get_addr,
                            symbol->tls_module, symbol->tls_offset};
  for (uint32_t i = 1; i < sizeof words / sizeof *words; i++)
    put_got_word(image, symbol->descriptor + i, words[i]);
  return put_got_word(image, symbol->descriptor, words[0]);
}

lzr_addr lzr_image_got_module(struct lzr_image *image) {
  return put_got_word(image, image->tls_module, lzr_image_tls_template(image));
}

/* The TLS template: describes the image's thread-local variables to the
   target. */

_Static_assert(sizeof(struct lzr_tls_template) == 5 * LZR_WORD_SIZE,
               "the template is five words");

void lzr_image_write_template(struct lzr_image *image) {
  if (!image->has_tls)
    return;
  lzr_addr bytes =
      image->tls_image_size
          ? image->segments[LZR_PROT_CONST].address + image->tls_image_offset
          : 0;
  const uint64_t words[] = {0, bytes, image->tls_image_size, image->tls_size,
                            image->tls_align};
  uint8_t *place =
      image->segments[LZR_PROT_DATA].written + image->template_offset;
  for (size_t i = 0; i < sizeof words / sizeof *words; i++)
    lzr_store_word(place + i * LZR_WORD_SIZE, words[i]);
}

lzr_addr lzr_image_tls_template(const lzr_image *image) {
  return image->has_tls
             ? image->segments[LZR_PROT_DATA].address + image->template_offset
             : 0;
}

/* PLT entries. */

/* The word that the entry jumps through: the symbol's call word, or a word of
   the entry's own. The latter lies in the code segment, so the entry reaches it
   wherever the other segments are. */
static lzr_addr plt_word(struct lzr_image *image,
                         const struct lzr_object_symbol *symbol) {
  if (symbol->slot)
    return symbol->slot;
  struct lzr_segment_layout *code = &image->segments[LZR_PROT_CODE];
  uint64_t offset =
      image->plt_words_offset + (uint64_t)symbol->plt * LZR_WORD_SIZE;
  lzr_store_word(code->written + offset,
                 symbol->body ? symbol->body : symbol->address);
  return code->address + offset;
}

lzr_error *lzr_image_plt_entry(struct lzr_image *image,
                               struct lzr_object_symbol *symbol,
                               lzr_addr *address) {
  struct lzr_segment_layout *code = &image->segments[LZR_PROT_CODE];
  uint64_t offset = image->plt_offset +
                    (uint64_t)symbol->plt * image->object->arch->stub_size;
  *address = code->address + offset;
  if (symbol->plt_written)
    return NULL;
  symbol->plt_written = true;
  struct lzr_place place = {code->written + offset, *address};
  return image->object->arch->write_stubs(place, plt_word(image, symbol), 1);
}
