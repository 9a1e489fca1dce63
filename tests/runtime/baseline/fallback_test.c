/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* What the baseline generator does not know goes to LLVM, function by function.
 */
#include "tests/runtime/baseline/agreement.h"

#ifdef __x86_64__

/* @f0 of the text is made by LLVM, for that reason, and returns 7 for (3, 4).
 */
static void falls_back(const char *reason, const char *text) {
  lzr_session *session = open_generator(LZR_CODEGEN_BASELINE, text);
  struct lzr_fallback_info *list;
  size_t count;
  cr_expect_eq(find_binary(session, "f0")(3, 4), 7, "%s", text);
  succeed(lzr_session_list_fallbacks(session, &list, &count));
  cr_assert_eq(count, 1, "no fallback:\n%s", text);
  cr_expect_str_eq(list[0].reason, reason);
  cr_expect_eq(list[0].functions, 1);
  free(list);
  lzr_session_destroy(session);
}

#define SUM                                                                    \
  "define i64 @f0(i64 %a, i64 %b) {\n"                                         \
  "  %s = add i64 %a, %b\n"

Test(fallback, is_for_types) {
  falls_back("a vector", SUM
             "  %v = insertelement <2 x i64> zeroinitializer, i64 %s, i64 1\n"
             "  %r = extractelement <2 x i64> %v, i64 1\n  ret i64 %r\n}\n");
  falls_back("an integer of more than 64 bits",
             SUM "  %w = zext i64 %s to i128\n  %x = mul i128 %w, 3\n"
                 "  %y = udiv i128 %x, 3\n  %r = trunc i128 %y to i64\n"
                 "  ret i64 %r\n}\n");
  falls_back("long double",
             SUM "  %x = sitofp i64 %s to x86_fp80\n"
                 "  %r = fptosi x86_fp80 %x to i64\n  ret i64 %r\n}\n");
  falls_back("a large aggregate",
             SUM "  %p = alloca [40 x i64]\n"
                 "  %x = load [40 x i64], ptr %p\n"
                 "  %y = insertvalue [40 x i64] %x, i64 %s, 3\n"
                 "  %r = extractvalue [40 x i64] %y, 3\n  ret i64 %r\n}\n");
  falls_back("a result in many registers",
             "declare { i64, i64, i64 } @g(i64)\n" SUM
             "  %z = icmp eq i64 %s, 0\n  br i1 %z, label %call, label %out\n"
             "call:\n  %1 = call { i64, i64, i64 } @g(i64 %s)\n"
             "  br label %out\nout:\n  ret i64 %s\n}\n");
}

Test(fallback, is_for_instructions) {
  falls_back("inline assembly",
             SUM "  %r = call i64 asm \"mov $1, $0\", \"=r,r\"(i64 %s)\n"
                 "  ret i64 %r\n}\n");
  falls_back("an atomic operation",
             SUM "  %p = alloca i64\n  store i64 %s, ptr %p\n"
                 "  %r = atomicrmw nand ptr %p, i64 1 seq_cst\n"
                 "  ret i64 %r\n}\n");
  falls_back("an atomic operation",
             SUM "  %p = alloca i64\n  store i64 %s, ptr %p\n"
                 "  %r = atomicrmw or ptr %p, i64 1 seq_cst\n"
                 "  ret i64 %r\n}\n");
  falls_back("intrinsic llvm.ptrmask",
             "declare ptr @llvm.ptrmask.p0.i64(ptr, i64)\n" SUM
             "  %p = inttoptr i64 %s to ptr\n"
             "  %q = call ptr @llvm.ptrmask.p0.i64(ptr %p, i64 15)\n"
             "  %r = ptrtoint ptr %q to i64\n  ret i64 %r\n}\n");
  falls_back("a local variable's alignment",
             SUM "  %p = alloca i64, align 64\n  store i64 %s, ptr %p\n"
                 "  %i = ptrtoint ptr %p to i64\n  %m = and i64 %i, 63\n"
                 "  %x = load i64, ptr %p\n  %r = add i64 %m, %x\n"
                 "  ret i64 %r\n}\n");
  falls_back("a call that returns twice",
             "declare i32 @_setjmp(ptr) returns_twice\n" SUM
             "  %p = alloca [200 x i8], align 16\n"
             "  %z = call i32 @_setjmp(ptr %p) returns_twice\n"
             "  %e = zext i32 %z to i64\n  %r = add i64 %e, %s\n"
             "  ret i64 %r\n}\n");
}

Test(fallback, is_for_attributes_and_conventions) {
  falls_back("attribute target-features",
             "define i64 @f0(i64 %a, i64 %b) "
             "\"target-features\"=\"+sse2,+retpoline-indirect-calls\" {\n"
             "  %s = add i64 %a, %b\n  ret i64 %s\n}\n");
  falls_back("attribute no-such-attribute",
             "define i64 @f0(i64 %a, i64 %b) \"no-such-attribute\" {\n"
             "  %s = add i64 %a, %b\n  ret i64 %s\n}\n");
  falls_back("an attribute", "define i64 @f0(i64 %a, i64 inreg %b) {\n"
                             "  %s = add i64 %a, %b\n  ret i64 %s\n}\n");
  falls_back("an attribute", "define i64 @f0(i64 %a, i64 %b) sspreq {\n"
                             "  %s = add i64 %a, %b\n  ret i64 %s\n}\n");
  falls_back("a calling convention",
             "declare win64cc i64 @g(i64)\n" SUM
             "  %z = icmp eq i64 %s, 0\n  br i1 %z, label %call, label %out\n"
             "call:\n  %1 = call win64cc i64 @g(i64 %s)\n"
             "  br label %out\nout:\n  ret i64 %s\n}\n");
  falls_back("a section", "define i64 @f0(i64 %a, i64 %b) section \"mine\" {\n"
                          "  %s = add i64 %a, %b\n  ret i64 %s\n}\n");
  falls_back("a module flag", SUM "  ret i64 %s\n}\n"
                                  "!llvm.module.flags = !{!0}\n"
                                  "!0 = !{i32 4, !\"no-such-flag\", i32 1}\n");
}

Test(fallback, is_for_thread_local_variables) {
  falls_back("intrinsic llvm.threadlocal.address",
             "@v = thread_local global i64 0\n"
             "declare ptr @llvm.threadlocal.address.p0(ptr)\n" SUM
             "  %p = call ptr @llvm.threadlocal.address.p0(ptr @v)\n"
             "  store i64 %s, ptr %p\n  %r = load i64, ptr %p\n"
             "  ret i64 %r\n}\n");
}

/* Both generators' functions in one unit call each other, and read the same
   data. */
Test(fallback, leaves_the_rest_of_a_unit_alone) {
  struct lzr_session_options options = session_options();
  options.code_generator = LZR_CODEGEN_BASELINE;
  lzr_session *session = open_session(&options);
  lzr_library *library = lzr_session_main_library(session);
  add_text(library, "test.ll",
           "@data = internal global i64 5\n"
           "define internal i64 @vector(i64 %a) {\n"
           "  %p = load i64, ptr @data\n"
           "  %v = insertelement <2 x i64> zeroinitializer, i64 %a, i64 1\n"
           "  %e = extractelement <2 x i64> %v, i64 1\n"
           "  %z = icmp eq i64 %a, 0\n  br i1 %z, label %out, label %on\n"
           "on:\n  %n = sub i64 %e, 1\n  %r = call i64 @plain(i64 %n)\n"
           "  %s = add i64 %r, 1\n  ret i64 %s\n"
           "out:\n  ret i64 %p\n}\n"
           "define i64 @plain(i64 %a) {\n"
           "  store i64 9, ptr @data\n"
           "  %r = call i64 @vector(i64 %a)\n  %s = add i64 %r, 1\n"
           "  ret i64 %s\n}\n"
           "define ptr @address() {\n  ret ptr @vector\n}\n"
           "define i64 @f0(i64 %a, i64 %b) {\n"
           "  %f = call ptr @address()\n  %r = call i64 %f(i64 %a)\n"
           "  ret i64 %r\n}\n");
  succeed(lzr_library_compile(library, false));
  cr_expect_eq(find_binary(session, "f0")(3, 0), 9 + 3 + 3);
  cr_expect_eq(count_baseline(session), 3);
  cr_expect_eq(count(session).functions_compiled, 4);
  lzr_session_destroy(session);
}

/* The generator. */

Test(fallback, is_refused_where_baseline_code_cannot_be_had) {
  lzr_session *session = NULL;
  struct lzr_session_options options = session_options();
  options.code_generator = LZR_CODEGEN_BASELINE;
  options.optimization = 1;
  FAILS(lzr_session_create(NULL, &options, &session), ARGUMENT,
        "baseline generator", "does not optimize");
  options.optimization = 0;
  options.debug_info = true;
  FAILS(lzr_session_create(NULL, &options, &session), ARGUMENT,
        "baseline generator", "debug information");
  options.code_generator = 7;
  FAILS(lzr_session_create(NULL, &options, &session), ARGUMENT,
        "no code generator 7");
}

Test(fallback, is_silent_where_the_choice_is_lazyruns) {
  struct lzr_session_options options = session_options();
  options.code_generator = LZR_CODEGEN_AUTO;
  for (int level = 0; level < 2; level++) {
    options.optimization = level;
    lzr_session *session = open_session(&options);
    add_text(lzr_session_main_library(session), "test.ll",
             SUM "  ret i64 %s\n}\n");
    cr_expect_eq(find_binary(session, "f0")(3, 4), 7);
    cr_expect_eq(count_baseline(session), level == 0);
    lzr_session_destroy(session);
  }
}

#endif
