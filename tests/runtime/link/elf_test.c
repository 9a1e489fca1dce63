/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Reads objects that nobody should trust. */
#include "tests/link_fixture.h"

#include <stddef.h>

/* A file with one thing changed. */

/* A little of everything. */
static const char everything_x86_64[] =
    ".globl f, h, u\n.weak w\n.hidden h\n.type f, @function\n"
    "f: .cfi_startproc\ncall g\nmov u@GOTPCREL(%rip), %rax\n"
    "call *w@GOTPCREL(%rip)\nlea t@tlsgd(%rip), %rdi\nlea c(%rip), %rax\nret\n"
    ".cfi_endproc\n"
    ".section .text.h,\"axG\",@progbits,h,comdat\nh: call f\n"
    ".section .rodata.str1.1,\"aMS\",@progbits,1\n.asciz \"hello\"\n"
    ".data\n.quad f, g, u+8\n"
    ".section .data.rel.ro,\"aw\",@progbits\n.quad f\n"
    ".bss\n.zero 64\n.comm c, 16, 16\n"
    ".section .tdata,\"awT\",@progbits\n.type t, @tls_object\nt: .quad f\n"
    ".section .init_array.7,\"aw\",@init_array\n.quad f\n"
    ".section .fini_array,\"aw\",@fini_array\n.quad f\n"
    ".section .debug_info,\"\",@progbits\n.quad f\n";

static const char everything_aarch64[] =
    ".globl f, h, u\n.weak w\n.hidden h\n.type f, %function\n"
    "f: .cfi_startproc\nbl g\nadrp x0, :got:u\nldr x0, [x0, :got_lo12:u]\n"
    "adrp x1, c\nadd x1, x1, :lo12:c\nbl w\nret\n"
    ".cfi_endproc\n"
    ".section .text.h,\"axG\",%progbits,h,comdat\nh: bl f\n"
    ".data\n.xword f, g, u+8\n"
    ".section .data.rel.ro,\"aw\",%progbits\n.xword f\n"
    ".bss\n.zero 64\n.comm c, 16, 16\n"
    ".section .tdata,\"awT\",%progbits\n.type t, %tls_object\nt: .xword f\n"
    ".section .init_array.7,\"aw\",%init_array\n.xword f\n"
    ".section .fini_array,\"aw\",%fini_array\n.xword f\n";

static struct book everything_needed(void) {
  return (struct book){.answers = {{.name = "g", .address = 0x700001000000},
                                   {.name = "u", .address = 0x700002000000}}};
}

static lzr_error *link_everything(const char *triple, const struct file *file) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = everything_needed();
  lzr_image *image;
  lzr_error *error = link_file(&tpc, triple, file, &book, &image);
  lzr_image_release(image);
  free_target(&tpc);
  return error;
}

Test(link_object, links_a_little_of_everything) {
  struct file file = assemble(X86_64, everything_x86_64);
  lzr_error *error = link_everything(X86_64, &file);
  cr_expect(!error, "%s", lzr_error_message(error));
  free(file.bytes);
  file = assemble(AARCH64, everything_aarch64);
  error = link_everything(AARCH64, &file);
  cr_expect(!error, "%s", lzr_error_message(error));
  free(file.bytes);
}

static void store(struct file *file, size_t offset, uint64_t value,
                  size_t size) {
  cr_assert(offset + size <= file->size);
  for (size_t i = 0; i < size; i++)
    file->bytes[offset + i] = (uint8_t)(value >> (8 * i));
}

struct change {
  size_t offset, size; /* of the field */
  uint64_t value;
  lzr_error_kind kind;
  const char *part; /* of the sentence */
};

#define IN(type, field) offsetof(type, field), sizeof(((type *)0)->field)

static void refuses_change(const struct change *change, size_t base) {
  struct file file = assemble(X86_64, everything_x86_64);
  store(&file, base + change->offset, change->value, change->size);
  expect_error(link_everything(X86_64, &file), change->kind, change->part);
  free(file.bytes);
}

/* The header. */

Test(link_object, refuses_each_wrong_header_field) {
  const struct change changes[] = {
      {0, 1, 0, LZR_ERROR_FORMAT, "not an ELF file"},
      {EI_CLASS, 1, ELFCLASS32, LZR_ERROR_FORMAT, "64-bit"},
      {EI_DATA, 1, ELFDATA2MSB, LZR_ERROR_FORMAT, "little-endian"},
      {EI_VERSION, 1, 2, LZR_ERROR_FORMAT, "version 2"},
      {IN(Elf64_Ehdr, e_type), ET_DYN, LZR_ERROR_FORMAT, "ELF type 3"},
      {IN(Elf64_Ehdr, e_machine), EM_AARCH64, LZR_ERROR_FORMAT, "machine 183"},
      {IN(Elf64_Ehdr, e_version), 7, LZR_ERROR_FORMAT, "version 7"},
      {IN(Elf64_Ehdr, e_shentsize), 40, LZR_ERROR_FORMAT, "of 40 bytes"},
      {IN(Elf64_Ehdr, e_shoff), 0, LZR_ERROR_FORMAT, "not in the file"},
      {IN(Elf64_Ehdr, e_shoff), UINT64_MAX - 8, LZR_ERROR_FORMAT,
       "not in the file"},
      {IN(Elf64_Ehdr, e_shnum), 60000, LZR_ERROR_FORMAT, "not in the file"},
      {IN(Elf64_Ehdr, e_shnum), 0, LZR_ERROR_FORMAT, "not in the file"},
      {IN(Elf64_Ehdr, e_shstrndx), 0, LZR_ERROR_FORMAT, "section names"},
      {IN(Elf64_Ehdr, e_shstrndx), 500, LZR_ERROR_FORMAT, "section names"},
  };
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++)
    refuses_change(&changes[i], 0);
}

Test(link_object, refuses_what_is_too_short_for_a_header) {
  struct file whole = assemble(X86_64, "ret\n");
  for (size_t size = 0; size < sizeof(Elf64_Ehdr); size++) {
    struct file file = {malloc(size + 1), size};
    memcpy(file.bytes, whole.bytes, size);
    expect_error(link_everything(X86_64, &file), LZR_ERROR_FORMAT, "too short");
    free(file.bytes);
  }
  free(whole.bytes);
}

Test(link_object, every_error_names_the_object) {
  lzr_object *object;
  expect_error(lzr_object_parse(arch_of(X86_64), "some.o", (const uint8_t *)"",
                                0, &object),
               LZR_ERROR_FORMAT, "object 'some.o': ");
  cr_expect(!object);
}

/* Sections. */

static Elf64_Shdr section_header(const struct file *file, size_t index) {
  Elf64_Ehdr header;
  memcpy(&header, file->bytes, sizeof header);
  Elf64_Shdr section;
  memcpy(&section, file->bytes + header.e_shoff + index * sizeof section,
         sizeof section);
  return section;
}

/* Where the header of the first section of this name is. */
static size_t section_at(const struct file *file, const char *name) {
  Elf64_Ehdr header;
  memcpy(&header, file->bytes, sizeof header);
  Elf64_Shdr first = section_header(file, 0);
  size_t count = header.e_shnum ? header.e_shnum : first.sh_size;
  size_t names_index =
      header.e_shstrndx == SHN_XINDEX ? first.sh_link : header.e_shstrndx;
  size_t names = section_header(file, names_index).sh_offset;
  for (size_t i = 1; i < count; i++) {
    size_t at_name = names + section_header(file, i).sh_name;
    if (strcmp((const char *)file->bytes + at_name, name) == 0)
      return header.e_shoff + i * sizeof(Elf64_Shdr);
  }
  cr_assert_fail("no section %s", name);
  return 0;
}

static size_t contents_at(const struct file *file, const char *name) {
  Elf64_Shdr section;
  memcpy(&section, file->bytes + section_at(file, name), sizeof section);
  return section.sh_offset;
}

struct section_change {
  const char *section;
  struct change change;
};

Test(link_object, refuses_each_wrong_section_field) {
  const struct section_change changes[] = {
      {".text",
       {IN(Elf64_Shdr, sh_offset), UINT64_MAX, LZR_ERROR_FORMAT,
        "not in the file"}},
      {".text",
       {IN(Elf64_Shdr, sh_size), UINT64_MAX, LZR_ERROR_FORMAT,
        "not in the file"}},
      {".text",
       {IN(Elf64_Shdr, sh_size), 3, LZR_ERROR_FORMAT, "outside its section"}},
      {".text",
       {IN(Elf64_Shdr, sh_addralign), 3, LZR_ERROR_FORMAT, "alignment of 3"}},
      {".text",
       {IN(Elf64_Shdr, sh_addralign), 1 << 21, LZR_ERROR_LIMIT,
        "alignment of 2097152"}},
      {".text",
       {IN(Elf64_Shdr, sh_name), UINT32_MAX, LZR_ERROR_FORMAT,
        "name is outside"}},
      {".text", {IN(Elf64_Shdr, sh_flags), 0, LZR_ERROR_FORMAT, "not loaded"}},
      {".data",
       {IN(Elf64_Shdr, sh_type), SHT_NOBITS, LZR_ERROR_FORMAT,
        "outside its section"}},
      {".data",
       {IN(Elf64_Shdr, sh_flags), SHF_ALLOC | SHF_WRITE | SHF_COMPRESSED,
        LZR_ERROR_UNSUPPORTED, "compressed"}},
      {".symtab",
       {IN(Elf64_Shdr, sh_entsize), 16, LZR_ERROR_FORMAT, "entries of 16"}},
      {".symtab", {IN(Elf64_Shdr, sh_size), 25, LZR_ERROR_FORMAT, "25 bytes"}},
      {".symtab",
       {IN(Elf64_Shdr, sh_size), 24, LZR_ERROR_FORMAT, "against symbol"}},
      {".symtab",
       {IN(Elf64_Shdr, sh_link), 0, LZR_ERROR_FORMAT, "symbol names"}},
      {".symtab",
       {IN(Elf64_Shdr, sh_type), SHT_PROGBITS, LZR_ERROR_FORMAT,
        "as its symbol table"}},
      {".rela.text",
       {IN(Elf64_Shdr, sh_info), 9999, LZR_ERROR_FORMAT,
        "relocates section 9999"}},
      {".rela.text",
       {IN(Elf64_Shdr, sh_link), 1, LZR_ERROR_FORMAT, "as its symbol table"}},
      {".rela.text",
       {IN(Elf64_Shdr, sh_entsize), 16, LZR_ERROR_FORMAT, "entries of 16"}},
      {".rela.text",
       {IN(Elf64_Shdr, sh_size), 23, LZR_ERROR_FORMAT, "23 bytes"}},
      {".rela.text",
       {IN(Elf64_Shdr, sh_type), SHT_REL, LZR_ERROR_UNSUPPORTED, "only RELA"}},
      {".group", {IN(Elf64_Shdr, sh_size), 3, LZR_ERROR_FORMAT, "3 bytes"}},
      {".eh_frame",
       {IN(Elf64_Shdr, sh_size), 41, LZR_ERROR_FORMAT,
        "past the section's end"}},
      {".eh_frame",
       {IN(Elf64_Shdr, sh_flags), SHF_ALLOC | SHF_EXECINSTR, LZR_ERROR_FORMAT,
        "not plain data"}},
  };
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    struct file file = assemble(X86_64, everything_x86_64);
    refuses_change(&changes[i].change, section_at(&file, changes[i].section));
    free(file.bytes);
  }
}

Test(link_object, refuses_each_wrong_entry) {
  const struct section_change changes[] = {
      {".rela.text",
       {IN(Elf64_Rela, r_offset), UINT64_MAX, LZR_ERROR_FORMAT,
        "outside its section"}},
      {".rela.text",
       {IN(Elf64_Rela, r_info), ELF64_R_INFO(999, 2), LZR_ERROR_FORMAT,
        "against symbol 999"}},
      {".rela.text",
       {IN(Elf64_Rela, r_info), ELF64_R_INFO(1, 999), LZR_ERROR_UNSUPPORTED,
        "relocation type 999"}},
      {".symtab",
       {24 + offsetof(Elf64_Sym, st_name), 4, UINT32_MAX, LZR_ERROR_FORMAT,
        "symbol 1's name"}},
      {".symtab",
       {24 + offsetof(Elf64_Sym, st_info), 1, 0x70, LZR_ERROR_FORMAT,
        "binding, 7"}},
      {".symtab",
       {24 + offsetof(Elf64_Sym, st_shndx), 2, 0x300, LZR_ERROR_FORMAT,
        "section 768 of"}},
      {".symtab",
       {24 + offsetof(Elf64_Sym, st_shndx), 2, 0xff05, LZR_ERROR_FORMAT,
        "reserved section 0xff05"}},
      {".symtab",
       {24 + offsetof(Elf64_Sym, st_shndx), 2, SHN_XINDEX, LZR_ERROR_FORMAT,
        "reserved section 0xffff"}},
      {".symtab",
       {24 + offsetof(Elf64_Sym, st_shndx), 2, SHN_COMMON, LZR_ERROR_FORMAT,
        "common symbol"}},
      {".group", {4, 4, 999, LZR_ERROR_FORMAT, "section 999 as a member"}},
      {".eh_frame",
       {0, 4, 0x7fffffff, LZR_ERROR_FORMAT, "past the section's end"}},
      {".eh_frame", {4, 4, 77, LZR_ERROR_FORMAT, "has no CIE"}},
      {".eh_frame", {0, 4, UINT32_MAX, LZR_ERROR_UNSUPPORTED, "64-bit length"}},
  };
  for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
    struct file file = assemble(X86_64, everything_x86_64);
    refuses_change(&changes[i].change, contents_at(&file, changes[i].section));
    free(file.bytes);
  }
}

Test(link_object, refuses_sections_that_share_their_bytes) {
  struct file file = assemble(X86_64, everything_x86_64);
  const char *names[] = {".text", ".data", ".data.rel.ro"};
  for (int i = 0; i < 3; i++) {
    size_t header = section_at(&file, names[i]);
    store(&file, header + offsetof(Elf64_Shdr, sh_offset), 0, 8);
    store(&file, header + offsetof(Elf64_Shdr, sh_size), file.size, 8);
  }
  expect_error(link_everything(X86_64, &file), LZR_ERROR_FORMAT, "overlap");
  free(file.bytes);
}

Test(link_object, refuses_a_string_table_without_an_end) {
  struct file file = assemble(X86_64, everything_x86_64);
  size_t header = section_at(&file, ".strtab");
  Elf64_Shdr strings;
  memcpy(&strings, file.bytes + header, sizeof strings);
  store(&file, strings.sh_offset + strings.sh_size - 1, 'x', 1);
  expect_error(link_everything(X86_64, &file), LZR_ERROR_FORMAT,
               "not a string table");
  free(file.bytes);
}

Test(link_object, refuses_a_field_that_is_cut_off) {
  refuses(X86_64, ".data\nd: .zero 7\n.reloc d, R_X86_64_64, d\n", NULL,
          LZR_ERROR_FORMAT, "outside its section");
}

/* More sections than the header can count. */

enum { MANY = 66000, LINE = 80 };

static struct file many_sections(void) {
  char *text = malloc((size_t)MANY * LINE);
  size_t used = 0;
  for (int i = 0; i < MANY; i++)
    used += (size_t)sprintf(
        text + used, ".section .d%d,\"a\",@progbits\n.byte %d\n", i, i & 1);
  sprintf(text + used, ".globl last\nlast: .quad .d0\n");
  struct file file = assemble(X86_64, text);
  free(text);
  return file;
}

Test(link_object, reads_more_sections_than_sixteen_bits_count) {
  struct file file = many_sections();
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {0};
  lzr_image *image;
  lzr_error *error = link_file(&tpc, X86_64, &file, &book, &image);
  cr_assert(!error, "%s", lzr_error_message(error));
  lzr_addr last = address_of(image, "last");
  cr_expect_eq(load(&tpc, last - 1, 1), (MANY - 1) & 1);
  cr_expect_eq(load(&tpc, load(&tpc, last, 8), 1), 0);
  lzr_image_release(image);
  free(file.bytes);
  free_target(&tpc);
}

Test(link_object, refuses_a_table_of_section_indexes_that_is_too_short) {
  struct file file = many_sections();
  size_t indexes = section_at(&file, ".symtab_shndx");
  store(&file, indexes + offsetof(Elf64_Shdr, sh_size), 8, 8);
  expect_error(link_everything(X86_64, &file), LZR_ERROR_FORMAT,
               "extended section indexes");
  free(file.bytes);
}

Test(link_object, refuses_more_sections_than_the_limit) {
  struct file file = many_sections();
  Elf64_Ehdr header;
  memcpy(&header, file.bytes, sizeof header);
  store(&file, header.e_shoff + offsetof(Elf64_Shdr, sh_size),
        LZR_LINK_MAX_SECTIONS + 1, 8);
  expect_error(link_everything(X86_64, &file), LZR_ERROR_LIMIT,
               "1048577 sections");
  free(file.bytes);
}

/* Mutations: any result is fine, except a crash. */

static void try_file(const char *triple, const struct file *file) {
  lzr_error_destroy(link_everything(triple, file));
}

static void try_each_byte(const char *triple, const char *text) {
  static const uint8_t values[] = {0x00, 0xff, 0x80, 0x7f, 0x01};
  struct file file = assemble(triple, text);
  for (size_t i = 0; i < file.size; i++) {
    uint8_t kept = file.bytes[i];
    for (size_t v = 0; v < sizeof values; v++) {
      file.bytes[i] = v == 4 ? kept ^ 1 : values[v];
      try_file(triple, &file);
    }
    file.bytes[i] = kept;
  }
  free(file.bytes);
}

Test(link_object, survives_any_changed_byte, .timeout = 250) {
  try_each_byte(X86_64, everything_x86_64);
  try_each_byte(AARCH64, everything_aarch64);
}

Test(link_object, survives_any_truncation, .timeout = 250) {
  const char *triples[] = {X86_64, AARCH64};
  const char *texts[] = {everything_x86_64, everything_aarch64};
  for (int t = 0; t < 2; t++) {
    struct file whole = assemble(triples[t], texts[t]);
    for (size_t size = 0; size < whole.size; size++) {
      struct file file = {malloc(size ? size : 1), size};
      memcpy(file.bytes, whole.bytes, size);
      lzr_error *error = link_everything(triples[t], &file);
      cr_expect(error, "%zu of %zu bytes are accepted", size, whole.size);
      lzr_error_destroy(error);
      free(file.bytes);
    }
    free(whole.bytes);
  }
}

/* A fixed sequence: a failure can be repeated. */
static uint32_t next_random(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
  return (uint32_t)(*state >> 33);
}

Test(link_object, survives_many_changes_at_once, .timeout = 250) {
  struct file file = assemble(X86_64, everything_x86_64);
  uint8_t *kept = malloc(file.size);
  memcpy(kept, file.bytes, file.size);
  uint64_t state = 1;
  for (int round = 0; round < 20000; round++) {
    for (uint32_t n = next_random(&state) % 6; n-- > 0;) {
      size_t place = next_random(&state) % (file.size - 8);
      store(&file, place, next_random(&state), 1u << next_random(&state) % 3);
    }
    try_file(X86_64, &file);
    memcpy(file.bytes, kept, file.size);
  }
  free(kept);
  free(file.bytes);
}
