/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every form of instruction that the generator writes, as LLVM disassembles it.
 */
#include "runtime/baseline/aarch64/encode.h"

#include <criterion/criterion.h>
#include <llvm-c/Disassembler.h>
#include <llvm-c/Target.h>

static LLVMDisasmContextRef disassembler;
static struct lzr_machine_code code;

static void set_up(void) {
  LLVMInitializeAArch64TargetInfo();
  LLVMInitializeAArch64TargetMC();
  LLVMInitializeAArch64Disassembler();
  disassembler = LLVMCreateDisasm("aarch64-linux-gnu", NULL, 0, NULL, NULL);
  cr_assert_not_null(disassembler);
  lzr_code_reset(&code);
}

static void tear_down(void) {
  LLVMDisasmDispose(disassembler);
  lzr_code_fini(&code);
}

TestSuite(encode_aarch64, .init = set_up, .fini = tear_down);

/* The code's instructions, with single blanks, and "; " between them. */
static void disassemble(char text[512]) {
  char raw[128], *end = text;
  for (size_t at = 0; at < code.size; at += 4) {
    size_t size = LLVMDisasmInstruction(disassembler, code.bytes + at,
                                        code.size - at, 0, raw, sizeof raw);
    cr_assert_eq(size, 4);
    if (end != text)
      end = stpcpy(end, "; ");
    for (const char *c = raw + strspn(raw, "\t"); *c; c++)
      *end++ = *c == '\t' ? ' ' : *c;
  }
  *end = '\0';
}

/* The code so far reads so; then it begins again. */
static void reads(const char *wanted) {
  char text[512];
  disassemble(text);
  cr_expect_str_eq(text, wanted);
  code.size = 0;
}

Test(encode_aarch64, combines_registers) {
  static const struct {
    uint32_t operation;
    unsigned size;
    const char *text;
  } cases[] = {{LZR_A64_ADD, 4, "add w1, w2, w3"},
               {LZR_A64_ADD, 8, "add x1, x2, x3"},
               {LZR_A64_ADDS, 8, "adds x1, x2, x3"},
               {LZR_A64_SUB, 4, "sub w1, w2, w3"},
               {LZR_A64_SUBS, 8, "subs x1, x2, x3"},
               {LZR_A64_AND, 8, "and x1, x2, x3"},
               {LZR_A64_ORR, 4, "orr w1, w2, w3"},
               {LZR_A64_ORN, 8, "orn x1, x2, x3"},
               {LZR_A64_EOR, 8, "eor x1, x2, x3"},
               {LZR_A64_MUL, 8, "mul x1, x2, x3"},
               {LZR_A64_UDIV, 4, "udiv w1, w2, w3"},
               {LZR_A64_SDIV, 8, "sdiv x1, x2, x3"},
               {LZR_A64_LSLV, 8, "lsl x1, x2, x3"},
               {LZR_A64_LSRV, 4, "lsr w1, w2, w3"},
               {LZR_A64_ASRV, 8, "asr x1, x2, x3"},
               {LZR_A64_UMULH, 8, "umulh x1, x2, x3"},
               {LZR_A64_SMULH, 8, "smulh x1, x2, x3"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    lzr_a64_combine(&code, cases[i].operation, cases[i].size, 1, 2, 3);
    reads(cases[i].text);
  }
  lzr_a64_combine_shifted(&code, LZR_A64_ADD, 1, 2, 3, 2);
  reads("add x1, x2, x3, lsl #2");
  lzr_a64_multiply_subtract(&code, 8, 1, 2, 3, 4);
  reads("msub x1, x2, x3, x4");
}

Test(encode_aarch64, takes_immediate_operands) {
  lzr_a64_immediate(&code, LZR_A64_ADD_IMM, 8, 0, 1, 4095, false);
  reads("add x0, x1, #4095");
  lzr_a64_immediate(&code, LZR_A64_SUB_IMM, 8, 31, 31, 3, true);
  reads("sub sp, sp, #3, lsl #12");
  lzr_a64_immediate(&code, LZR_A64_SUBS_IMM, 4, 31, 5, 7, false);
  reads("cmp w5, #7");
  lzr_a64_immediate(&code, LZR_A64_ADDS_IMM, 8, 31, 5, 7, false);
  reads("cmn x5, #7");
}

Test(encode_aarch64, moves_bits) {
  lzr_a64_shift_left(&code, 8, 0, 1, 5);
  reads("lsl x0, x1, #5");
  lzr_a64_shift_left(&code, 4, 0, 1, 0);
  reads("lsr w0, w1, #0");
  lzr_a64_shift_right(&code, false, 4, 0, 1, 31);
  reads("lsr w0, w1, #31");
  lzr_a64_shift_right(&code, true, 8, 0, 1, 63);
  reads("asr x0, x1, #63");
  lzr_a64_bits(&code, true, 8, 0, 1, 0, 31);
  reads("sxtw x0, w1");
  lzr_a64_bits(&code, false, 4, 0, 1, 0, 7);
  reads("uxtb w0, w1");
  lzr_a64_extract(&code, 8, 0, 1, 2, 9);
  reads("extr x0, x1, x2, #9");
  lzr_a64_unary(&code, LZR_A64_RBIT, 8, 0, 1);
  reads("rbit x0, x1");
  lzr_a64_unary(&code, LZR_A64_CLZ, 4, 0, 1);
  reads("clz w0, w1");
  lzr_a64_unary(&code, LZR_A64_REV16, 4, 0, 1);
  reads("rev16 w0, w1");
  lzr_a64_unary(&code, LZR_A64_REV32, 4, 0, 1);
  reads("rev w0, w1");
  lzr_a64_unary(&code, LZR_A64_REV64, 4, 0, 1);
  reads("rev x0, x1");
}

Test(encode_aarch64, selects) {
  lzr_a64_select(&code, 8, 0, 1, 2, LZR_A64_LO, false);
  reads("csel x0, x1, x2, lo");
  lzr_a64_select(&code, 4, 0, 1, 31, LZR_A64_LE, true);
  reads("csinc w0, w1, wzr, le");
  lzr_a64_set_if(&code, 3, LZR_A64_GT);
  reads("cset w3, gt");
  lzr_a64_select_float(&code, true, 0, 1, 2, LZR_A64_MI);
  reads("fcsel d0, d1, d2, mi");
}

Test(encode_aarch64, knows_floating_point) {
  static const struct {
    uint32_t operation;
    const char *text;
  } cases[] = {{LZR_A64_FADD, "fadd s0, s1, s2"},
               {LZR_A64_FSUB, "fsub s0, s1, s2"},
               {LZR_A64_FMUL, "fmul s0, s1, s2"},
               {LZR_A64_FDIV, "fdiv s0, s1, s2"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    lzr_a64_float(&code, cases[i].operation, false, 0, 1, 2);
    reads(cases[i].text);
  }
  lzr_a64_float(&code, LZR_A64_FNEG, true, 0, 1, 0);
  reads("fneg d0, d1");
  lzr_a64_float(&code, LZR_A64_FABS, true, 0, 1, 0);
  reads("fabs d0, d1");
  lzr_a64_float(&code, LZR_A64_FSQRT, false, 0, 1, 0);
  reads("fsqrt s0, s1");
  lzr_a64_float(&code, LZR_A64_FCMP, true, 0, 1, 2);
  reads("fcmp d1, d2");
  lzr_a64_float(&code, LZR_A64_TO_DOUBLE, false, 0, 1, 0);
  reads("fcvt d0, s1");
  lzr_a64_float(&code, LZR_A64_TO_FLOAT, false, 0, 1, 0);
  reads("fcvt s0, d1");
}

Test(encode_aarch64, crosses_kinds_of_registers) {
  lzr_a64_cross(&code, LZR_A64_FCVTZS, 8, false, 0, 1);
  reads("fcvtzs x0, s1");
  lzr_a64_cross(&code, LZR_A64_FCVTZU, 4, true, 0, 1);
  reads("fcvtzu w0, d1");
  lzr_a64_cross(&code, LZR_A64_SCVTF, 4, true, 0, 1);
  reads("scvtf d0, w1");
  lzr_a64_cross(&code, LZR_A64_UCVTF, 8, false, 0, 1);
  reads("ucvtf s0, x1");
  lzr_a64_cross(&code, LZR_A64_FMOV_TO, 8, true, 0, 1);
  reads("fmov d0, x1");
  lzr_a64_cross(&code, LZR_A64_FMOV_FROM, 4, false, 0, 1);
  reads("fmov w0, s1");
}

Test(encode_aarch64, reaches_memory) {
  lzr_a64_at_offset(&code, lzr_a64_access(8, false, true), 8, 0, 29, 32760);
  reads("ldr x0, [x29, #32760]");
  lzr_a64_at_offset(&code, lzr_a64_access(1, false, false), 1, 0, 31, 5);
  reads("strb w0, [sp, #5]");
  lzr_a64_at_offset(&code, lzr_a64_access(2, false, true), 2, 0, 1, 8);
  reads("ldrh w0, [x1, #8]");
  lzr_a64_at_offset(&code, lzr_a64_access(16, true, true), 16, 0, 1, 16);
  reads("ldr q0, [x1, #16]");
  lzr_a64_at_offset(&code, lzr_a64_access(4, true, false), 4, 0, 1, 4);
  reads("str s0, [x1, #4]");
  lzr_a64_near(&code, lzr_a64_access(8, true, false), 7, 29, -256);
  reads("stur d7, [x29, #-256]");
  lzr_a64_near(&code, lzr_a64_access(16, true, false), 7, 29, -16);
  reads("stur q7, [x29, #-16]");
  lzr_a64_at_index(&code, lzr_a64_access(4, false, true), 0, 1, 2, true);
  reads("ldr w0, [x1, x2, lsl #2]");
  lzr_a64_at_index(&code, lzr_a64_access(8, true, true), 0, 1, 2, false);
  reads("ldr d0, [x1, x2]");
  lzr_a64_at_index(&code, LZR_A64_LDRSW, 0, 1, 2, true);
  reads("ldrsw x0, [x1, x2, lsl #2]");
}

Test(encode_aarch64, knows_atomic_accesses) {
  lzr_a64_load_acquire(&code, 8, 0, 16);
  reads("ldar x0, [x16]");
  lzr_a64_store_release(&code, 1, 0, 16);
  reads("stlrb w0, [x16]");
  lzr_a64_load_exclusive(&code, 4, 0, 16);
  reads("ldaxr w0, [x16]");
  lzr_a64_store_exclusive(&code, 2, 1, 0, 16);
  reads("stlxrh w1, w0, [x16]");
}

Test(encode_aarch64, sets_numbers) {
  static const struct {
    uint64_t number;
    const char *text;
  } cases[] = {
      {1, "mov w0, #1"},
      {0xffffffff, "mov w0, #-1"},
      {0xffff0000, "mov w0, #-65536"},
      {UINT64_MAX, "mov x0, #-1"},
      {(uint64_t)-65536, "mov x0, #-65536"},
      {0x12345678, "mov w0, #22136; movk w0, #4660, lsl #16"},
      {UINT64_C(0x1234000000005678), "mov x0, #22136; movk x0, #4660, lsl #48"},
      {UINT64_C(0xffffffff12345678),
       "mov x0, #-43400; movk x0, #4660, lsl #16"},
      {UINT64_C(0x0001000200030004),
       "mov x0, #4; movk x0, #3, lsl #16; movk x0, #2, lsl #32; "
       "movk x0, #1, lsl #48"}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    lzr_a64_set(&code, 0, cases[i].number);
    reads(cases[i].text);
  }
}

/* Writes a word with a distance. */
static bool patched(uint32_t word, int64_t distance) {
  lzr_a64_word(&code, word);
  return lzr_a64_patch(&code, 0, distance);
}

Test(encode_aarch64, writes_distances) {
  cr_expect(patched(LZR_A64_B, 1 << 20));
  reads("b #1048576");
  cr_expect(patched(LZR_A64_BL, -4));
  reads("bl #-4");
  cr_expect(patched(LZR_A64_B_IF | LZR_A64_NE, -8));
  reads("b.ne #-8");
  cr_expect(patched(LZR_A64_CBNZ | 3, -12));
  reads("cbnz w3, #-12");
  cr_expect(patched(LZR_A64_ADR | 5, 1023));
  reads("adr x5, #1023");
  cr_expect(patched(0, -100));
  cr_expect_eq((int8_t)code.bytes[0], -100);
  code.size = 0;
}

Test(encode_aarch64, says_which_distances_are_too_far) {
  cr_expect(patched(LZR_A64_B_IF, (1 << 20) - 4));
  code.size = 0;
  cr_expect_not(patched(LZR_A64_B_IF, 1 << 20));
  code.size = 0;
  cr_expect_not(patched(LZR_A64_ADR, -(1 << 20) - 1));
  code.size = 0;
  cr_expect_not(patched(LZR_A64_B, 1 << 27));
}

Test(encode_aarch64, numbers_registers) {
  cr_expect_eq(lzr_a64_number(LZR_A64_X15), 15);
  cr_expect_eq(lzr_a64_number(LZR_A64_V0 + 7), 7);
  cr_expect_eq(lzr_a64_number(LZR_A64_V0 + 8), 16);
  cr_expect_eq(lzr_a64_number(LZR_A64_SP), 31);
}
