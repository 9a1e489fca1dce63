/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * RISC-V relocations (RISC-V ELF psABI, chapter "Relocations"). No relaxation
 * is done: what R_RISCV_RELAX marks stays as the assembler left it.
 */
#include "tests/riscv64_arch.h"

/* How a field combines the value with the bits that it has. */
enum operation {
  OPERATION_STORE,
  OPERATION_ADD,
  OPERATION_SUBTRACT,
  OPERATION_ULEB128, /* store, in as many bytes as there are */
  OPERATION_PADDING, /* nothing; the value says where padding ends */
  OPERATION_NONE
};

/* Which values are in range. */
enum range { RANGE_ANY, RANGE_SIGNED, RANGE_EITHER };

/* Bits of the value, from one on, and where the lowest goes. */
struct run {
  uint8_t from, count, to;
};

struct field {
  uint8_t operation;
  uint8_t range;
  uint8_t bits;  /* of that range */
  uint8_t align; /* low bits of the value that must be zero */
  bool rounded;  /* the low 12 bits are added as a signed number, so if they are
                    negative the high part is one more */
  struct run runs[8]; /* up to one without bits */
};

enum {
  FIELD_64,
  FIELD_X32,
  FIELD_S32,
  FIELD_SET6,
  FIELD_SET8,
  FIELD_SET16,
  FIELD_SET32,
  FIELD_ADD8,
  FIELD_ADD16,
  FIELD_ADD32,
  FIELD_ADD64,
  FIELD_SUB6,
  FIELD_SUB8,
  FIELD_SUB16,
  FIELD_SUB32,
  FIELD_SUB64,
  FIELD_ULEB128,
  FIELD_HI20,
  FIELD_LO12_I,
  FIELD_LO12_S,
  FIELD_PAIR,
  FIELD_B,
  FIELD_J,
  FIELD_CB,
  FIELD_CJ,
  FIELD_PADDING,
  FIELD_NONE
};

#define DATA(operation, range, bits)                                           \
  OPERATION_##operation, RANGE_##range, bits, 0, false, {{0, bits, 0}}
#define ADDRESS(range) OPERATION_STORE, RANGE_##range, 32, 0, true
#define DISTANCE(bits) OPERATION_STORE, RANGE_SIGNED, bits, 1, false

static const struct field fields[] = {
    [FIELD_64] = {DATA(STORE, ANY, 64)},
    [FIELD_X32] = {DATA(STORE, EITHER, 32)},
    [FIELD_S32] = {DATA(STORE, SIGNED, 32)},
    [FIELD_SET6] = {DATA(STORE, ANY, 6)},
    [FIELD_SET8] = {DATA(STORE, ANY, 8)},
    [FIELD_SET16] = {DATA(STORE, ANY, 16)},
    [FIELD_SET32] = {DATA(STORE, ANY, 32)},
    [FIELD_ADD8] = {DATA(ADD, ANY, 8)},
    [FIELD_ADD16] = {DATA(ADD, ANY, 16)},
    [FIELD_ADD32] = {DATA(ADD, ANY, 32)},
    [FIELD_ADD64] = {DATA(ADD, ANY, 64)},
    [FIELD_SUB6] = {DATA(SUBTRACT, ANY, 6)},
    [FIELD_SUB8] = {DATA(SUBTRACT, ANY, 8)},
    [FIELD_SUB16] = {DATA(SUBTRACT, ANY, 16)},
    [FIELD_SUB32] = {DATA(SUBTRACT, ANY, 32)},
    [FIELD_SUB64] = {DATA(SUBTRACT, ANY, 64)},
    [FIELD_ULEB128] = {.operation = OPERATION_ULEB128},

    /* lui and auipc; addi, loads and jalr; stores; auipc and the next one */
    [FIELD_HI20] = {ADDRESS(SIGNED), {{12, 20, 12}}},
    [FIELD_LO12_I] = {ADDRESS(ANY), {{0, 12, 20}}},
    [FIELD_LO12_S] = {ADDRESS(ANY), {{0, 5, 7}, {5, 7, 25}}},
    [FIELD_PAIR] = {ADDRESS(SIGNED), {{12, 20, 12}, {0, 12, 32 + 20}}},

    /* beq; jal; c.beqz; c.j */
    [FIELD_B] = {DISTANCE(13),
                 {{11, 1, 7}, {1, 4, 8}, {5, 6, 25}, {12, 1, 31}}},
    [FIELD_J] = {DISTANCE(21),
                 {{12, 8, 12}, {11, 1, 20}, {1, 10, 21}, {20, 1, 31}}},
    [FIELD_CB] = {DISTANCE(9),
                  {{5, 1, 2}, {1, 2, 3}, {6, 2, 5}, {3, 2, 10}, {8, 1, 12}}},
    [FIELD_CJ] = {DISTANCE(12),
                  {{5, 1, 2},
                   {1, 3, 3},
                   {7, 1, 6},
                   {6, 1, 7},
                   {10, 1, 8},
                   {8, 2, 9},
                   {4, 1, 11},
                   {11, 1, 12}}},

    [FIELD_PADDING] = {.operation = OPERATION_PADDING},
    [FIELD_NONE] = {.operation = OPERATION_NONE},
};

/* Pairs: the high and the low half of an address; a number that is set, and one
   that is subtracted. */
enum { PAIR_NONE, PAIR_HALVES, PAIR_DIFFERENCE };

#define PAIRED(type, expression, into, bytes, of)                              \
  [R_RISCV_##type] = {.expr = LZR_EXPR_##expression,                           \
                      .field = FIELD_##into,                                   \
                      .size = bytes,                                           \
                      .pair = PAIR_##of}
#define ROW(type, expression, into, bytes)                                     \
  PAIRED(type, expression, into, bytes, NONE)

static const struct lzr_reloc_row rows[] = {
    ROW(NONE, NONE, NONE, 0),
    ROW(RELAX, NONE, NONE, 0), /* marks what a linker may make shorter */
    ROW(ALIGN, P_A, PADDING, 0),

    ROW(64, S_A, 64, 8),
    ROW(32, S_A, X32, 4),
    ROW(32_PCREL, S_A_P, S32, 4),
    ROW(PLT32, CALL, S32, 4),
    ROW(GOT32_PCREL, GOT, S32, 4),

    ROW(SET6, S_A, SET6, 1),
    ROW(SET8, S_A, SET8, 1),
    ROW(SET16, S_A, SET16, 2),
    ROW(SET32, S_A, SET32, 4),
    ROW(ADD8, S_A, ADD8, 1),
    ROW(ADD16, S_A, ADD16, 2),
    ROW(ADD32, S_A, ADD32, 4),
    ROW(ADD64, S_A, ADD64, 8),
    ROW(SUB6, S_A, SUB6, 1),
    ROW(SUB8, S_A, SUB8, 1),
    ROW(SUB16, S_A, SUB16, 2),
    ROW(SUB32, S_A, SUB32, 4),
    ROW(SUB64, S_A, SUB64, 8),
    PAIRED(SET_ULEB128, S_A_PARTNER, ULEB128, 1, DIFFERENCE),
    PAIRED(SUB_ULEB128, S_A, NONE, 1, DIFFERENCE),

    ROW(CALL, CALL, PAIR, 8),
    ROW(CALL_PLT, CALL, PAIR, 8),
    ROW(JAL, CALL, J, 4),
    ROW(BRANCH, CALL, B, 4),
    ROW(RVC_JUMP, CALL, CJ, 2),
    ROW(RVC_BRANCH, CALL, CB, 2),

    ROW(HI20, S_A, HI20, 4),
    ROW(LO12_I, S_A, LO12_I, 4),
    ROW(LO12_S, S_A, LO12_S, 4),

    PAIRED(PCREL_HI20, S_A_P, HI20, 4, HALVES),
    PAIRED(GOT_HI20, GOT, HI20, 4, HALVES),
    PAIRED(TLS_GD_HI20, TLSGD, HI20, 4, HALVES),
    PAIRED(TLS_GOT_HI20, TPOFF_GOT, HI20, 4, HALVES),
    PAIRED(PCREL_LO12_I, PARTNER_AT_S, LO12_I, 4, HALVES),
    PAIRED(PCREL_LO12_S, PARTNER_AT_S, LO12_S, 4, HALVES),

    ROW(TPREL_HI20, TPOFF, HI20, 4),
    ROW(TPREL_LO12_I, TPOFF, LO12_I, 4),
    ROW(TPREL_LO12_S, TPOFF, LO12_S, 4),
    ROW(TPREL_ADD, NONE, NONE, 0), /* marks the add between them */
};

static const struct lzr_reloc_row *find_reloc(uint32_t type) {
  if (type >= sizeof rows / sizeof *rows || !rows[type].expr)
    return NULL;
  return &rows[type];
}

/* auipc and ld load a GOT word the same way for a call and for an address. */
static bool is_got_call(const uint8_t *bytes, size_t size, size_t offset,
                        uint32_t type) {
  (void)bytes, (void)size, (void)offset, (void)type;
  return false;
}

/* Checks. */

static uint64_t low_bits(unsigned count) {
  return count < 64 ? (UINT64_C(1) << count) - 1 : UINT64_MAX;
}

static bool in_range(const struct field *field, uint64_t value) {
  if (field->range == RANGE_ANY)
    return true;
  uint64_t half = UINT64_C(1) << (field->bits - 1);
  return value + half <= low_bits(field->bits) ||
         (field->range == RANGE_EITHER && value <= low_bits(field->bits));
}

static lzr_error *check(const struct field *field, lzr_addr address,
                        uint64_t value, uint64_t rounded) {
  if (!in_range(field, rounded))
    return lzr_error_create(
        LZR_ERROR_LIMIT, "%#llx at %#llx does not fit %u bits",
        (unsigned long long)value, (unsigned long long)address, field->bits);
  if (value & low_bits(field->align))
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "%#llx at %#llx is not a multiple of %u",
                            (unsigned long long)value,
                            (unsigned long long)address, 1u << field->align);
  return NULL;
}

/* The assembler leaves the most padding that may be needed. A linker removes
   what is too much, and so moves everything behind it. That is not done
   here. */
static lzr_error *check_padding(lzr_addr start, lzr_addr end) {
  uint64_t align = 1;
  while (align && align <= end - start)
    align *= 2;
  if (align && end % align == 0)
    return NULL;
  return lzr_error_create(
      LZR_ERROR_UNSUPPORTED,
      "%llu bytes of padding at %#llx do not end at a multiple of %llu; only "
      "relaxation takes out what is too much: assemble with -mno-relax",
      (unsigned long long)(end - start), (unsigned long long)start,
      (unsigned long long)align);
}

/* Fields. */

static uint64_t load(const uint8_t *bytes, unsigned size) {
  uint64_t value = 0;
  for (unsigned i = size; i-- > 0;)
    value = value << 8 | bytes[i];
  return value;
}

static void store(uint8_t *bytes, uint64_t value, unsigned size) {
  for (unsigned i = 0; i < size; i++)
    bytes[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t put_runs(const struct field *field, uint64_t word,
                         uint64_t value) {
  for (size_t i = 0; i < 8 && field->runs[i].count; i++) {
    const struct run *run = &field->runs[i];
    uint64_t mask = low_bits(run->count);
    word &= ~(mask << run->to);
    word |= ((value >> run->from) & mask) << run->to;
  }
  return word;
}

/* The number keeps its length: what follows stays where it is. */
static lzr_error *write_uleb128(struct lzr_place place, size_t room,
                                uint64_t value) {
  size_t size = 1;
  while (size <= room && place.bytes[size - 1] & 0x80)
    size++;
  if (size > room)
    return lzr_error_create(LZR_ERROR_FORMAT,
                            "the ULEB128 number at %#llx does not end in its "
                            "section",
                            (unsigned long long)place.address);
  if (size < 10 && value >> (7 * size))
    return lzr_error_create(LZR_ERROR_LIMIT,
                            "%#llx at %#llx does not fit %zu "
                            "bytes of ULEB128",
                            (unsigned long long)value,
                            (unsigned long long)place.address, size);
  for (size_t i = 0; i < size; i++, value >>= 7)
    place.bytes[i] = (place.bytes[i] & 0x80) | (value & 0x7f);
  return NULL;
}

static lzr_error *write_bits(struct lzr_place place,
                             const struct lzr_reloc_row *row,
                             const struct field *field, uint64_t value) {
  uint64_t carry = field->rounded ? (value & 0x800) << 1 : 0;
  lzr_error *error = check(field, place.address, value, value + carry);
  if (error)
    return error;
  uint64_t word = load(place.bytes, row->size);
  if (field->operation == OPERATION_ADD)
    value = word + value;
  else if (field->operation == OPERATION_SUBTRACT)
    value = word - value;
  store(place.bytes, put_runs(field, word, value + carry), row->size);
  return NULL;
}

static lzr_error *write_field(struct lzr_place place, size_t room,
                              const struct lzr_reloc_row *row, uint64_t value) {
  const struct field *field = &fields[row->field];
  switch ((enum operation)field->operation) {
  case OPERATION_STORE:
  case OPERATION_ADD:
  case OPERATION_SUBTRACT:
    return write_bits(place, row, field, value);
  case OPERATION_ULEB128:
    return write_uleb128(place, room, value);
  case OPERATION_PADDING:
    return check_padding(place.address, value);
  case OPERATION_NONE:
    return NULL;
  }
  return NULL;
}

/* Stubs. */

enum { STUB_SIZE = 16 };

/* auipc t3, high; ld t3, low(t3); jr t3; nop */
static const uint32_t stub[] = {0x00000e17, 0x000e3e03, 0x000e0067, 0x00000013};

static const struct lzr_reloc_row auipc_and_ld = {.field = FIELD_PAIR,
                                                  .size = 8};

static lzr_error *write_stub(struct lzr_place place, lzr_addr slot) {
  for (size_t i = 0; i < STUB_SIZE / 4; i++)
    store(place.bytes + 4 * i, stub[i], 4);
  return write_field(place, STUB_SIZE, &auipc_and_ld, slot - place.address);
}

/* Slots are closer together than stubs: if the first and the last reach theirs,
   so do those between. */
static lzr_error *write_stubs(struct lzr_place place, lzr_addr slots,
                              size_t count) {
  lzr_error *error = NULL;
  for (size_t i = 0; i < count && !error; i += count > 1 ? count - 1 : 1) {
    uint8_t tried[STUB_SIZE];
    struct lzr_place at = {tried, place.address + i * STUB_SIZE};
    error = write_stub(at, slots + 8 * i);
  }
  for (size_t i = 0; i < count && !error; i++) {
    struct lzr_place at = {place.bytes + i * STUB_SIZE,
                           place.address + i * STUB_SIZE};
    error = write_stub(at, slots + 8 * i);
  }
  return error;
}

const struct lzr_arch riscv64_arch = {
    .name = "riscv64",
    .elf_machine = EM_RISCV,
    .least_instruction = 2,
    .stub_size = STUB_SIZE,
    .branch_reach = (UINT64_C(1) << 31) - (1 << 11) - 1,
    .write_stubs = write_stubs,
    .find_reloc = find_reloc,
    .is_got_call = is_got_call,
    .write_field = write_field,
};
