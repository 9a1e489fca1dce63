/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stubs/debug_file.h"

#include <elf.h>

#include "stubs/emit.h"

enum { TEXT = 1, UNWIND, SYMBOLS, STRINGS, SECTIONS };

/* The strings begin with the sections' names. */
static const char section_names[] = "\0.text\0.eh_frame\0.symtab\0.strtab";
enum { TEXT_NAME = 1, UNWIND_NAME = 7, SYMBOLS_NAME = 17, STRINGS_NAME = 25 };

/* Where a file's parts begin, by section; the last is its end. */
struct parts {
  uint64_t at[SECTIONS + 1];
};

static struct parts parts_of(const struct lzr_debug_content *content) {
  struct parts parts;
  parts.at[SYMBOLS] = sizeof(Elf64_Ehdr) + SECTIONS * sizeof(Elf64_Shdr);
  parts.at[UNWIND] =
      parts.at[SYMBOLS] + (content->symbol_count + 1) * sizeof(Elf64_Sym);
  parts.at[STRINGS] = parts.at[UNWIND] + content->unwind_size;
  parts.at[SECTIONS] =
      parts.at[STRINGS] + sizeof section_names + content->names_size;
  return parts;
}

uint64_t lzr_debug_file_size(const struct lzr_debug_content *content) {
  return parts_of(content).at[SECTIONS];
}

static void emit_header(struct lzr_emitter *out, const struct lzr_arch *arch) {
  LZR_EMIT(out, ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
           EV_CURRENT, ELFOSABI_SYSV, 0, 0, 0, 0, 0, 0, 0, 0);
  lzr_emit_16(out, ET_EXEC);
  lzr_emit_16(out, arch->elf_machine);
  lzr_emit_32(out, EV_CURRENT);
  lzr_emit_64(out, 0);                  /* entry */
  lzr_emit_64(out, 0);                  /* program headers */
  lzr_emit_64(out, sizeof(Elf64_Ehdr)); /* section headers */
  lzr_emit_32(out, 0);                  /* flags */
  lzr_emit_16(out, sizeof(Elf64_Ehdr));
  lzr_emit_16(out, 0); /* of program headers: size, count */
  lzr_emit_16(out, 0);
  lzr_emit_16(out, sizeof(Elf64_Shdr));
  lzr_emit_16(out, SECTIONS);
  lzr_emit_16(out, STRINGS);
}

static void emit_section(struct lzr_emitter *out, const Elf64_Shdr *section) {
  lzr_emit_32(out, section->sh_name);
  lzr_emit_32(out, section->sh_type);
  lzr_emit_64(out, section->sh_flags);
  lzr_emit_64(out, section->sh_addr);
  lzr_emit_64(out, section->sh_offset);
  lzr_emit_64(out, section->sh_size);
  lzr_emit_32(out, section->sh_link);
  lzr_emit_32(out, section->sh_info);
  lzr_emit_64(out, section->sh_addralign);
  lzr_emit_64(out, section->sh_entsize);
}

static void emit_sections(struct lzr_emitter *out,
                          const struct lzr_debug_content *content) {
  const struct parts parts = parts_of(content);
  const Elf64_Shdr sections[SECTIONS] = {
      [TEXT] = {.sh_name = TEXT_NAME,
                .sh_type = SHT_NOBITS,
                .sh_flags = SHF_ALLOC | SHF_EXECINSTR,
                .sh_addr = content->code,
                .sh_size = content->code_size,
                .sh_addralign = 1},
      [UNWIND] = {.sh_name = UNWIND_NAME,
                  .sh_type = content->unwind_size ? SHT_PROGBITS : SHT_NULL,
                  .sh_flags = SHF_ALLOC,
                  .sh_addr = content->unwind,
                  .sh_offset = parts.at[UNWIND],
                  .sh_size = content->unwind_size,
                  .sh_addralign = 1},
      [SYMBOLS] = {.sh_name = SYMBOLS_NAME,
                   .sh_type = SHT_SYMTAB,
                   .sh_offset = parts.at[SYMBOLS],
                   .sh_size = parts.at[UNWIND] - parts.at[SYMBOLS],
                   .sh_link = STRINGS,
                   .sh_info = 1,
                   .sh_addralign = sizeof(uint64_t),
                   .sh_entsize = sizeof(Elf64_Sym)},
      [STRINGS] = {.sh_name = STRINGS_NAME,
                   .sh_type = SHT_STRTAB,
                   .sh_offset = parts.at[STRINGS],
                   .sh_size = parts.at[SECTIONS] - parts.at[STRINGS],
                   .sh_addralign = 1}};
  for (int i = 0; i < SECTIONS; i++)
    emit_section(out, &sections[i]);
}

void lzr_debug_file_write(const struct lzr_debug_content *content,
                          const struct lzr_arch *arch, uint8_t *bytes,
                          struct lzr_debug_symbols *symbols) {
  const struct parts parts = parts_of(content);
  struct lzr_emitter out = {bytes};
  emit_header(&out, arch);
  emit_sections(&out, content);
  memset(out.at, 0, sizeof(Elf64_Sym)); /* the first is none */
  out.at = bytes + parts.at[UNWIND];
  if (content->unwind_size)
    lzr_emit_bytes(&out, content->unwind_bytes, content->unwind_size);
  memcpy(out.at, section_names, sizeof section_names);
  *symbols = (struct lzr_debug_symbols){.next = bytes + parts.at[SYMBOLS] +
                                                sizeof(Elf64_Sym),
                                        .strings = out.at,
                                        .strings_used = sizeof section_names};
}

void lzr_debug_file_add(struct lzr_debug_symbols *symbols, const char *name,
                        lzr_addr address, uint64_t size) {
  size_t length = strlen(name) + 1;
  struct lzr_emitter out = {symbols->next};
  lzr_emit_32(&out, symbols->strings_used);
  LZR_EMIT(&out, ELF64_ST_INFO(STB_GLOBAL, STT_FUNC), STV_DEFAULT);
  lzr_emit_16(&out, TEXT);
  lzr_emit_64(&out, address);
  lzr_emit_64(&out, size);
  symbols->next = out.at;
  memcpy(symbols->strings + symbols->strings_used, name, length);
  symbols->strings_used += (uint32_t)length;
}
