/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Debug objects where no debug information is kept: small ELF files that say
 * where functions are, and how to unwind their frames. There is one for each
 * .eh_frame section, because debuggers read one section of that name; the first
 * has all symbols. Addresses are the target's, and code is not in the file:
 * debuggers read it from memory.
 *
 *     ELF header | section headers | symbols | unwind records | strings
 */
#include "runtime/link/image.h"

enum { TEXT = 1, UNWIND, SYMBOLS, STRINGS, SECTIONS };

/* The strings begin with the sections' names. */
static const char section_names[] = "\0.text\0.eh_frame\0.symtab\0.strtab";
enum { TEXT_NAME = 1, UNWIND_NAME = 7, SYMBOLS_NAME = 17, STRINGS_NAME = 25 };

/* Where a file's parts begin, by section. */
struct parts {
  uint64_t at[SECTIONS];
};

static bool is_function(const struct lzr_object *object,
                        const struct lzr_object_symbol *symbol) {
  const struct lzr_section *section = lzr_object_symbol_section(object, symbol);
  bool is_label =
      symbol->type == STT_NOTYPE && lzr_object_symbol_is_global(symbol);
  return section && section->flags & SHF_EXECINSTR &&
         (symbol->type == STT_FUNC || is_label) && symbol->name[0];
}

static struct parts parts_of(const struct lzr_debug_file *file) {
  struct parts parts;
  parts.at[SYMBOLS] = sizeof(Elf64_Ehdr) + SECTIONS * sizeof(Elf64_Shdr);
  parts.at[UNWIND] =
      parts.at[SYMBOLS] + (file->symbol_count + 1) * sizeof(Elf64_Sym);
  parts.at[STRINGS] =
      parts.at[UNWIND] + (file->unwind ? file->unwind->size : 0);
  return parts;
}

static void measure(const struct lzr_object *object, bool has_symbols,
                    struct lzr_debug_file *file) {
  uint64_t strings = sizeof section_names;
  for (uint32_t i = 1; i < object->symbol_count && has_symbols; i++)
    if (is_function(object, &object->symbols[i])) {
      file->symbol_count++;
      strings += strlen(object->symbols[i].name) + 1;
    }
  file->size = parts_of(file).at[STRINGS] + strings;
}

size_t lzr_image_list_brief(const struct lzr_object *object,
                            struct lzr_debug_file *files) {
  size_t count = 0;
  for (uint32_t i = 1; i < object->section_count; i++)
    if (lzr_section_is_unwind(&object->sections[i])) {
      files[count] = (struct lzr_debug_file){.unwind = &object->sections[i]};
      measure(object, count == 0, &files[count]);
      count++;
    }
  if (count)
    return count;
  files[0] = (struct lzr_debug_file){0};
  measure(object, true, &files[0]);
  return files[0].symbol_count ? 1 : 0;
}

/* Writing. */

static void write_header(uint8_t *file, const struct lzr_arch *arch) {
  Elf64_Ehdr header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3,
                                   ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
                       .e_type = htole16(ET_EXEC),
                       .e_machine = htole16(arch->elf_machine),
                       .e_version = htole32(EV_CURRENT),
                       .e_shoff = htole64(sizeof header),
                       .e_ehsize = htole16(sizeof header),
                       .e_shentsize = htole16(sizeof(Elf64_Shdr)),
                       .e_shnum = htole16(SECTIONS),
                       .e_shstrndx = htole16(STRINGS)};
  memcpy(file, &header, sizeof header);
}

static void write_section(uint8_t *file, unsigned number, Elf64_Shdr section) {
  Elf64_Shdr raw = {.sh_name = htole32(section.sh_name),
                    .sh_type = htole32(section.sh_type),
                    .sh_flags = htole64(section.sh_flags),
                    .sh_addr = htole64(section.sh_addr),
                    .sh_offset = htole64(section.sh_offset),
                    .sh_size = htole64(section.sh_size),
                    .sh_link = htole32(section.sh_link),
                    .sh_info = htole32(section.sh_info),
                    .sh_addralign = htole64(section.sh_addralign),
                    .sh_entsize = htole64(section.sh_entsize)};
  memcpy(file + sizeof(Elf64_Ehdr) + number * sizeof raw, &raw, sizeof raw);
}

static void write_sections(const struct lzr_image *image,
                           const struct lzr_debug_file *file,
                           const struct parts *parts, uint8_t *bytes) {
  const struct lzr_segment_layout *code = &image->segments[LZR_PROT_CODE];
  write_section(bytes, TEXT,
                (Elf64_Shdr){.sh_name = TEXT_NAME,
                             .sh_type = SHT_NOBITS,
                             .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                             .sh_addr = code->address,
                             .sh_size = code->size,
                             .sh_addralign = 1});
  write_section(bytes, SYMBOLS,
                (Elf64_Shdr){.sh_name = SYMBOLS_NAME,
                             .sh_type = SHT_SYMTAB,
                             .sh_offset = parts->at[SYMBOLS],
                             .sh_size = parts->at[UNWIND] - parts->at[SYMBOLS],
                             .sh_link = STRINGS,
                             .sh_info = 1,
                             .sh_addralign = LZR_WORD_SIZE,
                             .sh_entsize = sizeof(Elf64_Sym)});
  write_section(bytes, STRINGS,
                (Elf64_Shdr){.sh_name = STRINGS_NAME,
                             .sh_type = SHT_STRTAB,
                             .sh_offset = parts->at[STRINGS],
                             .sh_size = file->size - parts->at[STRINGS],
                             .sh_addralign = 1});
  if (!file->unwind)
    return;
  write_section(bytes, UNWIND,
                (Elf64_Shdr){.sh_name = UNWIND_NAME,
                             .sh_type = SHT_PROGBITS,
                             .sh_flags = SHF_ALLOC,
                             .sh_addr = file->unwind->address,
                             .sh_offset = parts->at[UNWIND],
                             .sh_size = file->unwind->size,
                             .sh_addralign = 1});
  memcpy(bytes + parts->at[UNWIND], file->unwind->written, file->unwind->size);
}

static void write_symbol(const struct lzr_object *object,
                         const struct lzr_object_symbol *symbol, uint32_t name,
                         uint8_t *bytes) {
  const struct lzr_section *section = lzr_object_symbol_section(object, symbol);
  Elf64_Sym raw = {
      .st_name = htole32(name),
      .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
      .st_shndx = htole16(TEXT),
      .st_value = htole64(section->address + symbol->value),
      .st_size = htole64(symbol->size),
  };
  memcpy(bytes, &raw, sizeof raw);
}

static void write_symbols(const struct lzr_object *object,
                          const struct lzr_debug_file *file,
                          const struct parts *parts, uint8_t *bytes) {
  uint8_t *entry = bytes + parts->at[SYMBOLS];
  uint8_t *strings = bytes + parts->at[STRINGS];
  uint32_t used = sizeof section_names;
  memcpy(strings, section_names, used);
  for (uint32_t i = 1; i < object->symbol_count && file->symbol_count; i++) {
    const struct lzr_object_symbol *symbol = &object->symbols[i];
    if (!is_function(object, symbol))
      continue;
    size_t size = strlen(symbol->name) + 1;
    write_symbol(object, symbol, used, entry += sizeof(Elf64_Sym));
    memcpy(strings + used, symbol->name, size);
    used += (uint32_t)size;
  }
}

void lzr_image_write_brief(const struct lzr_image *image,
                           const struct lzr_debug_file *file, uint8_t *bytes) {
  struct parts parts = parts_of(file);
  write_header(bytes, image->object->arch);
  write_sections(image, file, &parts, bytes);
  write_symbols(image->object, file, &parts, bytes);
}
