/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * x86-64's functions that write code, on any host: their bytes are
 * disassembled, and their refusals must have the right sentence and write
 * nothing.
 */
#include <criterion/criterion.h>

#include "tests/listing.h"
#include "tests/stubs_refusals.h"
#include "tpc/base/x86_64/save.h"

#define TRIPLE "x86_64-linux-gnu"
#define CODE 0x7f0000010000
#define DATA 0x7f0000020000
#define GIB (UINT64_C(1) << 30)

static const struct lzr_save_area fxsave = {LZR_SAVE_LEAST, 0, 0};
static const struct lzr_save_area xsave = {LZR_X86_64_XSAVE, 0xe7, 0xa80};
static const struct lzr_save_area xsavec = {LZR_X86_64_XSAVEC, 0xe6, 0x980};

static const struct lzr_arch *arch(void) {
  return lzr_arch_for_triple("x86_64");
}

static void reads_as(struct lzr_place place, size_t size,
                     const char *expected) {
  struct listing seen = {.length = 0};
  listing_disassemble(&seen, TRIPLE, place, size, NULL);
  cr_expect_str_eq(seen.text, expected);
}

Test(stub_x86_64, jumps_through_its_slot) {
  uint8_t bytes[24];
  struct lzr_place place = {bytes, CODE};
  cr_assert_null(arch()->write_stubs(place, DATA, 3));
  struct listing expected = {.length = 0};
  for (int i = 0; i < 3; i++)
    listing_add(&expected, "jmpq *%d(%%rip)\nint3\nint3\n",
                (int)(DATA - CODE - 6));
  reads_as(place, sizeof bytes, expected.text);
}

Test(stub_x86_64, reaches_exactly_two_gibibytes) {
  uint8_t bytes[8];
  struct lzr_place place = {bytes, 4 * GIB + 2};
  cr_assert_null(arch()->write_stubs(place, 2 * GIB + 8, 1));
  cr_assert_null(arch()->write_stubs(place, 6 * GIB, 1));
}

Test(stub_x86_64, refuses_a_slot_out_of_reach) {
  uint8_t bytes[8] = {0};
  struct lzr_place place = {bytes, 4 * GIB};
  refused(arch()->write_stubs(place, 6 * GIB + 8, 1), LZR_ERROR_LIMIT,
          "2147483656 bytes");
  refused(arch()->write_stubs(place, 2 * GIB, 1), LZR_ERROR_LIMIT,
          "0x80000000");
  nothing_written(bytes, sizeof bytes);
}

Test(stub_x86_64, refuses_a_misaligned_slot) {
  uint8_t bytes[8] = {0};
  struct lzr_place place = {bytes, CODE};
  refused(arch()->write_stubs(place, DATA + 4, 1), LZR_ERROR_ARGUMENT,
          "multiple of 8");
  nothing_written(bytes, sizeof bytes);
}

Test(trampoline_x86_64, pushes_its_number_and_the_context) {
  uint8_t bytes[48];
  struct lzr_place place = {bytes, CODE};
  cr_assert_null(arch()->write_trampolines(place, DATA, 0x7ffffffe, 2));
  struct listing expected = {.length = 0};
  listing_add(&expected, "endbr64\npushq $2147483646\njmp 18\nint3\nint3\n");
  listing_add(&expected, "endbr64\npushq $2147483647\njmp 2\nint3\nint3\n");
  listing_add(&expected, "pushq %d(%%rip)\n", (int)(DATA - CODE - 38));
  listing_add(&expected, "jmpq *%d(%%rip)\n", (int)(DATA + 8 - CODE - 44));
  listing_add(&expected, "int3\nint3\nint3\nint3\n");
  reads_as(place, sizeof bytes, expected.text);
}

Test(trampoline_x86_64, refuses_numbers_from_two_to_the_31_on) {
  uint8_t bytes[48] = {0};
  struct lzr_place place = {bytes, CODE};
  refused(arch()->write_trampolines(place, DATA, 0x7fffffff, 2),
          LZR_ERROR_LIMIT, "2^31");
  refused(arch()->write_trampolines(place, DATA, 0x80000000, 1),
          LZR_ERROR_LIMIT, "2^31");
  refused(arch()->write_trampolines(place, DATA, 0, SIZE_MAX), LZR_ERROR_LIMIT,
          "2^31");
  refused(arch()->write_trampolines(place, DATA, 0, 1u << 30), LZR_ERROR_LIMIT,
          "span");
  nothing_written(bytes, sizeof bytes);
}

Test(trampoline_x86_64, refuses_data_out_of_reach) {
  uint8_t bytes[48] = {0};
  struct lzr_place place = {bytes, CODE};
  refused(arch()->write_trampolines(place, CODE + 3 * GIB, 0, 2),
          LZR_ERROR_LIMIT, "reaches 2 GiB");
  refused(arch()->write_trampolines(place, CODE - 3 * GIB, 0, 2),
          LZR_ERROR_LIMIT, "reaches 2 GiB");
  refused(arch()->write_trampolines(place, DATA + 1, 0, 2), LZR_ERROR_ARGUMENT,
          "multiple of 8");
  nothing_written(bytes, sizeof bytes);
}

/* LLVM's dispatch. */

Test(dispatch_x86_64, reads_as_intended) {
  uint8_t bytes[256];
  uint8_t unwind_bytes[256];
  struct lzr_place place = {bytes, CODE};
  struct lzr_place unwind = {unwind_bytes, DATA};
  struct lzr_dispatch dispatch = {0};
  size_t unwind_size = 0;
  arch()->write_dispatch(place, &dispatch);
  size_t size = dispatch.size;
  arch()->write_dispatch_unwind(unwind, CODE, size, &unwind_size);
  cr_assert_leq(size, arch()->dispatch_max_size);
  cr_assert_leq(unwind_size, arch()->dispatch_unwind_max_size);
  struct eh_frame frame = eh_frame_read(unwind, unwind_size);
  struct listing seen = {.length = 0};
  listing_disassemble(&seen, TRIPLE, place, size, &frame);
  cr_assert_str_eq(seen.text, ".cfi_def_cfa 7, 8\n"
                              ".cfi_offset 16, -8\n"
                              "endbr64\n"
                              "pushq %rsi\n"
                              ".cfi_def_cfa 7, 16\n"
                              "movq 8(%rdi), %rax\n"
                              "movq 24(%rdi), %rsi\n"
                              "movq 16(%rdi), %rdi\n"
                              "movq %rsp, %rdx\n"
                              "movl $8, %ecx\n"
                              "callq *%rax\n"
                              "popq %rcx\n"
                              ".cfi_def_cfa 7, 8\n"
                              "xorl %ecx, %ecx\n"
                              "cmpq $8, %rdx\n"
                              "cmovneq %rcx, %rax\n"
                              "retq\n"
                              "endbr64\n"
                              "pushq %rdi\n"
                              ".cfi_def_cfa 7, 16\n"
                              "movq (%rdi), %r11\n"
                              "movq 16(%rdi), %rsi\n"
                              "movq 24(%rdi), %rdx\n"
                              "movq 32(%rdi), %rcx\n"
                              "movq 40(%rdi), %r8\n"
                              "movq 48(%rdi), %r9\n"
                              "movq 8(%rdi), %rdi\n"
                              "xorl %eax, %eax\n"
                              "callq *%r11\n"
                              "popq %rdx\n"
                              ".cfi_def_cfa 7, 8\n"
                              "movl $8, %edx\n"
                              "retq\n"
                              "endbr64\n"
                              "movq (%rdi), %rdx\n"
                              "leaq 8(%rdi), %rsi\n"
                              "testq %rdx, %rdx\n"
                              "je 28\n"
                              "decq %rdx\n"
                              "movq (%rsi), %rdi\n"
                              "movq 8(%rsi), %rcx\n"
                              "addq $16, %rsi\n"
                              "cmpq $8, %rcx\n"
                              "jne 4\n"
                              "movsq (%rsi), %es:(%rdi)\n"
                              "jmp -29\n"
                              "rep  movsb (%rsi), %es:(%rdi)\n"
                              "jmp -33\n"
                              "xorl %eax, %eax\n"
                              "movl $1, %edx\n"
                              "retq\n");
  cr_assert_eq(dispatch.caller, 39);
  cr_assert_eq(dispatch.copier, 83);
}

/* The resolver. */

static void expect_entry(struct listing *expected, uint32_t area) {
  listing_add(expected, ".cfi_def_cfa 7, 24\n.cfi_offset 16, -8\nendbr64\n"
                        "pushq %%rbp\n.cfi_def_cfa 7, 32\n.cfi_offset 6, -32\n"
                        "movq %%rsp, %%rbp\n.cfi_def_cfa 6, 32\n"
                        ".cfi_remember_state\n");
  static const char *const pushed[] = {"rax", "rcx", "rdx", "rsi", "rdi",
                                       "r8",  "r9",  "r10", "r11"};
  for (size_t i = 0; i < sizeof pushed / sizeof pushed[0]; i++)
    listing_add(expected, "pushq %%%s\n", pushed[i]);
  listing_add(expected, "andq $-64, %%rsp\nsubq $%u, %%rsp\n", area);
}

static void expect_save(struct listing *expected,
                        const struct lzr_save_area *save) {
  if (save->form == LZR_SAVE_LEAST) {
    listing_add(expected, "fxsave64 (%%rsp)\n");
    return;
  }
  bool compact = save->form == LZR_X86_64_XSAVEC;
  listing_add(expected, "xorl %%edx, %%edx\n");
  for (int offset = compact ? 528 : 512; offset < 576; offset += 8)
    listing_add(expected, "movq %%rdx, %d(%%rsp)\n", offset);
  listing_add(expected, "movl $%u, %%eax\n%s (%%rsp)\n", save->mask,
              compact ? "xsavec64" : "xsave64");
}

static void expect_load(struct listing *expected,
                        const struct lzr_save_area *save) {
  if (save->form == LZR_SAVE_LEAST)
    listing_add(expected, "fxrstor64 (%%rsp)\n");
  else
    listing_add(expected,
                "movl $%u, %%eax\nxorl %%edx, %%edx\nxrstor64 (%%rsp)\n",
                save->mask);
}

static void expect_exit(struct listing *expected) {
  listing_add(expected, "leaq -72(%%rbp), %%rsp\n");
  static const char *const popped[] = {"r11", "r10", "r9",  "r8",  "rdi",
                                       "rsi", "rdx", "rcx", "rax", "rbp"};
  for (size_t i = 0; i < sizeof popped / sizeof popped[0]; i++)
    listing_add(expected, "popq %%%s\n", popped[i]);
  listing_add(expected, ".cfi_def_cfa 7, 24\n.cfi_restore 6\n"
                        "leaq 16(%%rsp), %%rsp\n.cfi_def_cfa 7, 8\n"
                        "jmpq *-8(%%rsp)\n.cfi_restore_state\nud2\n");
}

static void check_resolver(const struct lzr_save_area *save, uint32_t area,
                           int to_trap) {
  uint8_t bytes[256];
  uint8_t unwind_bytes[256];
  struct lzr_place place = {bytes, CODE};
  struct lzr_place unwind = {unwind_bytes, DATA};
  size_t size = 0;
  size_t unwind_size = 0;
  cr_assert_null(arch()->write_resolver(place, save, &size));
  cr_assert_null(
      arch()->write_resolver_unwind(unwind, CODE, size, save, &unwind_size));
  cr_assert_leq(size, arch()->resolver_max_size);
  cr_assert_leq(unwind_size, arch()->resolver_unwind_max_size);

  struct listing expected = {.length = 0};
  expect_entry(&expected, area);
  expect_save(&expected, save);
  listing_add(&expected,
              "movq 8(%%rbp), %%rdi\nmovq 16(%%rbp), %%rsi\n"
              "callq *(%%rdi)\ntestq %%rax, %%rax\nje %d\n"
              "movq %%rax, 16(%%rbp)\n",
              to_trap);
  expect_load(&expected, save);
  expect_exit(&expected);
  struct eh_frame frame = eh_frame_read(unwind, unwind_size);
  struct listing seen = {.length = 0};
  listing_disassemble(&seen, TRIPLE, place, size, &frame);
  cr_assert_str_eq(seen.text, expected.text);
}

Test(resolver_x86_64, with_fxsave_reads_as_intended) {
  check_resolver(&fxsave, 512, 36);
}

Test(resolver_x86_64, with_xsave_reads_as_intended) {
  check_resolver(&xsave, 0xa80, 43);
}

Test(resolver_x86_64, with_xsavec_reads_as_intended) {
  check_resolver(&xsavec, 0x980, 43);
}

Test(resolver_x86_64, has_unwind_information_for_all_of_it) {
  uint8_t bytes[256];
  struct lzr_place place = {bytes, DATA};
  size_t size = 0;
  cr_assert_null(
      arch()->write_resolver_unwind(place, CODE, 152, &xsavec, &size));
  struct eh_frame frame = eh_frame_read(place, size);
  cr_assert_eq(frame.code, CODE);
  cr_assert_eq(frame.code_size, 152);
  cr_assert_eq(frame.return_register, 16);
  cr_assert(frame.ends);
}

Test(resolver_x86_64, refuses_a_foreign_save_form) {
  static const struct lzr_save_area bad = {
      .form = 9, .mask = 0xe6, .size = 640};
  uint8_t bytes[256] = {0};
  struct lzr_place place = {bytes, CODE};
  size_t size = 0;
  refused(arch()->write_resolver(place, &bad, &size), LZR_ERROR_UNSUPPORTED,
          "in form 9, which is none of x86-64's");
  refused(arch()->write_resolver_unwind(place, CODE, 152, &bad, &size),
          LZR_ERROR_UNSUPPORTED, "form 9");
  nothing_written(bytes, sizeof bytes);
}

Test(resolver_x86_64, refuses_a_save_area_that_would_lose_registers) {
  static const struct lzr_save_area bad[] = {
      {LZR_X86_64_XSAVEC, 0xe4, 0x980},   {LZR_X86_64_XSAVE, 0x2e6, 0xa80},
      {LZR_X86_64_XSAVEC, 0xe6, 512},     {LZR_X86_64_XSAVEC, 0xe6, 0x988},
      {LZR_X86_64_XSAVE, 0xe6, 1u << 20},
  };
  uint8_t bytes[256] = {0};
  struct lzr_place place = {bytes, CODE};
  size_t size = 0;
  for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
    refused(arch()->write_resolver(place, &bad[i], &size), LZR_ERROR_ARGUMENT,
            "");
    refused(arch()->write_resolver_unwind(place, CODE, 152, &bad[i], &size),
            LZR_ERROR_ARGUMENT, "");
  }
  nothing_written(bytes, sizeof bytes);
}
