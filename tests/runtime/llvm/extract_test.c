/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Units: what they define, and how they declare everything else. */
#include "tests/unit_fixture.h"

#include <pthread.h>
#include <stdio.h>

Test(unit_extract, moves_a_function_and_declares_what_it_mentions) {
  struct fixture f = open_text(
      "@data = global [2 x i32] zeroinitializer\n"
      "@local = internal constant i32 1\n"
      "declare i32 @elsewhere(i32)\n"
      "define internal i32 @other(i32 %x) { ret i32 %x }\n"
      "define i32 @f(i32 %x, i1 %c) {\nentry:\n"
      "  br i1 %c, label %then, label %out\nthen:\n"
      "  %a = call i32 @other(i32 %x)\n  %b = call i32 @elsewhere(i32 %a)\n"
      "  %l = load i32, ptr @local\n"
      "  store i32 %b, ptr getelementptr inbounds ([2 x i32], ptr @data, i64 "
      "0, i64 1)\n"
      "  br label %out\nout:\n"
      "  %r = phi i32 [ %x, %entry ], [ %b, %then ]\n  ret i32 %r\n}\n");
  char *text = unit_of(&f, "f");
  HAS(text, "define i32 @f(i32 %x, i1 %c)");
  HAS(text, "%r = phi i32 [ %x, %entry ], [ %b, %then ]");
  HAS(text, "@data = external hidden global [2 x i32]");
  HAS(text, "@local = external hidden constant i32");
  HAS(text, "declare i32 @other(i32)");
  HAS(text, "declare i32 @elsewhere(i32)");
  HAS(text, "getelementptr inbounds");
  free(text);
  close_fixture(&f);
}

Test(unit_extract, gives_each_group_once) {
  struct fixture f = open_text("define void @f() { ret void }\n");
  free(unit_of(&f, "f"));
  uint32_t group = definition(&f, "f")->group;
  LLVMModuleRef unit;
  FAILS(lzr_source_extract(f.source, &group, 1, NULL, NULL, &unit), ARGUMENT,
        "test.bc", "'f'");
  group = 17;
  FAILS(lzr_source_extract(f.source, &group, 1, NULL, NULL, &unit), ARGUMENT,
        "17");
  close_fixture(&f);
}

Test(unit_extract, puts_several_groups_into_one_unit) {
  struct fixture f = open_text("define void @f() {\n  call void @g()\n"
                               "  ret void\n}\n"
                               "define void @g() { ret void }\n");
  uint32_t groups[] = {definition(&f, "f")->group, definition(&f, "g")->group};
  LLVMModuleRef unit;
  succeed(lzr_source_extract(f.source, groups, 2, NULL, NULL, &unit));
  cr_assert_not(LLVMIsDeclaration(LLVMGetNamedFunction(unit, "f")));
  cr_assert_not(LLVMIsDeclaration(LLVMGetNamedFunction(unit, "g")));
  LLVMDisposeModule(unit);
  close_fixture(&f);
}

Test(unit_extract, adds_to_the_timers) {
  struct fixture f = open_text("define void @f() { ret void }\n");
  struct lzr_source_timers timers = {1, 1};
  LLVMModuleRef unit;
  succeed(
      lzr_source_extract(f.source, (uint32_t[]){1}, 1, NULL, &timers, &unit));
  cr_assert_gt(timers.read, 1);
  cr_assert_gt(timers.move, 1);
  LLVMDisposeModule(unit);
  close_fixture(&f);
}

/* How definitions and declarations look. */

Test(unit_extract, makes_every_definition_an_external_symbol) {
  struct fixture f = open_text(
      "$weak = comdat any\n"
      "@local = internal dso_local global i32 1, section \"s\", align 32\n"
      "@text = private unnamed_addr constant [2 x i8] c\"a\\00\"\n"
      "@common = common global i32 0\n"
      "@hidden = hidden global i32 1\n"
      "define linkonce_odr dso_local hidden void @weak() comdat { ret void "
      "}\n");
  char *data = unit_of(&f, "local");
  HAS(data, "@local = global i32 1, section \"s\", align 32");
  HAS(data, "@text = constant [2 x i8] c\"a\\00\"");
  HAS(data, "@common = global i32 0");
  HAS(data, "@hidden = global i32 1");
  char *code = unit_of(&f, "weak");
  HAS(code, "define void @weak()");
  HAS_NOT(code, "comdat");
  HAS_NOT(code, "dso_local");
  free(data);
  free(code);
  close_fixture(&f);
}

Test(unit_extract, carries_over_what_a_function_is_made_with) {
  struct fixture f = open_text(
      "@prefix_target = global i32 1\n"
      "declare i32 @personality(...)\n"
      "define fastcc zeroext i8 @f(ptr byval(i64) align 8 %p, i32 signext %x) "
      "#0 align 64 gc \"shadow-stack\" prefix ptr @prefix_target prologue i8 "
      "-112 personality ptr @personality !prof !0 { ret i8 1 }\n"
      "attributes #0 = { cold noinline \"target-features\"=\"+avx2\" }\n"
      "!0 = !{!\"function_entry_count\", i64 7}\n");
  char *text = unit_of(&f, "f");
  HAS(text, "define fastcc zeroext i8 @f(ptr byval(i64) align 8 %p, i32 "
            "signext %x) #0 align 64 gc \"shadow-stack\" prefix ptr "
            "@prefix_target prologue i8 -112 personality ptr @personality "
            "!prof !");
  HAS(text, "cold noinline \"target-features\"=\"+avx2\"");
  HAS(text, "function_entry_count");
  free(text);
  close_fixture(&f);
}

Test(unit_extract, declares_calls_on_x86_64_as_calls_through_a_slot) {
  struct fixture f = open_text("declare void @callee() #0\n"
                               "declare void @llvm.donothing()\n"
                               "define void @f() {\n  call void @callee()\n"
                               "  call void @llvm.donothing()\n  ret void\n}\n"
                               "attributes #0 = { cold \"tune-cpu\"=\"x\" }\n");
  char *text = unit_of(&f, "f");
  HAS(text, "attributes #0 = { cold nonlazybind }");
  HAS_NOT(text, "tune-cpu");
  HAS(text, "RtLibUseGOT");
  const char *intrinsic = strstr(text, "declare void @llvm.donothing()");
  cr_assert_not_null(intrinsic);
  cr_assert_neq(strncmp(intrinsic, "declare void @llvm.donothing() #0", 33), 0);
  free(text);
  close_fixture(&f);
}

Test(unit_extract, does_not_do_so_on_aarch64) {
  struct lzr_source_options options = source_options(AARCH64);
  struct fixture f;
  succeed(try_open(&f,
                   "declare void @callee()\n"
                   "define void @f() {\n  call void @callee()\n  ret void\n}\n",
                   &options));
  char *text = unit_of(&f, "f");
  HAS_NOT(text, "nonlazybind");
  HAS_NOT(text, "RtLibUseGOT");
  free(text);
  close_fixture(&f);
}

Test(unit_extract, uses_the_general_model_for_all_thread_local_variables) {
  struct fixture f = open_text(
      "@mine = internal thread_local(localexec) global i32 1\n"
      "@theirs = external thread_local(initialexec) global i32\n"
      "declare ptr @llvm.threadlocal.address.p0(ptr)\n"
      "define i32 @f() {\n"
      "  %m = call ptr @llvm.threadlocal.address.p0(ptr @mine)\n"
      "  %t = call ptr @llvm.threadlocal.address.p0(ptr @theirs)\n"
      "  %v = load i32, ptr %m\n  store i32 %v, ptr %t\n  ret i32 %v\n}\n");
  char *code = unit_of(&f, "f"), *data = unit_of(&f, "mine");
  HAS(code, "@mine = external thread_local global i32");
  HAS(code, "@theirs = external thread_local global i32");
  HAS(data, "@mine = thread_local global i32 1");
  free(code);
  free(data);
  close_fixture(&f);
}

Test(unit_extract, keeps_weak_references_weak) {
  struct fixture f = open_text("@data = extern_weak global i32\n"
                               "declare extern_weak void @code()\n"
                               "define i1 @f() {\n"
                               "  %c = icmp eq ptr @code, null\n"
                               "  %d = icmp eq ptr @data, null\n"
                               "  %r = or i1 %c, %d\n  ret i1 %r\n}\n");
  char *text = unit_of(&f, "f");
  HAS(text, "@data = extern_weak global i32");
  HAS(text, "declare extern_weak void @code()");
  free(text);
  close_fixture(&f);
}

Test(unit_extract, passes_module_flags_on_but_not_that_it_is_an_executable) {
  struct fixture f =
      open_text("define void @f() { ret void }\n"
                "!llvm.module.flags = !{!0, !1, !2, !3}\n"
                "!0 = !{i32 7, !\"PIE Level\", i32 2}\n"
                "!1 = !{i32 8, !\"cf-protection-branch\", i32 1}\n"
                "!2 = !{i32 5, !\"CG Profile\", !4}\n"
                "!3 = !{i32 8, !\"PIC Level\", i32 1}\n"
                "!4 = !{!5}\n!5 = !{ptr @f, ptr @f, i64 1}\n");
  char *text = unit_of(&f, "f");
  HAS(text, "cf-protection-branch");
  HAS_NOT(text, "PIE Level");
  HAS_NOT(text, "CG Profile");
  HAS(text, "!\"PIC Level\", i32 2}");
  free(text);
  close_fixture(&f);
}

Test(unit_extract, emits_module_assembly_with_the_data_only) {
  struct fixture f = open_text("module asm \".globl from_assembly\"\n"
                               "@x = global i32 1\n"
                               "define void @f() { ret void }\n");
  char *code = unit_of(&f, "f"), *data = unit_of(&f, "x");
  HAS_NOT(code, "module asm");
  HAS(data, "module asm \".globl from_assembly\"");
  free(code);
  free(data);
  close_fixture(&f);
}

Test(unit_extract, drops_debug_information_unless_it_is_wanted) {
  static const char text[] =
      "define void @f() !dbg !3 {\n  ret void, !dbg !5\n}\n"
      "!llvm.dbg.cu = !{!0}\n!llvm.module.flags = !{!2}\n"
      "!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, "
      "emissionKind: FullDebug)\n"
      "!1 = !DIFile(filename: \"a.c\", directory: \"/\")\n"
      "!2 = !{i32 2, !\"Debug Info Version\", i32 3}\n"
      "!3 = distinct !DISubprogram(name: \"f\", file: !1, line: 1, type: !4, "
      "unit: !0, spFlags: DISPFlagDefinition)\n"
      "!4 = !DISubroutineType(types: !{null})\n"
      "!5 = !DILocation(line: 2, scope: !3)\n";
  struct fixture f = open_text(text);
  char *without = unit_of(&f, "f");
  HAS_NOT(without, "!dbg");
  HAS_NOT(without, "DICompileUnit");
  close_fixture(&f);

  struct lzr_source_options options = source_options(X86_64);
  options.debug_info = true;
  succeed(try_open(&f, text, &options));
  char *with = unit_of(&f, "f");
  HAS(with, "ret void, !dbg !");
  HAS(with, "DICompileUnit");
  close_fixture(&f);
  free(without);
  free(with);
}

/* Two functions with a pointer to the same structure among their parameters. */
static const char sharing_a_type[] =
    "define void @f() !dbg !10 { ret void }\n"
    "define void @g() !dbg !11 { ret void }\n"
    "!llvm.dbg.cu = !{!0}\n!llvm.module.flags = !{!2}\n"
    "!0 = distinct !DICompileUnit(language: DW_LANG_C11, file: !1, "
    "emissionKind: FullDebug, retainedTypes: !12)\n"
    "!1 = !DIFile(filename: \"a.c\", directory: \"/\")\n"
    "!2 = !{i32 2, !\"Debug Info Version\", i32 3}\n"
    "!3 = !DISubroutineType(types: !4)\n"
    "!4 = !{null, !5}\n"
    "!5 = !DIDerivedType(tag: DW_TAG_pointer_type, baseType: !6, size: 64)\n"
    "!6 = !DIDerivedType(tag: DW_TAG_typedef, name: \"pair\", baseType: !7)\n"
    "!7 = !DICompositeType(tag: DW_TAG_structure_type, name: \"pair_s\", size: "
    "32, elements: !8)\n"
    "!8 = !{!9}\n"
    "!9 = !DIDerivedType(tag: DW_TAG_member, name: \"first\", scope: !7, "
    "baseType: !13, size: 32)\n"
    "!10 = distinct !DISubprogram(name: \"f\", file: !1, line: 1, type: !3, "
    "unit: !0, spFlags: DISPFlagDefinition)\n"
    "!11 = distinct !DISubprogram(name: \"g\", file: !1, line: 2, type: !3, "
    "unit: !0, spFlags: DISPFlagDefinition)\n"
    "!12 = !{!14}\n"
    "!13 = !DIBasicType(name: \"int\", size: 32, encoding: DW_ATE_signed)\n"
    "!14 = !DIBasicType(name: \"retained\", size: 8, encoding: "
    "DW_ATE_unsigned)\n";

Test(unit_extract, describes_a_structure_behind_pointers_once) {
  struct lzr_source_options options = source_options(X86_64);
  options.debug_info = true;
  struct fixture f;
  succeed(try_open(&f, sharing_a_type, &options));
  char *first = unit_of(&f, "f"), *second = unit_of(&f, "g");
  HAS(first, "name: \"pair\"");
  HAS(first, "name: \"first\"");
  HAS(second, "name: \"pair\"");
  HAS(second, "name: \"pair_s\"");
  HAS(second, "DIFlagFwdDecl");
  HAS_NOT(second, "name: \"first\"");
  free(first);
  free(second);
  close_fixture(&f);
}

Test(unit_extract, lists_what_a_compile_unit_has_with_the_data_only) {
  struct lzr_source_options options = source_options(X86_64);
  options.debug_info = true;
  struct fixture f;
  succeed(try_open(&f, sharing_a_type, &options));
  char *code = unit_of(&f, "f");
  HAS_NOT(code, "name: \"retained\"");
  LLVMModuleRef data;
  succeed(lzr_source_extract(f.source, (uint32_t[]){0}, 1, NULL, NULL, &data));
  char *text = LLVMPrintModuleToString(data);
  HAS(text, "name: \"retained\"");
  LLVMDisposeMessage(text);
  LLVMDisposeModule(data);
  free(code);
  close_fixture(&f);
}

Test(unit_extract, refuses_a_function_with_hundreds_of_attributes) {
  char text[8192] = "define void @f() #0 { ret void }\nattributes #0 = {";
  for (int i = 0; i < 257; i++)
    sprintf(text + strlen(text), " \"attribute%d\"", i);
  strcat(text, " }\n");
  struct fixture f = open_text(text);
  LLVMModuleRef unit;
  FAILS(lzr_source_extract(f.source, (uint32_t[]){1}, 1, NULL, NULL, &unit),
        LIMIT, "'f'", "256");
  close_fixture(&f);
}

/* Definitions that do not prevail. */

static const char overridable[] =
    "@data = weak global i32 1\n"
    "@data_alias = alias i32, ptr @data\n"
    "@user = global ptr @data\n"
    "@code_alias = alias i32 (), ptr @code\n"
    "define weak i32 @code() {\n  %r = call i32 @code()\n  ret i32 %r\n}\n";

Test(unit_extract, only_declares_what_is_preempted) {
  struct fixture f = open_text(overridable);
  const char *const all[] = {"data", "data_alias", "code", "code_alias", NULL};
  char *data = unit_without(&f, "data", all);
  HAS(data, "@data = external global i32");
  HAS(data, "@user = global ptr @data");
  HAS_NOT(data, "alias");
  char *code = unit_without(&f, "code", all);
  HAS_NOT(code, "define");
  free(data);
  free(code);
  close_fixture(&f);
}

Test(unit_extract, keeps_what_an_alias_of_the_preempted_stands_for) {
  struct fixture f = open_text(overridable);
  const char *const names[] = {"data", "code", NULL};
  char *data = unit_without(&f, "data", names);
  HAS(data, "@preempted = internal global i32 1");
  HAS(data, "@data = external global i32");
  HAS(data, "@user = global ptr @data");
  HAS(data, "@data_alias = alias i32, ptr @preempted");
  char *code = unit_without(&f, "code", names);
  HAS(code, "@code_alias = alias i32 (), ptr @preempted");
  HAS(code, "define internal i32 @preempted()");
  HAS(code, "%r = call i32 @code()");
  free(data);
  free(code);
  close_fixture(&f);
}

Test(unit_extract, keeps_labels_of_an_preempted_function_for_its_table) {
  struct fixture f = open_text(
      "@table = internal constant [1 x ptr] [ptr blockaddress(@f, %a)]\n"
      "define weak void @f() {\n  br label %a\na:\n  ret void\n}\n");
  const char *const names[] = {"f", NULL};
  char *text = unit_without(&f, "f", names);
  HAS(text, "@table = constant [1 x ptr] [ptr blockaddress(@preempted, %a)]");
  free(text);
  close_fixture(&f);
}

Test(unit_extract, keeps_aliases_and_ifuncs_beside_what_they_stand_for) {
  struct fixture f =
      open_text("@inner = alias i32, getelementptr (i8, ptr @data, i64 4)\n"
                "@tls_alias = alias i32, ptr @tls\n"
                "@data = global [2 x i32] zeroinitializer\n"
                "@tls = thread_local global i32 0\n"
                "@chosen = ifunc void (), ptr @choose\n"
                "@chosen_too = alias void (), ptr @chosen\n"
                "define internal ptr @choose() { ret ptr @chosen_too }\n");
  char *data = unit_of(&f, "data"), *code = unit_of(&f, "chosen");
  HAS(data, "@inner = alias i32, getelementptr");
  HAS(data, "@tls_alias = ");
  HAS(code, "@chosen = ifunc void (), ptr @choose");
  HAS(code, "@chosen_too = alias void (), ptr @chosen");
  HAS(code, "ret ptr @chosen_too");
  free(data);
  free(code);
  close_fixture(&f);
}

/* Constants. */

Test(unit_constants, are_rewritten_whatever_they_are_made_of) {
  struct fixture f = open_text(
      "@g = global [4 x i32] zeroinitializer\n"
      "@h = global i32 0\n"
      "%pair = type { i32, ptr }\n"
      "@made = global { %pair, [2 x ptr], <2 x ptr>, i64, i32, ptr } {"
      " %pair { i32 1, ptr @g }, [2 x ptr] [ptr @f, ptr null],"
      " <2 x ptr> <ptr @h, ptr @g>,"
      " i64 add (i64 ptrtoint (ptr @g to i64), i64 1),"
      " i32 trunc (i64 sub (i64 ptrtoint (ptr @h to i64), i64 ptrtoint (ptr @g"
      " to i64)) to i32),"
      " ptr inttoptr (i64 xor (i64 ptrtoint (ptr @g to i64), i64 1) to ptr) }\n"
      "define void @f(ptr %out) {\n"
      "  store { ptr, <2 x ptr> } { ptr dso_local_equivalent @f, <2 x ptr> <ptr"
      " no_cfi @f, ptr getelementptr nusw (i8, ptr @g, i64 8)> }, ptr %out\n"
      "  ret void\n}\n");
  char *data = unit_of(&f, "made"), *code = unit_of(&f, "f");
  HAS(data, "%pair { i32 1, ptr @g }, [2 x ptr] [ptr @f, ptr null], <2 x ptr> "
            "<ptr @h, ptr @g>");
  HAS(data, "i64 add (i64 ptrtoint (ptr @g to i64), i64 1)");
  HAS(data, "trunc (i64 sub (i64 ptrtoint (ptr @h to i64)");
  HAS(data, "inttoptr (i64 xor (i64 ptrtoint (ptr @g to i64), i64 1) to ptr)");
  HAS(data, "declare void @f(ptr)");
  HAS(code, "{ ptr @f, <2 x ptr> <ptr @f, ptr getelementptr");
  HAS(code, "@g = external hidden global [4 x i32]");
  free(data);
  free(code);
  close_fixture(&f);
}

Test(unit_constants, may_be_wrapped_as_metadata) {
  struct fixture f =
      open_text("@g = external global i32\n"
                "declare void @llvm.fake.use(...)\n"
                "declare i1 @llvm.type.test(ptr, metadata)\n"
                "define i1 @f(ptr %p) {\n"
                "  %r = call i1 @llvm.type.test(ptr %p, metadata ptr @g)\n"
                "  ret i1 %r\n}\n");
  char *text = unit_of(&f, "f");
  HAS(text, "@g = external global i32");
  free(text);
  close_fixture(&f);
}

/* 1 - (1 ^ (1 - ... @g)): each level another constant. */
static char *deep_module(int depth) {
  LLVMContextRef context = LLVMContextCreate();
  LLVMModuleRef module = LLVMModuleCreateWithNameInContext("deep", context);
  LLVMTypeRef i64 = LLVMInt64TypeInContext(context);
  LLVMValueRef g = LLVMAddGlobal(module, i64, "g");
  LLVMSetInitializer(g, LLVMConstNull(i64));
  LLVMValueRef one = LLVMConstInt(i64, 1, 0);
  LLVMValueRef deep = LLVMConstPtrToInt(g, i64);
  for (int i = 0; i < depth; i++)
    deep = i % 2 ? LLVMConstXor(deep, one) : LLVMConstSub(one, deep);
  LLVMValueRef user = LLVMAddGlobal(module, i64, "user");
  LLVMSetInitializer(user, deep);
  char *bitcode;
  size_t size;
  succeed(lzr_bitcode_from_module("deep", module, true, &bitcode, &size));
  LLVMContextDispose(context);
  struct lzr_source_options options = source_options(X86_64);
  options.verify = false; /* LLVM's verifier is recursive */
  lzr_source *source;
  succeed(lzr_source_open("deep", bitcode, size, &options, &source));
  LLVMModuleRef unit;
  succeed(lzr_source_extract(source, (uint32_t[]){0}, 1, NULL, NULL, &unit));
  LLVMValueRef moved = LLVMGetInitializer(LLVMGetNamedGlobal(unit, "user"));
  cr_assert_eq(LLVMGetConstOpcode(moved), depth % 2 ? LLVMSub : LLVMXor);
  LLVMDisposeModule(unit);
  lzr_source_close(source);
  return bitcode;
}

static void *move_deep_constant(void *depth) {
  free(deep_module(*(int *)depth));
  return NULL;
}

Test(unit_constants, of_any_depth_need_no_deep_stack) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 1 << 20);
  pthread_t thread;
  int depth = 5000;
  cr_assert_eq(pthread_create(&thread, &attributes, move_deep_constant, &depth),
               0);
  pthread_join(thread, NULL);
  pthread_attr_destroy(&attributes);
}

Test(unit_constants, that_name_labels_of_another_function_are_refused) {
  struct fixture f =
      open_text("define ptr @f() { ret ptr blockaddress(@g, %a) }\n"
                "define void @g() {\n  br label %a\na:\n  ret void\n}\n");
  uint32_t group = definition(&f, "f")->group;
  LLVMModuleRef unit;
  FAILS(lzr_source_extract(f.source, &group, 1, NULL, NULL, &unit), UNSUPPORTED,
        "test.bc", "'g'");
  char *text = unit_of(&f, "g");
  HAS(text, "define void @g()");
  free(text);
  close_fixture(&f);
}

Test(unit_constants, that_name_labels_follow_their_function) {
  struct fixture f = open_text(
      "@table = internal constant [2 x ptr] [ptr blockaddress(@f, %a), ptr "
      "blockaddress(@f, %b)]\n"
      "define i32 @f(i64 %i) {\n"
      "  %p = getelementptr ptr, ptr @table, i64 %i\n"
      "  %t = load ptr, ptr %p\n"
      "  indirectbr ptr %t, [label %a, label %b]\n"
      "a:\n  ret i32 1\n"
      "b:\n  ret i32 ptrtoint (ptr blockaddress(@f, %a) to i32)\n}\n");
  char *text = unit_of(&f, "f");
  HAS(text, "@table = constant [2 x ptr] [ptr blockaddress(@f, %a), ptr "
            "blockaddress(@f, %b)]");
  HAS(text, "ret i32 ptrtoint (ptr blockaddress(@f, %a) to i32)");
  free(text);
  close_fixture(&f);
}
