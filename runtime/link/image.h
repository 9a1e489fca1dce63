/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * A placed object, as the linker's files share it. They all work on this one
 * struct, so their functions are declared here too, file by file.
 *
 * Each protection has one segment. A segment begins with bytes that are written
 * and ends with zeros, which exist only in the target:
 *   code       sections | PLT entries | the words they jump through
 *   constants  sections | TLS image | GOT | debug files | profile
 *   data       sections | TLS template | .bss and common symbols
 *   large, far data: sections | .bss and common symbols
 */
#ifndef LZR_LINK_IMAGE_H
#define LZR_LINK_IMAGE_H

#include "runtime/link/object.h"

enum { LZR_WORD_SIZE = 8 };

/* The segment of one protection. */
struct lzr_segment_layout {
  uint64_t size;  /* in bytes, zeros included */
  uint64_t bytes; /* how many of them are written */
  uint64_t align;
  uint8_t *written; /* the local copy, bytes long; borrowed from the image */
  lzr_addr address;
};

/* A name the image defines: a symbol of the object, or the start or stop symbol
   of a section. */
struct lzr_export {
  struct lzr_image_symbol symbol;
  uint32_t index;   /* in the object's symbols, while there is an object */
  uint32_t section; /* of a start or stop symbol; else 0 */
  bool is_end;
};

/* start_stop.c: adds the number of start and stop symbols to *count, and the
   bytes that their names take to *names_size. Returns false when memory is
   out. */
bool lzr_start_stop_measure(struct lzr_object *object, size_t *count,
                            size_t *names_size);
/* Writes one export for each of them, and their names to names. Returns how
   many there are. */
size_t lzr_start_stop_list(const struct lzr_object *object,
                           struct lzr_export *exports, char *names);
/* The address of one of them, once its sections have addresses. */
lzr_addr lzr_start_stop_address(const struct lzr_object *object,
                                const struct lzr_export *export);

/* An ELF file that shows code to debuggers. */
struct lzr_debug_file {
  uint64_t offset; /* in the constants */
  uint64_t size;   /* in bytes */
  /* brief_object.c */
  const struct lzr_section *unwind; /* the records that it has; or NULL */
  size_t symbol_count;
  size_t names_size; /* bytes of the symbols' names */
};

struct lzr_line;

struct lzr_image {
  struct lzr_arena arena; /* owned; holds this struct and all that outlives a
                             commit */
  lzr_tpc *tpc;           /* borrowed */
  lzr_object *object;     /* owned; NULL once committed */
  uint8_t *written;       /* owned; NULL once committed */
  lzr_allocation *allocation; /* owned; NULL before it is reserved */
  struct lzr_segment_layout segments[LZR_PROT_COUNT];
  bool has_large; /* the target has memory for large and far data */
  bool resolved;
  struct lzr_query *queries; /* in the object's arena; NULL until listed */
  size_t query_count;
  lzr_addr tls_descriptor; /* the function of TLS descriptors, 0 for none */
  const char *what;        /* borrowed, or NULL; see lzr_image_name() */

  /* layout.c; offsets in the segment named beside each */
  uint64_t plt_offset;       /* code */
  uint64_t plt_words_offset; /* code */
  uint64_t got_offset;       /* constants */
  uint64_t tls_image_offset; /* constants */
  uint64_t template_offset;  /* data */
  uint32_t plt_count;
  uint32_t got_count;  /* words */
  uint32_t tls_module; /* index of the first word of the pair { module, 0 } */
  bool has_tls;
  uint64_t tls_image_size;
  uint64_t tls_size;
  uint64_t tls_align;

  struct lzr_debug_file *debug_files; /* in the object's arena */
  size_t debug_file_count;
  uint64_t profile_offset; /* constants */
  uint64_t profile_size;   /* bytes */
  struct lzr_line *lines;  /* lines.h; in the object's arena */
  size_t line_count;

  /* exports.c */
  struct lzr_export *exports; /* in arena */
  size_t export_count;
  uint32_t *buckets; /* in arena; index + 1 of an export, 0 for none */
  size_t bucket_count;

  /* init_arrays.c; in arena */
  struct lzr_array_entry *initializers;
  size_t initializer_count;
  struct lzr_array_entry *finalizers;
  size_t finalizer_count;
};

/* layout.c: gives every section, table and common symbol its place, reserves
   memory in the target and fills the local copy. */
lzr_error *lzr_image_lay_out(struct lzr_image *image);

/* The address of a symbol's own definition; for a thread-local one, its offset
   in the block. 0 where it has none. */
lzr_addr lzr_image_own_address(const struct lzr_image *image,
                               const struct lzr_object_symbol *symbol);

/* exports.c: lists the definitions by name; two global ones of one name are an
   error. */
lzr_error *lzr_image_list_exports(struct lzr_image *image);
/* Fills in the exports' addresses, once sections have theirs. */
void lzr_image_address_exports(struct lzr_image *image);

/* names.c: settles what every symbol means, from the answers to the queries. */
lzr_error *lzr_image_settle_names(struct lzr_image *image);

/* got.c: where the GOT begins. This and all that follow here return addresses
   in the target. */
lzr_addr lzr_image_got_base(const struct lzr_image *image);
/* Each of these fills an entry in, if it is not filled in yet, and returns its
   address: a GOT word; a pair { module, offset }; a TLS descriptor; the pair
   { module, 0 } of this image; a PLT entry. */
lzr_addr lzr_image_got_word(struct lzr_image *image,
                            const struct lzr_object_symbol *symbol);
lzr_addr lzr_image_got_pair(struct lzr_image *image,
                            const struct lzr_object_symbol *symbol);
lzr_addr lzr_image_tls_descriptor(struct lzr_image *image,
                                  const struct lzr_object_symbol *symbol);
lzr_addr lzr_image_got_module(struct lzr_image *image);
lzr_error *lzr_image_plt_entry(struct lzr_image *image,
                               struct lzr_object_symbol *symbol,
                               lzr_addr *address);

/* Writes the TLS template into the local copy, once addresses are known. */
void lzr_image_write_template(struct lzr_image *image);

/* relocate.c: applies every relocation to the local copy. */
lzr_error *lzr_image_relocate(struct lzr_image *image);

/* init_arrays.c: reads the relocated arrays of constructors and destructors. */
lzr_error *lzr_image_list_init_arrays(struct lzr_image *image);

/* debug_object.c: lists the files that show the image to debuggers, with their
   sizes; and writes them into the local copy, once addresses are known. */
lzr_error *lzr_image_list_debug_files(struct lzr_image *image);
void lzr_image_write_debug_files(struct lzr_image *image);

/* brief_object.c: lists files with symbols and unwind records only, at most one
   more than there are unwind sections, and returns their number; and writes one
   of them. */
size_t lzr_image_list_brief(const struct lzr_object *object,
                            struct lzr_debug_file *files);
void lzr_image_write_brief(const struct lzr_image *image,
                           const struct lzr_debug_file *file, uint8_t *bytes);

/* profile.c: sets profile_size, the bytes that profilers are told, to 0 if they
   are told nothing; and writes them into the local copy, once addresses are
   known. */
lzr_error *lzr_image_measure_profile(struct lzr_image *image);
void lzr_image_write_profile(struct lzr_image *image);

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
