/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * Every relocation row of both architectures: the expression, through the whole
 * linker, and the edges of its field.
 */
#include "runtime/link/object.h"
#include "tests/link_fixture.h"

#define CODE 0x700000000000 /* of the ordinary target: p is there */
#define CONSTANTS 0x700010000000

/* One relocation at p, the start of the code. */

struct linked {
  struct lzr_tpc tpc;
  lzr_image *image;
};

static lzr_addr tls_descriptor; /* what the next link is told */

/* Refers to the undefined symbol s, at the address given. */
static lzr_error *link_one(struct linked *linked, const char *triple,
                           const char *type, const char *target, lzr_addr s,
                           const char *word) {
  char text[400];
  snprintf(text, sizeof text,
           ".globl p, own\n.type d, @tls_object\np: %s\n.reloc p, %s, %s\n"
           ".data\nown: .zero 64\n.size own, 64\n"
           ".section .tdata,\"awT\",@progbits\n.zero 24\nd: .quad 1\n",
           word, type, target);
  struct book book = {.answers = {{.name = "s", .address = s}},
                      .tls_descriptor = tls_descriptor};
  linked->tpc = ordinary_target();
  return try_link(&linked->tpc, triple, text, &book, &linked->image);
}

static uint64_t relocated(struct linked *linked, const char *triple,
                          const char *type, const char *target, lzr_addr s,
                          const char *word, unsigned size) {
  lzr_error *error = link_one(linked, triple, type, target, s, word);
  cr_assert(!error, "%s: %s", type, lzr_error_message(error));
  cr_assert_eq(address_of(linked->image, "p"), CODE);
  return load(&linked->tpc, CODE, size);
}

static void unlink_one(struct linked *linked) {
  lzr_image_release(linked->image);
  free_target(&linked->tpc);
}

struct row {
  const char *type;
  const char *target; /* symbol and addend */
  lzr_addr s;
  unsigned size;
  uint64_t expected;
};

#define DATA_WORD ".zero 16"

static void check_data_rows(const char *triple, const struct row *rows,
                            size_t count) {
  for (size_t i = 0; i < count; i++) {
    const struct row *row = &rows[i];
    struct linked linked;
    uint64_t value = relocated(&linked, triple, row->type, row->target, row->s,
                               DATA_WORD, row->size);
    cr_expect_eq(value, row->expected, "%s: %#llx, not %#llx", row->type,
                 (unsigned long long)value, (unsigned long long)row->expected);
    unlink_one(&linked);
  }
}

Test(link_relocs_x86_64, direct_sums) {
  const struct row rows[] = {
      {"R_X86_64_64", "s+5", 0x123456789a, 8, 0x123456789f},
      {"R_X86_64_32", "s+5", 0xfffffff0, 4, 0xfffffff5},
      {"R_X86_64_32S", "s-16", 8, 4, 0xfffffff8},
      {"R_X86_64_16", "s+1", 0xfff0, 2, 0xfff1},
      {"R_X86_64_8", "s+1", 0xf0, 1, 0xf1},
      {"R_X86_64_PC64", "s+5", 0x100, 8, 0x105 - CODE},
      {"R_X86_64_PC32", "s-4", CODE - 0x70000000, 4, 0x8ffffffc},
      {"R_X86_64_PC16", "s", CODE - 2, 2, 0xfffe},
      {"R_X86_64_PC8", "s", CODE + 0x7f, 1, 0x7f},
      {"R_X86_64_PLT32", "s-4", CODE + 0x1000, 4, 0xffc},
      {"R_X86_64_SIZE32", "own+2", 0, 4, 66},
      {"R_X86_64_SIZE64", "own+2", 0, 8, 66},
      {"R_X86_64_DTPOFF32", "d+2", 0, 4, 26},
      {"R_X86_64_DTPOFF64", "d+2", 0, 8, 26},
  };
  check_data_rows(X86_64, rows, sizeof rows / sizeof *rows);
}

/* No GOT row can be checked without the table: the TLS image is first in the
   constants, and 32 bytes long; one GOT word follows. */
#define GOT (CONSTANTS + 32)

Test(link_relocs_x86_64, sums_with_the_got) {
  const struct row rows[] = {
      {"R_X86_64_GOTPCREL", "s-4", 0x1234, 4, GOT - 4 - CODE},
      {"R_X86_64_GOTPCRELX", "s-4", 0x1234, 4, GOT - 4 - CODE},
      {"R_X86_64_REX_GOTPCRELX", "s-4", 0x1234, 4, GOT - 4 - CODE},
      {"R_X86_64_GOTPCREL64", "s", 0x1234, 8, GOT - CODE},
      {"R_X86_64_GOT32", "s+8", 0x1234, 4, 8},
      {"R_X86_64_GOT64", "s+8", 0x1234, 8, 8},
      {"R_X86_64_GOTOFF64", "s+8", 0x1234, 8, 0x123c - GOT},
      {"R_X86_64_PLTOFF64", "s+8", 0x1234, 8, 0x123c - GOT},
      {"R_X86_64_GOTPC32", "_GLOBAL_OFFSET_TABLE_-4", 0, 4, GOT - 4 - CODE},
      {"R_X86_64_GOTPC64", "_GLOBAL_OFFSET_TABLE_+8", 0, 8, GOT + 8 - CODE},
      {"R_X86_64_PC32", "_GLOBAL_OFFSET_TABLE_-4", 0, 4, GOT - 4 - CODE},
  };
  check_data_rows(X86_64, rows, sizeof rows / sizeof *rows);
}

Test(link_relocs_x86_64, a_got_word_holds_the_address_without_the_addend) {
  struct linked linked;
  relocated(&linked, X86_64, "R_X86_64_GOTPCREL", "s-4", 0x123456789a,
            DATA_WORD, 4);
  cr_expect_eq(load(&linked.tpc, GOT, 8), 0x123456789a);
  unlink_one(&linked);
}

Test(link_relocs_x86_64, tls_pairs_name_the_template_and_the_offset) {
  struct linked linked;
  uint64_t value =
      relocated(&linked, X86_64, "R_X86_64_TLSGD", "d-4", 0, DATA_WORD, 4);
  cr_expect_eq(value, GOT - 4 - CODE);
  cr_expect_eq(load(&linked.tpc, GOT, 8), lzr_image_tls_template(linked.image));
  cr_expect_eq(load(&linked.tpc, GOT + 8, 8), 24);
  unlink_one(&linked);
  value = relocated(&linked, X86_64, "R_X86_64_TLSLD", "d-4", 0, DATA_WORD, 4);
  cr_expect_eq(value, GOT - 4 - CODE);
  cr_expect_eq(load(&linked.tpc, GOT, 8), lzr_image_tls_template(linked.image));
  cr_expect_eq(load(&linked.tpc, GOT + 8, 8), 0);
  unlink_one(&linked);
}

Test(link_relocs_aarch64, data_sums) {
  const struct row rows[] = {
      {"R_AARCH64_ABS64", "s+5", 0x123456789a, 8, 0x123456789f},
      {"R_AARCH64_ABS32", "s+5", 0xfffffff0, 4, 0xfffffff5},
      {"R_AARCH64_ABS16", "s-16", 8, 2, 0xfff8},
      {"R_AARCH64_PREL64", "s+5", 0x100, 8, 0x105 - CODE},
      {"R_AARCH64_PREL32", "s+4", CODE - 0x70000000, 4, 0x90000004},
      {"R_AARCH64_PREL16", "s", CODE - 2, 2, 0xfffe},
      {"R_AARCH64_PLT32", "s+4", CODE + 0x1000, 4, 0x1004},
      {"R_AARCH64_GOTPCREL32", "s", 0x1234, 4, GOT - CODE},
  };
  check_data_rows(AARCH64, rows, sizeof rows / sizeof *rows);
}

/* The word before and after; the bits of the instruction itself must stay. */
struct instruction {
  const char *type;
  const char *target;
  lzr_addr s;
  uint32_t before;
  uint32_t after;
};

Test(link_relocs_aarch64, instruction_fields) {
  const struct instruction rows[] = {
      /* bl, b, cbz x1, tbz w1 #3 */
      {"R_AARCH64_CALL26", "s", CODE + 0x7fffffc, 0x94000000, 0x95ffffff},
      {"R_AARCH64_JUMP26", "s", CODE - 8, 0x14000000, 0x17fffffe},
      {"R_AARCH64_CONDBR19", "s", CODE - 4, 0xb4000001, 0xb4ffffe1},
      {"R_AARCH64_TSTBR14", "s", CODE + 0x7ffc, 0x36180001, 0x361bffe1},
      /* ldr x2, label; adr x2; adrp x2 */
      {"R_AARCH64_LD_PREL_LO19", "s", CODE + 16, 0x58000002, 0x58000082},
      {"R_AARCH64_ADR_PREL_LO21", "s", CODE - 1, 0x10000002, 0x70ffffe2},
      {"R_AARCH64_ADR_PREL_PG_HI21", "s+0xfff", CODE + 0x5001, 0x90000002,
       0xd0000022},
      {"R_AARCH64_ADR_PREL_PG_HI21_NC", "s", CODE + 0x500000123, 0x90000002,
       0x90800002},
      /* add x2, x3; ldrb, ldrh, ldr w, ldr x, ldr q */
      {"R_AARCH64_ADD_ABS_LO12_NC", "s+1", 0x12345, 0x91000062, 0x910d1862},
      {"R_AARCH64_LDST8_ABS_LO12_NC", "s", 0x12fff, 0x39400062, 0x397ffc62},
      {"R_AARCH64_LDST16_ABS_LO12_NC", "s", 0x12ffe, 0x79400062, 0x795ffc62},
      {"R_AARCH64_LDST32_ABS_LO12_NC", "s", 0x12ffc, 0xb9400062, 0xb94ffc62},
      {"R_AARCH64_LDST64_ABS_LO12_NC", "s", 0x12ff8, 0xf9400062, 0xf947fc62},
      {"R_AARCH64_LDST128_ABS_LO12_NC", "s", 0x12ff0, 0x3dc00062, 0x3dc3fc62},
      /* movz, movk x2 */
      {"R_AARCH64_MOVW_UABS_G0", "s", 0x1234, 0xd2800002, 0xd2824682},
      {"R_AARCH64_MOVW_UABS_G0_NC", "s", 0x56781234, 0xf2800002, 0xf2824682},
      {"R_AARCH64_MOVW_UABS_G1", "s", 0x12345678, 0xd2a00002, 0xd2a24682},
      {"R_AARCH64_MOVW_UABS_G1_NC", "s", 0xff12345678, 0xf2a00002, 0xf2a24682},
      {"R_AARCH64_MOVW_UABS_G2", "s", 0x123400000000, 0xd2c00002, 0xd2c24682},
      {"R_AARCH64_MOVW_UABS_G2_NC", "s", 0xff123400000000, 0xf2c00002,
       0xf2c24682},
      {"R_AARCH64_MOVW_UABS_G3", "s", 0x1234000000000000, 0xd2e00002,
       0xd2e24682},
      /* adrp x2; ldr x2, [x2]: the word is 0x10000 pages from the code, and 32
         bytes into its page */
      {"R_AARCH64_ADR_GOT_PAGE", "s", 0x1234, 0x90000002, 0x90080002},
      {"R_AARCH64_LD64_GOT_LO12_NC", "s", 0x1234, 0xf9400042, 0xf9401042},
      {"R_AARCH64_LD64_GOTPAGE_LO15", "s", 0x1234, 0xf9400042, 0xf9401042},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char word[32];
    snprintf(word, sizeof word, ".inst %#x", rows[i].before);
    struct linked linked;
    uint32_t after = (uint32_t)relocated(&linked, AARCH64, rows[i].type,
                                         rows[i].target, rows[i].s, word, 4);
    cr_expect_eq(after, rows[i].after, "%s: %#x, not %#x", rows[i].type, after,
                 rows[i].after);
    unlink_one(&linked);
  }
}

/* The code starts four bytes before a page's end. */
static uint32_t across_pages(const char *text) {
  struct lzr_tpc tpc = target_at(0x700000000ffc, CONSTANTS, CONSTANTS + 0x1000);
  struct book book = {.answers = {{.name = "s", .address = 0x700000001000}}};
  lzr_image *image = must_link(&tpc, AARCH64, text, &book);
  uint32_t word = (uint32_t)load(&tpc, 0x700000000ffc, 4);
  lzr_image_release(image);
  free_target(&tpc);
  return word;
}

Test(link_relocs_aarch64, page_distances_are_between_pages_not_places) {
  cr_expect_eq(across_pages("adrp x2, s\n"), 0xb0000002);
  cr_expect_eq(across_pages("adrp x2, :got:s\n"), 0x90080002);
}

/* Edges of the fields. */

struct edge {
  uint32_t type;
  uint64_t value;
  bool fits;
};

static void check_edge(const struct lzr_arch *arch, const struct edge *edge) {
  const struct lzr_reloc_row *row = arch->find_reloc(edge->type);
  cr_assert(row, "%s has no row %u", arch->name, edge->type);
  uint8_t bytes[10], before[10];
  memset(before, 0xa5, sizeof before);
  memcpy(bytes, before, sizeof before);
  lzr_error *error = arch->write_field((struct lzr_place){bytes + 1, 0x1000},
                                       row->size, row, edge->value);
  cr_expect_eq(error == NULL, edge->fits, "%s %u: %#llx", arch->name,
               edge->type, (unsigned long long)edge->value);
  if (error) {
    cr_expect_eq(lzr_error_get_kind(error), LZR_ERROR_LIMIT);
    cr_expect_arr_eq(bytes, before, sizeof bytes, "%u: wrote", edge->type);
    lzr_error_destroy(error);
  }
  cr_expect_eq(bytes[0], 0xa5);
  cr_expect_arr_eq(bytes + 1 + row->size, before, 9u - row->size,
                   "%u: wrote behind its field", edge->type);
}

#define MINUS(value) (UINT64_C(0) - UINT64_C(value))

Test(link_relocs_x86_64, fields_take_what_fits_and_nothing_more) {
  const struct edge edges[] = {
      {R_X86_64_64, UINT64_MAX, true},
      {R_X86_64_32, 0xffffffff, true},
      {R_X86_64_32, 0x100000000, false},
      {R_X86_64_32, MINUS(1), false},
      {R_X86_64_32S, 0x7fffffff, true},
      {R_X86_64_32S, 0x80000000, false},
      {R_X86_64_32S, MINUS(0x80000000), true},
      {R_X86_64_32S, MINUS(0x80000001), false},
      {R_X86_64_16, 0xffff, true},
      {R_X86_64_16, MINUS(0x8000), true},
      {R_X86_64_16, 0x10000, false},
      {R_X86_64_16, MINUS(0x8001), false},
      {R_X86_64_8, 0xff, true},
      {R_X86_64_8, 0x100, false},
      {R_X86_64_8, MINUS(0x80), true},
      {R_X86_64_8, MINUS(0x81), false},
      {R_X86_64_PC32, 0x80000000, false},
      {R_X86_64_PC32, MINUS(0x80000000), true},
      {R_X86_64_PLT32, 0x80000000, false},
      {R_X86_64_PC16, 0x7fff, true},
      {R_X86_64_PC16, 0x8000, false},
      {R_X86_64_PC8, 0x7f, true},
      {R_X86_64_PC8, 0x80, false},
      {R_X86_64_GOTPCREL, 0x80000000, false},
      {R_X86_64_GOTPCRELX, 0x80000000, false},
      {R_X86_64_REX_GOTPCRELX, 0x80000000, false},
      {43, 0x80000000, false}, /* CODE_4_GOTPCRELX */
      {46, 0x80000000, false},
      {49, 0x80000000, false},
      {R_X86_64_GOTPC32, 0x80000000, false},
      {R_X86_64_SIZE32, 0xffffffff, true},
      {R_X86_64_SIZE32, 0x100000000, false},
      {R_X86_64_TLSGD, 0x80000000, false},
      {R_X86_64_TLSLD, 0x80000000, false},
      {R_X86_64_DTPOFF32, 0x7fffffff, true},
      {R_X86_64_DTPOFF32, 0x80000000, false},
  };
  for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
    check_edge(arch_of(X86_64), &edges[i]);
}

Test(link_relocs_aarch64, fields_take_what_fits_and_nothing_more) {
  const struct edge edges[] = {
      {R_AARCH64_ABS64, UINT64_MAX, true},
      {R_AARCH64_ABS32, 0xffffffff, true},
      {R_AARCH64_ABS32, MINUS(0x80000000), true},
      {R_AARCH64_ABS32, 0x100000000, false},
      {R_AARCH64_ABS32, MINUS(0x80000001), false},
      {R_AARCH64_ABS16, 0x10000, false},
      {R_AARCH64_PREL16, MINUS(0x8001), false},
      {314, 0x7fffffff, true}, /* PLT32 */
      {314, 0x80000000, false},
      {R_AARCH64_CALL26, 0x7fffffc, true},
      {R_AARCH64_CALL26, 0x8000000, false},
      {R_AARCH64_CALL26, MINUS(0x8000000), true},
      {R_AARCH64_CALL26, MINUS(0x8000004), false},
      {R_AARCH64_CALL26, 2, false},
      {R_AARCH64_JUMP26, 0x8000000, false},
      {R_AARCH64_CONDBR19, 0xffffc, true},
      {R_AARCH64_CONDBR19, 0x100000, false},
      {R_AARCH64_CONDBR19, MINUS(0x100000), true},
      {R_AARCH64_CONDBR19, MINUS(0x100004), false},
      {R_AARCH64_TSTBR14, 0x7ffc, true},
      {R_AARCH64_TSTBR14, 0x8000, false},
      {R_AARCH64_TSTBR14, MINUS(0x8000), true},
      {R_AARCH64_LD_PREL_LO19, 0x100000, false},
      {R_AARCH64_ADR_PREL_LO21, 0xfffff, true},
      {R_AARCH64_ADR_PREL_LO21, 0x100000, false},
      {R_AARCH64_ADR_PREL_PG_HI21, 0xfffff000, true},
      {R_AARCH64_ADR_PREL_PG_HI21, 0x100000000, false},
      {R_AARCH64_ADR_PREL_PG_HI21, MINUS(0x100000000), true},
      {R_AARCH64_ADR_PREL_PG_HI21, MINUS(0x100001000), false},
      {R_AARCH64_ADR_PREL_PG_HI21_NC, 0x100000000, true},
      {R_AARCH64_ADR_GOT_PAGE, 0x100000000, false},
      {R_AARCH64_LDST16_ABS_LO12_NC, 1, false},
      {R_AARCH64_LDST32_ABS_LO12_NC, 2, false},
      {R_AARCH64_LDST64_ABS_LO12_NC, 4, false},
      {R_AARCH64_LDST128_ABS_LO12_NC, 8, false},
      {R_AARCH64_LDST128_ABS_LO12_NC, MINUS(16), true},
      {R_AARCH64_LD64_GOTPAGE_LO15, 0x7ff8, true},
      {R_AARCH64_LD64_GOTPAGE_LO15, 0x8000, false},
      {R_AARCH64_LD64_GOTPAGE_LO15, 4, false},
      {R_AARCH64_MOVW_UABS_G0, 0xffff, true},
      {R_AARCH64_MOVW_UABS_G0, 0x10000, false},
      {R_AARCH64_MOVW_UABS_G1, 0xffffffff, true},
      {R_AARCH64_MOVW_UABS_G1, 0x100000000, false},
      {R_AARCH64_MOVW_UABS_G2, 0xffffffffffff, true},
      {R_AARCH64_MOVW_UABS_G2, 0x1000000000000, false},
      {R_AARCH64_MOVW_UABS_G3, UINT64_MAX, true},
      {R_AARCH64_MOVW_UABS_G2_NC, UINT64_MAX, true},
  };
  for (size_t i = 0; i < sizeof edges / sizeof *edges; i++)
    check_edge(arch_of(AARCH64), &edges[i]);
}

Test(link_relocs, every_row_stays_inside_the_bytes_it_names) {
  const char *triples[] = {X86_64, AARCH64};
  for (int t = 0; t < 2; t++) {
    const struct lzr_arch *arch = arch_of(triples[t]);
    for (uint32_t type = 0; type < 2000; type++)
      if (arch->find_reloc(type))
        check_edge(arch, &(struct edge){type, 0, true});
  }
}

/* Calls through the GOT. */

Test(link_relocs_x86_64, knows_a_call_from_a_load) {
  const struct lzr_arch *arch = arch_of(X86_64);
  const uint8_t call[] = {0xff, 0x15, 0, 0, 0, 0};
  const uint8_t jump[] = {0xff, 0x25, 0, 0, 0, 0};
  const uint8_t push[] = {0xff, 0x35, 0, 0, 0, 0};
  cr_expect(arch->is_got_call(call, 6, 2, R_X86_64_GOTPCRELX));
  cr_expect(arch->is_got_call(jump, 6, 2, R_X86_64_GOTPCREL));
  cr_expect(!arch->is_got_call(push, 6, 2, R_X86_64_GOTPCRELX));
  cr_expect(!arch->is_got_call(call, 6, 2, R_X86_64_REX_GOTPCRELX));
  cr_expect(!arch->is_got_call(call + 1, 5, 1, R_X86_64_GOTPCRELX));
  cr_expect(!arch->is_got_call(call, 6, 0, R_X86_64_GOTPCRELX));
}

/* Branches, and addresses without relocations. */

Test(link_relocs_x86_64, knows_a_jump_from_a_call) {
  const struct lzr_arch *arch = arch_of(X86_64);
  const uint8_t jump[] = {0xe9, 0, 0, 0, 0};
  const uint8_t call[] = {0xe8, 0, 0, 0, 0};
  const uint8_t conditional[] = {0x0f, 0x85, 0, 0, 0, 0};
  const uint8_t lea[] = {0x48, 0x8d, 0x05, 0, 0, 0, 0};
  cr_expect(arch->is_jump(jump, 5, 1, R_X86_64_PLT32));
  cr_expect(arch->is_jump(jump, 5, 1, R_X86_64_PC32));
  cr_expect(arch->is_jump(conditional, 6, 2, R_X86_64_PLT32));
  cr_expect(!arch->is_jump(conditional + 1, 5, 1, R_X86_64_PLT32));
  cr_expect(!arch->is_jump(call, 5, 1, R_X86_64_PLT32));
  cr_expect(!arch->is_jump(lea, 7, 3, R_X86_64_PC32));
  cr_expect(!arch->is_jump(jump, 5, 0, R_X86_64_PC32));
  cr_expect(!arch->is_jump(jump, 5, 1, R_X86_64_64));
}

Test(link_relocs_aarch64, knows_a_jump_from_a_call) {
  const struct lzr_arch *arch = arch_of(AARCH64);
  const uint8_t any[4] = {0};
  cr_expect(arch->is_jump(any, 4, 0, R_AARCH64_JUMP26));
  cr_expect(arch->is_jump(any, 4, 0, R_AARCH64_CONDBR19));
  cr_expect(arch->is_jump(any, 4, 0, R_AARCH64_TSTBR14));
  cr_expect(!arch->is_jump(any, 4, 0, R_AARCH64_CALL26));
}

/* All places whose address the text's code computes without a relocation, as
   offsets from its start; ends with -1. */
static void computes(const char *triple, const char *text,
                     const int64_t *expected) {
  struct file file = assemble(triple, text);
  lzr_object *object;
  lzr_error *error =
      lzr_object_parse(arch_of(triple), "test", file.bytes, file.size, &object);
  cr_assert(!error, "%s", lzr_error_message(error));
  for (uint32_t i = 1; i < object->section_count; i++) {
    const struct lzr_section *section = &object->sections[i];
    size_t at = 0;
    uint64_t place;
    while (
        strcmp(section->name, ".text") == 0 &&
        object->arch->next_address(section->bytes, section->size, &at, &place))
      cr_expect_eq((int64_t)place, *expected++);
  }
  cr_expect_eq(*expected, -1);
  lzr_object_destroy(object);
  free(file.bytes);
}

Test(link_relocs_x86_64, finds_addresses_made_without_relocations) {
  computes(X86_64,
           "a: lea a(%rip), %rax\n"
           "lea b(%rip), %r11\n"
           "lea 8(%rbx), %rax\n"
           "nop\nb: ret\n"
           "lea a(%rip), %edi\n",
           (const int64_t[]){0, 19, 0, -1});
}

Test(link_relocs_aarch64, finds_addresses_made_without_relocations) {
  computes(AARCH64,
           "a: adr x0, a\n"
           "adr x30, b\n"
           "add x0, x0, #4\n"
           "nop\nb: ret\n"
           "adr x1, a+2\n",
           (const int64_t[]){0, 16, 2, -1});
}

/* Refusals, by the linker. */

static void refuses_one(const char *triple, const char *type,
                        const char *target, lzr_addr s, lzr_error_kind kind,
                        const char *part) {
  struct linked linked;
  expect_error(link_one(&linked, triple, type, target, s, DATA_WORD), kind,
               part);
  free_target(&linked.tpc);
}

Test(link_relocs, a_sum_out_of_range_names_place_and_symbol) {
  refuses_one(X86_64, "R_X86_64_32", "s", 0x100000000, LZR_ERROR_LIMIT,
              "relocation 10 at .text+0 against 's'");
  refuses_one(X86_64, "R_X86_64_PC32", "s", 0x1000, LZR_ERROR_LIMIT, "'s'");
  refuses_one(AARCH64, "R_AARCH64_ADR_PREL_PG_HI21", "s", 0x1000,
              LZR_ERROR_LIMIT, "relocation 275 at .text+0 against 's'");
}

Test(link_relocs, code_for_executables_that_reaches_too_far_is_told_so) {
  refuses_one(X86_64, "R_X86_64_PC32", "s", 0x1000, LZR_ERROR_LIMIT, "-fPIC");
  refuses_one(X86_64, "R_X86_64_32S", "s", 0x700000000000, LZR_ERROR_LIMIT,
              "-fPIC");
  refuses_one(AARCH64, "R_AARCH64_ADR_PREL_PG_HI21", "s", 0x1000,
              LZR_ERROR_LIMIT, "-fPIC");
}

Test(link_relocs, static_tls_models_are_refused_by_name) {
  refuses_one(X86_64, "R_X86_64_GOTTPOFF", "d", 0, LZR_ERROR_UNSUPPORTED,
              "'d' needs an offset from the thread pointer");
  refuses_one(X86_64, "R_X86_64_TPOFF32", "d", 0, LZR_ERROR_UNSUPPORTED, "'d'");
  refuses_one(AARCH64, "R_AARCH64_TLSLE_ADD_TPREL_HI12", "d", 0,
              LZR_ERROR_UNSUPPORTED, "thread pointer");
}

Test(link_relocs, tls_descriptors_are_refused_where_there_are_none) {
  refuses_one(X86_64, "R_X86_64_GOTPC32_TLSDESC", "d", 0, LZR_ERROR_UNSUPPORTED,
              "x86_64 relocation type 34 is not supported");
  refuses_one(AARCH64, "R_AARCH64_TLSDESC_ADR_PAGE21", "d", 0,
              LZR_ERROR_UNSUPPORTED,
              "'d' needs a TLS descriptor, and the target has no function");
}

/* The TLS image is first in the constants; the descriptor is behind it. */
Test(link_relocs_aarch64, tls_descriptors_are_four_words) {
  struct linked linked;
  tls_descriptor = 0x7100000000;
  uint64_t value = relocated(&linked, AARCH64, "R_AARCH64_TLSDESC_ADR_PAGE21",
                             "d", 0, ".inst 0x90000000", 4);
  uint64_t pages = (CONSTANTS - CODE) / 4096;
  cr_expect_eq(value, 0x90000000 | (pages & 3) << 29 | pages >> 2 << 5);
  cr_expect_eq(load(&linked.tpc, GOT, 8), tls_descriptor);
  cr_expect_eq(load(&linked.tpc, GOT + 8, 8), TLS_GET_ADDR);
  cr_expect_eq(load(&linked.tpc, GOT + 16, 8),
               lzr_image_tls_template(linked.image));
  cr_expect_eq(load(&linked.tpc, GOT + 24, 8), 24);
  unlink_one(&linked);
  value = relocated(&linked, AARCH64, "R_AARCH64_TLSDESC_LD64_LO12", "d", 0,
                    ".inst 0xf9400001", 4);
  cr_expect_eq(value, 0xf9400001 | (GOT & 0xfff) / 8 << 10);
  unlink_one(&linked);
  value = relocated(&linked, AARCH64, "R_AARCH64_TLSDESC_ADD_LO12", "d", 0,
                    ".inst 0x91000000", 4);
  cr_expect_eq(value, 0x91000000 | (GOT & 0xfff) << 10);
  unlink_one(&linked);
  value = relocated(&linked, AARCH64, "R_AARCH64_TLSDESC_CALL", "d", 0,
                    ".inst 0xd63f0020", 4);
  cr_expect_eq(value, 0xd63f0020);
  unlink_one(&linked);
}

Test(link_relocs, ordinary_and_thread_local_are_not_mixed) {
  refuses_one(X86_64, "R_X86_64_64", "d", 0, LZR_ERROR_FORMAT,
              "a thread-local variable for an ordinary one");
  refuses_one(X86_64, "R_X86_64_DTPOFF64", "own", 0, LZR_ERROR_FORMAT,
              "an ordinary variable for a thread-local one");
}

Test(link_relocs, a_type_without_a_row_is_refused_by_number) {
  refuses_one(X86_64, "R_X86_64_COPY", "s", 0, LZR_ERROR_UNSUPPORTED,
              "x86_64 relocation type 5 ");
  refuses_one(AARCH64, "R_AARCH64_COPY", "s", 0, LZR_ERROR_UNSUPPORTED,
              "aarch64 relocation type 1024 ");
}

Test(link_relocs, the_size_of_a_foreign_symbol_is_refused) {
  refuses_one(X86_64, "R_X86_64_SIZE64", "s", 0, LZR_ERROR_UNSUPPORTED,
              "size of a symbol");
}
