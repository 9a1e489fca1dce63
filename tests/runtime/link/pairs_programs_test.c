/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Programs in C and C++, compiled for RISC-V: whatever their relocations name
 * is found in the file and decoded without the linker, and must be reached.
 */
#include "tests/link_riscv64.h"

TestSuite(link_riscv64_programs, .init = needs_clang);

/* Every relocation of a linked file, found and decoded without the linker. */

struct table {
  const Elf64_Shdr *section;
  const Elf64_Rela *entries;
  size_t count;
};

static const Elf64_Shdr *section_of(const struct linked *linked, size_t index) {
  const Elf64_Ehdr *header = (const void *)linked->file;
  return (const Elf64_Shdr *)(linked->file + header->e_shoff) + index;
}

static struct table table_of(const struct linked *linked, size_t index) {
  const Elf64_Shdr *section = section_of(linked, index);
  const Elf64_Shdr *target = section_of(linked, section->sh_info);
  if (section->sh_type != SHT_RELA || !(target->sh_flags & SHF_ALLOC))
    return (struct table){0};
  return (struct table){target,
                        (const void *)(linked->file + section->sh_offset),
                        section->sh_size / sizeof(Elf64_Rela)};
}

static const Elf64_Sym *symbol_of(const struct linked *linked,
                                  const Elf64_Rela *rela, const char **name) {
  const Elf64_Ehdr *header = (const void *)linked->file;
  for (size_t i = 1; i < header->e_shnum; i++) {
    const Elf64_Shdr *section = section_of(linked, i);
    if (section->sh_type != SHT_SYMTAB)
      continue;
    const Elf64_Sym *symbols =
        (const void *)(linked->file + section->sh_offset);
    const Elf64_Sym *found = &symbols[ELF64_R_SYM(rela->r_info)];
    *name = (const char *)linked->file +
            section_of(linked, section->sh_link)->sh_offset + found->st_name;
    return found;
  }
  cr_assert(false, "no symbols");
  return NULL;
}

static lzr_addr s_of(const struct linked *linked, const Elf64_Rela *rela) {
  const char *name;
  const Elf64_Sym *symbol = symbol_of(linked, rela, &name);
  if (symbol->st_shndx != SHN_UNDEF)
    return section_of(linked, symbol->st_shndx)->sh_addr + symbol->st_value;
  const struct lzr_query *answer = find_query(linked->book.answers, 16, name);
  cr_assert(answer, "'%s'", name);
  return answer->address;
}

static const Elf64_Rela *find_at(const struct linked *linked, lzr_addr address,
                                 uint32_t first, uint32_t last) {
  const Elf64_Ehdr *header = (const void *)linked->file;
  for (size_t i = 1; i < header->e_shnum; i++) {
    struct table table = table_of(linked, i);
    for (size_t j = 0; j < table.count; j++) {
      uint32_t type = (uint32_t)table.entries[j].r_info;
      if (table.section->sh_addr + table.entries[j].r_offset == address &&
          type >= first && type <= last)
        return &table.entries[j];
    }
  }
  return NULL;
}

static void check_low(struct linked *linked, lzr_addr p, lzr_addr label) {
  const Elf64_Rela *high =
      find_at(linked, label, R_RISCV_GOT_HI20, R_RISCV_PCREL_HI20);
  cr_assert(high);
  lzr_addr target = reached(linked, label, p);
  lzr_addr s = s_of(linked, high) + (uint64_t)high->r_addend;
  if ((uint32_t)high->r_info == R_RISCV_PCREL_HI20)
    cr_expect_eq(target, s);
  else if ((uint32_t)high->r_info == R_RISCV_GOT_HI20)
    cr_expect_eq(load(&linked->tpc, target, 8), s);
  else
    cr_expect_eq(load(&linked->tpc, target, 8),
                 lzr_image_tls_template(linked->image));
}

/* The field of an ADD and a SUB, or a SET and a SUB. */
static void check_difference(struct linked *linked, lzr_addr p, lzr_addr from,
                             uint64_t mask) {
  const Elf64_Rela *sub = find_at(linked, p, R_RISCV_SUB8, R_RISCV_SUB64);
  sub = sub ? sub : find_at(linked, p, R_RISCV_SUB6, R_RISCV_SUB6);
  cr_assert(sub);
  uint64_t expected = from - s_of(linked, sub) - (uint64_t)sub->r_addend;
  unsigned size = 1;
  while (size < 8 && mask >> (8 * size))
    size++;
  cr_expect_eq(load(&linked->tpc, p, size) & mask, expected & mask, "at %#llx",
               (unsigned long long)p);
}

/* Whether it is one that is looked at. */
static bool check_one(struct linked *linked, lzr_addr p,
                      const Elf64_Rela *rela) {
  uint32_t type = (uint32_t)rela->r_info;
  if (type == R_RISCV_RELAX)
    return false;
  lzr_addr s_a = s_of(linked, rela) + (uint64_t)rela->r_addend;
  switch (type) {
  case R_RISCV_GOT_HI20:
  case R_RISCV_TLS_GD_HI20:
  case R_RISCV_PCREL_HI20:
  case R_RISCV_SUB8:
  case R_RISCV_SUB16:
  case R_RISCV_SUB32:
  case R_RISCV_SUB64:
  case R_RISCV_SUB6:
    return false; /* with their other halves */
  case R_RISCV_PCREL_LO12_I:
  case R_RISCV_PCREL_LO12_S:
    check_low(linked, p, s_a);
    return true;
  case R_RISCV_CALL_PLT:
    cr_expect_eq(called(linked, p), s_a);
    return true;
  case R_RISCV_BRANCH:
    cr_expect_eq(p + (uint64_t)branch_offset(word_at(linked, p)), s_a);
    return true;
  case R_RISCV_JAL:
    cr_expect_eq(p + (uint64_t)jump_offset(word_at(linked, p)), s_a);
    return true;
  case R_RISCV_RVC_BRANCH:
    cr_expect_eq(p + (uint64_t)short_branch_offset(word_at(linked, p)), s_a);
    return true;
  case R_RISCV_RVC_JUMP:
    cr_expect_eq(p + (uint64_t)short_jump_offset(word_at(linked, p)), s_a);
    return true;
  case R_RISCV_64:
    cr_expect_eq(load(&linked->tpc, p, 8), s_a);
    return true;
  case R_RISCV_32_PCREL:
    cr_expect_eq((uint32_t)load(&linked->tpc, p, 4), (uint32_t)(s_a - p));
    return true;
  case R_RISCV_ADD64:
    check_difference(linked, p, s_a, UINT64_MAX);
    return true;
  case R_RISCV_ADD32:
  case R_RISCV_SET32:
    check_difference(linked, p, s_a, UINT32_MAX);
    return true;
  case R_RISCV_ADD16:
  case R_RISCV_SET16:
    check_difference(linked, p, s_a, UINT16_MAX);
    return true;
  case R_RISCV_ADD8:
  case R_RISCV_SET8:
    check_difference(linked, p, s_a, UINT8_MAX);
    return true;
  case R_RISCV_SET6:
    check_difference(linked, p, s_a, 0x3f);
    return true;
  }
  cr_assert(false, "type %u is not looked at", type);
  return false;
}

/* Also sets which types there were. */
static void check_all(struct linked *linked, bool seen[64]) {
  const Elf64_Ehdr *header = (const void *)linked->file;
  for (size_t i = 1; i < header->e_shnum; i++) {
    struct table table = table_of(linked, i);
    for (size_t j = 0; j < table.count; j++) {
      const Elf64_Rela *rela = &table.entries[j];
      if (check_one(linked, table.section->sh_addr + rela->r_offset, rela))
        seen[(uint32_t)rela->r_info % 64] = true;
    }
  }
}

/* Programs. */

static const char c_program[] =
    "extern int s; extern int called(int); extern struct big { long a[500]; } "
    "e;\n"
    "static int own[4] = {1, 2, 3, 4}; int glob = 7, stored; static long "
    "far_in[900];\n"
    "_Thread_local int t = 3;\n"
    "const char *const names[] = {\"a\", \"b\"};\n"
    "int f(int i) {\n"
    "  own[i] += s; glob++; t++; stored = i; far_in[300] = i; far_in[1] = "
    "e.a[400];\n"
    "  return called(own[i & 3]) + own[0];\n"
    "}\n"
    "int g(int i) {\n"
    "  switch (i) {\n"
    "  case 0: return f(1);\n  case 1: return called(2);\n"
    "  case 2: return f(3);\n  case 3: return called(9);\n"
    "  case 4: return f(77);\n  case 5: return f(78) * 3;\n"
    "  default: while (i-- > 100) called(i); return names[i & 1][0];\n  }\n"
    "}\n";

static void check_program(const char *options, const char *text,
                          const uint32_t *types) {
  struct linked linked = with_s(0x700012345ffc);
  const char *names[] = {"called",          "e",
                         "__tls_get_addr",  "_Z5throwv",
                         "_ZN1XD1Ev",       "__cxa_begin_catch",
                         "__cxa_end_catch", "_Unwind_Resume",
                         "_ZTIi",           "__gxx_personality_v0"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    linked.book.answers[i + 1] = (struct lzr_query){
        .name = names[i], .address = 0x6fffffff0800 + 0x17fa * i};
  lzr_error *error = try_text(&linked, options, text);
  cr_assert(!error, "%s", lzr_error_message(error));
  bool seen[64] = {false};
  check_all(&linked, seen);
  for (; *types; types++)
    cr_expect(seen[*types], "the program has no relocation of type %u", *types);
  unlink_all(&linked);
}

Test(link_riscv64_programs, a_c_program_reaches_all_it_names) {
  check_program("-x c -O1 -fPIC", c_program,
                (const uint32_t[]){R_RISCV_PCREL_LO12_I, R_RISCV_CALL_PLT,
                                   R_RISCV_BRANCH, R_RISCV_RVC_JUMP, R_RISCV_64,
                                   R_RISCV_ADD32, R_RISCV_32_PCREL, 0});
  check_program("-x c -O1 -fPIC -march=rv64g -mno-relax", c_program,
                (const uint32_t[]){R_RISCV_PCREL_LO12_I, R_RISCV_CALL_PLT, 0});
  check_program("-x c -O1 -fPIC -fvisibility=hidden -ffunction-sections",
                c_program,
                (const uint32_t[]){R_RISCV_PCREL_LO12_I, R_RISCV_PCREL_LO12_S,
                                   R_RISCV_CALL_PLT, 0});
  check_program("-x c -O0 -fPIC", c_program,
                (const uint32_t[]){R_RISCV_PCREL_LO12_I, R_RISCV_CALL_PLT, 0});
}

Test(link_riscv64_programs, a_cxx_program_has_its_tables_of_exceptions) {
  check_program(
      "-x c++ -O1 -fPIC",
      "void throw_(); void throw_() {}\n"
      "void throwv() asm(\"_Z5throwv\"); struct X { ~X(); };\n"
      "int f() { X x; try { throwv(); } catch (int i) { return i; }\n"
      "  return 0; }\n",
      (const uint32_t[]){R_RISCV_CALL_PLT, R_RISCV_ADD32, R_RISCV_32_PCREL, 0});
}
