/*
 * A placed object, as the linker's files share it.
 *
 * Each protection's room is bytes first, then zeros that exist only in the
 * target:
 *   code       sections | PLT entries | the words they jump through
 *   constants  sections | TLS image | GOT | debug object
 *   data       sections | TLS template | .bss and common symbols
 */
#ifndef LZR_LINK_IMAGE_H
#define LZR_LINK_IMAGE_H

#include "runtime/link/object.h"

enum { LZR_WORD_SIZE = 8 };

/* Room of one protection. */
struct lzr_room {
  uint64_t size;  /* zeros included */
  uint64_t bytes; /* those that are written */
  uint64_t align;
  uint8_t *written; /* the local copy, bytes long; borrowed from the image */
  lzr_addr address;
};

/* A name the image defines: a symbol of the object, or the bound of a section.
 */
struct lzr_export {
  struct lzr_image_symbol symbol;
  uint32_t index;   /* in the object's symbols, while there is an object */
  uint32_t section; /* of a bound; else 0 */
  bool is_end;
};

/* bounds.c: how many there are and how many bytes their names take, both added
   to; the exports, whose number is returned; one's address. */
void lzr_bounds_measure(const struct lzr_object *object, size_t *count,
                        size_t *names_size);
size_t lzr_bounds_list(const struct lzr_object *object,
                       struct lzr_export *exports, char *names);
lzr_addr lzr_bounds_address(const struct lzr_object *object,
                            const struct lzr_export *bound);

struct lzr_image {
  struct lzr_arena arena; /* owned; this struct and what outlives a commit */
  lzr_tpc *tpc;           /* borrowed */
  lzr_object *object;     /* owned; NULL once committed */
  uint8_t *written;       /* owned; NULL once committed */
  lzr_allocation *allocation; /* owned; NULL before it is reserved */
  struct lzr_room rooms[LZR_PROT_COUNT];
  bool resolved;
  lzr_addr tls_descriptor; /* the resolver's */

  /* layout.c; offsets in the rooms named */
  uint64_t plt_offset;       /* code */
  uint64_t plt_words_offset; /* code */
  uint64_t got_offset;       /* constants */
  uint64_t tls_image_offset; /* constants */
  uint64_t template_offset;  /* data */
  uint64_t debug_offset;     /* constants */
  uint32_t plt_count;
  uint32_t got_count;  /* words */
  uint32_t tls_module; /* index of the first word of the pair { module, 0 } */
  bool has_tls;
  uint64_t tls_image_size;
  uint64_t tls_size;
  uint64_t tls_align;

  /* exports.c */
  struct lzr_export *exports; /* in arena */
  size_t export_count;
  uint32_t *buckets; /* in arena; index + 1 of an export, 0 for none */
  size_t bucket_count;

  /* structors.c; in arena */
  lzr_addr *initializers;
  size_t initializer_count;
  lzr_addr *finalizers;
  size_t finalizer_count;
};

/* layout.c: gives every section, table and common symbol its room, reserves
   it and fills the local copy. */
lzr_error *lzr_image_lay_out(struct lzr_image *image);

/* The address of a symbol's own definition; for a thread-local one, its offset
   in the block. 0 where it has none. */
lzr_addr lzr_image_own_address(const struct lzr_image *image,
                               const struct lzr_symbol *symbol);

/* exports.c: lists the global definitions by name; two of one name are an
   error. Addresses are filled in by lzr_image_address_exports. */
lzr_error *lzr_image_list_exports(struct lzr_image *image);
void lzr_image_address_exports(struct lzr_image *image);

/* names.c: asks for names and settles what every symbol means. */
lzr_error *lzr_image_settle_names(struct lzr_image *image,
                                  const struct lzr_name_resolver *resolver);

/* got.c: tables, filled in as relocations ask. Addresses in the target. */
lzr_addr lzr_image_got_base(const struct lzr_image *image);
lzr_addr lzr_image_got_word(struct lzr_image *image,
                            const struct lzr_symbol *symbol);
lzr_addr lzr_image_got_pair(struct lzr_image *image,
                            const struct lzr_symbol *symbol);
lzr_addr lzr_image_tls_descriptor(struct lzr_image *image,
                                  const struct lzr_symbol *symbol);
lzr_addr lzr_image_got_module(struct lzr_image *image);
lzr_error *lzr_image_plt_entry(struct lzr_image *image,
                               struct lzr_symbol *symbol, lzr_addr *address);

/* relocate.c */
lzr_error *lzr_image_relocate(struct lzr_image *image);

/* tls.c: the template, once addresses are known. */
void lzr_image_write_template(struct lzr_image *image);

/* structors.c: reads the relocated .init_array and .fini_array sections. */
lzr_error *lzr_image_list_structors(struct lzr_image *image);

/* debug_object.c: the file, with addresses. */
uint64_t lzr_image_debug_size(const struct lzr_image *image);
void lzr_image_write_debug_object(struct lzr_image *image);

static inline void lzr_store_word(uint8_t *bytes, uint64_t value) {
  uint64_t raw = htole64(value);
  memcpy(bytes, &raw, sizeof raw);
}

static inline uint64_t lzr_load_word(const uint8_t *bytes) {
  uint64_t raw;
  memcpy(&raw, bytes, sizeof raw);
  return le64toh(raw);
}

#endif
