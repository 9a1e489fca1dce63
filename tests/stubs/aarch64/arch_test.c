/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/*
 * AArch64's functions that write code, on any host: their bytes are
 * disassembled, and their refusals must have the right sentence and write
 * nothing.
 */
#include <criterion/criterion.h>

#include "tests/listing.h"
#include "tests/stubs_refusals.h"
#include "tpc/base/aarch64/save.h"

#define TRIPLE "aarch64-linux-gnu"
#define CODE 0x7f0000010000
#define DATA 0x7f0000020ff0 /* the second slot's page is another one */
#define GIB (UINT64_C(1) << 30)

static const struct lzr_save_area neon = {LZR_SAVE_LEAST, 0, 0};
static const struct lzr_save_area sve = {LZR_AARCH64_SVE, 0, 0};

static const struct lzr_arch *arch(void) {
  return lzr_arch_for_triple("aarch64");
}

static void reads_as(struct lzr_place place, size_t size,
                     const char *expected) {
  struct listing seen = {.length = 0};
  listing_disassemble(&seen, TRIPLE, place, size, NULL);
  cr_expect_str_eq(seen.text, expected);
}

Test(stub_aarch64, jumps_through_its_slot) {
  uint8_t bytes[48];
  struct lzr_place place = {bytes, CODE};
  cr_assert_null(arch()->write_stubs(place, DATA, 3));
  reads_as(place, sizeof bytes,
           "bti c\nadrp x16, #65536\nldr x17, [x16, #4080]\nbr x17\n"
           "bti c\nadrp x16, #65536\nldr x17, [x16, #4088]\nbr x17\n"
           "bti c\nadrp x16, #69632\nldr x17, [x16]\nbr x17\n");
}

Test(stub_aarch64, reaches_slots_before_it) {
  uint8_t bytes[16];
  struct lzr_place place = {bytes, CODE + 0xff0}; /* adrp's own page counts */
  cr_assert_null(arch()->write_stubs(place, CODE - 4096, 1));
  reads_as(place, sizeof bytes,
           "bti c\nadrp x16, #-4096\nldr x17, [x16]\nbr x17\n");
}

Test(stub_aarch64, reaches_exactly_four_gibibytes) {
  uint8_t bytes[16];
  struct lzr_place place = {bytes, 8 * GIB};
  cr_assert_null(arch()->write_stubs(place, 12 * GIB - 8, 1));
  cr_assert_null(arch()->write_stubs(place, 4 * GIB, 1));
}

Test(stub_aarch64, refuses_a_slot_out_of_reach) {
  uint8_t bytes[32] = {0};
  struct lzr_place place = {bytes, 8 * GIB};
  refused(arch()->write_stubs(place, 12 * GIB, 1), LZR_ERROR_LIMIT,
          "4294967292 bytes");
  refused(arch()->write_stubs(place, 4 * GIB - 8, 1), LZR_ERROR_LIMIT,
          "reaches 4 GiB");
  refused(arch()->write_stubs(place, 12 * GIB - 8, 2), LZR_ERROR_LIMIT,
          "0x300000000");
  nothing_written(bytes, sizeof bytes);
}

Test(stub_aarch64, refuses_a_misaligned_slot) {
  uint8_t bytes[16] = {0};
  struct lzr_place place = {bytes, CODE};
  refused(arch()->write_stubs(place, DATA + 4, 1), LZR_ERROR_ARGUMENT,
          "multiple of 8");
  nothing_written(bytes, sizeof bytes);
}

Test(trampoline_aarch64, leaves_its_number_on_the_stack) {
  uint8_t bytes[56];
  struct lzr_place place = {bytes, CODE};
  cr_assert_null(arch()->write_trampolines(place, DATA, 0x12345678, 2));
  reads_as(place, sizeof bytes,
           "bti c\nmov w16, #22136\nmovk w16, #4660, lsl #16\nb #20\n"
           "bti c\nmov w16, #22137\nmovk w16, #4660, lsl #16\nb #4\n"
           "adrp x17, #65536\nadd x17, x17, #4080\n"
           "str x16, [sp, #-16]!\nldr x16, [x17, #8]\nbr x16\n"
           "brk #0x1\n");
}

Test(trampoline_aarch64, refuses_numbers_from_two_to_the_31_on) {
  uint8_t bytes[56] = {0};
  struct lzr_place place = {bytes, CODE};
  refused(arch()->write_trampolines(place, DATA, 0x7fffffff, 2),
          LZR_ERROR_LIMIT, "2^31");
  refused(arch()->write_trampolines(place, DATA, 0, SIZE_MAX), LZR_ERROR_LIMIT,
          "2^31");
  refused(arch()->write_trampolines(place, DATA, 0, 1u << 23), LZR_ERROR_LIMIT,
          "span");
  nothing_written(bytes, sizeof bytes);
}

Test(trampoline_aarch64, refuses_data_out_of_reach) {
  uint8_t bytes[56] = {0};
  struct lzr_place place = {bytes, CODE};
  refused(arch()->write_trampolines(place, CODE + 5 * GIB, 0, 2),
          LZR_ERROR_LIMIT, "reaches 4 GiB");
  refused(arch()->write_trampolines(place, DATA + 4, 0, 2), LZR_ERROR_ARGUMENT,
          "multiple of 8");
  nothing_written(bytes, sizeof bytes);
}

/* LLVM's dispatch. */

Test(dispatch_aarch64, reads_as_intended) {
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
  cr_assert_str_eq(seen.text, ".cfi_def_cfa 31, 0\n"
                              "paciasp\n"
                              ".cfi_negate_ra_state\n"
                              "sub sp, sp, #32\n"
                              ".cfi_def_cfa 31, 32\n"
                              "stp x29, x30, [sp]\n"
                              ".cfi_offset 29, -32\n"
                              ".cfi_offset 30, -24\n"
                              "mov x29, sp\n"
                              ".cfi_def_cfa 29, 32\n"
                              "stp x1, x1, [sp, #16]\n"
                              "ldr x16, [x0, #8]\n"
                              "ldr x1, [x0, #24]\n"
                              "ldr x0, [x0, #16]\n"
                              "add x2, sp, #16\n"
                              "mov w3, #8\n"
                              "blr x16\n"
                              "sub x1, x1, #8\n"
                              "cbz x1, #8\n"
                              "mov w0, #0\n"
                              "ldp x29, x30, [sp]\n"
                              ".cfi_def_cfa 31, 32\n"
                              ".cfi_restore 29\n"
                              ".cfi_restore 30\n"
                              "add sp, sp, #32\n"
                              ".cfi_def_cfa 31, 0\n"
                              "autiasp\n"
                              ".cfi_negate_ra_state\n"
                              "ret\n"
                              "paciasp\n"
                              ".cfi_negate_ra_state\n"
                              "sub sp, sp, #16\n"
                              ".cfi_def_cfa 31, 16\n"
                              "stp x29, x30, [sp]\n"
                              ".cfi_offset 29, -16\n"
                              ".cfi_offset 30, -8\n"
                              "mov x29, sp\n"
                              ".cfi_def_cfa 29, 16\n"
                              "ldr x16, [x0]\n"
                              "ldr x1, [x0, #16]\n"
                              "ldr x2, [x0, #24]\n"
                              "ldr x3, [x0, #32]\n"
                              "ldr x4, [x0, #40]\n"
                              "ldr x5, [x0, #48]\n"
                              "ldr x0, [x0, #8]\n"
                              "blr x16\n"
                              "mov w1, #8\n"
                              "ldp x29, x30, [sp]\n"
                              ".cfi_def_cfa 31, 16\n"
                              ".cfi_restore 29\n"
                              ".cfi_restore 30\n"
                              "add sp, sp, #16\n"
                              ".cfi_def_cfa 31, 0\n"
                              "autiasp\n"
                              ".cfi_negate_ra_state\n"
                              "ret\n"
                              "bti c\n"
                              "ldr x2, [x0], #8\n"
                              "cbz x2, #60\n"
                              "sub x2, x2, #1\n"
                              "ldr x3, [x0], #8\n"
                              "ldr x4, [x0], #8\n"
                              "sub x5, x4, #8\n"
                              "cbz x5, #24\n"
                              "cbz x4, #-24\n"
                              "ldrb w5, [x0], #1\n"
                              "strb w5, [x3], #1\n"
                              "sub x4, x4, #1\n"
                              "b #-16\n"
                              "ldr x5, [x0], #8\n"
                              "dmb ish\n"
                              "str x5, [x3]\n"
                              "b #-56\n"
                              "mov w0, #0\n"
                              "mov w1, #1\n"
                              "ret\n");
  cr_assert_eq(dispatch.caller, 72);
  cr_assert_eq(dispatch.copier, 140);
}

/* The resolver. */

static void expect_pairs_from(struct listing *expected, const char *instruction,
                              char kind, int first, int count, int offset) {
  int size = kind == 'q' ? 16 : 8;
  for (int i = 0; i < count; i += 2)
    listing_add(expected, "%s %c%d, %c%d, [sp, #%d]\n", instruction, kind,
                first + i, kind, first + i + 1, offset + i * size);
}

static void expect_pairs(struct listing *expected, const char *instruction,
                         char kind, int count, int offset) {
  expect_pairs_from(expected, instruction, kind, 0, count, offset);
}

static void expect_vectors(struct listing *expected, const char *instruction,
                           char kind, int count) {
  listing_add(expected, "%s %c0, [sp]\n", instruction, kind);
  for (int i = 1; i < count; i++)
    listing_add(expected, "%s %c%d, [sp, #%d, mul vl]\n", instruction, kind, i,
                i);
}

static void expect_entry(struct listing *expected, int frame) {
  listing_add(expected, ".cfi_def_cfa 31, 16\nbti c\nldr x16, [sp], #16\n"
                        ".cfi_def_cfa 31, 0\npaciasp\n.cfi_negate_ra_state\n");
  listing_add(expected, "sub sp, sp, #%d\n.cfi_def_cfa 31, %d\n", frame, frame);
  listing_add(expected,
              "stp x29, x30, [sp]\n.cfi_offset 29, -%d\n.cfi_offset 30, -%d\n",
              frame, frame - 8);
  listing_add(expected,
              "mov x29, sp\n.cfi_def_cfa 29, %d\n.cfi_remember_state\n", frame);
  expect_pairs(expected, "stp", 'x', 16, 16);
}

static void expect_ask(struct listing *expected, int to_trap) {
  listing_add(expected, "dmb ishld\nldr x0, [x17]\nmov w1, w16\n"
                        "ldr x17, [x0]\nblr x17\n");
  listing_add(expected, "cbz x0, #%d\nmov x16, x0\nisb\n", to_trap);
}

static void expect_exit(struct listing *expected, int frame) {
  expect_pairs(expected, "ldp", 'x', 16, 16);
  listing_add(expected,
              "ldp x29, x30, [sp]\n.cfi_def_cfa 31, %d\n"
              ".cfi_restore 29\n.cfi_restore 30\n",
              frame);
  listing_add(expected,
              "add sp, sp, #%d\n.cfi_def_cfa 31, 0\nautiasp\n"
              ".cfi_negate_ra_state\nbr x16\n.cfi_restore_state\n"
              "brk #0x1\n",
              frame);
}

static void check_code(struct lzr_place place, size_t size,
                       struct lzr_place unwind, size_t unwind_size,
                       const struct listing *expected) {
  struct eh_frame frame = eh_frame_read(unwind, unwind_size);
  cr_assert_eq(frame.code, CODE);
  cr_assert_eq(frame.code_size, size);
  cr_assert_eq(frame.return_register, 30);
  cr_assert(frame.ends);
  struct listing seen = {.length = 0};
  listing_disassemble(&seen, TRIPLE, place, size, &frame);
  cr_assert_str_eq(seen.text, expected->text);
}

static void check_resolver(const struct lzr_save_area *save,
                           const struct listing *expected) {
  uint8_t bytes[1024];
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
  check_code(place, size, unwind, unwind_size, expected);
}

Test(resolver_aarch64, with_neon_reads_as_intended) {
  struct listing expected = {.length = 0};
  expect_entry(&expected, 656);
  expect_pairs(&expected, "stp", 'q', 32, 144);
  expect_ask(&expected, 124);
  expect_pairs(&expected, "ldp", 'q', 32, 144);
  expect_exit(&expected, 656);
  check_resolver(&neon, &expected);
}

Test(resolver_aarch64, with_sve_reads_as_intended) {
  struct listing expected = {.length = 0};
  expect_entry(&expected, 144);
  listing_add(&expected, "addvl sp, sp, #-32\n");
  expect_vectors(&expected, "str", 'z', 32);
  listing_add(&expected, "addpl sp, sp, #-16\n");
  expect_vectors(&expected, "str", 'p', 16);
  expect_ask(&expected, 260);
  expect_vectors(&expected, "ldr", 'p', 16);
  listing_add(&expected, "addpl sp, sp, #16\n");
  expect_vectors(&expected, "ldr", 'z', 32);
  listing_add(&expected, "mov sp, x29\n");
  expect_exit(&expected, 144);
  check_resolver(&sve, &expected);
}

Test(resolver_aarch64, refuses_a_foreign_save_form) {
  static const struct lzr_save_area bad = {.form = 9};
  uint8_t bytes[1024] = {0};
  struct lzr_place place = {bytes, CODE};
  size_t size = 0;
  refused(arch()->write_resolver(place, &bad, &size), LZR_ERROR_UNSUPPORTED,
          "in form 9, which is none of AArch64's");
  refused(arch()->write_resolver_unwind(place, CODE, 268, &bad, &size),
          LZR_ERROR_UNSUPPORTED, "AArch64");
  nothing_written(bytes, sizeof bytes);
}

/* TLS descriptors. */

static void expect_tls_begin(struct listing *expected, int frame) {
  listing_add(expected,
              ".cfi_def_cfa 31, 0\npaciasp\n.cfi_negate_ra_state\n"
              "sub sp, sp, #%d\n.cfi_def_cfa 31, %d\n"
              "stp x29, x30, [sp]\n.cfi_offset 29, -%d\n.cfi_offset 30, -%d\n"
              "mov x29, sp\n.cfi_def_cfa 29, %d\n",
              frame, frame, frame, frame - 8, frame);
  expect_pairs_from(expected, "stp", 'x', 2, 16, 16);
  listing_add(expected, "stp x18, x18, [sp, #144]\n");
}

static void expect_tls_ask(struct listing *expected) {
  listing_add(expected, "ldr x17, [x0, #8]\nadd x0, x0, #16\nblr x17\n"
                        "mrs x1, TPIDR_EL0\nsub x0, x0, x1\n");
}

static void expect_tls_end(struct listing *expected, int frame) {
  expect_pairs_from(expected, "ldp", 'x', 2, 16, 16);
  listing_add(expected,
              "ldr x18, [sp, #144]\nldp x29, x30, [sp]\n"
              ".cfi_def_cfa 31, %d\n.cfi_restore 29\n.cfi_restore 30\n"
              "add sp, sp, #%d\n.cfi_def_cfa 31, 0\nautiasp\n"
              ".cfi_negate_ra_state\nret\n",
              frame, frame);
}

static void check_tls_descriptor(const struct lzr_save_area *save,
                                 const struct listing *expected) {
  uint8_t bytes[1024];
  uint8_t unwind_bytes[256];
  struct lzr_place place = {bytes, CODE};
  struct lzr_place unwind = {unwind_bytes, DATA};
  size_t size = 0;
  size_t unwind_size = 0;
  cr_assert_null(arch()->write_tls_descriptor(place, save, &size));
  cr_assert_null(arch()->write_tls_descriptor_unwind(unwind, CODE, size, save,
                                                     &unwind_size));
  cr_assert_leq(size, arch()->tls_descriptor_max_size);
  cr_assert_leq(unwind_size, arch()->tls_descriptor_unwind_max_size);
  check_code(place, size, unwind, unwind_size, expected);
}

Test(tls_aarch64, with_neon_reads_as_intended) {
  struct listing expected = {.length = 0};
  expect_tls_begin(&expected, 672);
  expect_pairs(&expected, "stp", 'q', 32, 160);
  expect_tls_ask(&expected);
  expect_pairs(&expected, "ldp", 'q', 32, 160);
  expect_tls_end(&expected, 672);
  check_tls_descriptor(&neon, &expected);
}

Test(tls_aarch64, with_sve_reads_as_intended) {
  struct listing expected = {.length = 0};
  expect_tls_begin(&expected, 160);
  listing_add(&expected, "addvl sp, sp, #-32\n");
  expect_vectors(&expected, "str", 'z', 32);
  listing_add(&expected, "addpl sp, sp, #-16\n");
  expect_vectors(&expected, "str", 'p', 16);
  expect_tls_ask(&expected);
  expect_vectors(&expected, "ldr", 'p', 16);
  listing_add(&expected, "addpl sp, sp, #16\n");
  expect_vectors(&expected, "ldr", 'z', 32);
  listing_add(&expected, "mov sp, x29\n");
  expect_tls_end(&expected, 160);
  check_tls_descriptor(&sve, &expected);
}

Test(tls_aarch64, refuses_a_foreign_save_form) {
  static const struct lzr_save_area bad = {.form = 9};
  uint8_t bytes[1024] = {0};
  struct lzr_place place = {bytes, CODE};
  size_t size = 0;
  refused(arch()->write_tls_descriptor(place, &bad, &size),
          LZR_ERROR_UNSUPPORTED, "in form 9, which is none of AArch64's");
  refused(arch()->write_tls_descriptor_unwind(place, CODE, 268, &bad, &size),
          LZR_ERROR_UNSUPPORTED, "AArch64");
  nothing_written(bytes, sizeof bytes);
}
