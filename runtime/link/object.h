/*
 * An object as the linker's files share it: sections, symbols and relocations
 * in plain structs, read once from the file and checked. Whoever holds one may
 * rely on what elf.c and uses.c have established:
 *   - every section's bytes lie in the file, its alignment is a power of two up
 *     to LZR_LINK_MAX_ALIGN, its name is a string;
 *   - every symbol's name is a string and its section exists;
 *   - every relocation of an allocated section has a row, names a symbol that
 *     exists, and its field lies inside its section's bytes.
 * A symbol's value is *not* checked: it is only ever added to an address in the
 * target, modulo 2^64.
 */
#ifndef LZR_LINK_OBJECT_H
#define LZR_LINK_OBJECT_H

#include <elf.h>
#include <endian.h>
#include <string.h>

#include "runtime/link/arena.h"
#include "runtime/link/link.h"

struct lzr_section {
  const char *name;     /* borrowed from the file */
  const uint8_t *bytes; /* borrowed from the file; NULL without file bytes */
  uint64_t size;
  uint64_t align; /* at least 1 */
  uint64_t flags;
  uint32_t type;
  uint32_t link;
  uint32_t info;
  uint32_t entry_size;
  bool comdat;
  bool has_symbols;

  /* layout.c: where it goes, if it is placed */
  bool placed;
  bool fixed;          /* at an address outside the image */
  uint8_t prot;        /* enum lzr_prot of its bytes */
  uint64_t offset;     /* in the image's room of that protection */
  uint64_t tls_offset; /* of a thread-local section: in the block */
  lzr_addr address;    /* of its bytes; for .tbss, which has none, 0 */
  uint8_t *written;    /* where its bytes are relocated; NULL without any */
};

enum lzr_symbol_place {
  LZR_PLACE_UNDEFINED,
  LZR_PLACE_SECTION,
  LZR_PLACE_ABSOLUTE,
  LZR_PLACE_COMMON,
  LZR_PLACE_GOT /* _GLOBAL_OFFSET_TABLE_, which linkers define */
};

/* How a symbol is used by the relocations of placed sections. */
enum lzr_symbol_use {
  LZR_USE_CALL = 1,       /* a direct call */
  LZR_USE_ADDRESS = 2,    /* its address, in code or data */
  LZR_USE_GOT = 4,        /* its address, from a GOT word */
  LZR_USE_GOT_CALL = 8,   /* a call through a GOT word */
  LZR_USE_PAIR = 16,      /* a thread-local variable's { module, offset } */
  LZR_USE_TLS = 32,       /* its offset in the module's block */
  LZR_USE_DESCRIPTOR = 64 /* a thread-local variable's TLS descriptor */
};

struct lzr_symbol {
  const char *name; /* borrowed from the file */
  uint64_t value;   /* st_value */
  uint64_t size;
  uint32_t section; /* for LZR_PLACE_SECTION */
  uint8_t place;    /* enum lzr_symbol_place */
  uint8_t type;     /* STT_ */
  uint8_t binding;  /* STB_ */
  uint8_t visibility;
  uint8_t uses; /* enum lzr_symbol_use */

  /* layout.c: room kept for it, where uses ask for it */
  bool has_plt;
  bool plt_written;
  uint32_t got;        /* index of its GOT word */
  uint32_t pair;       /* index of its pair's first GOT word */
  uint32_t descriptor; /* index of its TLS descriptor's first GOT word */
  uint32_t plt;        /* index of its PLT entry */
  uint64_t common_offset;

  /* names.c: what it means */
  lzr_addr address;    /* S */
  lzr_addr body;       /* where direct calls may go, or 0 */
  lzr_addr slot;       /* a word calls through the GOT may use instead, or 0 */
  bool loaded_to_call; /* so may plain loads from the GOT */
  uint64_t tls_module;
  uint64_t tls_offset;
};

/* One SHT_RELA section that applies to a section with SHF_ALLOC. */
struct lzr_reloc_table {
  uint32_t section;
  const uint8_t *entries; /* Elf64_Rela, unaligned; borrowed from the file */
  size_t count;
};

struct lzr_object {
  struct lzr_arena arena; /* owned; all below is in it */
  const struct lzr_arch *arch;
  const char *name;
  const uint8_t *bytes; /* borrowed */
  size_t size;
  struct lzr_section *sections;
  uint32_t section_count;
  struct lzr_symbol *symbols; /* index 0 is the null symbol: absolute 0 */
  uint32_t symbol_count;
  uint32_t symbol_table; /* index of its section; 0 for none */
  struct lzr_reloc_table *tables;
  size_t table_count;
  bool uses_got_base;   /* something is relative to the GOT's address */
  bool uses_tls_module; /* the pair { module, 0 } is needed */
  bool keeps_debug;
};

struct lzr_reloc {
  uint64_t offset; /* in the section */
  uint64_t addend;
  uint32_t type;
  uint32_t symbol;
};

static inline struct lzr_reloc
lzr_reloc_load(const struct lzr_reloc_table *table, size_t index) {
  Elf64_Rela raw;
  memcpy(&raw, table->entries + index * sizeof raw, sizeof raw);
  uint64_t info = le64toh(raw.r_info);
  return (struct lzr_reloc){
      .offset = le64toh(raw.r_offset),
      .addend = le64toh((uint64_t)raw.r_addend),
      .type = (uint32_t)info,
      .symbol = (uint32_t)(info >> 32),
  };
}

static inline bool lzr_symbol_is_global(const struct lzr_symbol *symbol) {
  return symbol->binding != STB_LOCAL;
}

static inline bool lzr_symbol_is_weak(const struct lzr_symbol *symbol) {
  return symbol->binding == STB_WEAK;
}

static inline const struct lzr_section *
lzr_symbol_section(const struct lzr_object *object,
                   const struct lzr_symbol *symbol) {
  return symbol->place == LZR_PLACE_SECTION ? &object->sections[symbol->section]
                                            : NULL;
}

/* Whether it is thread-local, by its type or by where it lies. */
bool lzr_symbol_is_tls(const struct lzr_object *object,
                       const struct lzr_symbol *symbol);

/* Whether a definition elsewhere may take the place of this one. */
bool lzr_symbol_is_overridable(const struct lzr_object *object,
                               const struct lzr_symbol *symbol);

/* For messages: a section symbol has no name of its own. */
const char *lzr_symbol_display_name(const struct lzr_object *object,
                                    const struct lzr_symbol *symbol);

/* The row's sum, or LZR_SUM_GOT_CALL where the instruction around a GOT
   relocation is a call. */
enum lzr_reloc_sum lzr_reloc_get_sum(const struct lzr_object *object,
                                     const struct lzr_section *section,
                                     const struct lzr_reloc *reloc,
                                     const struct lzr_reloc_row *row);

/* uses.c: checks every relocation of an allocated section and notes what it
   needs of its symbol. */
lzr_error *lzr_object_note_uses(struct lzr_object *object);

/* unwind.c: whether it is a loaded .eh_frame with something in it. */
bool lzr_section_is_unwind(const struct lzr_section *section);

/* Checks that the section is a sequence of records, each inside it,
   so that whoever walks it in the target stays inside too. */
lzr_error *lzr_image_check_unwind(const struct lzr_section *section);

/* "Out of memory", in one place. */
lzr_error *lzr_link_no_memory(void);

#endif
