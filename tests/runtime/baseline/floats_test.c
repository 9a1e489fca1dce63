/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Floating point, by LLVM and by the baseline generator. */
#include "tests/runtime/baseline/agreement.h"

#ifdef __x86_64__

/* %x and %y are the arguments' bits; what is no number counts as one bit
   pattern. */
static const char doubles[] = "  %x = bitcast i64 %a to double\n"
                              "  %y = bitcast i64 %b to double\n";
static const char floats[] = "  %m = trunc i64 %a to i32\n"
                             "  %n = trunc i64 %b to i32\n"
                             "  %x = bitcast i32 %m to float\n"
                             "  %y = bitcast i32 %n to float\n";

static void of_both(const char *double_body, const char *float_body,
                    const char *declarations) {
  char text[8192];
  int length = snprintf(text, sizeof text,
                        "%s\n"
                        "define i64 @f0(i64 %%a, i64 %%b) {\n%s%s"
                        "  %%bits = bitcast double %%r to i64\n"
                        "  %%odd = fcmp uno double %%r, 0.0\n"
                        "  %%result = select i1 %%odd, i64 -7, i64 %%bits\n"
                        "  ret i64 %%result\n}\n"
                        "define i64 @f1(i64 %%a, i64 %%b) {\n%s%s"
                        "  %%small = bitcast float %%r to i32\n"
                        "  %%bits = zext i32 %%small to i64\n"
                        "  %%odd = fcmp uno float %%r, 0.0\n"
                        "  %%result = select i1 %%odd, i64 -7, i64 %%bits\n"
                        "  ret i64 %%result\n}\n",
                        declarations, doubles, double_body, floats, float_body);
  cr_assert_lt((size_t)length, sizeof text);
  agree(text, 2);
}

Test(floats, are_added_and_the_like) {
  static const char *const operations[] = {"fadd", "fsub", "fmul", "fdiv",
                                           "frem"};
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    char d[64], f[64];
    snprintf(d, sizeof d, "  %%r = %s double %%x, %%y\n", operations[i]);
    snprintf(f, sizeof f, "  %%r = %s float %%x, %%y\n", operations[i]);
    of_both(d, f, "");
  }
}

Test(floats, take_constants_and_signs) {
  of_both("  %p = fadd double %x, 0x3FF3333333333333\n"
          "  %q = fmul double 0x8000000000000000, %p\n"
          "  %r = fneg double %q\n",
          "  %p = fadd float %x, 0x3FF3333340000000\n"
          "  %q = fmul float -0.0, %p\n  %r = fneg float %q\n",
          "");
  of_both("  %r = call double @llvm.fabs.f64(double %x)\n",
          "  %r = call float @llvm.fabs.f32(float %x)\n",
          "declare double @llvm.fabs.f64(double)\n"
          "declare float @llvm.fabs.f32(float)");
}

Test(floats, have_intrinsics) {
  of_both("  %s = call double @llvm.sqrt.f64(double %x)\n"
          "  %t = call double @llvm.floor.f64(double %y)\n"
          "  %r = fmul double %s, %t\n",
          "  %s = call float @llvm.sqrt.f32(float %x)\n"
          "  %t = call float @llvm.floor.f32(float %y)\n"
          "  %r = fmul float %s, %t\n",
          "declare double @llvm.sqrt.f64(double)\n"
          "declare float @llvm.sqrt.f32(float)\n"
          "declare double @llvm.floor.f64(double)\n"
          "declare float @llvm.floor.f32(float)");
}

/* Of numbers whose product is exact: LLVM may round once or twice. */
Test(floats, are_multiplied_and_added) {
  of_both("  %m = and i64 %a, 4095\n  %n = and i64 %b, 4095\n"
          "  %u = sitofp i64 %m to double\n  %v = sitofp i64 %n to double\n"
          "  %r = call double @llvm.fmuladd.f64(double %u, double %v, double "
          "-3.0)\n",
          "  %o = and i32 %m, 1023\n  %p = and i32 %n, 1023\n"
          "  %u = sitofp i32 %o to float\n  %v = sitofp i32 %p to float\n"
          "  %r = call float @llvm.fmuladd.f32(float %u, float %v, float "
          "2.0)\n",
          "declare double @llvm.fmuladd.f64(double, double, double)\n"
          "declare float @llvm.fmuladd.f32(float, float, float)");
}

static const char *const predicates[] = {
    "false", "oeq", "ogt", "oge", "olt", "ole", "one", "ord",
    "uno",   "ueq", "ugt", "uge", "ult", "ule", "une", "true"};

/* As a value, for a branch, and for selections of both kinds. */
Test(floats, are_compared) {
  for (size_t p = 0; p < sizeof predicates / sizeof *predicates; p++)
    for (int is_float = 0; is_float < 2; is_float++) {
      char text[8192];
      const char *operands = is_float ? floats : doubles;
      const char *type = is_float ? "float" : "double", *name = predicates[p];
      snprintf(text, sizeof text,
               "define i64 @f0(i64 %%a, i64 %%b) {\n%s"
               "  %%c = fcmp %s %s %%x, %%y\n"
               "  %%r = zext i1 %%c to i64\n  ret i64 %%r\n}\n"
               "define i64 @f1(i64 %%a, i64 %%b) {\n%s"
               "  %%c = fcmp %s %s %%x, %%y\n"
               "  br i1 %%c, label %%yes, label %%no\n"
               "yes:\n  ret i64 11\nno:\n  ret i64 22\n}\n"
               "define i64 @f2(i64 %%a, i64 %%b) {\n%s"
               "  %%c = fcmp %s %s %%x, %%y\n"
               "  %%r = select i1 %%c, i64 %%a, i64 %%b\n  ret i64 %%r\n}\n"
               "define i64 @f3(i64 %%a, i64 %%b) {\n%s"
               "  %%c = fcmp %s %s %%x, %%y\n"
               "  %%s = select i1 %%c, %s %%x, %s 2.0\n"
               "  %%d = select i1 %%c, %s 3.0, %s %%y\n"
               "  %%e = fcmp oeq %s %%s, %%d\n"
               "  %%r = zext i1 %%e to i64\n  ret i64 %%r\n}\n"
               "define i64 @f4(i64 %%a, i64 %%b) {\n%s"
               "  %%c = fcmp %s %s %%x, %%y\n"
               "  br i1 %%c, label %%out, label %%no\n"
               "no:\n  br label %%out\n"
               "out:\n  %%r = phi i64 [ 5, %%0 ], [ %%a, %%no ]\n"
               "  ret i64 %%r\n}\n",
               operands, name, type, operands, name, type, operands, name, type,
               operands, name, type, type, type, type, type, type, operands,
               name, type);
      agree(text, 5);
    }
}

/* From integers of several widths, and back where the number is in range. */
Test(floats, are_converted) {
  static const unsigned widths[] = {1, 8, 16, 24, 31, 32, 33, 63, 64};
  for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
    for (int is_float = 0; is_float < 2; is_float++)
      for (int is_signed = 0; is_signed < 2; is_signed++) {
        char text[4096];
        unsigned w = widths[i];
        const char *type = is_float ? "float" : "double";
        char sign = is_signed ? 's' : 'u';
        snprintf(text, sizeof text,
                 "define i64 @f0(i64 %%a, i64 %%b) {\n"
                 "  %%x = %s i64 %%a to i%u\n"
                 "  %%f = %citofp i%u %%x to %s\n"
                 "  %%d = %s %s %%f to double\n"
                 "  %%r = bitcast double %%d to i64\n  ret i64 %%r\n}\n"
                 "define i64 @f1(i64 %%a, i64 %%b) {\n"
                 "  %%m = lshr i64 %%a, 2\n"
                 "  %%x = %s i64 %%m to i%u\n"
                 "  %%h = lshr i%u %%x, %u\n"
                 "  %%f = %citofp i%u %%h to %s\n"
                 "  %%q = fmul %s %%f, 7.5e-01\n"
                 "  %%i = fpto%ci %s %%q to i%u\n"
                 "  %%r = %s i%u %%i to i64\n  ret i64 %%r\n}\n",
                 w == 64 ? "bitcast" : "trunc", w, sign, w, type,
                 is_float ? "fpext" : "fadd double 0.0, %f\n  %unused = fadd",
                 type, w == 64 ? "bitcast" : "trunc", w, w, w > 8 ? 2u : 0u,
                 sign, w, type, type, sign, type, w,
                 w == 64 ? "bitcast" : "zext", w);
        if (!is_float) { /* a double needs no extension */
          char *extension = strstr(text, "  %d = fadd");
          char *end = strstr(extension, "  %r = bitcast double %d");
          memmove(extension, end, strlen(end) + 1);
          extension[strcspn(extension, "d")] = 'd';
          char *name = strstr(extension, "%d");
          name[1] = 'f';
        }
        agree(text, 2);
      }
}

/* Numbers between 2^63 and 2^64 take another way than those below. */
Test(floats, become_large_unsigned_integers) {
  of_both("  %s = lshr i64 %a, 1\n  %t = or i64 %s, 4611686018427387904\n"
          "  %u = shl i64 %t, 1\n  %d = uitofp i64 %u to double\n"
          "  %e = fmul double %d, 5.0e-01\n  %i = fptoui double %e to i64\n"
          "  %j = add i64 %i, %i\n  %k = fptoui double 1.2e+19 to i64\n"
          "  %l = xor i64 %j, %k\n  %r = uitofp i64 %l to double\n",
          "  %v = fpext float 0x43E6899000000000 to double\n"
          "  %i = fptoui double %v to i64\n  %j = xor i64 %i, %b\n"
          "  %r = uitofp i64 %j to float\n",
          "");
}

Test(floats, are_narrowed) {
  of_both("  %f = fptrunc double %x to float\n"
          "  %r = fpext float %f to double\n",
          "  %d = fpext float %x to double\n  %e = fmul double %d, 1.1\n"
          "  %r = fptrunc double %e to float\n",
          "");
}

#endif
