/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Objects that nobody should trust: whatever is changed in one, it is either
   refused by a sentence or linked. */
#include "runtime/module/module.h"
#include "runtime/module/object_module.h"
#include "tests/link_fixture.h"
#include "tests/resolve_image.h"

TestSuite(object_damaged, .timeout = 250);

/* A little of everything that the reader checks. */
static const char everything_x86_64[] =
    ".globl f, h, u, list_entry\n.weak w\n.hidden h\n"
    ".section .text.f,\"ax\",@progbits\n.type f, @function\n"
    "f: .cfi_startproc\n.cfi_personality 0x9b, p\n.cfi_lsda 0x1b, .Llsda\n"
    "call g\nlea .Ltable(%rip), %rax\njne f.cold\n.L1: mov s(%rip), %eax\n"
    "lea t@tlsgd(%rip), %rdi\nlea c(%rip), %rax\nlea l(%rip), %rax\n.L2: ret\n"
    ".cfi_endproc\n"
    ".section .rodata.f,\"a\",@progbits\n.Ltable: .long .L1-.Ltable, "
    ".L2-.Ltable\n"
    ".section .gcc_except_table.f,\"a\",@progbits\n.Llsda: .quad 0\n"
    ".section .text.unlikely,\"ax\",@progbits\n.type f.cold, @function\n"
    "f.cold: .cfi_startproc\njmp .L2\n.cfi_endproc\n"
    ".text\n.type l, @function\nl: lea l(%rip), %rax\nret\n"
    ".section .text.h,\"axG\",@progbits,h,comdat\n.type h, @function\nh: call "
    "f\n"
    ".type i, @gnu_indirect_function\n.globl i\n.set i, f\n"
    ".section list,\"awG\",@progbits,list_entry,comdat\nlist_entry: .quad h\n"
    ".data\ns: .quad f, g, u+8, i\n.comm c, 16, 16\n"
    ".section .tdata,\"awT\",@progbits\n.type t, @tls_object\nt: .quad f\n"
    ".section .init_array.7,\"aw\",@init_array\n.quad f\n"
    ".section .fini_array,\"aw\",@fini_array\n.quad w\n"
    ".section .debug_info,\"\",@progbits\n.quad f\n";

static const char everything_aarch64[] =
    ".globl f, h, u\n.weak w\n.hidden h\n"
    ".section .text.f,\"ax\",%progbits\n.type f, %function\n"
    "f: .cfi_startproc\nbl g\nb.ne f.cold\nadrp x0, s\nadd x0, x0, :lo12:s\n"
    "adr x1, f\nret\n.cfi_endproc\n"
    ".section .text.unlikely,\"ax\",%progbits\n.type f.cold, %function\n"
    "f.cold: .cfi_startproc\nb w\n.cfi_endproc\n"
    ".section .text.h,\"axG\",%progbits,h,comdat\n.type h, %function\nh: bl f\n"
    ".data\ns: .xword f, g, u+8\n.comm c, 16, 16\n"
    ".section .init_array.7,\"aw\",%init_array\n.xword f\n";

/* Every name is somewhere. */
static lzr_error *answer(void *data, struct lzr_query *queries, size_t count) {
  (void)data;
  for (size_t i = 0; i < count; i++) {
    queries[i].found = true;
    queries[i].address = 0x700001000000 + i * 16;
    queries[i].tls_module = 0x700002000000;
  }
  return NULL;
}

static lzr_error *link_group(lzr_module *module, uint32_t group) {
  struct lzr_tpc tpc = ordinary_target();
  struct lzr_build_request request = {
      .groups = &group, .group_count = 1, .unit_name = "unit"};
  struct lzr_built built;
  struct name_resolver resolver = {answer, NULL, 0};
  lzr_image *image = NULL;
  lzr_error *error = lzr_module_build(module, 0, &request, &built);
  if (!error)
    error = lzr_image_place(&tpc, built.object, &image);
  if (!error)
    error = resolve_image(image, &resolver);
  if (!error)
    error = lzr_image_commit(image, NULL, 0);
  lzr_image_release(image);
  free_target(&tpc);
  return error;
}

/* The number of groups that could be linked; -1 if the file is refused. */
static int link_all(const char *triple, const uint8_t *bytes, size_t size) {
  uint8_t *copy = malloc(size ? size : 1);
  memcpy(copy, bytes, size);
  lzr_module *module;
  lzr_error *error = lzr_object_module_open(arch_of(triple), "test.o", copy,
                                            size, false, &module);
  if (error) {
    cr_expect(*lzr_error_message(error));
    lzr_error_destroy(error);
    return -1;
  }
  int linked = 0;
  for (uint32_t group = 0; group < module->group_count; group++) {
    error = link_group(module, group);
    linked += error == NULL;
    lzr_error_destroy(error);
  }
  struct lzr_import *imports;
  size_t count;
  cr_assert(!lzr_module_list_imports(module, 0, &imports, &count));
  free(imports);
  lzr_module_close(module);
  return linked;
}

static void survives(const char *triple, const char *text) {
  struct file file = assemble(triple, text);
  cr_assert_gt(link_all(triple, file.bytes, file.size), 1);
  static const uint8_t masks[] = {0x01, 0x80, 0xff};
  int refused = 0;
  for (size_t at = 0; at < file.size; at++)
    for (size_t i = 0; i < sizeof masks; i++) {
      file.bytes[at] ^= masks[i];
      refused += link_all(triple, file.bytes, file.size) < 0;
      file.bytes[at] ^= masks[i];
    }
  cr_expect_gt(refused, 100);
  for (size_t size = 0; size < file.size; size += 7)
    cr_expect_eq(link_all(triple, file.bytes, size), -1);
  free(file.bytes);
}

Test(object_damaged, survives_every_damaged_byte_x86_64) {
  survives(X86_64, everything_x86_64);
}

Test(object_damaged, survives_every_damaged_byte_aarch64) {
  survives(AARCH64, everything_aarch64);
}
