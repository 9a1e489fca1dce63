/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Where sections and tables go, and what a commit contains. */
#include "tests/link_fixture.h"

static bool is_in(const struct lzr_tpc *tpc, enum lzr_prot prot,
                  lzr_addr address) {
  return address >= tpc->base[prot] &&
         address - tpc->base[prot] < tpc->layout.size[prot];
}

Test(link_layout, sections_go_where_their_flags_say) {
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image =
      must_link(&tpc, X86_64,
                ".globl f, c, d, r, z\nf: ret\n"
                ".section .rodata,\"a\",@progbits\nc: .quad 1\n"
                ".data\nd: .quad 2\n"
                ".section .data.rel.ro,\"aw\",@progbits\nr: .quad f\n"
                ".bss\n.balign 64\nz: .zero 100\n"
                ".section .debug_info,\"\",@progbits\n.quad 7\n",
                NULL);
  cr_expect(is_in(&tpc, LZR_PROT_CODE, address_of(image, "f")));
  cr_expect(is_in(&tpc, LZR_PROT_CONST, address_of(image, "c")));
  cr_expect(is_in(&tpc, LZR_PROT_DATA, address_of(image, "d")));
  cr_expect(is_in(&tpc, LZR_PROT_CONST, address_of(image, "r")));
  cr_expect(is_in(&tpc, LZR_PROT_DATA, address_of(image, "z")));
  cr_expect_eq(load(&tpc, address_of(image, "r"), 8), address_of(image, "f"));
  cr_expect_eq(load(&tpc, address_of(image, "z") + 92, 8), 0);
  cr_expect_eq(address_of(image, "z") % 64, 0);
  struct lzr_image_sizes sizes = lzr_image_get_sizes(image);
  cr_expect_eq(sizes.code, 1);
  cr_expect_eq(sizes.constants, 16);
  cr_expect_eq(sizes.data, 64 + 100);
  cr_expect_eq(tpc.layout.align[LZR_PROT_DATA], 64);
  lzr_image_release(image);
  free_target(&tpc);
}

static const char large_and_far[] =
    ".globl n, l, z, d\n"
    ".bss\nn: .zero 16\n"
    ".section .bss.l,\"aw\",@nobits\nl: .zero 16777216\n"
    ".section .lbss,\"awl\",@nobits\nz: .zero 100\n"
    ".section .ldata,\"awl\",@progbits\n.balign 8\nd: .quad l\n";

Test(link_layout, large_and_far_data_go_where_there_is_room_for_them) {
  struct lzr_tpc tpc = roomy_target();
  lzr_image *image = must_link(&tpc, X86_64, large_and_far, NULL);
  cr_expect(is_in(&tpc, LZR_PROT_DATA, address_of(image, "n")));
  cr_expect(is_in(&tpc, LZR_PROT_LARGE, address_of(image, "l")));
  cr_expect(is_in(&tpc, LZR_PROT_FAR, address_of(image, "z")));
  cr_expect(is_in(&tpc, LZR_PROT_FAR, address_of(image, "d")));
  cr_expect_eq(load(&tpc, address_of(image, "d"), 8), address_of(image, "l"));
  cr_expect_eq(lzr_image_get_sizes(image).data,
               tpc.layout.size[LZR_PROT_DATA] + (16 << 20) +
                   tpc.layout.size[LZR_PROT_FAR]);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_layout, without_such_room_all_data_lies_together) {
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image =
      must_link(&tpc, X86_64,
                ".globl z, d\n"
                ".section .lbss,\"awl\",@nobits\nz: .zero 9\n"
                ".section .ldata,\"awl\",@progbits\nd: .quad z\n",
                NULL);
  cr_expect(is_in(&tpc, LZR_PROT_DATA, address_of(image, "z")));
  cr_expect(is_in(&tpc, LZR_PROT_DATA, address_of(image, "d")));
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_layout, common_symbols_get_zeroed_aligned_room) {
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image = must_link(
      &tpc, X86_64, ".data\n.byte 1\n.comm a, 3, 1\n.comm b, 16, 256\n", NULL);
  lzr_addr a = address_of(image, "a"), b = address_of(image, "b");
  cr_expect_eq(b % 256, 0);
  cr_expect(a + 3 <= b || b + 16 <= a);
  cr_expect_eq(load(&tpc, a, 3), 0);
  cr_expect_eq(load(&tpc, b + 8, 8), 0);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_layout, an_empty_function_has_an_address_of_its_own) {
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image = must_link(&tpc, X86_64,
                               ".section .text.a,\"ax\",@progbits\n"
                               ".globl a\na:\n"
                               ".section .text.b,\"ax\",@progbits\n"
                               ".globl b\nb: ret\n",
                               NULL);
  cr_expect(is_in(&tpc, LZR_PROT_CODE, address_of(image, "a")));
  cr_expect_neq(address_of(image, "a"), address_of(image, "b"));
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_layout, an_object_with_nothing_in_it_is_linked) {
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image = must_link(&tpc, X86_64, "", NULL);
  cr_expect_eq(lzr_image_symbol_count(image), 0);
  cr_expect_eq(lzr_image_tls_template(image), 0);
  lzr_image_release(image);
  free_target(&tpc);
}

/* Unwind information. */

static const struct lzr_action *find_action(const struct lzr_tpc *tpc,
                                            lzr_action_kind kind) {
  for (size_t i = 0; i < tpc->action_count; i++)
    if (tpc->actions[i].kind == kind)
      return &tpc->actions[i];
  return NULL;
}

Test(link_layout, unwind_information_is_relocated_ended_and_registered) {
  const char *triples[] = {X86_64, AARCH64};
  for (int i = 0; i < 2; i++) {
    struct lzr_tpc tpc = ordinary_target();
    lzr_image *image = must_link(&tpc, triples[i],
                                 "nop\n.globl f\nf: .cfi_startproc\nnop\n"
                                 ".cfi_endproc\n",
                                 NULL);
    cr_assert_eq(tpc.action_count, 1);
    const struct lzr_action *action = find_action(&tpc, LZR_ACTION_EH_FRAMES);
    cr_assert(action);
    cr_expect(is_in(&tpc, LZR_PROT_CONST, action->address));
    cr_expect_eq(load(&tpc, action->address + action->size - 4, 4), 0);
    /* The FDE, behind the CIE: length, CIE distance, pc-relative function. */
    lzr_addr fde = action->address + 4 + load(&tpc, action->address, 4);
    uint32_t to_function = (uint32_t)load(&tpc, fde + 8, 4);
    cr_expect_eq((uint32_t)(fde + 8 + to_function),
                 (uint32_t)address_of(image, "f"));
    lzr_image_release(image);
    free_target(&tpc);
  }
}

/* In the file both records end inside the section. */
Test(link_layout, unwind_information_is_checked_as_relocations_leave_it) {
  static const char sections[][2][64] = {
      {X86_64, ".section .eh_frame,\"a\",@unwind\n"},
      {AARCH64, ".section .eh_frame,\"a\",@progbits\n"}};
  struct book book = {.answers = {{.name = "big", .address = 0x1000}}};
  for (int i = 0; i < 2; i++) {
    char text[128];
    snprintf(text, sizeof text, "%s.long big\n.long 0\n", sections[i][1]);
    refuses(sections[i][0], text, &book, LZR_ERROR_FORMAT,
            "relocated: the unwind record at .eh_frame+0 reaches past");
  }
}

/* Constructors. */

Test(link_layout, initializers_come_in_order_of_priority) {
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image = must_link(
      &tpc, X86_64,
      ".globl a, b, c, d\n.weak w\na: nop\nb: nop\nc: nop\nd: nop\n"
      ".section .init_array,\"aw\",@init_array\n.quad d\n.quad w\n"
      ".section .init_array.200,\"aw\",@init_array\n.quad b\n.quad c\n"
      ".section .init_array.00100,\"aw\",@init_array\n.quad a\n"
      ".section .fini_array.5,\"aw\",@fini_array\n.quad a\n"
      ".section .fini_array,\"aw\",@fini_array\n.quad b\n.quad c\n",
      NULL);
  const struct lzr_array_entry *entries;
  lzr_addr first = address_of(image, "a");
  cr_assert_eq(lzr_image_initializers(image, &entries), 4);
  for (size_t i = 0; i < 4; i++)
    cr_expect_eq(entries[i].function, first + i);
  cr_expect_eq(entries[0].priority, 100);
  cr_expect_eq(entries[3].priority, 65535);
  cr_assert_eq(lzr_image_finalizers(image, &entries), 3);
  for (size_t i = 0; i < 3; i++)
    cr_expect_eq(entries[i].function, first + 2 - i);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_layout, old_constructor_sections_are_run_backwards) {
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image =
      must_link(&tpc, X86_64,
                ".globl a, b, c, d\na: nop\nb: nop\nc: nop\nd: nop\n"
                ".section .ctors,\"aw\",@progbits\n.quad d\n.quad c\n"
                ".section .ctors.65335,\"aw\",@progbits\n.quad b\n"
                ".section .ctors.65435,\"aw\",@progbits\n.quad a\n"
                ".section .dtors,\"aw\",@progbits\n.quad d\n.quad c\n"
                ".section .dtors.65435,\"aw\",@progbits\n.quad a\n",
                NULL);
  const struct lzr_array_entry *entries;
  lzr_addr first = address_of(image, "a");
  cr_assert_eq(lzr_image_initializers(image, &entries), 4);
  for (size_t i = 0; i < 4; i++)
    cr_expect_eq(entries[i].function, first + i);
  cr_assert_eq(lzr_image_finalizers(image, &entries), 3);
  cr_expect_eq(entries[0].function, first + 3);
  cr_expect_eq(entries[1].function, first + 2);
  cr_expect_eq(entries[2].function, first);
  lzr_image_release(image);
  free_target(&tpc);
}

/* Thread-local storage. */

Test(link_layout, thread_locals_become_a_template_and_an_image) {
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image = must_link(&tpc, X86_64,
                               ".globl a, z, x\n.type a, @tls_object\n"
                               ".section .tbss,\"awT\",@nobits\n.balign 32\n"
                               ".type z, @tls_object\nz: .zero 40\n"
                               ".section .tdata,\"awT\",@progbits\n"
                               "a: .quad x\n.quad 17\n"
                               ".data\nx: .quad 0\n",
                               NULL);
  lzr_addr template = lzr_image_tls_template(image);
  cr_assert(is_in(&tpc, LZR_PROT_DATA, template));
  cr_expect_eq(load(&tpc, template, 8), 0);
  lzr_addr bytes = load(&tpc, template + 8, 8);
  cr_expect(is_in(&tpc, LZR_PROT_CONST, bytes));
  cr_expect_eq(load(&tpc, template + 16, 8), 16);
  cr_expect_eq(load(&tpc, template + 24, 8), 72);
  cr_expect_eq(load(&tpc, template + 32, 8), 32);
  cr_expect_eq(load(&tpc, bytes, 8), address_of(image, "x"));
  cr_expect_eq(load(&tpc, bytes + 8, 8), 17);
  cr_expect_eq(symbol(image, "a").kind, LZR_SYMBOL_TLS);
  cr_expect_eq(address_of(image, "a"), 0);
  cr_expect_eq(address_of(image, "z"), 32);
  const struct lzr_action *action = find_action(&tpc, LZR_ACTION_TLS);
  cr_assert(action);
  cr_expect_eq(action->address, template);
  cr_expect_eq(action->size, sizeof(struct lzr_tls_template));
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_layout, a_foreign_thread_local_is_module_and_offset) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {
      .answers = {{.name = "x", .tls_module = 3, .tls_offset = 0x48}}};
  lzr_image *image = must_link(&tpc, X86_64,
                               ".type x, @tls_object\n.globl f\n"
                               "f: lea x@tlsgd(%rip), %rdi\n",
                               &book);
  cr_expect(asked(&book, "x")->tls);
  lzr_addr field = address_of(image, "f") + 3;
  lzr_addr pair = field + 4 + load(&tpc, field, 4);
  cr_expect_eq(load(&tpc, pair, 8), 3);
  cr_expect_eq(load(&tpc, pair + 8, 8), 0x48);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_layout,
     a_module_relative_offset_to_a_foreign_thread_local_is_refused) {
  struct book book = {.answers = {{.name = "x", .tls_module = 3}}};
  refuses(X86_64, ".type x, @tls_object\nlea x@dtpoff(%rax), %rdi\n", &book,
          LZR_ERROR_UNSUPPORTED, "'x'");
}

/* Commit and release. */

static lzr_image *resolved(struct lzr_tpc *tpc, const struct file *file,
                           bool keeps_debug) {
  lzr_object *object;
  lzr_image *image;
  cr_assert(!lzr_object_parse(arch_of(X86_64), "test", file->bytes, file->size,
                              &object));
  lzr_object_keep_names(object);
  if (keeps_debug)
    lzr_object_keep_debug(object);
  cr_assert(!lzr_image_place(tpc, object, &image));
  struct book book = {0};
  cr_assert(!resolve_image(
      image, &(struct name_resolver){answer_from_book, &book, 0}));
  return image;
}

Test(link_layout, code_can_be_looked_at_until_the_commit) {
  struct lzr_tpc tpc = ordinary_target();
  struct file file = assemble(X86_64, ".globl f\nf: nop\nret\n");
  lzr_image *image = resolved(&tpc, &file, false);
  lzr_addr address;
  size_t size;
  const uint8_t *code = lzr_image_code(image, &address, &size);
  cr_assert_eq(size, 2);
  cr_expect(code[0] == 0x90 && code[1] == 0xc3);
  cr_expect_eq(address, address_of(image, "f"));
  struct lzr_pointer_store store = {0x1000, 1};
  cr_assert(!lzr_image_commit(image, &store, 1));
  cr_expect_eq(tpc.store_count, 1);
  cr_expect(!lzr_image_code(image, &address, &size));
  lzr_image_release(image);
  free(file.bytes);
  free_target(&tpc);
}

Test(link_layout, a_refused_commit_leaves_an_image_to_release) {
  struct lzr_tpc tpc = ordinary_target();
  tpc.refuses_commits = true;
  struct file file = assemble(X86_64, ".globl f\nf: ret\n");
  lzr_image *image = resolved(&tpc, &file, false);
  expect_error(lzr_image_commit(image, NULL, 0), LZR_ERROR_TARGET, "refused");
  lzr_image_release(image);
  free(file.bytes);
  free_target(&tpc);
}

Test(link_layout, releasing_nothing_is_allowed) {
  lzr_image_release(NULL);
  lzr_object_destroy(NULL);
}

/* Debuggers. */

Test(link_layout, the_debug_object_says_where_its_sections_are) {
  struct lzr_tpc tpc = ordinary_target();
  struct file file = assemble(X86_64, ".globl f\nf: ret\n.data\n.quad f\n");
  lzr_image *image = resolved(&tpc, &file, true);
  cr_assert(!lzr_image_commit(image, NULL, 0));
  const struct lzr_action *action = find_action(&tpc, LZR_ACTION_DEBUG_OBJECT);
  cr_assert(action);
  cr_assert_eq(action->size, file.size);
  Elf64_Ehdr header;
  memcpy(&header, at(&tpc, action->address), sizeof header);
  size_t code_sections = 0;
  for (unsigned i = 1; i < header.e_shnum; i++) {
    Elf64_Shdr section;
    memcpy(&section,
           at(&tpc, action->address + header.e_shoff + i * sizeof section),
           sizeof section);
    cr_expect_eq(section.sh_addr != 0, (section.sh_flags & SHF_ALLOC) != 0);
    if (section.sh_flags & SHF_EXECINSTR && section.sh_size) {
      cr_expect_eq(section.sh_addr, address_of(image, "f"));
      code_sections++;
    }
  }
  cr_expect_eq(code_sections, 1);
  lzr_image_release(image);
  free(file.bytes);
  free_target(&tpc);
}

static Elf64_Shdr section_of(struct lzr_tpc *tpc,
                             const struct lzr_action *action, unsigned number) {
  Elf64_Ehdr header;
  Elf64_Shdr section;
  memcpy(&header, at(tpc, action->address), sizeof header);
  cr_assert_lt(number, header.e_shnum);
  memcpy(&section,
         at(tpc, action->address + header.e_shoff + number * sizeof section),
         sizeof section);
  cr_assert(section.sh_type == SHT_NOBITS ||
            section.sh_offset + section.sh_size <= action->size);
  return section;
}

/* The function of that name in a debug file, which has one; 0 for none. */
static Elf64_Sym function_in(struct lzr_tpc *tpc,
                             const struct lzr_action *action,
                             const char *name) {
  enum { SYMBOLS = 3, STRINGS };
  Elf64_Shdr symbols = section_of(tpc, action, SYMBOLS);
  Elf64_Shdr strings = section_of(tpc, action, STRINGS);
  cr_assert_eq(symbols.sh_type, SHT_SYMTAB);
  for (uint64_t i = 1; i < symbols.sh_size / sizeof(Elf64_Sym); i++) {
    Elf64_Sym symbol;
    memcpy(&symbol,
           at(tpc, action->address + symbols.sh_offset + i * sizeof symbol),
           sizeof symbol);
    if (strcmp((const char *)at(tpc, action->address + strings.sh_offset +
                                         symbol.st_name),
               name) == 0)
      return symbol;
  }
  return (Elf64_Sym){0};
}

Test(link_layout, debuggers_see_names_and_unwind_records) {
  struct lzr_tpc tpc = ordinary_target();
  struct file file =
      assemble(X86_64, ".globl f\n.type f, @function\nf: .cfi_startproc\nnop\n"
                       "ret\n.cfi_endproc\n.size f, 2\n.data\nd: .quad f\n");
  lzr_image *image = resolved(&tpc, &file, false);
  cr_assert(!lzr_image_commit(image, NULL, 0));
  const struct lzr_action *action = find_action(&tpc, LZR_ACTION_DEBUG_OBJECT);
  cr_assert(action);
  Elf64_Shdr text = section_of(&tpc, action, 1);
  Elf64_Shdr unwind = section_of(&tpc, action, 2);
  Elf64_Sym f = function_in(&tpc, action, "f");
  cr_expect_eq(f.st_value, address_of(image, "f"));
  cr_expect_eq(f.st_size, 2);
  cr_expect(f.st_value >= text.sh_addr &&
            f.st_value < text.sh_addr + text.sh_size);
  cr_expect_eq(function_in(&tpc, action, "d").st_name, 0);
  cr_expect_eq(memcmp(at(&tpc, action->address + unwind.sh_offset),
                      at(&tpc, unwind.sh_addr), unwind.sh_size),
               0);
  lzr_image_release(image);
  free(file.bytes);
  free_target(&tpc);
}

Test(link_layout, debuggers_see_nothing_of_data_alone) {
  struct lzr_tpc tpc = ordinary_target();
  struct file file = assemble(X86_64, ".data\n.globl d\nd: .quad 1\n");
  lzr_image *image = resolved(&tpc, &file, false);
  cr_assert(!lzr_image_commit(image, NULL, 0));
  cr_expect(!find_action(&tpc, LZR_ACTION_DEBUG_OBJECT));
  lzr_image_release(image);
  free(file.bytes);
  free_target(&tpc);
}

Test(link_layout, profilers_are_told_of_functions) {
  struct lzr_tpc tpc = ordinary_target();
  struct file file =
      assemble(X86_64, ".globl f\n.type f, @function\nf: nop\nret\n.size f, 2\n"
                       "label: ret\n");
  lzr_object *object;
  lzr_image *image;
  cr_assert(!lzr_object_parse(arch_of(X86_64), "test", file.bytes, file.size,
                              &object));
  lzr_object_profile(object, LZR_ACTION_JITDUMP);
  cr_assert(!lzr_image_place(&tpc, object, &image));
  struct book book = {0};
  cr_assert(!resolve_image(
      image, &(struct name_resolver){answer_from_book, &book, 0}));
  cr_assert(!lzr_image_commit(image, NULL, 0));
  const struct lzr_action *action = find_action(&tpc, LZR_ACTION_JITDUMP);
  cr_assert(action);
  struct lzr_profiled_function f;
  memcpy(&f, at(&tpc, action->address), sizeof f);
  cr_expect_eq(f.address, address_of(image, "f"));
  cr_expect_eq(f.size, 2);
  cr_expect_eq(f.name_size, 2);
  cr_expect_str_eq((char *)at(&tpc, action->address + sizeof f), "f");
  cr_expect_eq(action->size, sizeof f + 8);
  lzr_image_release(image);
  free(file.bytes);
  free_target(&tpc);
}

/* Limits. */

Test(link_layout, more_zeros_than_the_limit_are_refused) {
  refuses(X86_64, ".bss\n.zero 0x80000001\n", NULL, LZR_ERROR_LIMIT,
          "2048 MiB");
  refuses(X86_64, ".comm a, 0x7fffffff, 1\n.comm b, 2, 1\n.comm c, 2, 1\n",
          NULL, LZR_ERROR_LIMIT, "2048 MiB");
  refuses(X86_64, ".section .tbss,\"awT\",@nobits\n.zero 0x80000001\n", NULL,
          LZR_ERROR_LIMIT, "2048 MiB");
}

Test(link_layout, an_alignment_beyond_the_limit_is_refused) {
  refuses(X86_64, ".data\n.balign 0x200000\n.quad 1\n", NULL, LZR_ERROR_LIMIT,
          "alignment of 2097152");
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image =
      must_link(&tpc, X86_64, ".bss\n.balign 0x100000\n.zero 1\n", NULL);
  cr_expect_eq(tpc.layout.align[LZR_PROT_DATA], 0x100000);
  lzr_image_release(image);
  free_target(&tpc);
}

/* Sections at an address that the caller chooses. */

static lzr_object *parse(const char *text, struct file *file) {
  lzr_object *object = NULL;
  *file = assemble(X86_64, text);
  lzr_error *error = lzr_object_parse(arch_of(X86_64), "test", file->bytes,
                                      file->size, &object);
  cr_assert(!error, "%s", lzr_error_message(error));
  return object;
}

/* Start and stop symbols. */

Test(link_layout, start_and_stop_span_all_sections_of_a_name) {
  struct lzr_tpc tpc = ordinary_target();
  struct file file;
  struct lzr_image_symbol found;
  lzr_image *image;
  lzr_object *object =
      parse(".globl a, b, c, other\n"
            ".section list,\"aw\",@progbits,unique,1\na: .quad 1\n"
            ".section others,\"aw\",@progbits\nother: .quad 2\n"
            ".section list,\"aw\",@progbits,unique,2\nb: .quad 3\n"
            ".section list,\"aw\",@progbits,unique,3\nc: .quad 4, 5\n"
            ".section .no.identifier,\"aw\",@progbits\n.quad 6\n",
            &file);
  cr_assert(!lzr_image_place(&tpc, object, &image));
  cr_expect_eq(address_of(image, "__start_list"), address_of(image, "a"));
  cr_expect_eq(address_of(image, "__stop_list"), address_of(image, "c") + 16);
  cr_expect_eq(address_of(image, "__start_others"), address_of(image, "other"));
  cr_expect_eq(address_of(image, "__stop_others"),
               address_of(image, "other") + 8);
  cr_expect(!lzr_image_find_symbol(image, "__start_.no.identifier", &found));
  cr_expect_eq(lzr_image_symbol_count(image), 4 + 2 * 2);
  lzr_image_release(image);
  free(file.bytes);
  free_target(&tpc);
}

/* Comparing each section's name with all others would take minutes. */
Test(link_layout, a_hundred_thousand_named_sections_take_seconds,
     .timeout = 60) {
  enum { COUNT = 100000 };
  struct lzr_tpc tpc = ordinary_target();
  struct file file;
  lzr_image *image;
  char *text;
  size_t size;
  FILE *out = open_memstream(&text, &size);
  for (int i = 0; i < COUNT; i++)
    fprintf(out, ".section s%d,\"aw\",@progbits\n.byte 1\n", i);
  fclose(out);
  lzr_object *object = parse(text, &file);
  cr_assert(!lzr_image_place(&tpc, object, &image));
  cr_expect_eq(lzr_image_symbol_count(image), 2 * COUNT);
  cr_expect_eq(address_of(image, "__stop_s99999"),
               address_of(image, "__start_s99999") + 1);
  lzr_image_release(image);
  free(file.bytes);
  free(text);
  free_target(&tpc);
}

/* Sections at an address of the caller's. */

Test(link_layout, a_fixed_section_is_written_to_its_address) {
  enum { ELSEWHERE = 0x700021000000 };
  struct lzr_tpc tpc = ordinary_target();
  struct file file;
  struct book book = {0};
  lzr_image *image;
  struct lzr_image_symbol bound;
  lzr_object *object = parse(".globl v, w\n"
                             ".section list,\"aw\",@progbits\n"
                             "v: .quad 5, w\n"
                             ".data\n.globl w\nw: .quad v\n",
                             &file);
  cr_assert(!lzr_object_fix_section(object, "list", ELSEWHERE, 16));
  cr_assert(!lzr_image_place(&tpc, object, &image));
  struct name_resolver resolver = {answer_from_book, &book, 0};
  cr_assert(!resolve_image(image, &resolver));
  cr_assert(!lzr_image_commit(image, NULL, 0));
  cr_expect_eq(address_of(image, "v"), ELSEWHERE);
  cr_expect_eq(load(&tpc, address_of(image, "w"), 8), ELSEWHERE);
  cr_expect_eq(tpc.written_at, ELSEWHERE);
  cr_expect_eq(tpc.written_size, 16);
  cr_expect_eq(tpc.written[0], 5);
  cr_expect(memcmp(tpc.written + 8, &(uint64_t){address_of(image, "w")}, 8) ==
            0);
  cr_expect(!lzr_image_find_symbol(image, "__start_list", &bound));
  lzr_image_release(image);
  free(file.bytes);
  free_target(&tpc);
}

Test(link_layout, a_fixed_section_of_another_size_or_kind_is_refused) {
  struct file file;
  lzr_object *object = parse(".section list,\"aw\",@progbits\n.quad 5\n"
                             ".section code,\"ax\",@progbits\nret\n",
                             &file);
  expect_error(lzr_object_fix_section(object, "list", 0x1000, 16),
               LZR_ERROR_UNSUPPORTED, "takes 8 bytes instead of the 16");
  expect_error(lzr_object_fix_section(object, "code", 0x1000, 1),
               LZR_ERROR_UNSUPPORTED, "is not data only");
  lzr_object_destroy(object);
  free(file.bytes);
}
