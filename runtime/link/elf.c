/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Reads an ELF64 relocatable object (System V gABI, chapters 4 and 5). Every
 * offset, index, size and string is checked here, once.
 */
#include "runtime/link/object.h"

#include <stdlib.h>

#define MALFORMED(...) lzr_error_create(LZR_ERROR_FORMAT, __VA_ARGS__)

#ifndef SHT_CREL
#define SHT_CREL 0x40000014 /* LLVM's compact relocations */
#endif

static bool is_power_of_two(uint64_t value) {
  return value && !(value & (value - 1));
}

/* Header. */

static lzr_error *check_ident(const uint8_t *ident) {
  if (memcmp(ident, ELFMAG, SELFMAG) != 0)
    return MALFORMED("not an ELF file");
  if (ident[EI_CLASS] != ELFCLASS64)
    return MALFORMED("not a 64-bit ELF file (class %u)", ident[EI_CLASS]);
  if (ident[EI_DATA] != ELFDATA2LSB)
    return MALFORMED("not a little-endian ELF file (data encoding %u)",
                     ident[EI_DATA]);
  if (ident[EI_VERSION] != EV_CURRENT)
    return MALFORMED("ELF version %u is unknown", ident[EI_VERSION]);
  return NULL;
}

static lzr_error *check_header(const struct lzr_object *object,
                               const Elf64_Ehdr *header) {
  lzr_error *error = check_ident(header->e_ident);
  if (error)
    return error;
  if (le16toh(header->e_type) != ET_REL)
    return MALFORMED("not a relocatable object (ELF type %u)",
                     le16toh(header->e_type));
  if (le16toh(header->e_machine) != object->arch->elf_machine)
    return MALFORMED("an object for ELF machine %u, but %s is machine %u",
                     le16toh(header->e_machine), object->arch->name,
                     object->arch->elf_machine);
  if (le32toh(header->e_version) != EV_CURRENT)
    return MALFORMED("ELF version %u is unknown", le32toh(header->e_version));
  if (le16toh(header->e_shentsize) != sizeof(Elf64_Shdr))
    return MALFORMED("section headers of %u bytes, not %zu",
                     le16toh(header->e_shentsize), sizeof(Elf64_Shdr));
  return NULL;
}

/* Sections. */

/* The caller has checked that the header is in the file. */
static Elf64_Shdr load_section_header(const uint8_t *table, uint64_t index) {
  Elf64_Shdr raw;
  memcpy(&raw, table + index * sizeof raw, sizeof raw);
  return raw;
}

/* The ELF header can count 65279 sections. In a file with more, the first
   section header has the count and the index of the name table. */
struct section_table {
  const uint8_t *headers;
  uint64_t count;
  uint32_t names;
};

static lzr_error *find_section_table(const struct lzr_object *object,
                                     const Elf64_Ehdr *header,
                                     struct section_table *table) {
  uint64_t offset = le64toh(header->e_shoff);
  if (!offset || offset > object->size ||
      object->size - offset < sizeof(Elf64_Shdr))
    return MALFORMED("the section headers at offset %#llx are not in the file",
                     (unsigned long long)offset);
  table->headers = object->bytes + offset;
  Elf64_Shdr first = load_section_header(table->headers, 0);
  table->count = le16toh(header->e_shnum);
  if (table->count == 0)
    table->count = le64toh(first.sh_size);
  table->names = le16toh(header->e_shstrndx);
  if (table->names == SHN_XINDEX)
    table->names = le32toh(first.sh_link);
  if (table->count > LZR_LINK_MAX_SECTIONS)
    return lzr_error_create(LZR_ERROR_LIMIT, "%llu sections; the limit is %d",
                            (unsigned long long)table->count,
                            LZR_LINK_MAX_SECTIONS);
  if (table->count == 0 ||
      table->count > (object->size - offset) / sizeof(Elf64_Shdr))
    return MALFORMED("%llu section headers at offset %#llx are not in the file",
                     (unsigned long long)table->count,
                     (unsigned long long)offset);
  return NULL;
}

static lzr_error *set_section_bytes(const struct lzr_object *object,
                                    struct lzr_section *section, uint32_t index,
                                    uint64_t offset) {
  if (section->type == SHT_NOBITS)
    return NULL;
  if (offset > object->size || section->size > object->size - offset)
    return MALFORMED(
        "section %u (offset %#llx, %#llx bytes) is not in the file", index,
        (unsigned long long)offset, (unsigned long long)section->size);
  section->bytes = object->bytes + offset;
  return NULL;
}

static lzr_error *check_section(const struct lzr_section *section,
                                uint32_t index) {
  if (!is_power_of_two(section->align))
    return MALFORMED("section %u has an alignment of %llu, not a power of two",
                     index, (unsigned long long)section->align);
  if (!(section->flags & SHF_ALLOC))
    return NULL;
  if (section->align > LZR_LINK_MAX_ALIGN)
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "section %u has an alignment of %llu; the limit is "
                            "%d",
                            index, (unsigned long long)section->align,
                            LZR_LINK_MAX_ALIGN);
  if (section->flags & SHF_COMPRESSED)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "section %u is compressed and allocated", index);
  return NULL;
}

static lzr_error *read_section(const struct lzr_object *object,
                               const Elf64_Shdr *raw, uint32_t index,
                               struct lzr_section *section) {
  uint64_t align = le64toh(raw->sh_addralign);
  *section = (struct lzr_section){
      .name = "",
      .size = le64toh(raw->sh_size),
      .align = align ? align : 1,
      .flags = le64toh(raw->sh_flags),
      .type = le32toh(raw->sh_type),
      .link = le32toh(raw->sh_link),
      .info = le32toh(raw->sh_info),
      .entry_size = (uint32_t)le64toh(raw->sh_entsize),
      .header = index,
  };
  if (section->type == SHT_NULL) {
    *section = (struct lzr_section){.name = "", .align = 1};
    return NULL;
  }
  lzr_error *error =
      set_section_bytes(object, section, index, le64toh(raw->sh_offset));
  return error ? error : check_section(section, index);
}

/* The string table at index, or NULL if there is none. It ends with a zero
   byte, so every offset below its size is a string. */
static const struct lzr_section *string_table(const struct lzr_object *object,
                                              uint32_t index) {
  if (index >= object->section_count)
    return NULL;
  const struct lzr_section *table = &object->sections[index];
  bool is_one = table->type == SHT_STRTAB && table->size > 0 &&
                table->bytes[table->size - 1] == 0;
  return is_one ? table : NULL;
}

static lzr_error *name_sections(struct lzr_object *object,
                                const struct section_table *table) {
  const struct lzr_section *names = string_table(object, table->names);
  if (!names)
    return MALFORMED("section %u is not a string table of section names",
                     table->names);
  for (uint32_t i = 1; i < object->section_count; i++) {
    uint32_t offset = le32toh(load_section_header(table->headers, i).sh_name);
    if (offset >= names->size)
      return MALFORMED("section %u's name is outside the string table", i);
    object->sections[i].name = (const char *)names->bytes + offset;
  }
  return NULL;
}

static lzr_error *read_sections(struct lzr_object *object,
                                const Elf64_Ehdr *header) {
  struct section_table table = {0};
  lzr_error *error = find_section_table(object, header, &table);
  if (error)
    return error;
  object->section_count = (uint32_t)table.count;
  object->sections = lzr_arena_alloc(&object->arena, object->section_count,
                                     sizeof *object->sections);
  if (!object->sections)
    return lzr_out_of_memory();
  for (uint32_t i = 0; i < object->section_count; i++) {
    Elf64_Shdr raw = load_section_header(table.headers, i);
    error = read_section(object, &raw, i, &object->sections[i]);
    if (error)
      return error;
  }
  return name_sections(object, &table);
}

/* Groups. */

/* A group's first word has its flags, the others have its members' indexes. */
static lzr_error *read_group(struct lzr_object *object,
                             const struct lzr_section *group) {
  if (group->size < 4 || group->size % 4 != 0)
    return MALFORMED("group section '%s' has %llu bytes", group->name,
                     (unsigned long long)group->size);
  uint32_t flags = 0;
  for (uint64_t i = 0; i < group->size; i += 4) {
    uint32_t word;
    memcpy(&word, group->bytes + i, sizeof word);
    word = le32toh(word);
    if (i == 0)
      flags = word;
    else if (word == 0 || word >= object->section_count)
      return MALFORMED("group section '%s' has section %u as a member",
                       group->name, word);
    else if (flags & GRP_COMDAT)
      object->sections[word].comdat = true;
  }
  return NULL;
}

static lzr_error *read_groups(struct lzr_object *object) {
  for (uint32_t i = 1; i < object->section_count; i++) {
    if (object->sections[i].type != SHT_GROUP)
      continue;
    lzr_error *error = read_group(object, &object->sections[i]);
    if (error)
      return error;
  }
  return NULL;
}

/* Symbols. */

struct symbol_table {
  const struct lzr_section *symbols;
  const struct lzr_section *strings;
  const struct lzr_section *indexes; /* SHT_SYMTAB_SHNDX, or NULL */
};

static lzr_error *find_symbol_table(struct lzr_object *object,
                                    struct symbol_table *table) {
  *table = (struct symbol_table){0};
  for (uint32_t i = 1; i < object->section_count; i++) {
    const struct lzr_section *section = &object->sections[i];
    if (section->type == SHT_SYMTAB_SHNDX)
      table->indexes = section;
    if (section->type != SHT_SYMTAB)
      continue;
    if (table->symbols)
      return MALFORMED("two symbol tables, sections %u and %u",
                       object->symbol_table, i);
    table->symbols = section;
    object->symbol_table = i;
  }
  return NULL;
}

static lzr_error *check_symbol_table(struct lzr_object *object,
                                     struct symbol_table *table) {
  const struct lzr_section *symbols = table->symbols;
  if (symbols->entry_size != sizeof(Elf64_Sym) ||
      symbols->size % sizeof(Elf64_Sym) != 0)
    return MALFORMED("a symbol table of %llu bytes in entries of %u",
                     (unsigned long long)symbols->size, symbols->entry_size);
  uint64_t count = symbols->size / sizeof(Elf64_Sym);
  table->strings = string_table(object, symbols->link);
  if (!table->strings)
    return MALFORMED("section %u is not a string table of symbol names",
                     symbols->link);
  if (table->indexes && table->indexes->size / 4 < count)
    return MALFORMED("the table of extended section indexes is too short");
  object->symbol_count = (uint32_t)count; /* size is below 2^30 */
  return NULL;
}

static lzr_error *set_common(struct lzr_object_symbol *symbol) {
  if (!is_power_of_two(symbol->value) || symbol->value > LZR_LINK_MAX_ALIGN)
    return MALFORMED("common symbol '%s' has an alignment of %llu",
                     symbol->name, (unsigned long long)symbol->value);
  if (symbol->type == STT_TLS)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "'%s' is a thread-local common symbol",
                            symbol->name);
  symbol->place = LZR_PLACE_COMMON;
  return NULL;
}

static lzr_error *set_symbol_place(struct lzr_object *object,
                                   const struct symbol_table *table,
                                   uint32_t index, uint32_t section,
                                   struct lzr_object_symbol *symbol) {
  if (section == SHN_ABS) {
    symbol->place = LZR_PLACE_ABSOLUTE;
    return NULL;
  }
  symbol->far = section == SHN_X86_64_LCOMMON;
  if (section == SHN_COMMON || symbol->far)
    return set_common(symbol);
  if (section == SHN_XINDEX && table->indexes) {
    memcpy(&section, table->indexes->bytes + (size_t)index * 4, 4);
    section = le32toh(section);
  } else if (section >= SHN_LORESERVE) {
    return MALFORMED("symbol '%s' is in reserved section %#x", symbol->name,
                     section);
  }
  if (section >= object->section_count)
    return MALFORMED("symbol '%s' is in section %u of %u", symbol->name,
                     section, object->section_count);
  symbol->place = section ? LZR_PLACE_SECTION : LZR_PLACE_UNDEFINED;
  symbol->section = section;
  if (section && symbol->type != STT_SECTION)
    object->sections[section].has_symbols = true;
  return NULL;
}

static lzr_error *check_binding(const struct lzr_object_symbol *symbol) {
  switch (symbol->binding) {
  case STB_LOCAL:
  case STB_GLOBAL:
  case STB_WEAK:
  case STB_GNU_UNIQUE:
    return NULL;
  default:
    return MALFORMED("symbol '%s' has an unknown binding, %u", symbol->name,
                     symbol->binding);
  }
}

static lzr_error *read_symbol(struct lzr_object *object,
                              const struct symbol_table *table, uint32_t index,
                              struct lzr_object_symbol *symbol) {
  Elf64_Sym raw;
  memcpy(&raw, table->symbols->bytes + (size_t)index * sizeof raw, sizeof raw);
  if (le32toh(raw.st_name) >= table->strings->size)
    return MALFORMED("symbol %u's name is outside the string table", index);
  symbol->name = (const char *)table->strings->bytes + le32toh(raw.st_name);
  symbol->value = le64toh(raw.st_value);
  symbol->size = le64toh(raw.st_size);
  symbol->type = ELF64_ST_TYPE(raw.st_info);
  symbol->binding = ELF64_ST_BIND(raw.st_info);
  symbol->visibility = ELF64_ST_VISIBILITY(raw.st_other);
  lzr_error *error = check_binding(symbol);
  if (error)
    return error;
  error = set_symbol_place(object, table, index, le16toh(raw.st_shndx), symbol);
  if (!error && symbol->place == LZR_PLACE_UNDEFINED &&
      strcmp(symbol->name, "_GLOBAL_OFFSET_TABLE_") == 0)
    symbol->place = LZR_PLACE_GOT;
  return error;
}

/* A file without a symbol table still has symbol 0. */
static lzr_error *read_symbols(struct lzr_object *object) {
  struct symbol_table table;
  lzr_error *error = find_symbol_table(object, &table);
  if (!error && table.symbols)
    error = check_symbol_table(object, &table);
  if (error)
    return error;
  size_t count = object->symbol_count ? object->symbol_count : 1;
  object->symbols =
      lzr_arena_alloc(&object->arena, count, sizeof *object->symbols);
  if (!object->symbols)
    return lzr_out_of_memory();
  object->symbols[0] =
      (struct lzr_object_symbol){.name = "", .place = LZR_PLACE_ABSOLUTE};
  for (uint32_t i = 1; i < object->symbol_count; i++) {
    error = read_symbol(object, &table, i, &object->symbols[i]);
    if (error)
      return error;
  }
  object->symbol_count = (uint32_t)count;
  return NULL;
}

/* Relocation tables. */

static lzr_error *check_table(const struct lzr_object *object,
                              const struct lzr_section *section) {
  if (section->type != SHT_RELA)
    return lzr_error_create(LZR_ERROR_UNSUPPORTED,
                            "section '%s' has relocations of kind %#x; only "
                            "RELA is supported",
                            section->name, section->type);
  if (section->entry_size != sizeof(Elf64_Rela) ||
      section->size % sizeof(Elf64_Rela) != 0)
    return MALFORMED("section '%s' has %llu bytes in entries of %u",
                     section->name, (unsigned long long)section->size,
                     section->entry_size);
  if (section->size && section->link != object->symbol_table)
    return MALFORMED("section '%s' uses section %u as its symbol table",
                     section->name, section->link);
  return NULL;
}

static lzr_error *read_table(struct lzr_object *object,
                             const struct lzr_section *section) {
  if (section->info >= object->section_count)
    return MALFORMED("section '%s' relocates section %u of %u", section->name,
                     section->info, object->section_count);
  if (!(object->sections[section->info].flags & SHF_ALLOC))
    return NULL; /* not loaded: debuggers relocate it themselves */
  lzr_error *error = check_table(object, section);
  if (error)
    return error;
  object->tables[object->table_count++] = (struct lzr_reloc_table){
      .section = section->info,
      .entries = section->bytes,
      .count = section->size / sizeof(Elf64_Rela),
  };
  return NULL;
}

static bool is_reloc_table(const struct lzr_section *section) {
  return section->type == SHT_RELA || section->type == SHT_REL ||
         section->type == SHT_CREL;
}

static lzr_error *read_tables(struct lzr_object *object) {
  size_t count = 0;
  for (uint32_t i = 1; i < object->section_count; i++)
    count += is_reloc_table(&object->sections[i]);
  object->tables =
      lzr_arena_alloc(&object->arena, count, sizeof *object->tables);
  if (!object->tables)
    return lzr_out_of_memory();
  for (uint32_t i = 1; i < object->section_count; i++) {
    if (!is_reloc_table(&object->sections[i]))
      continue;
    lzr_error *error = read_table(object, &object->sections[i]);
    if (error)
      return error;
  }
  return NULL;
}

/* The object. */

static lzr_error *check_allocated(const struct lzr_object *object) {
  uint64_t total = 0;
  for (uint32_t i = 1; i < object->section_count; i++) {
    const struct lzr_section *section = &object->sections[i];
    if (!(section->flags & SHF_ALLOC))
      continue;
    if (section->bytes)
      total += section->size; /* 2^20 sections below 2^30: cannot overflow */
    lzr_error *error = lzr_section_check_unwind(section);
    if (error)
      return error;
  }
  if (total > object->size) /* a small file could take all memory that way */
    return MALFORMED("its sections overlap");
  return NULL;
}

static lzr_error *read_names(struct lzr_object *object) {
  if (object->size > LZR_LINK_MAX_OBJECT)
    return lzr_error_create(LZR_ERROR_LIMIT, "%zu bytes; the limit is %d",
                            object->size, LZR_LINK_MAX_OBJECT);
  Elf64_Ehdr header;
  if (object->size < sizeof header)
    return MALFORMED("too short for an ELF file (%zu bytes)", object->size);
  memcpy(&header, object->bytes, sizeof header);
  lzr_error *error = check_header(object, &header);
  if (!error)
    error = read_sections(object, &header);
  if (!error)
    error = read_groups(object);
  return error ? error : read_symbols(object);
}

static lzr_error *read_object(struct lzr_object *object) {
  lzr_error *error = read_names(object);
  if (!error)
    error = read_tables(object);
  if (!error)
    error = check_allocated(object);
  return error ? error : lzr_object_scan_relocs(object);
}

static lzr_error *parse(const struct lzr_arch *arch, const char *name,
                        const uint8_t *bytes, size_t size,
                        lzr_error *(*read)(struct lzr_object *object),
                        lzr_object **result) {
  *result = NULL;
  struct lzr_object *object = lzr_object_create(arch, name);
  if (!object)
    return lzr_out_of_memory();
  object->bytes = bytes;
  object->size = size;
  lzr_error *error = read(object);
  if (error) {
    error = lzr_error_wrap(error, "object '%s'", object->name);
    lzr_object_destroy(object);
    return error;
  }
  *result = object;
  return NULL;
}

lzr_error *lzr_object_parse(const struct lzr_arch *arch, const char *name,
                            const uint8_t *bytes, size_t size,
                            lzr_object **object) {
  return parse(arch, name, bytes, size, read_object, object);
}

lzr_error *lzr_object_parse_symbols(const struct lzr_arch *arch,
                                    const char *name, const uint8_t *bytes,
                                    size_t size, lzr_object **object) {
  return parse(arch, name, bytes, size, read_names, object);
}
