/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Every relocation row of RISC-V, whose addresses come in two halves; the low
 * half names the instruction with the high half. Nothing is run: what was
 * written is decoded, and must reach what the relocations name.
 */
#include "tests/link_riscv64.h"

TestSuite(link_riscv64, .init = needs_clang);

/* Halves of an address. */

static const char two_halves[] = ".globl p\n"
                                 "p: auipc a0, %pcrel_hi(s)\n"
                                 "addi a1, a0, %pcrel_lo(p)\n"
                                 "sd a2, %pcrel_lo(p)(a0)\n";

Test(link_riscv64, halves_meet_where_the_low_one_is_negative) {
  const int64_t distances[] = {0,
                               1,
                               0x7ff,
                               0x800,
                               0x801,
                               0xfff,
                               0x1000,
                               -1,
                               -0x7ff,
                               -0x800,
                               -0x801,
                               -0xfff,
                               -0x1000,
                               0x12345,
                               0x7fffefff,
                               0x7ffff7ff,
                               -0x7fffffff,
                               -0x80000000LL,
                               -0x80000800LL};
  struct file file = clang(ASSEMBLY, two_halves);
  for (size_t i = 0; i < sizeof distances / sizeof *distances; i++) {
    lzr_addr s = CODE + (uint64_t)distances[i];
    struct linked linked = with_s(s);
    cr_assert(!link_bytes(&linked, &file));
    cr_expect_eq(reached(&linked, CODE, CODE + 4), s, "%lld",
                 (long long)distances[i]);
    cr_expect_eq(reached(&linked, CODE, CODE + 8), s, "%lld",
                 (long long)distances[i]);
    cr_expect_eq(word_at(&linked, CODE) & 0xfff, 0x517); /* a0 */
    cr_expect_eq(word_at(&linked, CODE + 4) & 0xfffff, 0x50593);
    cr_expect_eq(word_at(&linked, CODE + 8) & 0x1fff07f, 0xc53023);
    unlink_all(&linked);
  }
  free(file.bytes);
}

Test(link_riscv64, what_32_bits_do_not_reach_is_refused) {
  const int64_t distances[] = {0x7ffff800, 0x80000000, -0x80000801LL};
  for (size_t i = 0; i < 3; i++)
    refuses_text(ASSEMBLY, two_halves, CODE + (uint64_t)distances[i],
                 LZR_ERROR_LIMIT, "relocation 23 at .text+0 against 's'");
}

/* A file may list relocations in any order. */
static void reverse_relocations(struct file *file) {
  Elf64_Ehdr *header = (void *)file->bytes;
  Elf64_Shdr *sections = (void *)(file->bytes + header->e_shoff);
  for (size_t i = 1; i < header->e_shnum; i++) {
    if (sections[i].sh_type != SHT_RELA)
      continue;
    Elf64_Rela *first = (void *)(file->bytes + sections[i].sh_offset);
    Elf64_Rela *last = first + sections[i].sh_size / sizeof *first - 1;
    for (; first < last; first++, last--) {
      Elf64_Rela other = *first;
      *first = *last;
      *last = other;
    }
  }
}

static void check_shared_halves(const struct file *file) {
  struct linked linked = with_s(CODE + 0x1003);
  lzr_error *error = link_bytes(&linked, file);
  cr_assert(!error, "%s", lzr_error_message(error));
  lzr_addr mid = address_of(linked.image, "mid");
  lzr_addr p = address_of(linked.image, "p"), q = address_of(linked.image, "q");
  cr_expect_lt(mid, p);
  cr_expect_eq(reached(&linked, p, mid), CODE + 0x2001);
  cr_expect_eq(reached(&linked, q, mid + 4), CODE - 0x900);
  cr_expect_eq(reached(&linked, p, mid + 8), CODE + 0x2001);
  cr_expect_eq(reached(&linked, p, p + 4), CODE + 0x2001);
  unlink_all(&linked);
}

Test(link_riscv64, low_halves_share_a_high_one_and_may_come_before_it) {
  struct file file = clang(ASSEMBLY, ".globl f, mid, p, q\n"
                                     "f: j q\n"
                                     "mid: ld a1, %pcrel_lo(p)(a0)\n"
                                     "sw a1, %pcrel_lo(q)(a2)\n"
                                     "ld a1, %pcrel_lo(p)(a0)\n"
                                     "p: auipc a0, %pcrel_hi(s+0xffe)\n"
                                     "addi a0, a0, %pcrel_lo(p)\n"
                                     "q: auipc a2, %pcrel_hi(f-0x900)\n"
                                     "j p\n");
  check_shared_halves(&file);
  reverse_relocations(&file);
  check_shared_halves(&file);
  free(file.bytes);
}

Test(link_riscv64, a_low_half_may_be_in_another_section) {
  struct linked linked;
  must_link_text(&linked, ASSEMBLY,
                 ".section .text.a,\"ax\",@progbits\n.globl l\n"
                 "nop\nl: ld a1, %pcrel_lo(p)(a0)\nnop\n"
                 ".section .text.b,\"ax\",@progbits\n.globl p\n"
                 "nop\nnop\np: auipc a0, %pcrel_hi(s)\n",
                 CODE - 0x123456);
  cr_expect_eq(reached(&linked, address_of(linked.image, "p"),
                       address_of(linked.image, "l")),
               CODE - 0x123456);
  unlink_all(&linked);
}

Test(link_riscv64, the_high_half_may_be_of_a_got_word) {
  struct linked linked;
  must_link_text(&linked, ASSEMBLY,
                 "p: auipc a0, %got_pcrel_hi(s)\n"
                 "ld a0, %pcrel_lo(p)(a0)\n",
                 0x123456789a);
  lzr_addr word = reached(&linked, CODE, CODE + 4);
  cr_expect_eq(load(&linked.tpc, word, 8), 0x123456789a);
  cr_expect_geq(word, CONSTANTS);
  unlink_all(&linked);
}

Test(link_riscv64, the_high_half_may_be_of_a_thread_local_pair) {
  struct linked linked;
  must_link_text(&linked, ASSEMBLY,
                 "p: auipc a0, %tls_gd_pcrel_hi(d)\n"
                 "addi a0, a0, %pcrel_lo(p)\n"
                 ".section .tdata,\"awT\",@progbits\n"
                 ".zero 24\n.type d, @tls_object\nd: .quad 1\n",
                 0);
  lzr_addr pair = reached(&linked, CODE, CODE + 4);
  cr_expect_eq(load(&linked.tpc, pair, 8),
               lzr_image_tls_template(linked.image));
  cr_expect_eq(load(&linked.tpc, pair + 8, 8), 24);
  unlink_all(&linked);
}

/* Quadratic time would be minutes. */
Test(link_riscv64, fifty_thousand_pairs_are_found) {
  enum { COUNT = 50000, LINE = 80 };
  char *text = malloc(COUNT * LINE);
  size_t used = 0;
  for (int i = 0; i < COUNT; i++)
    used += (size_t)sprintf(text + used,
                            "ld a1, %%pcrel_lo(p%d)(a0)\n"
                            "p%d: auipc a0, %%pcrel_hi(s+%d)\n",
                            COUNT - 1 - i, i, i);
  struct linked linked;
  must_link_text(&linked, ASSEMBLY, text, CODE + 0x1000000);
  for (uint64_t i = 0; i < COUNT; i++)
    cr_assert_eq(reached(&linked, CODE + 8 * i + 4, CODE + 8 * (COUNT - 1 - i)),
                 CODE + 0x1000000 + i);
  unlink_all(&linked);
  free(text);
}

/* The assembler looks for the high half as well, except of what .reloc says. */
#define LOW ".word 0x00050513\n.reloc .-4, R_RISCV_PCREL_LO12_I, "

Test(link_riscv64, a_low_half_without_a_high_one_is_refused) {
  refuses_text(ASSEMBLY, "p: nop\nnop\n" LOW "p\n", 0, LZR_ERROR_FORMAT,
               "relocation 24 at .text+0x4 is half of a pair, and there is no "
               "other half at .text+0");
  refuses_text(ASSEMBLY, LOW "p\np: lui a0, %hi(s)\n", 0, LZR_ERROR_FORMAT,
               "no other half at .text+0x4");
  refuses_text(ASSEMBLY, "p: " LOW "p\n", 0, LZR_ERROR_FORMAT,
               "no other half at .text+0");
  refuses_text(ASSEMBLY, LOW "s\n", 0, LZR_ERROR_FORMAT,
               "relocation 24 at .text+0 against 's' names no instruction of "
               "this object");
  refuses_text(ASSEMBLY, LOW "p\np = 0x1234\n", 0, LZR_ERROR_FORMAT,
               "names no instruction of this object");
  refuses_text(ASSEMBLY,
               LOW "p\n.section .unloaded,\"\",@progbits\np: .word 0\n", 0,
               LZR_ERROR_FORMAT, "is against a section not loaded");
}

Test(link_riscv64, two_high_halves_in_one_place_are_refused) {
  refuses_text(ASSEMBLY,
               "p: auipc a0, %pcrel_hi(s)\naddi a0, a0, %pcrel_lo(p)\n"
               ".reloc p, R_RISCV_GOT_HI20, s\n",
               0, LZR_ERROR_FORMAT, "more than one other half at .text+0");
}

Test(link_riscv64, an_addend_of_a_low_half_is_refused) {
  refuses_text(ASSEMBLY,
               "p: auipc a0, %pcrel_hi(s)\naddi a0, a0, %pcrel_lo(p+4)\n", 0,
               LZR_ERROR_UNSUPPORTED, "has an addend");
}

Test(link_riscv64, a_symbol_outside_its_section_is_no_high_half) {
  struct file file = clang(ASSEMBLY, two_halves);
  Elf64_Ehdr *header = (void *)file.bytes;
  Elf64_Shdr *sections = (void *)(file.bytes + header->e_shoff);
  for (size_t i = 1; i < header->e_shnum; i++)
    for (size_t j = 1; sections[i].sh_type == SHT_SYMTAB &&
                       j < sections[i].sh_size / sizeof(Elf64_Sym);
         j++)
      ((Elf64_Sym *)(file.bytes + sections[i].sh_offset))[j].st_value =
          UINT64_MAX - 7;
  struct linked linked = with_s(CODE);
  expect_error(link_bytes(&linked, &file), LZR_ERROR_FORMAT,
               "no other half at .text+0xfffffffffffffff8");
  free(file.bytes);
}

Test(link_riscv64, absolute_halves_reach_the_lowest_and_highest_2_gib) {
  const char text[] =
      "lui a0, %hi(s)\naddi a0, a0, %lo(s)\nsw a1, %lo(s)(a0)\n";
  const uint64_t addresses[] = {0x800, 0x7ffff7ff, 0x12345fff,
                                UINT64_C(0xffffffff80000000)};
  for (size_t i = 0; i < 4; i++) {
    struct linked linked;
    must_link_text(&linked, ASSEMBLY, text, addresses[i]);
    cr_expect_eq(reached(&linked, CODE, CODE + 4) - CODE, addresses[i]);
    cr_expect_eq(reached(&linked, CODE, CODE + 8) - CODE, addresses[i]);
    unlink_all(&linked);
  }
  refuses_text(ASSEMBLY, text, 0x7ffff800, LZR_ERROR_LIMIT, "relocation 26");
}

/* Calls. */

Test(link_riscv64, a_call_goes_to_the_body_or_through_an_entry_of_the_plt) {
  const char text[] = ".globl f\nf: call s\ntail s\n";
  struct linked linked;
  must_link_text(&linked, ASSEMBLY, text, CODE - 0x7fff0802);
  cr_expect_eq(called(&linked, CODE), CODE - 0x7fff0802);
  cr_expect_eq(called(&linked, CODE + 8), CODE - 0x7fff0802);
  unlink_all(&linked);
  must_link_text(&linked, ASSEMBLY, text, 0x500000000000);
  lzr_addr entry = called(&linked, CODE);
  cr_expect_eq(called(&linked, CODE + 8), entry);
  lzr_addr word = reached(&linked, entry, entry + 4);
  cr_expect_eq(load(&linked.tpc, word, 8), 0x500000000000);
  cr_expect_eq(word_at(&linked, entry + 8), 0x000e0067); /* jr t3 */
  unlink_all(&linked);
}

/* An object may tell others where a function is, but its own calls stay. */
Test(link_riscv64, jumps_and_branches_to_own_functions_stay_in_the_object) {
  struct linked linked = with_s(0x500000000000);
  lzr_error *error = try_text(&linked, "-x assembler -mrelax",
                              ".globl f, s\n.type s, @function\n"
                              "f: jal s\nbeqz a0, s\ncall s\nla a0, s\n"
                              "nop\ns: ret\n");
  cr_assert(!error, "%s", lzr_error_message(error));
  lzr_addr s = address_of(linked.image, "s");
  cr_expect_eq(CODE + (uint64_t)jump_offset(word_at(&linked, CODE)), s);
  unlink_all(&linked);
}

/* Differences of labels, which stay relocations where a linker could move what
   is between them. */

static const char differences[] =
    ".globl p\np: call s\nnop\nend: .data\n"
    ".globl d\n"
    "d: .byte end - p + 0x50\n"
    ".half end - p\n.word p - end\n.quad p - end\n"
    ".uleb128 end - p\n.byte 0x77\n"
    ".uleb128 end - p + 0x100\n.byte 0x77\n";

Test(link_riscv64, differences_are_added_to_what_is_there) {
  const char *options[] = {ASSEMBLY, RELAXED_ASSEMBLY};
  for (int i = 0; i < 2; i++) {
    struct linked linked;
    must_link_text(&linked, options[i], differences, CODE);
    lzr_addr d = address_of(linked.image, "d");
    uint64_t size = load(&linked.tpc, d + 1, 2);
    cr_expect(size == 10 || size == 12, "%llu", (unsigned long long)size);
    cr_expect_eq(load(&linked.tpc, d, 1), size + 0x50);
    cr_expect_eq(load(&linked.tpc, d + 3, 4), (uint32_t)-size);
    cr_expect_eq(load(&linked.tpc, d + 7, 8), -size);
    cr_expect_eq(load(&linked.tpc, d + 15, 2), 0x7700 + size);
    cr_expect_eq(load(&linked.tpc, d + 17, 3), 0x770280 + size);
    unlink_all(&linked);
  }
}

Test(link_riscv64, six_bits_leave_the_other_two_alone) {
  struct linked linked;
  must_link_text(&linked, RELAXED_ASSEMBLY,
                 ".globl p, d\np: call s\nend: .data\nd: .byte 0xc0\n"
                 ".reloc d, R_RISCV_SET6, end\n.reloc d, R_RISCV_SUB6, p\n",
                 CODE);
  cr_expect_eq(load(&linked.tpc, address_of(linked.image, "d"), 1), 0xc8);
  unlink_all(&linked);
}

Test(link_riscv64, a_uleb128_number_keeps_its_length_and_its_section) {
  const char number[] = ".globl p\np: .zero 200\nend: .data\nd: .byte %s\n"
                        ".reloc d, R_RISCV_SET_ULEB128, end\n%s"
                        ".rodata\n.byte 1\n";
  const char sub[] = ".reloc d, R_RISCV_SUB_ULEB128, p\n";
  const char twice[] = ".reloc d, R_RISCV_SUB_ULEB128, p\n"
                       ".reloc d, R_RISCV_SUB_ULEB128, p\n";
  const struct {
    const char *bytes, *rest;
    lzr_error_kind kind;
    const char *part;
  } refused[] = {
      {"0", sub, LZR_ERROR_LIMIT, "0xc8 at"},
      {"0x80", sub, LZR_ERROR_FORMAT, "does not end in its section"},
      {"0x80, 0", "", LZR_ERROR_FORMAT, "no other half at .data+0"},
      {"0x80, 0", twice, LZR_ERROR_FORMAT, "more than one other half"},
  };
  for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
    char text[400];
    snprintf(text, sizeof text, number, refused[i].bytes, refused[i].rest);
    refuses_text(ASSEMBLY, text, 0, refused[i].kind, refused[i].part);
  }
}

/* Padding. */

Test(link_riscv64, padding_that_ends_where_it_must_is_left) {
  /* 4 + 4 + 2 bytes, then 6 of padding up to a multiple of 8 */
  const char text[] = ".globl f\nf: call s\n.option norvc\n.option rvc\n"
                      "c.nop\n.p2align 3\n.globl g\ng: ret\n";
  struct linked linked;
  must_link_text(&linked, RELAXED_ASSEMBLY, text, CODE);
  cr_expect_eq(address_of(linked.image, "g"), CODE + 16);
  unlink_all(&linked);
}

Test(link_riscv64, padding_with_too_much_of_it_is_refused) {
  const char text[] = ".globl f\nf: call s\n.p2align 3\n.globl g\ng: ret\n";
  refuses_text(RELAXED_ASSEMBLY, text, CODE, LZR_ERROR_UNSUPPORTED,
               "6 bytes of padding at 0x700000000008 do not end at a multiple "
               "of 8; only relaxation");
  struct linked linked;
  must_link_text(&linked, ASSEMBLY, text, CODE);
  cr_expect_eq(address_of(linked.image, "g"), CODE + 8);
  unlink_all(&linked);
}

/* Fields, one by one. */

struct edge {
  uint32_t type;
  uint64_t value;
  bool fits;
};

static void check_edge(const struct edge *edge) {
  const struct lzr_reloc_row *row = riscv64_arch.find_reloc(edge->type);
  cr_assert(row, "no row %u", edge->type);
  uint8_t bytes[10], before[10];
  memset(before, 0x25, sizeof before);
  memcpy(bytes, before, sizeof before);
  lzr_error *error = riscv64_arch.write_field(
      (struct lzr_place){bytes + 1, 0x1000}, row->size, row, edge->value);
  cr_expect_eq(error == NULL, edge->fits, "%u: %#llx", edge->type,
               (unsigned long long)edge->value);
  if (error)
    cr_expect_arr_eq(bytes, before, sizeof bytes, "%u: wrote", edge->type);
  lzr_error_destroy(error);
  cr_expect_eq(bytes[0], 0x25);
  cr_expect_arr_eq(bytes + 1 + row->size, before, 9u - row->size,
                   "%u: wrote behind its field", edge->type);
}

#define MINUS(value) (UINT64_C(0) - UINT64_C(value))

Test(link_riscv64_fields, take_what_fits_and_nothing_more) {
  const struct edge edges[] = {
      {R_RISCV_64, UINT64_MAX, true},
      {R_RISCV_32, 0xffffffff, true},
      {R_RISCV_32, MINUS(0x80000000), true},
      {R_RISCV_32, 0x100000000, false},
      {R_RISCV_32, MINUS(0x80000001), false},
      {R_RISCV_32_PCREL, 0x7fffffff, true},
      {R_RISCV_32_PCREL, 0x80000000, false},
      {R_RISCV_PLT32, MINUS(0x80000000), true},
      {R_RISCV_PLT32, MINUS(0x80000001), false},
      {R_RISCV_GOT32_PCREL, 0x80000000, false},
      {R_RISCV_ADD8, UINT64_MAX, true},
      {R_RISCV_SUB64, UINT64_MAX, true},
      {R_RISCV_SET6, UINT64_MAX, true},
      {R_RISCV_HI20, 0x7ffff7ff, true},
      {R_RISCV_HI20, 0x7ffff800, false},
      {R_RISCV_PCREL_HI20, MINUS(0x80000800), true},
      {R_RISCV_PCREL_HI20, MINUS(0x80000801), false},
      {R_RISCV_GOT_HI20, 0x80000000, false},
      {R_RISCV_TLS_GD_HI20, 0x80000000, false},
      {R_RISCV_PCREL_LO12_I, UINT64_MAX / 2, true},
      {R_RISCV_CALL_PLT, 0x7ffff7ff, true},
      {R_RISCV_CALL_PLT, 0x7ffff800, false},
      {R_RISCV_CALL, MINUS(0x80000801), false},
      {R_RISCV_JAL, 0xffffe, true},
      {R_RISCV_JAL, 0x100000, false},
      {R_RISCV_JAL, MINUS(0x100000), true},
      {R_RISCV_JAL, MINUS(0x100002), false},
      {R_RISCV_JAL, 1, false},
      {R_RISCV_BRANCH, 0xffe, true},
      {R_RISCV_BRANCH, 0x1000, false},
      {R_RISCV_BRANCH, MINUS(0x1000), true},
      {R_RISCV_BRANCH, MINUS(0x1002), false},
      {R_RISCV_BRANCH, 0x801, false},
      {R_RISCV_RVC_BRANCH, 0xfe, true},
      {R_RISCV_RVC_BRANCH, 0x100, false},
      {R_RISCV_RVC_BRANCH, MINUS(0x100), true},
      {R_RISCV_RVC_BRANCH, MINUS(0x102), false},
      {R_RISCV_RVC_JUMP, 0x7fe, true},
      {R_RISCV_RVC_JUMP, 0x800, false},
      {R_RISCV_RVC_JUMP, MINUS(0x800), true},
      {R_RISCV_RVC_JUMP, MINUS(0x802), false},
      {R_RISCV_SET_ULEB128, 0x7f, true},
      {R_RISCV_SET_ULEB128, 0x80, false},
  };
  for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
    check_edge(&edges[i]);
  for (uint32_t type = 0; type < 300; type++)
    if (riscv64_arch.find_reloc(type) && type != R_RISCV_ALIGN)
      check_edge(&(struct edge){type, 0, true});
}

static void check_offsets(uint32_t type, int64_t first, int64_t last,
                          uint32_t opcode, int64_t (*decode)(uint32_t)) {
  const struct lzr_reloc_row *row = riscv64_arch.find_reloc(type);
  uint32_t others = 0; /* bits that are not the field's */
  for (int64_t offset = first; offset <= last; offset += 2) {
    uint8_t bytes[4] = {(uint8_t)opcode, (uint8_t)(opcode >> 8),
                        (uint8_t)(opcode >> 16), (uint8_t)(opcode >> 24)};
    cr_assert(!riscv64_arch.write_field((struct lzr_place){bytes, 0}, row->size,
                                        row, (uint64_t)offset));
    uint32_t word =
        bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    cr_assert_eq(decode(word), offset, "%u: %lld", type, (long long)offset);
    others = offset == 0 ? word : others;
  }
  cr_expect_eq(others, opcode);
}

/* The assembler encodes a distance within a section itself. */
static void check_decoder(const char *instruction, unsigned size,
                          unsigned distance_bits, int64_t (*decode)(uint32_t)) {
  char text[4000];
  size_t used = 0, next = 0;
  int64_t offsets[64];
  for (unsigned bit = 1; bit + 1 < distance_bits; bit++) {
    offsets[next++] = INT64_C(1) << bit;
    offsets[next++] = -(INT64_C(1) << bit);
  }
  offsets[next++] = -(INT64_C(1) << (distance_bits - 1));
  for (size_t i = 0; i < next; i++)
    used += (size_t)snprintf(text + used, sizeof text - used, "%s .%+lld\n",
                             instruction, (long long)offsets[i]);
  struct linked linked;
  must_link_text(&linked, ASSEMBLY, text, 0);
  for (size_t i = 0; i < next; i++)
    cr_expect_eq(decode((uint32_t)load(&linked.tpc, CODE + size * i, size)),
                 offsets[i], "%s %lld", instruction, (long long)offsets[i]);
  unlink_all(&linked);
}

Test(link_riscv64, is_decoded_as_the_assembler_encodes) {
  check_decoder("beq a0, a1,", 4, 13, branch_offset);
  check_decoder(".option norvc\njal ra,", 4, 21, jump_offset);
  check_decoder("c.beqz a0,", 2, 9, short_branch_offset);
  check_decoder("c.j", 2, 12, short_jump_offset);
}

Test(link_riscv64_fields, hold_every_offset_of_a_branch) {
  check_offsets(R_RISCV_BRANCH, -0x1000, 0xffe, 0x00b51063, branch_offset);
  check_offsets(R_RISCV_JAL, -0x100000, 0xffffe, 0x000000ef, jump_offset);
  check_offsets(R_RISCV_RVC_BRANCH, -0x100, 0xfe, 0xe101, short_branch_offset);
  check_offsets(R_RISCV_RVC_JUMP, -0x800, 0x7fe, 0xa001, short_jump_offset);
}

/* Refusals. */

Test(link_riscv64, a_type_without_a_row_is_refused_by_name_and_number) {
  refuses_text(ASSEMBLY, "p: .zero 8\n.reloc p, R_RISCV_COPY, s\n", 0,
               LZR_ERROR_UNSUPPORTED,
               "riscv64 relocation type 4 is not supported");
  refuses_text(ASSEMBLY, "p: .zero 8\n.reloc p, R_RISCV_IRELATIVE, s\n", 0,
               LZR_ERROR_UNSUPPORTED,
               "riscv64 relocation type 58 is not supported");
  cr_expect_null(riscv64_arch.find_reloc(255));
  cr_expect_null(riscv64_arch.find_reloc(UINT32_MAX));
}

Test(link_riscv64, static_tls_models_are_refused) {
  const char *uses[] = {"lui a0, %tprel_hi(d)", "la.tls.ie a0, d"};
  for (size_t i = 0; i < 2; i++) {
    char text[200];
    snprintf(text, sizeof text,
             "%s\n.section .tdata,\"awT\",@progbits\n"
             ".type d, @tls_object\nd: .quad 1\n",
             uses[i]);
    refuses_text(ASSEMBLY, text, 0, LZR_ERROR_UNSUPPORTED,
                 "'d' needs an offset from the thread pointer");
  }
}
