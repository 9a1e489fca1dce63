/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
#include "runtime/llvm/codegen.h"

#include <elf.h>

#include "tests/unit_fixture.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

static lzr_codegen *generator(const char *triple, int level) {
  struct lzr_codegen_options options = {triple, "", "", level};
  lzr_codegen *codegen;
  succeed(lzr_codegen_create(&options, &codegen));
  return codegen;
}

static LLVMModuleRef extract(struct fixture *fixture, const char *name) {
  uint32_t group = definition(fixture, name)->group;
  LLVMModuleRef unit;
  succeed(lzr_source_extract(fixture->source, &group, 1, NULL, NULL, &unit));
  return unit;
}

/* Compiles the function, which must fail, and gives the error. */
static lzr_error *failure(const char *text, const char *name) {
  struct fixture f = open_text(text);
  lzr_codegen *codegen = generator(X86_64, 0);
  LLVMModuleRef unit = extract(&f, name);
  LLVMMemoryBufferRef object = NULL;
  bool fatal = false;
  lzr_error *error = lzr_codegen_compile(codegen, unit, &object, &fatal);
  cr_assert_null(object);
  LLVMDisposeModule(unit);
  lzr_codegen_destroy(codegen);
  close_fixture(&f);
  return error;
}

static void compiles_to_elf(const char *triple, uint16_t machine) {
  struct lzr_source_options options = source_options(triple);
  struct fixture f;
  succeed(try_open(&f, "define i32 @f(i32 %x) { ret i32 %x }\n", &options));
  lzr_codegen *codegen = generator(triple, 2);
  LLVMModuleRef unit = extract(&f, "f");
  LLVMMemoryBufferRef object;
  bool fatal = false;
  succeed(lzr_codegen_compile(codegen, unit, &object, &fatal));
  cr_expect_not(fatal);
  Elf64_Ehdr header;
  cr_assert_geq(LLVMGetBufferSize(object), sizeof header);
  memcpy(&header, LLVMGetBufferStart(object), sizeof header);
  cr_assert_eq(memcmp(header.e_ident, ELFMAG, SELFMAG), 0);
  cr_assert_eq(header.e_type, ET_REL);
  cr_assert_eq(header.e_machine, machine);
  LLVMDisposeMemoryBuffer(object);
  LLVMDisposeModule(unit);
  lzr_codegen_destroy(codegen);
  close_fixture(&f);
}

Test(codegen, makes_elf_objects_for_every_target_on_every_host) {
  compiles_to_elf(X86_64, EM_X86_64);
  compiles_to_elf(AARCH64, EM_AARCH64);
}

Test(codegen, turns_errors_in_inline_assembly_into_its_own) {
  FAILS(failure("define void @f() {\n"
                "  call void asm sideeffect \"bogus %rax\", \"\"()\n"
                "  ret void\n}\n",
                "f"),
        COMPILE, "LLVM", "invalid instruction mnemonic 'bogus'");
}

Test(codegen, turns_errors_in_module_assembly_into_its_own) {
  FAILS(failure("module asm \"nonsense\"\n@x = global i32 1\n", "x"), COMPILE,
        "LLVM", "nonsense");
}

/* What LLVM takes for a reason to end the process. */
static const char fatal[] =
    "define i32 @f() gc \"no-such-collector\" { ret i32 1 }\n"
    "define i32 @g(i32 %x) { ret i32 %x }\n";

/* Leaks by design: the fixture's context too. */
Test(codegen, survives_what_llvm_considers_fatal) {
#ifdef __SANITIZE_ADDRESS__
  __lsan_disable();
#endif
  struct fixture f = open_text(fatal);
  lzr_codegen *codegen = generator(X86_64, 2);
  LLVMModuleRef bad = extract(&f, "f"), good = extract(&f, "g");
  LLVMMemoryBufferRef object;
  bool left = false;
  FAILS(lzr_codegen_compile(codegen, bad, &object, &left), COMPILE, "LLVM",
        "no-such-collector");
  cr_expect(left);
  succeed(lzr_codegen_compile(codegen, good, &object, &left));
  LLVMDisposeMemoryBuffer(object);
  lzr_codegen_destroy(codegen);
}

Test(codegen, refuses_options_that_make_no_sense) {
  lzr_codegen *codegen;
  struct lzr_codegen_options options = {X86_64, "", "", 4};
  FAILS(lzr_codegen_create(&options, &codegen), ARGUMENT, "4");
  options.level = 0;
  options.triple = "pdp11-dec-unix";
  FAILS(lzr_codegen_create(&options, &codegen), UNSUPPORTED, "pdp11");
}

static void disassembles(const char *triple, const char *bytes, size_t size,
                         const char *expected) {
  lzr_codegen *codegen = generator(triple, 0);
  char *text;
  succeed(lzr_codegen_disassemble(codegen, (const uint8_t *)bytes, size, 0x1000,
                                  &text));
  cr_assert_str_eq(text, expected);
  free(text);
  lzr_codegen_destroy(codegen);
}

Test(codegen, disassembles_with_addresses) {
  disassembles(X86_64, "\x48\x89\xf8\x06\xc3", 5,
               "            1000:\tmovq\t%rdi, %rax\n"
               "            1003:\t.byte 0x06\n"
               "            1004:\tretq\n");
  disassembles(AARCH64, "\x00\x00\x00\x00\xc0\x03\x5f\xd6\x01\x02", 10,
               "            1000:\tudf\t#0x0\n"
               "            1004:\tret\n"
               "            1008:\t.byte 0x01\n"
               "            1009:\t.byte 0x02\n");
}

Test(codegen, knows_the_cpu_it_runs_on) {
  char *cpu, *features;
  succeed(lzr_codegen_host_cpu(&cpu, &features));
  cr_assert_neq(*cpu, '\0');
#ifdef __x86_64__
  struct lzr_codegen_options options = {X86_64, cpu, features, 0};
  lzr_codegen *codegen;
  succeed(lzr_codegen_create(&options, &codegen));
  lzr_codegen_destroy(codegen);
#endif
  free(cpu);
  free(features);
}
