/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What a source says about a module without reading function bodies. */
#include "tests/unit_fixture.h"

static const char every_kind[] =
    "@strong = global i32 1\n"
    "@weak = weak global i32 1\n"
    "@common = common global [3 x i32] zeroinitializer, align 16\n"
    "@local = internal global i32 1\n"
    "@hidden = hidden constant i32 1\n"
    "@tls = thread_local global i32 1\n"
    "@elsewhere = external global i32\n"
    "@not_here = available_externally constant i32 3\n"
    "@llvm.used = appending global [1 x ptr] [ptr @local], section "
    "\"llvm.metadata\"\n"
    "@data_alias = alias i32, ptr @tls\n"
    "@function_alias = alias void (), ptr @function\n"
    "@second_alias = weak alias void (), ptr @function_alias\n"
    "@chosen = ifunc void (), ptr @choose\n"
    "@chosen_alias = alias void (), ptr @chosen\n"
    "define void @function() { ret void }\n"
    "define linkonce_odr void @inline() { ret void }\n"
    "define available_externally void @copy() { ret void }\n"
    "define internal ptr @choose() { ret ptr @function }\n"
    "declare void @declared()\n";

Test(unit_source, lists_every_definition_once_and_nothing_else) {
  struct fixture f = open_text(every_kind);
  cr_assert_eq(lzr_source_definition_count(f.source), 14);
  static const char *const others[] = {"elsewhere", "not_here", "llvm.used",
                                       "copy", "declared"};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
    cr_assert_null(find_definition(&f, others[i]), "%s", others[i]);
  close_fixture(&f);
}

Test(unit_source, tells_kinds) {
  struct fixture f = open_text(every_kind);
  cr_assert_eq(definition(&f, "function")->kind, LZR_DEFINITION_FUNCTION);
  cr_assert_eq(definition(&f, "strong")->kind, LZR_DEFINITION_DATA);
  cr_assert_eq(definition(&f, "data_alias")->kind, LZR_DEFINITION_ALIAS);
  cr_assert_eq(definition(&f, "chosen")->kind, LZR_DEFINITION_IFUNC);
  cr_assert_eq(definition(&f, "chosen_alias")->kind, LZR_DEFINITION_IFUNC);
  close_fixture(&f);
}

Test(unit_source, tells_bindings_and_attributes) {
  struct fixture f = open_text(every_kind);
  cr_assert_eq(definition(&f, "strong")->binding, LZR_BINDING_STRONG);
  cr_assert_eq(definition(&f, "weak")->binding, LZR_BINDING_WEAK);
  cr_assert_eq(definition(&f, "inline")->binding, LZR_BINDING_WEAK);
  cr_assert_eq(definition(&f, "local")->binding, LZR_BINDING_LOCAL);
  const struct lzr_definition *common = definition(&f, "common");
  cr_assert_eq(common->binding, LZR_BINDING_COMMON);
  cr_assert_eq(common->size, 12);
  cr_assert_eq(common->align, 16);
  cr_assert(definition(&f, "hidden")->hidden);
  cr_assert_not(definition(&f, "strong")->hidden);
  cr_assert(definition(&f, "tls")->tls);
  cr_assert(definition(&f, "data_alias")->tls);
  cr_assert_not(definition(&f, "strong")->tls);
  close_fixture(&f);
}

Test(unit_source, names_the_function_an_alias_stands_for) {
  struct fixture f = open_text(every_kind);
  cr_assert_str_eq(definition(&f, "function_alias")->aliasee, "function");
  cr_assert_str_eq(definition(&f, "second_alias")->aliasee, "function");
  cr_assert_null(definition(&f, "data_alias")->aliasee);
  cr_assert_str_eq(definition(&f, "chosen_alias")->aliasee, "chosen");
  cr_assert_str_eq(definition(&f, "chosen")->aliasee, "choose");
  close_fixture(&f);
}

Test(unit_source, puts_data_in_group_0_and_each_function_in_its_own) {
  struct fixture f = open_text(every_kind);
  cr_assert_eq(lzr_source_group_count(f.source), 4);
  cr_assert_eq(definition(&f, "strong")->group, 0);
  cr_assert_eq(definition(&f, "tls")->group, 0);
  cr_assert_eq(definition(&f, "data_alias")->group, 0);
  uint32_t function = definition(&f, "function")->group;
  cr_assert_neq(function, 0);
  cr_assert_eq(definition(&f, "function_alias")->group, function);
  cr_assert_eq(definition(&f, "second_alias")->group, function);
  cr_assert_neq(definition(&f, "inline")->group, function);
  uint32_t choose = definition(&f, "choose")->group;
  cr_assert_eq(definition(&f, "chosen")->group, choose);
  cr_assert_eq(definition(&f, "chosen_alias")->group, choose);
  cr_assert_str_eq(lzr_source_group_name(f.source, function), "function");
  cr_assert_str_eq(lzr_source_group_name(f.source, 0), "(data)");
  close_fixture(&f);
}

Test(unit_source, keeps_tables_of_labels_with_their_functions) {
  struct fixture f = open_text(
      "@mixed = internal global { i32, [2 x ptr] } { i32 1, [2 x ptr] [ptr "
      "blockaddress(@one, %a), ptr blockaddress(@two, %b)] }\n"
      "@outer = global ptr @mixed\n"
      "@labels = internal constant [1 x ptr] [ptr blockaddress(@three, %c)]\n"
      "define void @one() {\n br label %a\na:\n ret void\n}\n"
      "define void @two() {\n br label %b\nb:\n ret void\n}\n"
      "define void @three() {\n br label %c\nc:\n ret void\n}\n");
  uint32_t group = definition(&f, "one")->group;
  cr_assert_neq(group, 0);
  cr_assert_eq(definition(&f, "two")->group, group);
  cr_assert_eq(definition(&f, "mixed")->group, group);
  cr_assert_eq(definition(&f, "outer")->group, 0);
  cr_assert_neq(definition(&f, "three")->group, group);
  cr_assert_neq(definition(&f, "three")->group, 0);
  cr_assert_eq(definition(&f, "labels")->group, definition(&f, "three")->group);
  close_fixture(&f);
}

Test(unit_source, keeps_a_section_whole_only_if_its_bounds_are_mentioned) {
  struct fixture f =
      open_text("@__start_bounded = external global i8\n"
                "define void @in_bounded() section \"bounded\" { ret void }\n"
                "define void @in_other() section \"other\" { ret void }\n");
  cr_assert_eq(definition(&f, "in_bounded")->group, 0);
  cr_assert_neq(definition(&f, "in_other")->group, 0);
  close_fixture(&f);
}

Test(unit_source, gives_unnamed_and_assembler_local_ones_a_name) {
  struct fixture f = open_text("@0 = private constant i32 1\n"
                               "@1 = private constant i32 2\n"
                               "@.Lhidden = private constant i32 3\n"
                               "@\"\\01as_is\" = global i32 4\n");
  const struct lzr_definition *all = lzr_source_definitions(f.source);
  cr_assert_str_neq(all[0].name, all[1].name);
  cr_assert_neq(*all[0].name, '\0');
  cr_assert_str_eq(all[2].name, "lzr.Lhidden");
  cr_assert_str_eq(all[3].name, "as_is");
  close_fixture(&f);
}

Test(unit_source, gives_the_same_names_each_time) {
  static const char text[] = "@0 = private constant i32 1\n"
                             "@1 = private constant i32 2\n"
                             "@__unnamed_1 = global i32 3\n";
  struct fixture one = open_text(text), other = open_text(text);
  for (size_t i = 0; i < 3; i++)
    cr_assert_str_eq(lzr_source_definitions(one.source)[i].name,
                     lzr_source_definitions(other.source)[i].name);
  close_fixture(&one);
  close_fixture(&other);
}

Test(unit_source, reads_constructors_in_their_order) {
  struct fixture f = open_text(
      "@key = weak_odr global i32 0\n"
      "@llvm.global_ctors = appending global [3 x { i32, ptr, ptr }] ["
      "{ i32, ptr, ptr } { i32 65535, ptr @a, ptr null },"
      "{ i32, ptr, ptr } { i32 101, ptr @b, ptr @key },"
      "{ i32, ptr, ptr } zeroinitializer]\n"
      "@llvm.global_dtors = appending global [1 x { i32, ptr, ptr }] ["
      "{ i32, ptr, ptr } { i32 7, ptr @c, ptr null }]\n"
      "define internal void @a() { ret void }\n"
      "define internal void @b() { ret void }\n"
      "declare void @c()\n");
  struct lzr_init_list list = lzr_source_constructors(f.source);
  const struct lzr_init_entry *entries = list.entries;
  cr_assert_eq(list.count, 2);
  cr_assert_eq(entries[0].priority, 65535);
  cr_assert_str_eq(entries[0].function, "a");
  cr_assert_null(entries[0].key);
  cr_assert_eq(entries[1].priority, 101);
  cr_assert_str_eq(entries[1].function, "b");
  cr_assert_str_eq(entries[1].key, "key");
  list = lzr_source_destructors(f.source);
  entries = list.entries;
  cr_assert_eq(list.count, 1);
  cr_assert_str_eq(entries[0].function, "c");
  cr_assert_null(find_definition(&f, "llvm.global_ctors"));
  close_fixture(&f);
}

Test(unit_source, tells_whether_there_is_module_assembly) {
  struct fixture with = open_text("module asm \".globl x\"\n");
  struct fixture without = open_text("@x = global i32 0\n");
  cr_assert(lzr_source_has_assembly(with.source));
  cr_assert_not(lzr_source_has_assembly(without.source));
  close_fixture(&with);
  close_fixture(&without);
}

/* What is refused. */

static lzr_error *open_bytes(const char *bytes, size_t size) {
  struct lzr_source_options options = source_options(X86_64);
  lzr_source *source;
  lzr_error *error =
      lzr_source_open("broken.bc", bytes, size, &options, &source);
  if (!error)
    lzr_source_close(source);
  return error;
}

Test(unit_source, refuses_another_architecture_and_names_both) {
  struct lzr_source_options options = source_options(AARCH64);
  struct fixture f;
  FAILS(try_open(&f, "target triple = \"" X86_64 "\"\n", &options), FORMAT,
        "test.bc", X86_64, AARCH64);
  close_fixture(&f);
}

Test(unit_source, takes_another_spelling_of_the_architecture) {
  struct lzr_source_options options = source_options(AARCH64);
  struct fixture f;
  succeed(try_open(&f, "target triple = \"arm64-linux-musl\"\n", &options));
  close_fixture(&f);
}

Test(unit_source, refuses_another_data_layout) {
  struct lzr_source_options options = source_options(X86_64);
  struct fixture f;
  FAILS(try_open(&f, "target datalayout = \"E-m:e-i64:64\"\n", &options),
        FORMAT, "layout", "E-m:e-i64:64", "e-m:e-");
  close_fixture(&f);
}

Test(unit_source, refuses_what_is_no_bitcode) {
  FAILS(open_bytes("", 0), FORMAT, "broken.bc");
  FAILS(open_bytes("\x7f\x45LF and more..", 16), FORMAT, "broken.bc", "LLVM");
}

Test(unit_source, refuses_every_truncation) {
  struct fixture f = open_text(every_kind);
  for (size_t size = 0; size < f.size; size++) {
    char *bytes = malloc(size + 1); /* exact, so that a sanitizer sees more */
    memcpy(bytes, f.bitcode, size);
    lzr_error *error = open_bytes(bytes, size);
    /* What is missing at the end may be symbol and string tables, which LLVM
       can do without, or padding. */
    if (error)
      cr_assert_eq(lzr_error_get_kind(error), LZR_ERROR_FORMAT);
    lzr_error_destroy(error);
    free(bytes);
  }
  FAILS(open_bytes(f.bitcode, f.size / 2 & ~(size_t)3), FORMAT, "LLVM");
  close_fixture(&f);
}

Test(unit_source, refuses_aliases_that_go_in_circles) {
  struct lzr_source_options options = source_options(X86_64);
  char *bitcode;
  size_t size;
  LLVMContextRef context = LLVMContextCreate();
  LLVMModuleRef module = LLVMModuleCreateWithNameInContext("x", context);
  LLVMTypeRef i32 = LLVMInt32TypeInContext(context);
  LLVMValueRef target = LLVMAddGlobal(module, i32, "target");
  LLVMSetInitializer(target, LLVMConstNull(i32));
  LLVMValueRef a = LLVMAddAlias2(module, i32, 0, target, "a");
  LLVMValueRef b = LLVMAddAlias2(module, i32, 0, a, "b");
  LLVMAliasSetAliasee(a, b);
  succeed(lzr_bitcode_from_module("circle", module, true, &bitcode, &size));
  lzr_source *source;
  FAILS(lzr_source_open("circle.bc", bitcode, size, &options, &source), FORMAT,
        "circle.bc", "'a'");
  free(bitcode);
  LLVMContextDispose(context);
}

/* Making bitcode. */

Test(unit_bitcode, says_where_text_is_wrong) {
  char *bitcode;
  size_t size;
  static const char text[] = "define void @f() {\n  nonsense\n}\n";
  FAILS(lzr_bitcode_from_bytes("f.ll", text, strlen(text), &bitcode, &size),
        FORMAT, "f.ll", ":2:");
}

Test(unit_bitcode, checks_text) {
  char *bitcode;
  size_t size;
  static const char text[] = "define void @f(i32 %x) {\n"
                             "  %a = add i32 %b, 1\n"
                             "  %b = add i32 %a, 1\n  ret void\n}\n";
  FAILS(lzr_bitcode_from_bytes("f.ll", text, strlen(text), &bitcode, &size),
        FORMAT, "f.ll", "dominate");
}

Test(unit_bitcode, copies_bitcode_as_it_is) {
  struct fixture f = open_text("@x = global i32 0\n");
  char *copy;
  size_t size;
  succeed(lzr_bitcode_from_bytes("x.bc", f.bitcode, f.size, &copy, &size));
  cr_assert_eq(size, f.size);
  cr_assert_eq(memcmp(copy, f.bitcode, size), 0);
  free(copy);
  close_fixture(&f);
}
