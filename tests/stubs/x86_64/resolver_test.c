/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * First calls on this processor, with every register filled: the body must
 * find what the caller put there, whatever happens in between.
 */
#include <criterion/criterion.h>

#ifdef __x86_64__

#include <signal.h>

#include "tests/x86_64_block.h"

/* rax rcx rdx rbx rbp rsi rdi r8-r15, rsp; then z, y or xmm; then k0-k7 */
struct registers {
  uint64_t gpr[15];
  uint64_t rsp;
  uint8_t vector[32][64];
  uint64_t k[8];
};

extern struct registers given, seen;
extern uint64_t given_target, given_skew;
struct registers given, seen;
uint64_t given_target;
uint64_t given_skew; /* how far the caller's stack is from its alignment, in
                        bytes */

/* Calls given_target with the registers given; the body stores all in seen. */
void call_with_xmm(void), call_with_ymm(void), call_with_zmm(void);
void see_xmm(void), see_ymm(void), see_zmm(void);
/* Changes everything that C may change. */
void spoil_xmm(void), spoil_ymm(void), spoil_zmm(void);

__asm__(
    ".text\n"
    ".macro gprs op\n"
    "  \\op 0, %rax\n  \\op 1, %rcx\n  \\op 2, %rdx\n  \\op 3, %rbx\n"
    "  \\op 4, %rbp\n  \\op 5, %rsi\n  \\op 6, %rdi\n  \\op 7, %r8\n"
    "  \\op 8, %r9\n  \\op 9, %r10\n  \\op 10, %r11\n  \\op 11, %r12\n"
    "  \\op 12, %r13\n  \\op 13, %r14\n  \\op 14, %r15\n"
    ".endm\n"
    ".macro load_gpr i, r\n  mov given+8*\\i(%rip), \\r\n.endm\n"
    ".macro store_gpr i, r\n  mov \\r, seen+8*\\i(%rip)\n.endm\n"
    ".macro masks op\n"
    "  .irp i,0,1,2,3,4,5,6,7\n  \\op \\i\n  .endr\n"
    ".endm\n"
    ".macro load_k i\n  kmovw given+2176+8*\\i(%rip), %k\\i\n.endm\n"
    ".macro store_k i\n  kmovw %k\\i, seen+2176+8*\\i(%rip)\n.endm\n"
    ".macro spoil_k i\n  kxorw %k\\i, %k\\i, %k\\i\n.endm\n"
    ".macro low op\n"
    "  .irp i,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n  \\op \\i\n  .endr\n"
    ".endm\n"
    ".macro high op\n"
    "  .irp i,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
    "  \\op \\i\n  .endr\n"
    ".endm\n"
    ".macro load_x i\n  movups given+128+64*\\i(%rip), %xmm\\i\n.endm\n"
    ".macro load_y i\n  vmovups given+128+64*\\i(%rip), %ymm\\i\n.endm\n"
    ".macro load_z i\n  vmovups given+128+64*\\i(%rip), %zmm\\i\n.endm\n"
    ".macro store_x i\n  movups %xmm\\i, seen+128+64*\\i(%rip)\n.endm\n"
    ".macro store_y i\n  vmovups %ymm\\i, seen+128+64*\\i(%rip)\n.endm\n"
    ".macro store_z i\n  vmovups %zmm\\i, seen+128+64*\\i(%rip)\n.endm\n"
    ".macro spoil_x i\n  pcmpeqd %xmm\\i, %xmm\\i\n.endm\n"
    ".macro spoil_y i\n  vxorps %ymm\\i, %ymm\\i, %ymm\\i\n.endm\n"
    ".macro spoil_z i\n  vpternlogd $255, %zmm\\i, %zmm\\i, %zmm\\i\n.endm\n"
    ".macro begin name\n"
    "  .globl \\name\n  .hidden \\name\n  .type \\name, @function\n"
    "\\name:\n  endbr64\n"
    ".endm\n"
    ".macro keep\n"
    "  push %rbx\n  push %rbp\n  push %r12\n  push %r13\n  push %r14\n"
    "  push %r15\n  sub $8, %rsp\n  sub given_skew(%rip), %rsp\n"
    ".endm\n"
    ".macro unkeep\n"
    "  add given_skew(%rip), %rsp\n  add $8, %rsp\n  pop %r15\n  pop %r14\n"
    "  pop %r13\n  pop %r12\n  pop %rbp\n  pop %rbx\n  ret\n"
    ".endm\n"
    ".macro call_given\n"
    "  mov %rsp, given+120(%rip)\n  gprs load_gpr\n  call *given_target(%rip)\n"
    ".endm\n"
    ".macro spoil_gprs\n"
    "  .irp r,rax,rcx,rdx,rsi,rdi,r8,r9,r10,r11\n  mov $-1, %\\r\n  .endr\n"
    ".endm\n"

    "begin call_with_xmm\n  keep\n  low load_x\n  call_given\n  unkeep\n"
    "begin call_with_ymm\n  keep\n  low load_y\n  call_given\n"
    "  vzeroupper\n  unkeep\n"
    "begin call_with_zmm\n  keep\n  low load_z\n  high load_z\n"
    "  masks load_k\n  call_given\n  vzeroupper\n  unkeep\n"
    "begin see_xmm\n  gprs store_gpr\n  mov %rsp, seen+120(%rip)\n"
    "  low store_x\n  ret\n"
    "begin see_ymm\n  gprs store_gpr\n  mov %rsp, seen+120(%rip)\n"
    "  low store_y\n  ret\n"
    "begin see_zmm\n  gprs store_gpr\n  mov %rsp, seen+120(%rip)\n"
    "  low store_z\n  high store_z\n  masks store_k\n  ret\n"
    "begin spoil_xmm\n  spoil_gprs\n  low spoil_x\n  ret\n"
    "begin spoil_ymm\n  spoil_gprs\n  low spoil_y\n  vzeroupper\n  ret\n"
    "begin spoil_zmm\n  spoil_gprs\n  low spoil_z\n  high spoil_z\n"
    "  masks spoil_k\n  vzeroupper\n  ret\n");

/* One width of vector registers. */
struct width {
  const char *name;
  void (*call)(void);
  void (*see)(void);
  void (*spoil)(void);
  int registers;
  int bytes; /* of each */
  bool masks;
};

static const struct width xmm = {"xmm", call_with_xmm, see_xmm, spoil_xmm, 16,
                                 16,    false};
static const struct width ymm = {"ymm", call_with_ymm, see_ymm, spoil_ymm, 16,
                                 32,    false};
static const struct width zmm = {"zmm", call_with_zmm, see_zmm, spoil_zmm, 32,
                                 64,    true};

static const struct width *widest(void) {
  if (__builtin_cpu_supports("avx512f"))
    return &zmm;
  return __builtin_cpu_supports("avx") ? &ymm : &xmm;
}

static const struct width *current;
static bool stack_was_aligned;

static uint64_t reenter(struct context *context, uint64_t index) {
  stack_was_aligned = (uintptr_t)__builtin_frame_address(0) % 16 == 0;
  context->index = index;
  widest()->spoil(); /* also what this save form does not promise to keep */
  return context->answer;
}

static void fill_given(void) {
  uint8_t *bytes = (uint8_t *)&given;
  for (size_t i = 0; i < sizeof given; i++)
    bytes[i] = (uint8_t)(i * 37 + i / 251 + 1);
  memset(&seen, 0, sizeof seen);
}

static void check_seen(const char *form) {
  for (int i = 0; i < 15; i++)
    cr_expect_eq(seen.gpr[i], given.gpr[i], "%s: general register %d", form, i);
  cr_expect_eq(seen.rsp, given.rsp - 8, "%s: rsp", form);
  for (int i = 0; i < current->registers; i++)
    cr_expect_arr_eq(seen.vector[i], given.vector[i], (size_t)current->bytes,
                     "%s: %s%d", form, current->name, i);
  for (int i = 0; current->masks && i < 8; i++)
    cr_expect_eq((uint16_t)seen.k[i], (uint16_t)given.k[i], "%s: k%d", form, i);
}

static void check_form(uint32_t form, const char *name,
                       const struct width *width, uint64_t skew) {
  const struct lzr_save_area save = cpu_save_area(form);
  struct context context = {reenter, 0, (uint64_t)(uintptr_t)width->see};
  struct block block = block_create(&context, &save);
  current = width;
  fill_given();
  given_skew = skew;
  given_target = (uint64_t)(uintptr_t)block_stub(&block, 2);
  width->call();
  check_seen(name);
  cr_expect_eq(context.index, 1002);
  cr_expect(stack_was_aligned);
  block_destroy(&block);
}

Test(resolver_on_x86_64, keeps_xmm_registers_with_fxsave) {
  check_form(LZR_SAVE_LEAST, "fxsave", &xmm, 0);
}

Test(resolver_on_x86_64, keeps_whole_vector_registers_with_xsave) {
  if (!cpu_has_xsave())
    cr_skip_test("this processor has no xsave");
  check_form(LZR_X86_64_XSAVE, "xsave", widest(), 0);
}

Test(resolver_on_x86_64, keeps_whole_vector_registers_with_xsavec) {
  if (!cpu_has_xsavec())
    cr_skip_test("this processor has no xsavec");
  check_form(LZR_X86_64_XSAVEC, "xsavec", widest(), 0);
}

Test(resolver_on_x86_64, aligns_a_stack_its_caller_left_crooked) {
  check_form(LZR_SAVE_LEAST, "fxsave", &xmm, 8);
  if (cpu_has_xsave())
    check_form(LZR_X86_64_XSAVE, "xsave", widest(), 8);
}

static uint32_t mxcsr(void) {
  return __builtin_ia32_stmxcsr();
}

static uint64_t reenter_rounding(struct context *context, uint64_t index) {
  (void)index;
  __builtin_ia32_ldmxcsr(0x1f80);
  return context->answer;
}

static uint32_t mxcsr_in_body;

static void body_rounding(void) {
  mxcsr_in_body = mxcsr();
}

Test(resolver_on_x86_64, keeps_mxcsr) {
  const struct lzr_save_area save = cpu_save_area(LZR_SAVE_LEAST);
  struct context context = {reenter_rounding, 0,
                            (uint64_t)(uintptr_t)body_rounding};
  struct block block = block_create(&context, &save);
  __builtin_ia32_ldmxcsr(0x7f80); /* towards zero */
  block_stub(&block, 0)();
  uint32_t after = mxcsr();
  __builtin_ia32_ldmxcsr(0x1f80);
  cr_expect_eq(mxcsr_in_body, 0x7f80);
  cr_expect_eq(after, 0x7f80);
  block_destroy(&block);
}

static uint64_t reenter_nowhere(struct context *context, uint64_t index) {
  (void)context, (void)index;
  return 0;
}

Test(resolver_on_x86_64, traps_at_an_answer_of_zero, .signal = SIGILL) {
  const struct lzr_save_area save = cpu_save_area(LZR_SAVE_LEAST);
  struct context context = {reenter_nowhere, 0, 0};
  struct block block = block_create(&context, &save);
  block_stub(&block, 0)();
}

#else

Test(resolver_on_x86_64, runs_on_x86_64_only) {
  cr_skip_test("this is another processor");
}

#endif
