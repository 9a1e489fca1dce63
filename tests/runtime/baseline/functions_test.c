/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Control, calls, memory: by LLVM and by the baseline generator. */
#include "tests/runtime/baseline/agreement.h"

#ifdef __x86_64__

/* Control. */

Test(functions, give_phis_their_values_all_at_once) {
  agree("define i64 @f0(i64 %a, i64 %b) {\n" /* three that change places */
        "entry:\n  %n = and i64 %b, 15\n  br label %loop\n"
        "loop:\n"
        "  %x = phi i64 [ %a, %entry ], [ %y, %loop ]\n"
        "  %y = phi i64 [ %b, %entry ], [ %z, %loop ]\n"
        "  %z = phi i64 [ 17, %entry ], [ %x, %loop ]\n"
        "  %i = phi i64 [ 0, %entry ], [ %j, %loop ]\n"
        "  %j = add i64 %i, 1\n"
        "  %c = icmp ult i64 %i, %n\n"
        "  br i1 %c, label %loop, label %out\n"
        "out:\n"
        "  %s = mul i64 %x, 3\n  %t = xor i64 %s, %y\n"
        "  %u = sub i64 %t, %z\n  ret i64 %u\n}\n"
        "define i64 @f1(i64 %a, i64 %b) {\n" /* both ways have phis */
        "entry:\n  %c = icmp slt i64 %a, %b\n"
        "  br i1 %c, label %yes, label %no\n"
        "yes:\n  %p = phi i64 [ %a, %entry ], [ 1, %no ]\n"
        "  %q = phi double [ 1.5, %entry ], [ %e, %no ]\n"
        "  %v = fptosi double %q to i64\n  %w = add i64 %v, %p\n  ret i64 %w\n"
        "no:\n  %d = phi i64 [ %b, %entry ]\n"
        "  %e = phi double [ 2.5, %entry ]\n"
        "  %f = icmp eq i64 %d, 0\n  br i1 %f, label %yes, label %out\n"
        "out:\n  ret i64 %d\n}\n"
        "define i64 @f2(i64 %a, i64 %b) {\n" /* the same block twice */
        "entry:\n  %c = icmp slt i64 %a, %b\n"
        "  br i1 %c, label %out, label %out\n"
        "out:\n  %p = phi i64 [ %a, %entry ], [ %a, %entry ]\n"
        "  %z = zext i1 %c to i64\n  %r = add i64 %p, %z\n  ret i64 %r\n}\n"
        "define i64 @f3(i64 %a, i64 %b) {\n" /* an aggregate */
        "entry:\n  %n = and i64 %b, 7\n  br label %loop\n"
        "loop:\n"
        "  %s = phi { i64, i64 } [ zeroinitializer, %entry ], [ %t, %loop ]\n"
        "  %i = phi i64 [ 0, %entry ], [ %j, %loop ]\n"
        "  %x = extractvalue { i64, i64 } %s, 1\n"
        "  %y = extractvalue { i64, i64 } %s, 0\n"
        "  %z = add i64 %x, %a\n"
        "  %u = insertvalue { i64, i64 } %s, i64 %z, 0\n"
        "  %v = xor i64 %y, %i\n"
        "  %t = insertvalue { i64, i64 } %u, i64 %v, 1\n"
        "  %j = add i64 %i, 1\n  %c = icmp ult i64 %i, %n\n"
        "  br i1 %c, label %loop, label %out\n"
        "out:\n  %g = add i64 %z, %v\n  ret i64 %g\n}\n",
        4);
}

Test(functions, keep_values_across_blocks_in_any_order) {
  agree("define i64 @f0(i64 %a, i64 %b) {\n" /* used in front of its maker */
        "entry:\n  br label %make\n"
        "use:\n  %r = add i64 %m, %n\n  %p = load i64, ptr %g\n"
        "  %t = add i64 %r, %p\n  ret i64 %t\n"
        "make:\n  %l = alloca [4 x i64]\n  %m = mul i64 %a, 3\n"
        "  %n = sub i64 %b, %a\n  %i = and i64 %a, 3\n"
        "  %g = getelementptr i64, ptr %l, i64 %i\n"
        "  store i64 %m, ptr %g\n  br label %use\n}\n"
        "define i64 @f1(i64 %a, i64 %b) {\n" /* more values than registers */
        "  %c = add i64 %a, %b\n  %d = xor i64 %a, %c\n"
        "  %e = mul i64 %d, %c\n  %f = sub i64 %e, %a\n"
        "  %g = add i64 %f, 3\n  %h = xor i64 %g, %b\n"
        "  %i = mul i64 %h, 5\n  %j = sub i64 %i, %d\n"
        "  %k = add i64 %j, %e\n  %l = xor i64 %k, %f\n"
        "  %m = mul i64 %l, %g\n  %n = sub i64 %m, %h\n"
        "  %o = add i64 %c, %d\n  %p = add i64 %o, %e\n"
        "  %q = add i64 %p, %f\n  %r = add i64 %q, %g\n"
        "  %s = add i64 %r, %h\n  %t = add i64 %s, %i\n"
        "  %u = add i64 %t, %j\n  %v = add i64 %u, %k\n"
        "  %w = add i64 %v, %l\n  %x = add i64 %w, %m\n"
        "  %y = add i64 %x, %n\n  ret i64 %y\n}\n",
        2);
}

Test(functions, switch) {
  agree("define i64 @f0(i64 %a, i64 %b) {\n" /* close together: a table */
        "  switch i64 %a, label %d [ i64 0, label %x i64 1, label %y\n"
        "    i64 2, label %x i64 3, label %z i64 5, label %y i64 7, label %z\n"
        "    i64 8, label %x ]\n"
        "x:\n  ret i64 10\ny:\n  ret i64 20\nz:\n  ret i64 30\n"
        "d:\n  ret i64 %b\n}\n"
        "define i64 @f1(i64 %a, i64 %b) {\n" /* far apart: a search */
        "  %n = trunc i64 %a to i32\n"
        "  switch i32 %n, label %d [ i32 -2147483648, label %x\n"
        "    i32 -1, label %y i32 2147483647, label %z i32 255, label %x\n"
        "    i32 305419896, label %y i32 127, label %z i32 -129, label %x ]\n"
        "x:\n  ret i64 10\ny:\n  ret i64 20\nz:\n  ret i64 30\n"
        "d:\n  ret i64 %b\n}\n"
        "define i64 @f2(i64 %a, i64 %b) {\n" /* 64 bits, and phis */
        "entry:\n"
        "  switch i64 %a, label %d [ i64 -9223372036854775808, label %x\n"
        "    i64 9223372036854775807, label %x i64 -1, label %y\n"
        "    i64 4294967295, label %x i64 6148914691236517205, label %y ]\n"
        "x:\n  %p = phi i64 [ %b, %entry ], [ %b, %entry ], [ %b, %entry ]\n"
        "  %q = mul i64 %p, 7\n  ret i64 %q\n"
        "y:\n  %r = phi i64 [ 3, %entry ], [ 3, %entry ]\n"
        "  %s = add i64 %r, %b\n  ret i64 %s\n"
        "d:\n  %t = phi i64 [ %a, %entry ]\n  ret i64 %t\n}\n"
        "define i64 @f3(i64 %a, i64 %b) {\n" /* odd widths, a negative table */
        "  %n = trunc i64 %a to i8\n  %m = trunc i64 %b to i3\n"
        "  switch i8 %n, label %d [ i8 -3, label %x i8 -2, label %y\n"
        "    i8 -1, label %x i8 0, label %y i8 1, label %x i8 127, label %y ]\n"
        "x:\n  switch i3 %m, label %y [ i3 -1, label %d i3 3, label %z ]\n"
        "y:\n  ret i64 20\nz:\n  ret i64 30\nd:\n  ret i64 40\n}\n"
        "define i64 @f4(i64 %a, i64 %b) {\n"
        "  switch i64 %a, label %d []\nd:\n  ret i64 %b\n}\n",
        5);
}

/* Calls. */

Test(functions, pass_arguments_in_registers_and_on_the_stack) {
  agree(
      "define i64 @g(i64 %a, i64 %b, i64 %c, i64 %d, i64 %e, i64 %f, i64 %g,\n"
      "              i8 signext %h, i16 zeroext %i) {\n"
      "  %p = mul i64 %a, 3\n  %q = mul i64 %b, 5\n  %r = mul i64 %c, 7\n"
      "  %s = mul i64 %d, 11\n  %t = mul i64 %e, 13\n  %u = mul i64 %f, 17\n"
      "  %v = mul i64 %g, 19\n  %w = sext i8 %h to i64\n"
      "  %x = zext i16 %i to i64\n"
      "  %1 = add i64 %p, %q\n  %2 = sub i64 %1, %r\n  %3 = xor i64 %2, %s\n"
      "  %4 = add i64 %3, %t\n  %5 = sub i64 %4, %u\n  %6 = xor i64 %5, %v\n"
      "  %7 = add i64 %6, %w\n  %8 = mul i64 %7, 3\n  %9 = add i64 %8, %x\n"
      "  ret i64 %9\n}\n"
      "define i64 @f0(i64 %a, i64 %b) {\n"
      "  %h = trunc i64 %a to i8\n  %i = trunc i64 %b to i16\n"
      "  %s = sub i64 %a, %b\n"
      "  %r = call i64 @g(i64 %b, i64 %a, i64 %s, i64 1, i64 %b, i64 -1,\n"
      "    i64 %s, i8 signext %h, i16 zeroext %i)\n"
      "  %t = add i64 %r, %s\n  ret i64 %t\n}\n"
      /* Its own arguments in a circle. */
      "define i64 @k(i64 %a, i64 %b, i64 %c, i64 %d) {\n"
      "  %z = icmp eq i64 %a, 0\n  br i1 %z, label %out, label %on\n"
      "on:\n  %m = and i64 %a, 3\n  %n = lshr i64 %m, 1\n"
      "  %r = call i64 @k(i64 %n, i64 %c, i64 %d, i64 %b)\n  ret i64 %r\n"
      "out:\n  %p = mul i64 %b, 3\n  %q = add i64 %p, %c\n"
      "  %s = mul i64 %q, 5\n  %t = xor i64 %s, %d\n  ret i64 %t\n}\n"
      "define i64 @f1(i64 %a, i64 %b) {\n"
      "  %r = call i64 @k(i64 3, i64 %b, i64 %a, i64 9)\n  ret i64 %r\n}\n"
      /* As many floating-point ones. */
      "define double @h(double %a, double %b, double %c, double %d, double "
      "%e,\n"
      "  double %f, double %g, double %h, double %i, float %j) {\n"
      "  %1 = fmul double %b, 2.0\n  %2 = fadd double %a, %1\n"
      "  %3 = fsub double %2, %c\n  %4 = fmul double %i, 4.0\n"
      "  %5 = fadd double %3, %4\n  %6 = fpext float %j to double\n"
      "  %7 = fadd double %5, %6\n  %8 = fsub double %7, %h\n"
      "  ret double %8\n}\n"
      "define i64 @f2(i64 %a, i64 %b) {\n"
      "  %m = and i64 %a, 65535\n  %n = and i64 %b, 65535\n"
      "  %x = sitofp i64 %m to double\n  %y = sitofp i64 %n to double\n"
      "  %j = sitofp i64 %n to float\n"
      "  %r = call double @h(double %y, double %x, double 1.0, double 2.0,\n"
      "    double 0.0, double %y, double 3.0, double %x, double %y, float %j)\n"
      "  %i = fptosi double %r to i64\n  ret i64 %i\n}\n"
      /* Through a pointer that is one of the arguments' registers. */
      "@table = internal global [2 x ptr] [ptr @k, ptr @k2]\n"
      "define internal i64 @k2(i64 %a, i64 %b, i64 %c, i64 %d) {\n"
      "  %r = sub i64 %a, %d\n  %s = xor i64 %r, %b\n  ret i64 %s\n}\n"
      "define i64 @f3(i64 %a, i64 %b) {\n"
      "  %i = and i64 %a, 1\n"
      "  %p = getelementptr [2 x ptr], ptr @table, i64 0, i64 %i\n"
      "  %f = load ptr, ptr %p\n"
      "  %r = call i64 %f(i64 3, i64 %b, i64 %a, i64 %i)\n"
      "  ret i64 %r\n}\n",
      4);
}

Test(functions, pass_aggregates) {
  agree("%s = type { i64, i32, [3 x i8] }\n"
        "define i64 @g(i64 %x, ptr byval(%s) align 8 %p, i64 %y) {\n"
        "  %q = getelementptr %s, ptr %p, i64 0, i32 1\n"
        "  %m = load i64, ptr %p\n  %n = load i32, ptr %q\n"
        "  store i64 0, ptr %p\n"
        "  %e = sext i32 %n to i64\n  %1 = mul i64 %m, 3\n"
        "  %2 = add i64 %1, %e\n  %3 = sub i64 %2, %y\n  %4 = xor i64 %3, %x\n"
        "  ret i64 %4\n}\n"
        "define void @h(ptr sret(%s) %p, i64 %x) {\n"
        "  store i64 %x, ptr %p\n"
        "  %q = getelementptr %s, ptr %p, i64 0, i32 1\n"
        "  %n = trunc i64 %x to i32\n  store i32 %n, ptr %q\n  ret void\n}\n"
        "define i64 @f0(i64 %a, i64 %b) {\n"
        "  %p = alloca %s, align 8\n"
        "  call void @h(ptr sret(%s) %p, i64 %a)\n"
        "  %r = call i64 @g(i64 %b, ptr byval(%s) align 8 %p, i64 %a)\n"
        "  %m = load i64, ptr %p\n  %t = add i64 %m, %r\n  ret i64 %t\n}\n"
        "define { i64, double } @two(i64 %a, i64 %b) {\n"
        "  %d = sitofp i64 %b to double\n"
        "  %1 = insertvalue { i64, double } poison, i64 %a, 0\n"
        "  %2 = insertvalue { i64, double } %1, double %d, 1\n"
        "  ret { i64, double } %2\n}\n"
        "define { i32, i8 } @small(i64 %a, i64 %b) {\n"
        "  %x = trunc i64 %a to i32\n  %y = trunc i64 %b to i8\n"
        "  %1 = insertvalue { i32, i8 } undef, i32 %x, 0\n"
        "  %2 = insertvalue { i32, i8 } %1, i8 %y, 1\n"
        "  ret { i32, i8 } %2\n}\n"
        "define i64 @f1(i64 %a, i64 %b) {\n"
        "  %n = lshr i64 %b, 12\n"
        "  %t = call { i64, double } @two(i64 %a, i64 %n)\n"
        "  %s = call { i32, i8 } @small(i64 %a, i64 %b)\n"
        "  %d = extractvalue { i64, double } %t, 1\n"
        "  %i = extractvalue { i64, double } %t, 0\n"
        "  %j = fptosi double %d to i64\n"
        "  %x = extractvalue { i32, i8 } %s, 0\n"
        "  %y = extractvalue { i32, i8 } %s, 1\n"
        "  %xx = sext i32 %x to i64\n  %yy = zext i8 %y to i64\n"
        "  %1 = add i64 %i, %j\n  %2 = mul i64 %1, 3\n  %3 = add i64 %2, %xx\n"
        "  %4 = xor i64 %3, %yy\n  ret i64 %4\n}\n"
        "define { i64, i64 } @zero() {\n  ret { i64, i64 } zeroinitializer\n}\n"
        "define i64 @f2(i64 %a, i64 %b) {\n"
        "  %z = call { i64, i64 } @zero()\n"
        "  %y = extractvalue { i64, i64 } %z, 1\n"
        "  %r = add i64 %y, %a\n  ret i64 %r\n}\n",
        3);
}

Test(functions, take_variable_arguments) {
  agree(
      "declare void @llvm.va_start.p0(ptr)\n"
      "declare void @llvm.va_copy.p0(ptr, ptr)\n"
      "declare void @llvm.va_end.p0(ptr)\n"
      "declare i32 @vsnprintf(ptr, i64, ptr, ptr)\n"
      "declare i32 @snprintf(ptr, i64, ptr, ...)\n"
      "@format = private constant [26 x i8] "
      "c\"%ld %g %d %ld %ld %ld %g\\0A\\00\"\n"
      "define i64 @hash(ptr %text) {\n"
      "entry:\n  br label %loop\n"
      "loop:\n  %h = phi i64 [ 5381, %entry ], [ %n, %next ]\n"
      "  %p = phi ptr [ %text, %entry ], [ %q, %next ]\n"
      "  %c = load i8, ptr %p\n  %z = icmp eq i8 %c, 0\n"
      "  br i1 %z, label %out, label %next\n"
      "next:\n  %e = zext i8 %c to i64\n  %m = mul i64 %h, 33\n"
      "  %n = add i64 %m, %e\n  %q = getelementptr i8, ptr %p, i64 1\n"
      "  br label %loop\n"
      "out:\n  ret i64 %h\n}\n"
      "define i64 @print(ptr %format, i64 %one, ...) {\n"
      "  %list = alloca [24 x i8], align 8\n"
      "  %copy = alloca [24 x i8], align 8\n"
      "  %text = alloca [200 x i8]\n"
      "  call void @llvm.va_start.p0(ptr %list)\n"
      "  call void @llvm.va_copy.p0(ptr %copy, ptr %list)\n"
      "  %n = call i32 @vsnprintf(ptr %text, i64 200, ptr %format, ptr %copy)\n"
      "  call void @llvm.va_end.p0(ptr %list)\n"
      "  %h = call i64 @hash(ptr %text)\n  ret i64 %h\n}\n"
      "define i64 @f0(i64 %a, i64 %b) {\n"
      "  %x = sitofp i64 %a to double\n  %y = sitofp i64 %b to double\n"
      "  %i = trunc i64 %b to i32\n"
      "  %r = call i64 (ptr, i64, ...) @print(ptr @format, i64 1, i64 %a,\n"
      "    double %y, i32 %i, i64 %b, i64 %a, i64 7, double %x)\n"
      "  ret i64 %r\n}\n"
      "define i64 @f1(i64 %a, i64 %b) {\n"
      "  %text = alloca [200 x i8]\n  %x = sitofp i64 %a to double\n"
      "  %i = trunc i64 %b to i32\n"
      "  %n = call i32 (ptr, i64, ptr, ...) @snprintf(ptr %text, i64 200,\n"
      "    ptr @format, i64 %b, double %x, i32 %i, i64 1, i64 2, i64 3,\n"
      "    double 4.5)\n"
      "  %h = call i64 @hash(ptr %text)\n  ret i64 %h\n}\n",
      2);
}

/* Memory. */

Test(functions, copy_and_clear_memory) {
  char text[4096];
  static const unsigned sizes[] = {0,  1,  3,  7,   8,   15,
                                   16, 23, 64, 127, 128, 129};
  for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    unsigned n = sizes[i];
    snprintf(
        text, sizeof text,
        "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)\n"
        "declare void @llvm.memmove.p0.p0.i64(ptr, ptr, i64, i1)\n"
        "declare void @llvm.memset.p0.i64(ptr, i8, i64, i1)\n"
        "define i64 @sum(ptr %%p) {\n"
        "entry:\n  br label %%l\n"
        "l:\n  %%i = phi i64 [ 0, %%entry ], [ %%j, %%l ]\n"
        "  %%s = phi i64 [ 0, %%entry ], [ %%t, %%l ]\n"
        "  %%q = getelementptr i8, ptr %%p, i64 %%i\n"
        "  %%c = load i8, ptr %%q\n  %%e = zext i8 %%c to i64\n"
        "  %%m = mul i64 %%s, 31\n  %%t = add i64 %%m, %%e\n"
        "  %%j = add i64 %%i, 1\n  %%z = icmp eq i64 %%j, 144\n"
        "  br i1 %%z, label %%o, label %%l\n"
        "o:\n  ret i64 %%t\n}\n"
        "define i64 @f0(i64 %%a, i64 %%b) {\n"
        "  %%p = alloca [144 x i8]\n  %%q = alloca [144 x i8]\n"
        "  %%c = trunc i64 %%a to i8\n"
        "  call void @llvm.memset.p0.i64(ptr %%p, i8 %%c, i64 144, i1 0)\n"
        "  call void @llvm.memset.p0.i64(ptr %%q, i8 9, i64 144, i1 0)\n"
        "  store i64 %%b, ptr %%p\n"
        "  %%r = getelementptr i8, ptr %%q, i64 5\n"
        "  call void @llvm.memcpy.p0.p0.i64(ptr %%r, ptr %%p, i64 %u, i1 "
        "0)\n"
        "  %%s = getelementptr i8, ptr %%p, i64 7\n"
        "  call void @llvm.memset.p0.i64(ptr %%s, i8 0, i64 %u, i1 0)\n"
        "  %%n = and i64 %%a, 63\n"
        "  call void @llvm.memmove.p0.p0.i64(ptr %%s, ptr %%p, i64 %%n, i1 "
        "0)\n"
        "  %%x = call i64 @sum(ptr %%p)\n  %%y = call i64 @sum(ptr %%q)\n"
        "  %%z = sub i64 %%x, %%y\n  ret i64 %%z\n}\n",
        n, n);
    agree(text, 1);
  }
}

Test(functions, compute_addresses) {
  agree(
      "%s = type { i8, [5 x i32], { i16, i64 } }\n"
      "@near = internal global [64 x %s] zeroinitializer\n"
      "@far = global [64 x i64] zeroinitializer\n"
      "@bytes = weak global [64 x i8] zeroinitializer\n"
      "define i64 @f0(i64 %a, i64 %b) {\n"
      "  %i = and i64 %a, 31\n  %m = and i64 %b, 3\n"
      "  %n = trunc i64 %m to i32\n"
      "  %p = getelementptr %s, ptr @near, i64 %i, i32 1, i32 %n\n"
      "  store i32 %n, ptr %p\n  %x = load i32, ptr %p\n"
      "  %q = getelementptr [64 x %s], ptr @near, i64 0, i64 %i, i32 2, i32 1\n"
      "  store i64 %b, ptr %q\n  %y = load i64, ptr %q\n"
      "  %e = sext i32 %x to i64\n  %r = add i64 %e, %y\n"
      "  %u = ptrtoint ptr %q to i64\n  %v = ptrtoint ptr @near to i64\n"
      "  %w = sub i64 %u, %v\n  %z = add i64 %r, %w\n  ret i64 %z\n}\n"
      "define i64 @f1(i64 %a, i64 %b) {\n"
      "  %i = and i64 %a, 63\n  %t = trunc i64 %i to i8\n"
      "  %p = getelementptr i64, ptr @far, i64 %i\n"
      "  %q = getelementptr i8, ptr getelementptr (i8, ptr @bytes, i64 63),\n"
      "    i64 -3\n  %s = sub i8 0, %t\n"
      "  %o = getelementptr i8, ptr getelementptr (i8, ptr @bytes, i64 63),\n"
      "    i8 %s\n"
      "  store i64 %b, ptr %p\n  store i8 %t, ptr %q\n  store i8 3, ptr %o\n"
      "  %x = load i64, ptr %p\n  %y = load i8, ptr %q\n"
      "  %z = zext i8 %y to i64\n  %r = add i64 %x, %z\n"
      "  %g = load i8, ptr getelementptr (i8, ptr @bytes, i64 60)\n"
      "  %h = sext i8 %g to i64\n  %k = add i64 %h, %r\n  ret i64 %k\n}\n",
      2);
}

Test(functions, take_memory_from_the_stack) {
  agree(
      "declare ptr @llvm.stacksave.p0()\n"
      "declare void @llvm.stackrestore.p0(ptr)\n"
      "define i64 @last(i64 %a, i64 %b, i64 %c, i64 %d, i64 %e, i64 %f,\n"
      "                 i64 %g, i64 %h) {\n  ret i64 %h\n}\n"
      "define i64 @f0(i64 %a, i64 %b) {\n"
      "entry:\n  %n = and i64 %b, 31\n  br label %l\n"
      "l:\n  %i = phi i64 [ 0, %entry ], [ %j, %l ]\n"
      "  %s = phi i64 [ 0, %entry ], [ %t, %l ]\n"
      "  %k = call ptr @llvm.stacksave.p0()\n"
      "  %m = add i64 %i, 1\n  %p = alloca i32, i64 %m\n"
      "  %z = trunc i64 %i to i8\n  %p2 = alloca [3 x i8], i8 %z\n"
      "  %q = getelementptr i32, ptr %p, i64 %i\n  store i32 -5, ptr %q\n"
      "  store i32 77, ptr %p\n"
      "  %u = call i64 @last(i64 1, i64 2, i64 3, i64 4, i64 5, i64 6, i64 7,\n"
      "    i64 %a)\n"
      "  %v = load i32, ptr %p\n  %w = sext i32 %v to i64\n"
      "  %x = add i64 %s, %w\n  %t = xor i64 %x, %u\n"
      "  call void @llvm.stackrestore.p0(ptr %k)\n"
      "  %j = add i64 %i, 1\n  %c = icmp ult i64 %i, %n\n"
      "  br i1 %c, label %l, label %o\n"
      "o:\n  ret i64 %t\n}\n",
      1);
}

Test(functions, use_memory_atomically) {
  agree("define i64 @f0(i64 %a, i64 %b) {\n"
        "  %p = alloca i64\n  store atomic i64 %a, ptr %p seq_cst, align 8\n"
        "  %1 = atomicrmw add ptr %p, i64 %b seq_cst\n"
        "  %2 = atomicrmw sub ptr %p, i64 77 seq_cst\n"
        "  %3 = atomicrmw xchg ptr %p, i64 %1 acq_rel\n"
        "  %4 = atomicrmw or ptr %p, i64 256 monotonic\n"
        "  %5 = atomicrmw and ptr %p, i64 -16 monotonic\n"
        "  %6 = atomicrmw xor ptr %p, i64 %b monotonic\n"
        "  fence seq_cst\n  fence acquire\n"
        "  %7 = load atomic i64, ptr %p acquire, align 8\n"
        "  %8 = cmpxchg ptr %p, i64 %7, i64 %a seq_cst seq_cst\n"
        "  %9 = cmpxchg ptr %p, i64 %b, i64 5 seq_cst seq_cst\n"
        "  %10 = extractvalue { i64, i1 } %8, 0\n"
        "  %11 = extractvalue { i64, i1 } %9, 1\n"
        "  %12 = load i64, ptr %p\n  %13 = zext i1 %11 to i64\n"
        "  %14 = mul i64 %12, 3\n  %15 = add i64 %14, %13\n"
        "  %16 = xor i64 %15, %10\n  %17 = add i64 %16, %3\n"
        "  %18 = add i64 %17, %2\n  ret i64 %18\n}\n"
        "define i64 @f1(i64 %a, i64 %b) {\n"
        "  %p = alloca i8\n  %x = trunc i64 %a to i8\n"
        "  %y = trunc i64 %b to i8\n"
        "  store atomic i8 %x, ptr %p release, align 1\n"
        "  %1 = atomicrmw add ptr %p, i8 %y seq_cst\n"
        "  %2 = cmpxchg ptr %p, i8 %y, i8 9 seq_cst seq_cst\n"
        "  %3 = extractvalue { i8, i1 } %2, 1\n  %4 = load i8, ptr %p\n"
        "  %5 = zext i8 %4 to i64\n  %6 = zext i1 %3 to i64\n"
        "  %7 = shl i64 %5, 1\n  %8 = or i64 %7, %6\n  ret i64 %8\n}\n",
        2);
}

/* A load that nothing uses is left out, wherever it may lead; one that is
   volatile is not. */
Test(functions, leave_out_what_is_not_used) {
  const char *text = "define i64 @f0(i64 %a, i64 %b) {\n"
                     "  %p = inttoptr i64 %a to ptr\n"
                     "  %q = getelementptr i64, ptr %p, i64 %b\n"
                     "  %x = load i64, ptr %q\n  %y = load i64, ptr null\n"
                     "  %z = sdiv i64 %a, 0\n  ret i64 %b\n}\n";
  lzr_session *session = open_generator(LZR_CODEGEN_BASELINE, text);
  cr_expect_eq(find_binary(session, "f0")(3, 4), 4);
  expect_no_fallback(session, text);
  lzr_session_destroy(session);
}

#endif
