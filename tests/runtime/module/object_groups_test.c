/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* How an object is divided, and what becomes of its names. */
#include <elf.h>

#include "runtime/link/object.h"
#include "runtime/module/module.h"
#include "runtime/module/object_module.h"
#include "tests/link_fixture.h"
#include "tests/resolve_image.h"

static lzr_error *try_open(const char *triple, const char *text,
                           lzr_module **module) {
  struct file file = assemble(triple, text);
  return lzr_object_module_open(arch_of(triple), "test.o", file.bytes,
                                file.size, false, module);
}

static lzr_module *open_text(const char *triple, const char *text) {
  lzr_module *module;
  lzr_error *error = try_open(triple, text, &module);
  cr_assert(!error, "%s", lzr_error_message(error));
  return module;
}

static const struct lzr_definition *find(const lzr_module *module,
                                         const char *name) {
  for (size_t i = 0; i < module->definition_count; i++)
    if (strcmp(module->definitions[i].name, name) == 0)
      return &module->definitions[i];
  return NULL;
}

static const struct lzr_definition *must_find(const lzr_module *module,
                                              const char *name) {
  const struct lzr_definition *found = find(module, name);
  cr_assert(found, "no definition '%s'", name);
  return found;
}

static uint32_t group_of(const lzr_module *module, const char *name) {
  return must_find(module, name)->group;
}

static void refuses_object(const char *text, lzr_error_kind kind,
                           const char *part) {
  lzr_module *module;
  lzr_error *error = try_open(X86_64, text, &module);
  cr_assert(error, "expected \"%s\"", part);
  cr_expect(strstr(lzr_error_message(error), "object 'test.o': "), "%s",
            lzr_error_message(error));
  expect_error(error, kind, part);
}

static lzr_object *build(lzr_module *module, uint32_t group,
                         const struct lzr_prevails *prevails) {
  struct lzr_build_request request = {.groups = &group,
                                      .group_count = 1,
                                      .prevails = prevails,
                                      .unit_name = "unit"};
  struct lzr_built built;
  lzr_error *error = lzr_module_build(module, 0, &request, &built);
  cr_assert(!error, "%s", lzr_error_message(error));
  return built.object;
}

static const struct lzr_section *section_of(const lzr_object *object,
                                            const char *name) {
  for (uint32_t i = 1; i < object->section_count; i++)
    if (strcmp(object->sections[i].name, name) == 0)
      return &object->sections[i];
  return NULL;
}

static const struct lzr_object_symbol *symbol_of(const lzr_object *object,
                                                 const char *name) {
  for (uint32_t i = 1; i < object->symbol_count; i++)
    if (strcmp(object->symbols[i].name, name) == 0)
      return &object->symbols[i];
  return NULL;
}

#define FUNCTION(name)                                                         \
  ".section .text." name ",\"ax\",@progbits\n.type " name ", @function\n" name \
  ":\n"
#define END(name) ".size " name ", . - " name "\n"

/* Groups. */

Test(object_groups, a_section_is_a_group) {
  lzr_module *module = open_text(
      X86_64,
      ".globl f, g, h\n" FUNCTION("f") "call g\nret\n" END("f")
          FUNCTION("g") "ret\n" END("g") ".type h, @function\nh: ret\n"
                                         ".data\n.globl d\nd: .quad f, g\n");
  cr_expect_eq(module->group_count, 3);
  cr_expect_neq(group_of(module, "f"), 0);
  cr_expect_neq(group_of(module, "g"), 0);
  cr_expect_neq(group_of(module, "f"), group_of(module, "g"));
  cr_expect_eq(group_of(module, "h"), group_of(module, "g"));
  cr_expect_eq(group_of(module, "d"), 0);
  cr_expect_str_eq(lzr_module_group_name(module, group_of(module, "f")), "f");
  cr_expect(lzr_module_group_is_plain(module, group_of(module, "f")));
  cr_expect(!lzr_module_group_is_plain(module, group_of(module, "g")));
  lzr_module_close(module);
}

Test(object_groups, tables_of_labels_go_with_their_function) {
  lzr_module *module = open_text(
      X86_64, ".globl f, g\n" FUNCTION(
                  "f") "lea .Ltable(%rip), %rax\n"
                       "jmp *%rax\n.L1: ret\n.L2: ret\n"
                       ".section .rodata.f,\"a\",@progbits\n"
                       ".Ltable: .long .L1 - .Ltable, .L2 - .Ltable\n" FUNCTION(
                           "g") "ret\n");
  uint32_t group = group_of(module, "f");
  cr_expect_neq(group, 0);
  lzr_object *object = build(module, group, NULL);
  cr_expect(section_of(object, ".text.f"));
  cr_expect(section_of(object, ".rodata.f"));
  cr_expect(!section_of(object, ".text.g"));
  lzr_object_destroy(object);
  lzr_module_close(module);
}

Test(object_groups, with_a_table_that_others_use_a_function_is_data) {
  lzr_module *module = open_text(
      X86_64,
      ".globl f, g, table\n" FUNCTION("f") ".L1: ret\n" FUNCTION(
          "g") "ret\n"
               ".section .rodata,\"a\",@progbits\ntable: .quad .L1 + 1\n");
  cr_expect_eq(group_of(module, "f"), 0);
  cr_expect_neq(group_of(module, "g"), 0);
  lzr_module_close(module);
  module =
      open_text(X86_64, ".globl f, g\n" FUNCTION("f") ".L1: nop\n.L2: ret\n"
                                                      ".data\n.quad .L2\n");
  cr_expect_eq(group_of(module, "f"), 0);
  lzr_module_close(module);
}

Test(object_groups, a_part_split_off_stays_with_its_function) {
  lzr_module *module = open_text(
      X86_64, ".globl f, g\n" FUNCTION("f") "jne f.cold\nret\n" FUNCTION(
                  "g") "jmp f\n" FUNCTION("f.cold") "call abort\n");
  cr_expect_neq(group_of(module, "f"), 0);
  cr_expect_eq(group_of(module, "f"), group_of(module, "f.cold"));
  cr_expect_neq(group_of(module, "f"), group_of(module, "g"));
  cr_expect_str_eq(lzr_module_group_name(module, group_of(module, "f")), "f");
  lzr_module_close(module);
}

Test(object_groups, a_call_of_a_local_function_does_not_join) {
  lzr_module *module = open_text(
      X86_64, ".globl f\n" FUNCTION("f") "call g\nlea g(%rip), %rax\n"
                                         "ret\n" FUNCTION("g") "ret\n");
  uint32_t group = group_of(module, "f");
  cr_expect_neq(group, group_of(module, "g"));
  cr_expect_eq(must_find(module, "g")->binding, LZR_BINDING_LOCAL);
  lzr_object *object = build(module, group, NULL);
  const struct lzr_object_symbol *g = symbol_of(object, "g");
  cr_assert(g);
  cr_expect_eq(g->place, LZR_PLACE_UNDEFINED);
  cr_expect_str_eq(g->note.mentioned_by, "f");
  lzr_object_destroy(object);
  lzr_module_close(module);
}

Test(object_groups, a_place_that_is_no_function_is_data) {
  lzr_module *module =
      open_text(X86_64, ".globl f, place\n" FUNCTION("f") "ret\nplace: ret\n");
  cr_expect_eq(group_of(module, "f"), 0);
  cr_expect_eq(must_find(module, "place")->kind, LZR_DEFINITION_DATA);
  lzr_module_close(module);
}

Test(object_groups, a_function_whose_address_code_makes_itself_is_data) {
  lzr_module *module =
      open_text(X86_64, ".globl f\n.type f, @function\n.type g, @function\n"
                        "f: lea g(%rip), %rax\nret\ng: ret\n.data\n.quad g\n");
  cr_expect_eq(must_find(module, "g")->kind, LZR_DEFINITION_DATA);
  cr_expect_eq(must_find(module, "f")->kind, LZR_DEFINITION_FUNCTION);
  cr_expect_eq(group_of(module, "f"), 0);
  lzr_module_close(module);
  module = open_text(
      X86_64, ".globl f\n.type f, @function\n.type g, @function\n"
              "f: lea g(%rip), %rax\nret\ng: ret\n"); /* nobody else does */
  cr_expect_neq(group_of(module, "f"), 0);
  lzr_module_close(module);
}

Test(object_groups, local_dynamic_code_is_with_its_thread_locals) {
  lzr_module *module = open_text(
      X86_64,
      ".globl f, g\n" FUNCTION("f") "lea t@tlsld(%rip), %rdi\n"
                                    "call __tls_get_addr@PLT\n"
                                    "lea t@dtpoff(%rax), %rax\nret\n" //
      FUNCTION("g") "lea t@tlsgd(%rip), %rdi\ncall __tls_get_addr@PLT\nret\n"
                    ".section .tbss,\"awT\",@nobits\nt: .zero 4\n");
  cr_expect_eq(group_of(module, "f"), 0);
  cr_expect_neq(group_of(module, "g"), 0);
  cr_expect(must_find(module, "t")->tls);
  lzr_module_close(module);
}

/* Unwind records. */

Test(object_groups, each_group_has_the_records_of_its_functions) {
  lzr_module *module = open_text(
      X86_64, ".globl f, g, h\n" FUNCTION("f") ".cfi_startproc\nret\n"
                                               ".cfi_endproc\n" //
      FUNCTION(
          "g") ".cfi_startproc\n.cfi_personality 0x9b, p\n"
               ".cfi_lsda 0x1b, .Lg\nret\n.cfi_endproc\n"                     //
               ".section .gcc_except_table.g,\"a\",@progbits\n.Lg: .quad 0\n" //
      FUNCTION("h") "ret\n");
  lzr_object *object = build(module, group_of(module, "f"), NULL);
  const struct lzr_section *records = section_of(object, ".eh_frame");
  cr_assert(records);
  cr_expect(!lzr_section_check_unwind(records));
  cr_expect(!symbol_of(object, "p"));
  uint64_t size = records->size;
  lzr_object_destroy(object);
  object = build(module, group_of(module, "g"), NULL);
  records = section_of(object, ".eh_frame");
  cr_assert(records);
  cr_expect_gt(records->size, size);
  cr_expect(symbol_of(object, "p"));
  cr_expect(section_of(object, ".gcc_except_table.g"));
  lzr_object_destroy(object);
  object = build(module, group_of(module, "h"), NULL);
  cr_expect(!section_of(object, ".eh_frame"));
  lzr_object_destroy(object);
  lzr_module_close(module);
}

Test(object_groups, several_groups_share_what_their_records_start_with) {
  lzr_module *module =
      open_text(X86_64, ".globl f, g\n" FUNCTION("f") ".cfi_startproc\nret\n"
                                                      ".cfi_endproc\n" //
                FUNCTION("g") ".cfi_startproc\nret\n.cfi_endproc\n");
  lzr_object *one = build(module, 1, NULL);
  uint64_t alone = section_of(one, ".eh_frame")->size;
  const uint32_t groups[] = {1, 2};
  struct lzr_build_request request = {
      .groups = groups, .group_count = 2, .unit_name = "unit"};
  struct lzr_built built;
  cr_assert(!lzr_module_build(module, 0, &request, &built));
  const struct lzr_section *both = section_of(built.object, ".eh_frame");
  cr_expect(!lzr_section_check_unwind(both));
  cr_expect_lt(both->size, 2 * alone);
  lzr_object_destroy(built.object);
  lzr_object_destroy(one);
  lzr_module_close(module);
}

/* Definitions. */

Test(object_groups, says_how_strong_a_definition_is) {
  lzr_module *module = open_text(
      X86_64, ".globl f, once, d\n.weak w\n.hidden d\n" FUNCTION(
                  "f") "ret\n"
                       ".section .text.once,\"axG\",@progbits,once,comdat\n"
                       ".type once, @function\nonce: ret\n" FUNCTION(
                           "w") "ret\n.data\nd: .quad 1\n.comm c, 24, 16\n");
  cr_expect_eq(must_find(module, "f")->binding, LZR_BINDING_STRONG);
  cr_expect_eq(must_find(module, "once")->binding, LZR_BINDING_WEAK);
  cr_expect_eq(must_find(module, "w")->binding, LZR_BINDING_WEAK);
  cr_expect_eq(must_find(module, "c")->binding, LZR_BINDING_COMMON);
  cr_expect_eq(must_find(module, "c")->size, 24);
  cr_expect_eq(must_find(module, "c")->align, 16);
  cr_expect(must_find(module, "d")->hidden);
  cr_expect(!must_find(module, "f")->hidden);
  lzr_module_close(module);
}

Test(object_groups, names_are_unique) {
  lzr_module *module = open_text(
      X86_64,
      ".globl f, g\n" FUNCTION("f") "lea s(%rip), %rax\nlea 4+.rodata(%rip), "
                                    "%rax\nret\n" //
      FUNCTION(
          "g") "lea s(%rip), %rax\nlea .Lt(%rip), %rax\nret\n"
               ".section .rodata,\"a\",@progbits\ns: .quad 0\n.Lt: .quad 1\n"
               ".data\n.globl t\nt: .quad .Lt, s\n");
  for (size_t i = 0; i < module->definition_count; i++)
    for (size_t j = 0; j < i; j++)
      cr_expect_str_neq(module->definitions[i].name,
                        module->definitions[j].name);
  lzr_module_close(module);
}

Test(object_groups, names_of_one_function_are_aliases) {
  lzr_module *module = open_text(
      X86_64, ".globl f, g\n.weak w\n.type g, @function\n.type w, @function\n"
              ".set g, f\n.set w, f\n" FUNCTION("f") "ret\n");
  const struct lzr_definition *w = must_find(module, "w");
  cr_expect_eq(w->kind, LZR_DEFINITION_ALIAS);
  cr_expect_str_eq(w->aliasee, "f");
  cr_expect_eq(must_find(module, "f")->kind, LZR_DEFINITION_FUNCTION);
  lzr_module_close(module);
  module = open_text(X86_64, ".weak f, w\n.type w, @function\n.set w, f\n" //
                     FUNCTION("f") "ret\n");
  const struct lzr_definition *f = must_find(module, "f");
  w = must_find(module, "w");
  cr_expect_eq(f->kind, LZR_DEFINITION_ALIAS);
  cr_expect_eq(w->kind, LZR_DEFINITION_ALIAS);
  cr_expect_str_eq(f->aliasee, w->aliasee);
  cr_expect_eq(must_find(module, f->aliasee)->binding, LZR_BINDING_LOCAL);
  lzr_module_close(module);
}

Test(object_groups, an_ifunc_has_a_resolver) {
  lzr_module *module =
      open_text(X86_64, ".globl i, j\n.type i, @gnu_indirect_function\n"
                        ".type j, @gnu_indirect_function\n.set j, r\n"
                        "i: ret\n" FUNCTION("r") "ret\n");
  const struct lzr_definition *i = must_find(module, "i");
  cr_expect_eq(i->kind, LZR_DEFINITION_IFUNC);
  cr_expect_eq(must_find(module, i->aliasee)->kind, LZR_DEFINITION_FUNCTION);
  cr_expect_str_eq(must_find(module, "j")->aliasee, "r");
  lzr_module_close(module);
}

Test(object_groups, sections_of_a_name_are_measured) {
  lzr_module *module = open_text(
      X86_64,
      ".globl a, b\n.section list,\"aw\",@progbits\n.balign 8\na: .quad 1\n"
      "b: .byte 2\n"
      ".section list,\"awG\",@progbits,c,comdat\n.globl c\n.balign 4\n"
      "c: .long 3\n");
  uint64_t size = 0, align = 1;
  for (size_t i = 0; i < module->definition_count; i++) {
    const struct lzr_definition *definition = &module->definitions[i];
    if (!definition->section)
      continue;
    cr_expect_str_eq(definition->section, "list");
    size = (size + definition->align - 1) & ~(definition->align - 1);
    size += definition->size;
    align = definition->align > align ? definition->align : align;
  }
  cr_expect_eq(size, 16);
  cr_expect_eq(align, 8);
  lzr_object *object = build(module, 0, NULL);
  lzr_error *error =
      lzr_object_fix_section(object, "list", 0x700000000000, size);
  cr_expect(!error, "%s", lzr_error_message(error));
  lzr_object_destroy(object);
  lzr_module_close(module);
}

/* What does not prevail. */

static bool is_not_named(void *name, const struct lzr_definition *definition) {
  return strcmp(definition->name, name) != 0;
}

Test(object_groups, what_does_not_prevail_is_only_mentioned) {
  lzr_module *module = open_text(
      X86_64,
      ".globl f, h\n.weak d\n" FUNCTION(
          "f") "ret\n"
               ".weak w\n.type w, @function\nw: ret\n.type h, @function\n"
               "h: call w\nret\n"
               ".data\nd: .quad 1\np: .quad d\n.globl p\n");
  struct lzr_prevails prevails = {is_not_named, (char[]){"w"}};
  lzr_object *object = build(module, group_of(module, "f"), &prevails);
  cr_expect_eq(symbol_of(object, "w")->place, LZR_PLACE_UNDEFINED);
  cr_expect_eq(symbol_of(object, "f")->place, LZR_PLACE_SECTION);
  lzr_object_destroy(object);
  prevails.data = (char[]){"d"};
  object = build(module, 0, &prevails);
  cr_expect_eq(symbol_of(object, "d")->place, LZR_PLACE_UNDEFINED);
  lzr_object_destroy(object);
  lzr_module_close(module);
}

Test(object_groups, a_comdat_defined_elsewhere_is_left_out) {
  lzr_module *module =
      open_text(X86_64, ".section list,\"awG\",@progbits,once,comdat\n"
                        ".globl once\nonce: .quad 3\n"
                        ".section .init_array,\"awG\",@init_array,once,comdat\n"
                        ".quad f\n" FUNCTION("f") "ret\n");
  struct lzr_prevails prevails = {is_not_named, (char[]){"once"}};
  lzr_object *object = build(module, 0, &prevails);
  cr_expect(!section_of(object, "list"));
  lzr_object_destroy(object);
  object = build(module, 0, NULL);
  cr_expect(section_of(object, "list"));
  lzr_object_destroy(object);
  cr_assert_eq(module->constructors.count, 1);
  cr_expect_str_eq(module->constructors.entries[0].key, "once");
  cr_expect_str_eq(module->constructors.entries[0].function, "f");
  lzr_module_close(module);
}

/* Constructors. */

Test(object_groups, constructors_of_every_form_are_in_order) {
  lzr_module *module = open_text(
      X86_64, ".globl a, b, c, d, e, g\n" FUNCTION("a") "ret\n" FUNCTION("b") "ret\n" FUNCTION(
                  "c") "ret\n" FUNCTION("d") "ret\n" FUNCTION("e") "ret\n"
                                                                   ".section "
                                                                   ".init_"
                                                                   "array,"
                                                                   "\"aw\",@"
                                                                   "init_"
                                                                   "array\n."
                                                                   "quad d, "
                                                                   "e\n"
                                                                   ".section "
                                                                   ".ctors."
                                                                   "65333,"
                                                                   "\"aw\",@"
                                                                   "progbits"
                                                                   "\n."
                                                                   "quad c, "
                                                                   "b\n" /* 202
                                                                          */
                                                                   ".section "
                                                                   ".init_"
                                                                   "array."
                                                                   "101,"
                                                                   "\"aw\",@"
                                                                   "init_"
                                                                   "array\n."
                                                                   "quad a\n"
                                                                   ".section "
                                                                   ".preinit_"
                                                                   "array,"
                                                                   "\"aw\",@"
                                                                   "preinit_"
                                                                   "array\n."
                                                                   "quad "
                                                                   "elsewhere"
                                                                   "\n"
                                                                   ".section "
                                                                   ".dtors,"
                                                                   "\"aw\",@"
                                                                   "progbits"
                                                                   "\n."
                                                                   "quad a, "
                                                                   "b\n");
  static const char expected[][10] = {"elsewhere", "a", "b", "c", "d", "e"};
  static const uint32_t priorities[] = {0, 101, 202, 202, 65535, 65535};
  cr_assert_eq(module->constructors.count, 6);
  for (size_t i = 0; i < 6; i++) {
    cr_expect_str_eq(module->constructors.entries[i].function, expected[i]);
    cr_expect_eq(module->constructors.entries[i].priority, priorities[i]);
  }
  cr_assert_eq(module->destructors.count, 2);
  cr_expect_str_eq(module->destructors.entries[0].function, "b");
  lzr_object *object = build(module, 0, NULL);
  cr_expect(!section_of(object, ".init_array"));
  lzr_object_destroy(object);
  lzr_module_close(module);
}

#define ARRAY ".section .init_array,\"aw\",@init_array\n"

Test(object_groups, refuses_what_it_cannot_do_by_a_sentence) {
  refuses_object(FUNCTION("f") "nop\nret\n" ARRAY ".quad f + 1\n",
                 LZR_ERROR_UNSUPPORTED, "not where a function starts");
  refuses_object(ARRAY ".quad 5\n", LZR_ERROR_UNSUPPORTED, "is a number");
  refuses_object(FUNCTION("f") "ret\n" ARRAY ".long f, 0\n",
                 LZR_ERROR_UNSUPPORTED, "not the address");
  refuses_object(ARRAY ".byte 0\n", LZR_ERROR_FORMAT, "not an array");
  refuses_object(".section .init,\"ax\",@progbits\ncall f\n",
                 LZR_ERROR_UNSUPPORTED, "piece of a function");
  refuses_object(".comm __gnu_lto_slim, 1, 1\n", LZR_ERROR_UNSUPPORTED,
                 "-ffat-lto-objects");
  refuses_object(".data\n.quad .Lx\n" ARRAY ".Lx: .quad f\n",
                 LZR_ERROR_UNSUPPORTED, "programs keep no copy");
  refuses_object(FUNCTION("f") "mov %fs:t@tpoff, %eax\nret\n",
                 LZR_ERROR_UNSUPPORTED, "general dynamic");
}

/* Imports. */

Test(object_groups, lists_what_it_mentions_and_does_not_define) {
  lzr_module *module =
      open_text(X86_64, ".globl f\n.weak w\n" FUNCTION(
                            "f") "call g\ncall w\nlea t@tlsgd(%rip), %rdi\n"
                                 "lea d(%rip), %rax\nret\n.data\nd: .quad h\n");
  struct lzr_import *imports;
  size_t count;
  cr_assert(!lzr_module_list_imports(module, 0, &imports, &count));
  cr_assert_eq(count, 3);
  const char wanted[][2] = {"g", "h", "w"};
  for (size_t i = 0; i < 3; i++) {
    bool found = false;
    for (size_t j = 0; j < count; j++)
      if (strcmp(imports[j].name, wanted[i]) == 0) {
        found = true;
        cr_expect_eq(imports[j].weak, *wanted[i] == 'w', "%s", wanted[i]);
      }
    cr_expect(found, "%s", wanted[i]);
  }
  free(imports);
  lzr_module_close(module);
}

/* Building. */

Test(object_groups, a_group_can_be_built_again) {
  lzr_module *module = open_text(
      X86_64, ".globl f\n" FUNCTION("f") ".cfi_startproc\ncall g\nret\n"
                                         ".cfi_endproc\n");
  for (int i = 0; i < 3; i++) {
    lzr_object *object = build(module, 1, NULL);
    cr_expect_eq(symbol_of(object, "f")->place, LZR_PLACE_SECTION);
    lzr_object_destroy(object);
  }
  const uint32_t none = 2;
  struct lzr_build_request request = {.groups = &none, .group_count = 1};
  struct lzr_built built;
  expect_error(lzr_module_build(module, 0, &request, &built),
               LZR_ERROR_ARGUMENT, "no group 2");
  lzr_module_close(module);
}

/* AArch64. */

static uint32_t load_instruction(struct lzr_tpc *tpc, lzr_addr address) {
  return (uint32_t)load(tpc, address, 4);
}

Test(object_groups, links_aarch64) {
  lzr_module *module = open_text(
      AARCH64, ".globl f, g, d\n.section .text.f,\"ax\",%progbits\n"
               ".type f, %function\nf: bl g\nadrp x0, .Lc\n"
               "add x0, x0, :lo12:.Lc\nadrp x1, s\nadd x1, x1, :lo12:s\n"
               "b.ne f.cold\nret\n"
               ".section .text.g,\"ax\",%progbits\n.type g, %function\ng: ret\n"
               ".section .text.unlikely,\"ax\",%progbits\n"
               ".type f.cold, %function\nf.cold: b abort\n"
               ".section .text.s,\"ax\",%progbits\n.type s, %function\ns: ret\n"
               ".section .rodata.f,\"a\",%progbits\n.zero 8\n.Lc: .xword 7\n"
               ".data\nd: .xword s\n");
  uint32_t group = group_of(module, "f");
  cr_expect_neq(group, 0);
  cr_expect_eq(group_of(module, "f.cold"), group);
  cr_expect_neq(group_of(module, "s"), group);
  cr_expect_neq(group_of(module, "s"), 0);
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {
      .answers = {{.name = "g", .address = 0x700000800000},
                  {.name = "s", .address = 0x700000900010},
                  {.name = "abort", .address = 0x700000a00000}}};
  lzr_image *image;
  struct name_resolver resolver = {answer_from_book, &book, 0};
  cr_assert(!lzr_image_place(&tpc, build(module, group, NULL), &image));
  lzr_error *error = resolve_image(image, &resolver);
  cr_assert(!error, "%s", lzr_error_message(error));
  cr_assert(!lzr_image_commit(image, NULL, 0));
  lzr_addr f = address_of(image, "f");
  cr_expect_eq(f, 0x700000000000);
  cr_expect_eq(load_instruction(&tpc, f), 0x94000000 | 0x800000 / 4);
  uint32_t add = load_instruction(&tpc, f + 8), page = load_instruction( //
                                                    &tpc, f + 4);
  lzr_addr constant =
      (f & ~UINT64_C(0xfff)) +
      ((uint64_t)(page >> 5 & 0x7ffff) << 2 | (page >> 29 & 3)) * 4096 +
      (add >> 10 & 0xfff);
  cr_expect_eq(load(&tpc, constant, 8), 7);
  cr_expect_eq(load_instruction(&tpc, f + 16) >> 10 & 0xfff, 0x010);
  cr_expect_eq(load_instruction(&tpc, f + 20),
               0x54000001 | (uint32_t)(address_of(image, "f.cold") - f - 20) / 4
                                << 5);
  lzr_image_release(image);
  free_target(&tpc);
  lzr_module_close(module);
}

/* Debuggers. */

Test(object_groups, with_debug_information_an_object_is_one_group) {
  static const char text[] = ".globl f, g\n" FUNCTION(
      "f") ".cfi_startproc\n"
           "call g\nret\n.cfi_endproc\n" FUNCTION(
               "g") "ret\n"
                    ".section .debug_info,\"\",@progbits\n.quad f\n";
  struct file file = assemble(X86_64, text);
  lzr_module *module;
  cr_assert(!lzr_object_module_open(arch_of(X86_64), "test.o", file.bytes,
                                    file.size, true, &module));
  cr_assert_eq(module->group_count, 1);
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {.answers = {{.name = "g", .address = 0x700000800000}}};
  struct name_resolver resolver = {answer_from_book, &book, 0};
  lzr_image *image;
  cr_assert(!lzr_image_place(&tpc, build(module, 0, NULL), &image));
  cr_assert(!resolve_image(image, &resolver));
  cr_assert(!lzr_image_commit(image, NULL, 0));
  /* The file is in the target; the header of f's section says where it is. */
  const struct lzr_action *shown = NULL;
  for (size_t i = 0; i < tpc.action_count; i++)
    if (tpc.actions[i].kind == LZR_ACTION_DEBUG_OBJECT)
      shown = &tpc.actions[i];
  cr_assert(shown);
  uint64_t headers =
      load(&tpc, shown->address + offsetof(Elf64_Ehdr, e_shoff), 8);
  uint64_t count =
      load(&tpc, shown->address + offsetof(Elf64_Ehdr, e_shnum), 2);
  bool found = false;
  for (uint64_t i = 0; i < count; i++)
    found |= load(&tpc,
                  shown->address + headers + i * sizeof(Elf64_Shdr) +
                      offsetof(Elf64_Shdr, sh_addr),
                  8) == address_of(image, "f");
  cr_expect(found);
  lzr_image_release(image);
  free_target(&tpc);
  lzr_module_close(module);
  module = open_text(X86_64, text);
  cr_expect_eq(module->group_count, 3);
  lzr_module_close(module);
}
