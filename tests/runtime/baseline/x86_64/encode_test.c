/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Every form of instruction that the generator writes, as LLVM disassembles it.
 */
#include "runtime/baseline/x86_64/encode.h"

#include <criterion/criterion.h>
#include <llvm-c/Disassembler.h>
#include <llvm-c/Target.h>
#include <stdio.h>

static LLVMDisasmContextRef disassembler;

static void set_up(void) {
  LLVMInitializeX86TargetInfo();
  LLVMInitializeX86TargetMC();
  LLVMInitializeX86Disassembler();
  disassembler = LLVMCreateDisasm("x86_64-pc-linux-gnu", NULL, 0, NULL, NULL);
  cr_assert_not_null(disassembler);
  LLVMSetDisasmOptions(disassembler, LLVMDisassembler_Option_AsmPrinterVariant);
}

static void tear_down(void) {
  LLVMDisasmDispose(disassembler);
}

TestSuite(encode, .init = set_up, .fini = tear_down);

/* The text of the code's first instruction, with single blanks, and its size.
 */
static size_t disassemble(struct lzr_machine_code *code, size_t at,
                          char text[256]) {
  char raw[256];
  size_t size = LLVMDisasmInstruction(disassembler, code->bytes + at,
                                      code->size - at, 0, raw, sizeof raw);
  char *end = text;
  for (const char *c = raw; *c; c++)
    if (*c != '\t')
      *end++ = *c;
    else if (end != text)
      *end++ = ' ';
  *end = '\0';
  return size;
}

/* The code is one instruction, which reads so. */
static void reads(struct lzr_machine_code *code, const char *wanted) {
  char text[256];
  size_t size = disassemble(code, 0, text);
  cr_expect_str_eq(text, wanted);
  cr_expect_eq(size, code->size, "%s: %zu of %zu bytes", wanted, size,
               code->size);
  code->size = 0;
}

struct registers_case {
  uint32_t operation;
  unsigned size, reg, rm;
  const char *text;
};

static const struct registers_case registers_cases[] = {
    {LZR_X64_ADD, 4, LZR_RCX, LZR_RAX, "add eax, ecx"},
    {LZR_X64_ADD, 8, LZR_R9, LZR_RDI, "add rdi, r9"},
    {LZR_X64_ADD, 2, LZR_RCX, LZR_R8, "add r8w, cx"},
    {LZR_X64_ADD, 1, LZR_RCX, LZR_RAX, "add al, cl"},
    {LZR_X64_ADD, 1, LZR_RSI, LZR_RAX, "add al, sil"},
    {LZR_X64_OR, 8, LZR_RAX, LZR_RDX, "or rdx, rax"},
    {LZR_X64_AND, 1, LZR_RCX, LZR_RDI, "and dil, cl"},
    {LZR_X64_SUB, 4, LZR_R11, LZR_RSI, "sub esi, r11d"},
    {LZR_X64_XOR, 4, LZR_R10, LZR_R10, "xor r10d, r10d"},
    {LZR_X64_CMP, 1, LZR_R9, LZR_RDI, "cmp dil, r9b"},
    {LZR_X64_CMP, 2, LZR_RAX, LZR_RDX, "cmp dx, ax"},
    {LZR_X64_TEST, 8, LZR_RSI, LZR_RSI, "test rsi, rsi"},
    {LZR_X64_TEST, 1, LZR_RSI, LZR_RSI, "test sil, sil"},
    {LZR_X64_XCHG, 8, LZR_RDI, LZR_R8, "xchg rdi, r8"},
    {LZR_X64_MOV, 8, LZR_RSP, LZR_RBP, "mov rbp, rsp"},
    {LZR_X64_MOV, 4, LZR_R8, LZR_RAX, "mov eax, r8d"},
    {LZR_X64_IMUL, 8, LZR_RCX, LZR_R9, "imul rcx, r9"},
    {LZR_X64_MOVZX8, 4, LZR_RAX, LZR_RSI, "movzx eax, sil"},
    {LZR_X64_MOVZX8, 4, LZR_R8, LZR_RCX, "movzx r8d, cl"},
    {LZR_X64_MOVZX16, 4, LZR_RAX, LZR_RSI, "movzx eax, si"},
    {LZR_X64_MOVSX8, 8, LZR_RAX, LZR_RDI, "movsx rax, dil"},
    {LZR_X64_MOVSX16, 4, LZR_R9, LZR_RDI, "movsx r9d, di"},
    {LZR_X64_MOVSXD, 8, LZR_RAX, LZR_R10, "movsxd rax, r10d"},
    {LZR_X64_MOV_FROM, 4, LZR_RAX, LZR_RCX, "mov eax, ecx"},
    {LZR_X64_BSF, 8, LZR_RAX, LZR_RCX, "bsf rax, rcx"},
    {LZR_X64_BSR, 4, LZR_R8, LZR_RCX, "bsr r8d, ecx"},
    {LZR_X64_CMOV | LZR_X64_G, 8, LZR_RAX, LZR_R11, "cmovg rax, r11"},
    {LZR_X64_CMOV | LZR_X64_P, 4, LZR_RDX, LZR_RCX, "cmovp edx, ecx"},
    {LZR_X64_SETCC | LZR_X64_B, 4, 0, LZR_RSI, "setb sil"},
    {LZR_X64_SETCC | LZR_X64_NP, 4, 0, LZR_R8, "setnp r8b"},
    {LZR_X64_GROUP_3, 4, LZR_X64_IS_NEG, LZR_R9, "neg r9d"},
    {LZR_X64_GROUP_3, 8, LZR_X64_IS_MUL, LZR_RCX, "mul rcx"},
    {LZR_X64_GROUP_3, 8, LZR_X64_IS_DIV, LZR_RCX, "div rcx"},
    {LZR_X64_GROUP_3, 4, LZR_X64_IS_IDIV, LZR_R11, "idiv r11d"},
    {LZR_X64_SHIFT_CL, 8, LZR_X64_IS_SHL, LZR_RAX, "shl rax, cl"},
    {LZR_X64_SHIFT_CL, 4, LZR_X64_IS_SAR, LZR_R8, "sar r8d, cl"},
    {LZR_X64_SHLD_CL, 8, LZR_RAX, LZR_RDX, "shld rdx, rax, cl"},
    {LZR_X64_SHRD_CL, 4, LZR_R8, LZR_RDX, "shrd edx, r8d, cl"},
    {LZR_X64_GROUP_5, 4, LZR_X64_IS_CALL, LZR_R11, "call r11"},
    {LZR_X64_GROUP_5, 4, LZR_X64_IS_JMP, LZR_RCX, "jmp rcx"},
    {LZR_X64_MOVAPS, 4, LZR_XMM0 + 9, LZR_XMM0, "movaps xmm9, xmm0"},
    {LZR_X64_CVTSI2SD, 8, LZR_XMM0, LZR_RAX, "cvtsi2sd xmm0, rax"},
    {LZR_X64_CVTSI2SS, 4, LZR_XMM0 + 8, LZR_R9, "cvtsi2ss xmm8, r9d"},
    {LZR_X64_CVTTSD2SI, 8, LZR_R9, LZR_XMM0 + 1, "cvttsd2si r9, xmm1"},
    {LZR_X64_CVTTSS2SI, 4, LZR_RAX, LZR_XMM0 + 1, "cvttss2si eax, xmm1"},
    {LZR_X64_UCOMISS, 4, LZR_XMM0, LZR_XMM0 + 1, "ucomiss xmm0, xmm1"},
    {LZR_X64_UCOMISD, 4, LZR_XMM0 + 15, LZR_XMM0, "ucomisd xmm15, xmm0"},
    {LZR_X64_SQRTSS, 4, LZR_XMM0, LZR_XMM0 + 1, "sqrtss xmm0, xmm1"},
    {LZR_X64_SQRTSD, 4, LZR_XMM0, LZR_XMM0 + 1, "sqrtsd xmm0, xmm1"},
    {LZR_X64_ANDPS, 4, LZR_XMM0, LZR_XMM0 + 1, "andps xmm0, xmm1"},
    {LZR_X64_XORPS, 4, LZR_XMM0, LZR_XMM0 + 8, "xorps xmm0, xmm8"},
    {LZR_X64_ADDSS, 4, LZR_XMM0, LZR_XMM0 + 1, "addss xmm0, xmm1"},
    {LZR_X64_ADDSD, 4, LZR_XMM0, LZR_XMM0 + 1, "addsd xmm0, xmm1"},
    {LZR_X64_SUBSS, 4, LZR_XMM0, LZR_XMM0 + 1, "subss xmm0, xmm1"},
    {LZR_X64_SUBSD, 4, LZR_XMM0, LZR_XMM0 + 1, "subsd xmm0, xmm1"},
    {LZR_X64_MULSS, 4, LZR_XMM0, LZR_XMM0 + 1, "mulss xmm0, xmm1"},
    {LZR_X64_MULSD, 4, LZR_XMM0, LZR_XMM0 + 1, "mulsd xmm0, xmm1"},
    {LZR_X64_DIVSS, 4, LZR_XMM0, LZR_XMM0 + 1, "divss xmm0, xmm1"},
    {LZR_X64_DIVSD, 4, LZR_XMM0, LZR_XMM0 + 1, "divsd xmm0, xmm1"},
    {LZR_X64_CVTSS2SD, 4, LZR_XMM0, LZR_XMM0 + 1, "cvtss2sd xmm0, xmm1"},
    {LZR_X64_CVTSD2SS, 4, LZR_XMM0, LZR_XMM0 + 1, "cvtsd2ss xmm0, xmm1"},
    {LZR_X64_MOVD, 4, LZR_XMM0, LZR_RAX, "movd xmm0, eax"},
    {LZR_X64_MOVD, 8, LZR_XMM0 + 8, LZR_R8, "movq xmm8, r8"},
    {LZR_X64_MOVD_TO, 8, LZR_XMM0, LZR_RAX, "movq rax, xmm0"},
    {LZR_X64_MOVD_TO, 4, LZR_XMM0 + 9, LZR_RAX, "movd eax, xmm9"},
};

Test(encode, writes_instructions_with_two_registers) {
  struct lzr_machine_code code = {0};
  lzr_code_reset(&code);
  for (size_t i = 0; i < sizeof registers_cases / sizeof *registers_cases;
       i++) {
    const struct registers_case *c = &registers_cases[i];
    lzr_x64_registers(&code, c->operation, c->size, c->reg, c->rm);
    reads(&code, c->text);
  }
  lzr_code_fini(&code);
}

struct memory_case {
  uint32_t operation;
  unsigned size, reg;
  struct lzr_gen_memory memory;
  const char *text;
};

#define AT(base, offset) {LZR_##base, LZR_GEN_NONE, 0, offset, 0}
#define AT_INDEX(base, index, scale, offset)                                   \
  {LZR_##base, LZR_##index, scale, offset, 0}

static const struct memory_case memory_cases[] = {
    {LZR_X64_MOV, 8, LZR_RAX, AT(RBP, -8), "mov qword ptr [rbp - 8], rax"},
    {LZR_X64_MOV, 8, LZR_RAX, AT(RBP, 0), "mov qword ptr [rbp], rax"},
    {LZR_X64_MOV, 8, LZR_RAX, AT(R13, 0), "mov qword ptr [r13], rax"},
    {LZR_X64_MOV, 4, LZR_R9, AT(RSP, 0), "mov dword ptr [rsp], r9d"},
    {LZR_X64_MOV, 4, LZR_R9, AT(R12, 8), "mov dword ptr [r12 + 8], r9d"},
    {LZR_X64_MOV, 2, LZR_RCX, AT(RSP, 128), "mov word ptr [rsp + 128], cx"},
    {LZR_X64_MOV, 1, LZR_RSI, AT(RAX, 0), "mov byte ptr [rax], sil"},
    {LZR_X64_MOV_FROM, 8, LZR_R8, AT(R8, -129), "mov r8, qword ptr [r8 - 129]"},
    {LZR_X64_MOVZX8, 4, LZR_RDI, AT(RDX, 1), "movzx edi, byte ptr [rdx + 1]"},
    {LZR_X64_LEA, 8, LZR_RAX, AT_INDEX(RBP, RCX, 3, -16),
     "lea rax, [rbp + 8*rcx - 16]"},
    {LZR_X64_LEA, 8, LZR_RAX, AT_INDEX(R13, R9, 1, 0), "lea rax, [r13 + 2*r9]"},
    {LZR_X64_LEA, 4, LZR_RAX, AT(RCX, 1 << 20), "lea eax, [rcx + 1048576]"},
    {LZR_X64_MOVSXD, 8, LZR_RCX, AT_INDEX(RDX, RCX, 2, 0),
     "movsxd rcx, dword ptr [rdx + 4*rcx]"},
    {LZR_X64_CMPXCHG, 4, LZR_RCX, AT(RDI, 0), "cmpxchg dword ptr [rdi], ecx"},
    {LZR_X64_CMPXCHG, 1, LZR_RSI, AT(RDI, 0), "cmpxchg byte ptr [rdi], sil"},
    {LZR_X64_XADD, 2, LZR_RCX, AT(RDI, 0), "xadd word ptr [rdi], cx"},
    {LZR_X64_XCHG, 1, LZR_RCX, AT(RDI, 0), "xchg byte ptr [rdi], cl"},
    {LZR_X64_AND, 8, LZR_RCX, AT(RDI, 0), "and qword ptr [rdi], rcx"},
    {LZR_X64_SETCC | LZR_X64_E, 4, 0, AT(RBP, -4), "sete byte ptr [rbp - 4]"},
    {LZR_X64_MOVUPS, 4, LZR_XMM0, AT(RSI, 16),
     "movups xmm0, xmmword ptr [rsi + 16]"},
    {LZR_X64_MOVUPS_TO, 4, LZR_XMM0 + 8, AT(RSI, 16),
     "movups xmmword ptr [rsi + 16], xmm8"},
    {LZR_X64_MOVSS, 4, LZR_XMM0, AT(RSI, 0), "movss xmm0, dword ptr [rsi]"},
    {LZR_X64_MOVSS_TO, 4, LZR_XMM0, AT(R9, 0), "movss dword ptr [r9], xmm0"},
    {LZR_X64_MOVSD, 4, LZR_XMM0, AT(RSI, 0), "movsd xmm0, qword ptr [rsi]"},
    {LZR_X64_MOVSD_TO, 4, LZR_XMM0, AT(RSI, 0), "movsd qword ptr [rsi], xmm0"},
    {LZR_X64_LEA,
     8,
     LZR_R8,
     {LZR_GEN_SYMBOL, LZR_GEN_NONE, 0, 4, 7},
     "lea r8, [rip]"},
};

Test(encode, writes_operands_in_memory) {
  struct lzr_machine_code code = {0};
  lzr_code_reset(&code);
  for (size_t i = 0; i < sizeof memory_cases / sizeof *memory_cases; i++) {
    const struct memory_case *c = &memory_cases[i];
    lzr_x64_memory(&code, c->operation, c->size, c->reg, c->memory, 0);
    reads(&code, c->text);
  }
  lzr_code_fini(&code);
}

Test(encode, writes_constants) {
  struct lzr_machine_code code = {0};
  lzr_code_reset(&code);
#define READS(text, call)                                                      \
  do {                                                                         \
    call;                                                                      \
    reads(&code, text);                                                        \
  } while (0)
  READS("add rax, 127",
        lzr_x64_immediate(&code, LZR_X64_IS_ADD, 8, LZR_RAX, 127));
  READS("and r8, -16",
        lzr_x64_immediate(&code, LZR_X64_IS_AND, 8, LZR_R8, -16));
  READS("sub ecx, 128",
        lzr_x64_immediate(&code, LZR_X64_IS_SUB, 4, LZR_RCX, 128));
  READS("cmp dx, 300",
        lzr_x64_immediate(&code, LZR_X64_IS_CMP, 2, LZR_RDX, 300));
  READS("cmp sil, 3", lzr_x64_immediate(&code, LZR_X64_IS_CMP, 1, LZR_RSI, 3));
  READS("xor eax, 5", lzr_x64_immediate(&code, LZR_X64_IS_XOR, 4, LZR_RAX, 5));
  READS("or rdi, 1000",
        lzr_x64_immediate(&code, LZR_X64_IS_OR, 8, LZR_RDI, 1000));
  READS("xor r9d, r9d", lzr_x64_set(&code, LZR_R9, 0));
  READS("mov eax, 1", lzr_x64_set(&code, LZR_RAX, 1));
  READS("mov r8d, 4294967295", lzr_x64_set(&code, LZR_R8, UINT32_MAX));
  READS("mov rax, -1", lzr_x64_set(&code, LZR_RAX, -1));
  READS("movabs r10, 4294967296",
        lzr_x64_set(&code, LZR_R10, INT64_C(1) << 32));
  READS("movabs rcx, -2147483649",
        lzr_x64_set(&code, LZR_RCX, INT64_C(-2147483649)));
#undef READS
  lzr_code_fini(&code);
}

Test(encode, relocates_fields_from_their_instructions_end) {
  struct lzr_machine_code code = {0};
  struct lzr_gen_memory there = {LZR_GEN_SYMBOL, LZR_GEN_NONE, 0, 100, 7};
  lzr_code_reset(&code);
  lzr_x64_memory(&code, LZR_X64_MOV_IMM, 8, 0, there, 4);
  lzr_code_put_number(&code, 0, 4);
  cr_expect_eq(code.relocs[0].offset, 3);
  cr_expect_eq(code.relocs[0].symbol, 7);
  cr_expect_eq(code.relocs[0].addend, 100 - 4 - 4);
  cr_expect_eq(code.size, 11);
  lzr_x64_call_got(&code, 5);
  lzr_x64_load_got(&code, LZR_R9, 6);
  lzr_x64_call(&code, 8);
  static const uint8_t wanted[] = {0xff, 0x15, 0, 0, 0,    0, 0x4c, 0x8b, 0x0d,
                                   0,    0,    0, 0, 0xe8, 0, 0,    0,    0};
  cr_expect_eq(memcmp(code.bytes + 11, wanted, sizeof wanted), 0);
  cr_expect_eq(code.reloc_count, 4);
  lzr_code_fini(&code);
}

Test(encode, jumps_over_what_comes_next) {
  struct lzr_machine_code code = {0};
  char text[256];
  lzr_code_reset(&code);
  size_t skip = lzr_x64_skip_if(&code, LZR_X64_NE);
  lzr_x64_bytes(&code, 0xc3c9, 2);
  lzr_x64_land(&code, skip);
  size_t at = disassemble(&code, 0, text);
  cr_expect_str_eq(text, "jne 2");
  at += disassemble(&code, at, text);
  cr_expect_str_eq(text, "leave");
  disassemble(&code, at, text);
  cr_expect_str_eq(text, "ret");
  lzr_code_fini(&code);
}
