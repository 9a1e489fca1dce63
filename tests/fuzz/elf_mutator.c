/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "tests/fuzz/elf_mutator.h"

#include <elf.h>
#include <stdbool.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t size, size_t max);

/* Fields of a struct. */
struct field {
  uint8_t offset, size;
};

#define FIELD(type, name) {offsetof(type, name), sizeof(((type *)0)->name)}

static const struct field header_fields[] = {
    FIELD(Elf64_Ehdr, e_type), FIELD(Elf64_Ehdr, e_machine),
    FIELD(Elf64_Ehdr, e_shoff), FIELD(Elf64_Ehdr, e_shnum),
    FIELD(Elf64_Ehdr, e_shstrndx)};

static const struct field section_fields[] = {
    FIELD(Elf64_Shdr, sh_name),   FIELD(Elf64_Shdr, sh_type),
    FIELD(Elf64_Shdr, sh_flags),  FIELD(Elf64_Shdr, sh_offset),
    FIELD(Elf64_Shdr, sh_size),   FIELD(Elf64_Shdr, sh_link),
    FIELD(Elf64_Shdr, sh_info),   FIELD(Elf64_Shdr, sh_addralign),
    FIELD(Elf64_Shdr, sh_entsize)};

static const struct field symbol_fields[] = {
    FIELD(Elf64_Sym, st_name),  FIELD(Elf64_Sym, st_info),
    FIELD(Elf64_Sym, st_other), FIELD(Elf64_Sym, st_shndx),
    FIELD(Elf64_Sym, st_value), FIELD(Elf64_Sym, st_size)};

/* r_info is two numbers of 32 bits, the type in front. */
static const struct field reloc_fields[] = {
    FIELD(Elf64_Rela, r_offset), {8, 4}, {12, 4}, FIELD(Elf64_Rela, r_addend)};

static const struct field word_field = {0, 4};

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* xorshift64, started by libFuzzer's seed; below 0 stands for 2^64. */
static uint64_t random_state;

static uint64_t next_random(uint64_t below) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  random_state ^= random_state << 17;
  return below ? random_state % below : random_state;
}

/* Values at which arithmetic goes wrong. */
static const uint64_t edges[] = {
    0,          1,          2,          3,          4,          7,
    8,          16,         24,         0x7f,       0xff,       0x100,
    0xfff,      0x1000,     0x7fff,     0xff00,     0xfff1,     0xfff2,
    0xffff,     1 << 20,    0x40000000, 0x7fffffff, 0x80000000, 0xffffffff,
    1ull << 32, 1ull << 48, 1ull << 63, -1ull,      -2ull,      -4ull,
    -8ull,      -4096ull};

static uint64_t change(uint64_t value, unsigned size, size_t file_size) {
  switch (next_random(5)) {
  case 0:
    return edges[next_random(COUNT(edges))];
  case 1:
    return next_random(file_size + 16);
  case 2:
    return value + 1 + next_random(16);
  case 3:
    return value - 1 - next_random(16);
  default:
    return value ^ 1ull << next_random(8 * size);
  }
}

struct file {
  uint8_t *bytes;
  size_t size;
};

static bool has(const struct file *file, uint64_t offset, uint64_t size) {
  return offset <= file->size && size <= file->size - offset;
}

static void change_field(const struct file *file, uint64_t record,
                         struct field field) {
  uint64_t value = 0, offset = record + field.offset;
  if (offset < record || !has(file, offset, field.size))
    return;
  memcpy(&value, file->bytes + offset, field.size);
  value = change(value, field.size, file->size);
  memcpy(file->bytes + offset, &value, field.size);
}

/* Changes an element of a section's table. */
static void change_entry(const struct file *file, const Elf64_Shdr *section,
                         uint64_t entry_size, struct field field) {
  uint64_t index = next_random(section->sh_size / entry_size + 1);
  change_field(file, section->sh_offset + index * entry_size, field);
}

static void change_contents(const struct file *file,
                            const Elf64_Shdr *section) {
  struct field field = word_field;
  switch (section->sh_type) {
  case SHT_SYMTAB:
    change_entry(file, section, sizeof(Elf64_Sym),
                 symbol_fields[next_random(COUNT(symbol_fields))]);
    break;
  case SHT_RELA:
    change_entry(file, section, sizeof(Elf64_Rela),
                 reloc_fields[next_random(COUNT(reloc_fields))]);
    break;
  default:
    field.size = (uint8_t)(1 << next_random(4));
    change_field(file, section->sh_offset + next_random(section->sh_size + 1),
                 field);
  }
}

static void change_something(const struct file *file) {
  Elf64_Ehdr header;
  Elf64_Shdr section;
  memcpy(&header, file->bytes, sizeof header);
  uint64_t index = header.e_shnum ? next_random(header.e_shnum) : 0;
  uint64_t offset = header.e_shoff + index * sizeof section;
  if (next_random(16) == 0 || !has(file, offset, sizeof section)) {
    change_field(file, 0, header_fields[next_random(COUNT(header_fields))]);
    return;
  }
  memcpy(&section, file->bytes + offset, sizeof section);
  if (next_random(2))
    change_field(file, offset,
                 section_fields[next_random(COUNT(section_fields))]);
  else
    change_contents(file, &section);
}

size_t mutate_elf(uint8_t *bytes, size_t size, size_t max, unsigned seed) {
  struct file file = {bytes, size};
  random_state = (seed + 1ull) * 0x9e3779b97f4a7c15;
  if (size < sizeof(Elf64_Ehdr) || memcmp(bytes, ELFMAG, SELFMAG) != 0 ||
      next_random(3) == 0)
    return LLVMFuzzerMutate(bytes, size, max);
  for (uint64_t times = 1 + next_random(3); times > 0; times--)
    change_something(&file);
  return size;
}
