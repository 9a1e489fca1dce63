/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Which names an object asks for, and what the answers do. */
#include "tests/link_fixture.h"

#include <stdio.h>

#define CALLEE 0x700001000000 /* in reach of the ordinary target's code */
#define FAR 0x100000000000

static uint64_t call_displacement(struct lzr_tpc *tpc, lzr_addr field) {
  return field + 4 + (uint64_t)(int64_t)(int32_t)load(tpc, field, 4);
}

Test(link_names, asks_for_an_undefined_function_and_calls_it) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {.answers = {{.name = "g", .address = CALLEE}}};
  lzr_image *image =
      must_link(&tpc, X86_64, ".globl f\nf: call g\nret\n", &book);
  const struct lzr_query *query = asked(&book, "g");
  cr_assert(query);
  cr_expect(!query->defined && !query->weak && !query->tls);
  cr_expect(query->called_only);
  cr_expect_eq(call_displacement(&tpc, address_of(image, "f") + 1), CALLEE);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, does_not_ask_for_what_no_relocation_uses) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {0};
  lzr_image *image =
      must_link(&tpc, X86_64, ".globl unused\n.weak w\nw: ret\n", &book);
  cr_expect_eq(book.asked_count, 0);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, one_address_use_among_calls_is_not_called_only) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {.answers = {{.name = "g", .address = CALLEE},
                                  {.name = "h", .address = CALLEE}}};
  lzr_image *image = must_link(&tpc, X86_64,
                               "call g\ncall *h@GOTPCREL(%rip)\n"
                               "mov g@GOTPCREL(%rip), %rax\n",
                               &book);
  cr_expect(!asked(&book, "g")->called_only);
  cr_expect(asked(&book, "h")->called_only);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, lists_every_missing_name_in_one_sentence) {
  refuses(X86_64, "call a\ncall b\n.weak w\ncall w\n", NULL, LZR_ERROR_SYMBOL,
          "no definition of 'a', 'b'");
}

Test(link_names, a_list_of_missing_names_that_is_too_long_is_counted) {
  char text[40000];
  size_t used = 0;
  for (int i = 0; i < 200; i++)
    used += (size_t)snprintf(text + used, sizeof text - used,
                             "call a_long_name_of_a_missing_function_%d\n", i);
  refuses(X86_64, text, NULL, LZR_ERROR_SYMBOL, " more");
}

static lzr_error *fail(void *data, struct lzr_query *queries, size_t count) {
  (void)data, (void)queries, (void)count;
  return lzr_error_create(LZR_ERROR_CLOSED, "gone");
}

Test(link_names, hands_on_the_resolvers_own_error) {
  struct lzr_tpc tpc = ordinary_target();
  struct file file = assemble(X86_64, "call a\n");
  lzr_object *object;
  lzr_image *image;
  cr_assert(!lzr_object_parse(arch_of(X86_64), "test", file.bytes, file.size,
                              &object));
  cr_assert(!lzr_image_place(&tpc, object, &image));
  lzr_error *error =
      resolve_image(image, &(struct name_resolver){fail, NULL, 0});
  cr_assert(error);
  cr_expect_str_eq(lzr_error_message(error), "gone");
  lzr_error_destroy(error);
  lzr_image_release(image);
  free(file.bytes);
  free_target(&tpc);
}

Test(link_names, a_missing_weak_name_is_zero) {
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image = must_link(&tpc, X86_64,
                               ".weak w\n.globl f, p\n"
                               "f: mov w@GOTPCREL(%rip), %rax\ncall w\n"
                               ".data\np: .quad w\n",
                               NULL);
  lzr_addr f = address_of(image, "f");
  cr_expect_eq(load(&tpc, call_displacement(&tpc, f + 3), 8), 0);
  cr_expect_eq(load(&tpc, address_of(image, "p"), 8), 0);
  lzr_image_release(image);
  free_target(&tpc);
}

/* Where calls go. */

Test(link_names, a_direct_call_prefers_the_body) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {
      .answers = {{.name = "g", .address = CALLEE, .body = CALLEE + 64}}};
  lzr_image *image = must_link(&tpc, X86_64, ".globl f\nf: call g\n", &book);
  cr_expect_eq(call_displacement(&tpc, address_of(image, "f") + 1),
               CALLEE + 64);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, a_body_out_of_reach_is_left_for_the_address) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {
      .answers = {{.name = "g", .address = CALLEE, .body = FAR}}};
  lzr_image *image = must_link(&tpc, X86_64, ".globl f\nf: call g\n", &book);
  cr_expect_eq(call_displacement(&tpc, address_of(image, "f") + 1), CALLEE);
  lzr_image_release(image);
  free_target(&tpc);
}

/* jmp *d32(%rip) */
static lzr_addr plt_slot(struct lzr_tpc *tpc, lzr_addr entry) {
  cr_assert_eq(load(tpc, entry, 2), 0x25ff);
  return call_displacement(tpc, entry + 2);
}

Test(link_names, a_function_out_of_reach_is_called_through_one_plt_entry) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {.answers = {{.name = "g", .address = FAR}}};
  lzr_image *image =
      must_link(&tpc, X86_64, ".globl f\nf: call g\ncall g\n", &book);
  lzr_addr f = address_of(image, "f");
  lzr_addr entry = call_displacement(&tpc, f + 1);
  cr_expect_eq(call_displacement(&tpc, f + 6), entry);
  cr_expect_eq(load(&tpc, plt_slot(&tpc, entry), 8), FAR);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, a_call_reaches_two_gigabytes_and_no_further) {
  struct lzr_tpc tpc = ordinary_target();
  const lzr_addr next = tpc.base[LZR_PROT_CODE] + 5;
  const lzr_addr last = next + INT32_MAX;
  for (lzr_addr target = last; target <= last + 1; target++) {
    struct book book = {.answers = {{.name = "g", .address = target}}};
    lzr_image *image = must_link(&tpc, X86_64, ".globl f\nf: call g\n", &book);
    lzr_addr called = call_displacement(&tpc, address_of(image, "f") + 1);
    cr_expect_eq(called == target, target == last, "%#llx",
                 (unsigned long long)target);
    lzr_image_release(image);
  }
  free_target(&tpc);
}

Test(link_names, a_plt_entry_goes_through_the_slot_if_there_is_one) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {
      .answers = {{.name = "g", .address = FAR, .slot = 0x700030000008}}};
  lzr_image *image = must_link(&tpc, X86_64, ".globl f\nf: call g\n", &book);
  lzr_addr entry = call_displacement(&tpc, address_of(image, "f") + 1);
  cr_expect_eq(plt_slot(&tpc, entry), 0x700030000008);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, an_aarch64_call_out_of_reach_takes_a_veneer) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {.answers = {{.name = "g", .address = FAR}}};
  lzr_image *image = must_link(&tpc, AARCH64, ".globl f\nf: bl g\n", &book);
  lzr_addr f = address_of(image, "f");
  uint32_t call = (uint32_t)load(&tpc, f, 4);
  cr_assert_eq(call >> 26, 0x25);
  lzr_addr veneer = f + (call & 0x3ffffff) * 4;
  cr_expect_eq(load(&tpc, veneer, 4), 0xd503245f); /* bti c */
  cr_expect_eq(load(&tpc, veneer + 16, 8), FAR);   /* its word, behind it */
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, only_calls_through_the_got_use_the_lazy_slot) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {.answers = {{.name = "g",
                                   .address = CALLEE,
                                   .slot = 0x700030000000,
                                   .body = FAR}}};
  lzr_image *image = must_link(&tpc, X86_64,
                               ".globl f\nf: call *g@GOTPCREL(%rip)\n"
                               "jmp *g@GOTPCREL(%rip)\n"
                               "mov g@GOTPCREL(%rip), %rax\n",
                               &book);
  lzr_addr f = address_of(image, "f");
  cr_expect_eq(call_displacement(&tpc, f + 2), 0x700030000000);
  cr_expect_eq(call_displacement(&tpc, f + 8), 0x700030000000);
  lzr_addr word = call_displacement(&tpc, f + 15);
  cr_expect_neq(word, 0x700030000000);
  cr_expect_eq(load(&tpc, word, 8), CALLEE);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, a_got_word_that_is_only_called_holds_the_body) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {
      .answers = {{.name = "g", .address = CALLEE, .body = FAR}}};
  lzr_image *image =
      must_link(&tpc, X86_64, ".globl f\nf: call *g@GOTPCREL(%rip)\n", &book);
  lzr_addr word = call_displacement(&tpc, address_of(image, "f") + 2);
  cr_expect_eq(load(&tpc, word, 8), FAR);
  lzr_image_release(image);
  free_target(&tpc);
}

/* Names the object defines. */

static const char own_function[] =
    ".globl f, g\n.type f, @function\n.type g, @function\n"
    "f: call g\nlea g(%rip), %rax\nret\n"
    "g: ret\n";

Test(link_names, a_defined_functions_address_is_asked_for_its_calls_stay) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {.answers = {{.name = "g", .address = CALLEE}}};
  lzr_image *image = must_link(&tpc, X86_64, own_function, &book);
  cr_expect(asked(&book, "g")->defined);
  cr_expect(!asked(&book, "f"));
  lzr_addr f = address_of(image, "f");
  cr_expect_eq(call_displacement(&tpc, f + 1), address_of(image, "g"));
  cr_expect_eq(call_displacement(&tpc, f + 8), CALLEE);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, without_an_answer_a_defined_function_is_itself) {
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image = must_link(&tpc, X86_64, own_function, NULL);
  lzr_addr f = address_of(image, "f");
  cr_expect_eq(call_displacement(&tpc, f + 8), address_of(image, "g"));
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, another_definition_prevails_over_a_weak_one) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {.answers = {{.name = "g", .address = CALLEE}}};
  lzr_image *image =
      must_link(&tpc, X86_64, ".globl f\n.weak g\nf: call g\ng: ret\n", &book);
  cr_expect(asked(&book, "g")->defined && asked(&book, "g")->weak);
  cr_expect_eq(call_displacement(&tpc, address_of(image, "f") + 1), CALLEE);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, another_definition_prevails_over_a_comdat_one) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {.answers = {{.name = "d", .address = CALLEE}}};
  const char *text = ".globl p, d\n.data\np: .quad d\n"
                     ".section .data.d,\"awG\",@progbits,d,comdat\n"
                     ".type d, @object\n.size d, 8\nd: .quad 7\n";
  lzr_image *image = must_link(&tpc, X86_64, text, &book);
  cr_expect_eq(load(&tpc, address_of(image, "p"), 8), CALLEE);
  lzr_image_release(image);
  image = must_link(&tpc, X86_64, text, NULL);
  cr_expect_eq(load(&tpc, address_of(image, "p"), 8), address_of(image, "d"));
  cr_expect_eq(load(&tpc, address_of(image, "d"), 8), 7);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, a_strong_variable_is_not_asked_for) {
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {.answers = {{.name = "d", .address = CALLEE}}};
  lzr_image *image = must_link(&tpc, X86_64,
                               ".data\n.globl d, p\n.type d, @object\n"
                               "d: .quad 1\np: .quad d\n",
                               &book);
  cr_expect_eq(book.asked_count, 0);
  cr_expect_eq(load(&tpc, address_of(image, "p"), 8), address_of(image, "d"));
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, an_ifuncs_address_is_the_resolvers_answer) {
  const char *text = ".globl f, i\n.type i, @gnu_indirect_function\n"
                     "f: call i\ni: ret\n";
  struct lzr_tpc tpc = ordinary_target();
  struct book book = {.answers = {{.name = "i", .address = CALLEE}}};
  lzr_image *image = must_link(&tpc, X86_64, text, &book);
  cr_expect_eq(symbol(image, "i").kind, LZR_SYMBOL_IFUNC);
  cr_expect_eq(call_displacement(&tpc, address_of(image, "f") + 1), CALLEE);
  lzr_image_release(image);
  free_target(&tpc);
  refuses(X86_64, text, NULL, LZR_ERROR_UNSUPPORTED, "ifunc 'i'");
}

Test(link_names, a_local_ifunc_is_refused) {
  refuses(X86_64, ".type i, @gnu_indirect_function\ncall i@PLT\ni: ret\n", NULL,
          LZR_ERROR_UNSUPPORTED, "no global name");
}

/* What others see. */

Test(link_names, lists_definitions_with_kind_and_visibility) {
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image = must_link(&tpc, X86_64,
                               ".globl f, d, h, a, untyped\n.weak w\n"
                               ".hidden h\n.type f, @function\n"
                               ".type d, @object\n.size d, 12\n"
                               "f: ret\nh: ret\nw: ret\nlocal: ret\nuntyped:\n"
                               ".data\nd: .zero 12\na = 0x1234\n"
                               ".comm c, 40, 32\n",
                               NULL);
  cr_expect_eq(lzr_image_symbol_count(image), 8);
  cr_expect(symbol(image, "local").local && !symbol(image, "f").local);
  cr_expect_eq(symbol(image, "f").kind, LZR_SYMBOL_FUNCTION);
  cr_expect_eq(symbol(image, "untyped").kind, LZR_SYMBOL_UNTYPED);
  cr_expect_eq(symbol(image, "d").kind, LZR_SYMBOL_DATA);
  cr_expect_eq(symbol(image, "d").size, 12);
  cr_expect(symbol(image, "h").hidden && !symbol(image, "f").hidden);
  cr_expect(symbol(image, "w").weak && !symbol(image, "f").weak);
  cr_expect_eq(address_of(image, "a"), 0x1234);
  cr_expect_eq(symbol(image, "c").kind, LZR_SYMBOL_DATA);
  cr_expect(symbol(image, "c").weak);
  cr_expect_eq(address_of(image, "c") % 32, 0);
  struct lzr_image_symbol none;
  cr_expect(!lzr_image_find_symbol(image, "absent", &none));
  cr_expect(!lzr_image_find_symbol(image, "", &none));
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, symbols_outlive_the_file) {
  struct lzr_tpc tpc = ordinary_target();
  struct file file = assemble(X86_64, ".globl f\nf: ret\n");
  struct book book = {0};
  lzr_image *image;
  cr_assert(!link_file(&tpc, X86_64, &file, &book, &image));
  memset(file.bytes, 0, file.size);
  free(file.bytes);
  cr_expect_str_eq(lzr_image_get_symbol(image, 0).name, "f");
  cr_expect_eq(address_of(image, "f"), tpc.base[LZR_PROT_CODE]);
  lzr_image_release(image);
  free_target(&tpc);
}

Test(link_names, a_name_defined_twice_is_refused) {
  struct lzr_tpc tpc = ordinary_target();
  struct file file = assemble(X86_64, ".globl aa, ab\naa: ret\nab: ret\n");
  for (size_t i = 0; i + 3 <= file.size; i++)
    if (memcmp(file.bytes + i, "ab", 3) == 0)
      file.bytes[i + 1] = 'a';
  struct book book = {0};
  lzr_image *image;
  expect_error(link_file(&tpc, X86_64, &file, &book, &image), LZR_ERROR_SYMBOL,
               "'aa' twice");
  free(file.bytes);
  free_target(&tpc);
}

Test(link_names, twenty_thousand_symbols_are_found_by_name) {
  enum { COUNT = 20000, LINE = 40 };
  char *text = malloc(COUNT * LINE);
  size_t used = 0;
  for (int i = 0; i < COUNT; i++)
    used += (size_t)sprintf(text + used, ".globl s%d\ns%d: call s%d\n", i, i,
                            COUNT - 1 - i);
  struct lzr_tpc tpc = ordinary_target();
  lzr_image *image = must_link(&tpc, X86_64, text, NULL);
  cr_expect_eq(lzr_image_symbol_count(image), COUNT);
  lzr_addr first = address_of(image, "s0");
  cr_expect_eq(address_of(image, "s19999"), first + 5 * 19999);
  cr_expect_eq(call_displacement(&tpc, first + 1), first + 5 * 19999);
  lzr_image_release(image);
  free(text);
  free_target(&tpc);
}
