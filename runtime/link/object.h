/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * An object as the linker's files share it: sections, symbols and relocations
 * in plain structs, read from the file once. The files that work on it are
 * declared here too, file by file. elf.c and scan.c have checked it, so that
 * every other file may rely on this:
 *   - every section's bytes lie in the file, its alignment is a power of two,
 * up to LZR_LINK_MAX_ALIGN if it is loaded, and its name is a string;
 *   - every symbol's name is a string and its section exists;
 *   - every relocation of an allocated section has a row, names a symbol that
 *     exists, and its field lies inside its section's bytes; one that needs a
 *     partner has exactly one.
 * A symbol's value is *not* checked: it is only ever added to an address in the
 * target, modulo 2^64.
 */
#ifndef LZR_LINK_OBJECT_H
#define LZR_LINK_OBJECT_H

#include <elf.h>
#include <endian.h>
#include <string.h>

/* Many elf.h lack these. */
#ifndef SHF_X86_64_LARGE
#define SHF_X86_64_LARGE 0x10000000
#endif
#ifndef SHN_X86_64_LCOMMON
#define SHN_X86_64_LCOMMON 0xff02
#endif

#include "runtime/link/arena.h"
#include "runtime/link/link.h"
#include "tpc/base/memory.h"

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
  uint32_t header; /* index of its header in the file; 0 if it has none */
  bool comdat;
  bool has_symbols;

  /* layout.c: where it goes, if it is placed */
  bool placed;
  bool fixed;          /* at an address outside the image */
  uint8_t prot;        /* enum lzr_prot of its bytes */
  uint64_t offset;     /* in the image's segment of that protection */
  uint64_t tls_offset; /* of a thread-local section: in the block */
  lzr_addr address;    /* of its bytes; for .tbss, which has none, 0 */
  uint8_t *written;    /* the copy of its bytes that relocations change; NULL
                          without bytes */

  /* start_stop.c: the placed sections of its name, if that is a C identifier */
  bool first_of_name;
  uint32_t next_of_name; /* index of the next one; 0 for none */
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

struct lzr_object_symbol {
  const char *name; /* borrowed from the file */
  uint64_t value;   /* st_value */
  uint64_t size;
  uint32_t section; /* for LZR_PLACE_SECTION */
  uint8_t place;    /* enum lzr_symbol_place */
  uint8_t type;     /* STT_ */
  uint8_t binding;  /* STB_ */
  uint8_t visibility;
  uint8_t uses; /* enum lzr_symbol_use */
  bool far;     /* of a common symbol: code reaches it by its whole address */
  struct lzr_name_note note;

  /* layout.c: its entries in the tables, where uses ask for them */
  bool has_plt;
  bool plt_written;
  uint32_t got;        /* index of its GOT word */
  uint32_t pair;       /* index of its pair's first GOT word */
  uint32_t descriptor; /* index of its TLS descriptor's first GOT word */
  uint32_t plt;        /* index of its PLT entry */
  uint64_t common_offset;
  uint8_t common_prot; /* enum lzr_prot */

  /* names.c: what it means */
  lzr_addr address; /* S */
  lzr_addr body;    /* where direct calls may go, or 0 */
  lzr_addr slot;    /* a word calls through the GOT may use instead, or 0; where
                       the note says only_called so may plain loads from it */
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
  struct lzr_arena arena; /* owned; holds this struct and its arrays */
  const struct lzr_arch *arch;
  const char *name;
  const uint8_t *bytes; /* borrowed */
  size_t size;
  struct lzr_section *sections;
  uint32_t section_count;
  struct lzr_object_symbol *symbols; /* the first is the null symbol, whose
                                        value is 0 */
  uint32_t symbol_count;
  uint32_t symbol_table; /* index of its section; 0 for none */
  struct lzr_reloc_table *tables;
  size_t table_count;
  struct lzr_partner *partners; /* sorted by place; NULL until one is looked
                                   for */
  size_t partner_count;
  bool uses_got_base;      /* a relocation is relative to the GOT's address */
  bool uses_tls_module;    /* the pair { module, 0 } is needed */
  bool keeps_debug;        /* debuggers see the whole file */
  bool keeps_names;        /* or else its functions' names and unwind records */
  lzr_action_kind profile; /* how profilers are told; 0: they are not */
};

struct lzr_reloc {
  uint64_t offset; /* in the section */
  uint64_t addend;
  uint32_t type;
  uint32_t symbol;
};

/* A relocation whose value another one may need: see pairs.c. */
struct lzr_partner {
  struct lzr_reloc reloc;
  const struct lzr_reloc_row *row;
  uint32_t section;
};

/* Makes an object that is empty, for callers that fill it in themselves.
   name is copied. NULL without memory. The result is owned
   (lzr_object_destroy()). */
struct lzr_object *lzr_object_create(const struct lzr_arch *arch,
                                     const char *name);

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

static inline bool
lzr_object_symbol_is_global(const struct lzr_object_symbol *symbol) {
  return symbol->binding != STB_LOCAL;
}

static inline bool
lzr_object_symbol_is_weak(const struct lzr_object_symbol *symbol) {
  return symbol->binding == STB_WEAK;
}

static inline const struct lzr_section *
lzr_object_symbol_section(const struct lzr_object *object,
                          const struct lzr_object_symbol *symbol) {
  return symbol->place == LZR_PLACE_SECTION ? &object->sections[symbol->section]
                                            : NULL;
}

/* Whether it is thread-local, by its type or by the section it is in. */
bool lzr_object_symbol_is_tls(const struct lzr_object *object,
                              const struct lzr_object_symbol *symbol);

/* Whether a definition elsewhere may prevail over this one. */
bool lzr_object_symbol_is_preemptible(const struct lzr_object *object,
                                      const struct lzr_object_symbol *symbol);

/* The name for messages: of a section symbol, which has none, the section's. */
const char *
lzr_object_symbol_display_name(const struct lzr_object *object,
                               const struct lzr_object_symbol *symbol);

/* scan.c: the row's expression, or LZR_EXPR_GOT_CALL where the instruction
   around a GOT relocation is a call. */
enum lzr_reloc_expr lzr_reloc_get_expr(const struct lzr_object *object,
                                       const struct lzr_section *section,
                                       const struct lzr_reloc *reloc,
                                       const struct lzr_reloc_row *row);

/* Checks every relocation of an allocated section and records in its symbol
   what it needs of it. */
lzr_error *lzr_object_scan_relocs(struct lzr_object *object);

/* pairs.c: whether the row's expression needs a partner's value. */
bool lzr_reloc_needs_partner(const struct lzr_reloc_row *row);

/* Finds the partner of a relocation of section, by bisection. Fails with FORMAT
   unless there is exactly one at the place where it must be. */
lzr_error *lzr_object_find_partner(struct lzr_object *object,
                                   const struct lzr_section *section,
                                   const struct lzr_reloc *reloc,
                                   const struct lzr_reloc_row *row,
                                   const struct lzr_partner **partner);

/* init_arrays.c: whether it is an array of constructors, or of destructors. */
bool lzr_section_has_constructors(const struct lzr_section *section);
bool lzr_section_has_destructors(const struct lzr_section *section);
/* The priority of such an array's functions, 0 to 65535; lower ones are
   constructed first. -1 for .preinit_array, which comes before all. */
int64_t lzr_section_priority(const struct lzr_section *section);
/* Whether the last of its constructors runs first, as in .ctors, or the last of
   its destructors last, as in .dtors. */
bool lzr_section_runs_backwards(const struct lzr_section *section);

/* unwind.c: whether it is a loaded .eh_frame that is not empty. */
bool lzr_section_is_unwind(const struct lzr_section *section);

/* How many such sections the object has. */
size_t lzr_object_count_unwind(const struct lzr_object *object);

/* Checks that the section, if it is .eh_frame, is a sequence of records that
   lie inside it, so that an unwinder that walks it in the target stays inside.
   Once the section is placed, looks at the bytes as relocations have left
   them. */
lzr_error *lzr_section_check_unwind(const struct lzr_section *section);

/* Checks all sections of an object that has been relocated. */
lzr_error *lzr_object_check_unwind(const struct lzr_object *object);

#endif
