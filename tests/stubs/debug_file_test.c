/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "stubs/debug_file.h"

#include <criterion/criterion.h>
#include <elf.h>
#include <stdlib.h>

#define CODE 0x7000
#define UNWIND 0x9000

static const uint8_t unwind[] = {1, 2, 3, 4, 0, 0, 0, 0};

/* With the functions f and main, and guard bytes behind the file. */
static uint8_t *write_file(const char *triple, bool has_unwind,
                           uint64_t *size) {
  struct lzr_debug_content content = {.code = CODE,
                                      .code_size = 64,
                                      .unwind = UNWIND,
                                      .unwind_bytes = unwind,
                                      .unwind_size =
                                          has_unwind ? sizeof unwind : 0,
                                      .symbol_count = 2,
                                      .names_size = sizeof "f" + sizeof "main"};
  struct lzr_debug_symbols symbols;
  *size = lzr_debug_file_size(&content);
  uint8_t *bytes = malloc(*size + 8);
  cr_assert(bytes);
  memset(bytes, 0xee, *size + 8);
  lzr_debug_file_write(&content, lzr_arch_for_triple(triple), bytes, &symbols);
  lzr_debug_file_add(&symbols, "f", CODE, 16);
  lzr_debug_file_add(&symbols, "main", CODE + 16, 48);
  for (int i = 0; i < 8; i++)
    cr_assert_eq(bytes[*size + i], 0xee);
  return bytes;
}

static const Elf64_Shdr *find(const uint8_t *bytes, const char *name) {
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)bytes;
  const Elf64_Shdr *sections = (const Elf64_Shdr *)(bytes + header->e_shoff);
  const char *names =
      (const char *)bytes + sections[header->e_shstrndx].sh_offset;
  for (int i = 0; i < header->e_shnum; i++)
    if (sections[i].sh_type && strcmp(names + sections[i].sh_name, name) == 0)
      return &sections[i];
  return NULL;
}

Test(debug_file, says_where_code_is_and_for_which_machine) {
  uint64_t size;
  uint8_t *bytes = write_file("aarch64", true, &size);
  const Elf64_Shdr *text = find(bytes, ".text");
  cr_assert_eq(memcmp(bytes, ELFMAG, SELFMAG), 0);
  cr_assert_eq(((const Elf64_Ehdr *)bytes)->e_machine, EM_AARCH64);
  cr_assert(text);
  cr_assert_eq(text->sh_addr, CODE);
  cr_assert_eq(text->sh_size, 64);
  cr_assert_eq(text->sh_type, SHT_NOBITS);
  free(bytes);
}

Test(debug_file, has_functions_with_names) {
  uint64_t size;
  uint8_t *bytes = write_file("x86_64", true, &size);
  const Elf64_Shdr *table = find(bytes, ".symtab"),
                   *strings = find(bytes, ".strtab");
  cr_assert(table && strings);
  cr_assert_eq(table->sh_size, 3 * sizeof(Elf64_Sym));
  cr_assert_eq(strings->sh_offset + strings->sh_size, size);
  const Elf64_Sym *symbols = (const Elf64_Sym *)(bytes + table->sh_offset);
  const char *names = (const char *)bytes + strings->sh_offset;
  cr_assert_str_eq(names + symbols[1].st_name, "f");
  cr_assert_str_eq(names + symbols[2].st_name, "main");
  cr_assert_eq(symbols[2].st_value, CODE + 16);
  cr_assert_eq(symbols[2].st_size, 48);
  cr_assert_eq(ELF64_ST_TYPE(symbols[2].st_info), STT_FUNC);
  free(bytes);
}

Test(debug_file, has_unwind_records_if_there_are_any) {
  uint64_t size;
  uint8_t *bytes = write_file("x86_64", true, &size);
  const Elf64_Shdr *section = find(bytes, ".eh_frame");
  cr_assert(section);
  cr_assert_eq(section->sh_addr, UNWIND);
  cr_assert_eq(section->sh_size, sizeof unwind);
  cr_assert_eq(memcmp(bytes + section->sh_offset, unwind, sizeof unwind), 0);
  free(bytes);
  bytes = write_file("x86_64", false, &size);
  cr_assert_null(find(bytes, ".eh_frame"));
  free(bytes);
}
