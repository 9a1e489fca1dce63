/*
 * The tables beside the sections. A GOT word, a pair { module, offset } and a
 * PLT entry exist once a symbol; layout.c kept room for those that may be
 * needed, and the first relocation that needs one fills it in. They are written
 * before the commit and never change: what changes, a lazy slot, is someone
 * else's.
 */
#include "runtime/link/image.h"

lzr_addr lzr_image_got_base(const struct lzr_image *image) {
  return image->rooms[LZR_PROT_CONST].address + image->got_offset;
}

static lzr_addr put_got_word(struct lzr_image *image, uint32_t index,
                             uint64_t value) {
  uint64_t offset = image->got_offset + (uint64_t)index * LZR_WORD_SIZE;
  struct lzr_room *room = &image->rooms[LZR_PROT_CONST];
  lzr_store_word(room->written + offset, value);
  return room->address + offset;
}

/* A word that is only called through may hold the body; one whose value can be
   seen holds the symbol's address. */
lzr_addr lzr_image_got_word(struct lzr_image *image,
                            const struct lzr_symbol *symbol) {
  bool seen = symbol->uses & LZR_USE_GOT;
  uint64_t value = !seen && symbol->body ? symbol->body : symbol->address;
  return put_got_word(image, symbol->got, value);
}

lzr_addr lzr_image_got_pair(struct lzr_image *image,
                            const struct lzr_symbol *symbol) {
  put_got_word(image, symbol->pair + 1, symbol->tls_offset);
  return put_got_word(image, symbol->pair, symbol->tls_module);
}

lzr_addr lzr_image_tls_descriptor(struct lzr_image *image,
                                  const struct lzr_symbol *symbol) {
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

/* Where the entry finds its target: the lazy slot, or a word of its own. That
   lies in the code's room, so that it is in reach wherever the others are. */
static lzr_addr plt_word(struct lzr_image *image,
                         const struct lzr_symbol *symbol) {
  if (symbol->slot)
    return symbol->slot;
  struct lzr_room *code = &image->rooms[LZR_PROT_CODE];
  uint64_t offset =
      image->plt_words_offset + (uint64_t)symbol->plt * LZR_WORD_SIZE;
  lzr_store_word(code->written + offset,
                 symbol->body ? symbol->body : symbol->address);
  return code->address + offset;
}

lzr_error *lzr_image_plt_entry(struct lzr_image *image,
                               struct lzr_symbol *symbol, lzr_addr *address) {
  struct lzr_room *code = &image->rooms[LZR_PROT_CODE];
  uint64_t offset = image->plt_offset +
                    (uint64_t)symbol->plt * image->object->arch->stub_size;
  *address = code->address + offset;
  if (symbol->plt_written)
    return NULL;
  symbol->plt_written = true;
  struct lzr_place place = {code->written + offset, *address};
  return image->object->arch->write_stubs(place, plt_word(image, symbol), 1);
}
