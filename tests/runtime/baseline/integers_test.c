/* SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception */
/* Integer operations of all widths, by LLVM and by the baseline generator. */
#include "tests/runtime/baseline/agreement.h"

#ifdef __x86_64__

static const unsigned widths[] = {1,  3,  7,  8,  15, 16, 17, 24,
                                  31, 32, 33, 40, 48, 56, 63, 64};
enum { WIDTHS = sizeof widths / sizeof *widths };

/* A module that is put together function by function. */
struct text {
  char bytes[1 << 17];
  size_t length;
  unsigned functions;
};

static struct text module;

static void begin(void) {
  module.length = module.functions = 0;
  module.bytes[0] = '\0';
}

__attribute__((format(printf, 1, 2))) static void put(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  int length =
      vsnprintf(module.bytes + module.length,
                sizeof module.bytes - module.length, format, arguments);
  va_end(arguments);
  module.length += (size_t)length;
  cr_assert_lt(module.length, sizeof module.bytes);
}

/* Begins a function that has %x and %y of a width. */
static void open_function(unsigned bits) {
  put("define i64 @f%u(i64 %%a, i64 %%b) {\n", module.functions++);
  if (bits == 64)
    put("  %%x = add i64 %%a, 0\n  %%y = add i64 %%b, 0\n");
  else
    put("  %%x = trunc i64 %%a to i%u\n  %%y = trunc i64 %%b to i%u\n", bits,
        bits);
}

/* Returns %r of a width. */
static void close_function(unsigned bits, const char *extension) {
  if (bits == 64)
    put("  ret i64 %%r\n}\n");
  else
    put("  %%e = %s i%u %%r to i64\n  ret i64 %%e\n}\n", extension, bits);
}

/* One function for each width and operation. %Y stands for what the operation
   takes for %y; W in it is replaced by the width. */
static void try_operation(const char *operation, const char *prepare,
                          unsigned least) {
  begin();
  for (unsigned i = 0; i < WIDTHS; i++) {
    unsigned w = widths[i];
    if (w < least)
      continue;
    for (int sign = 0; sign < 2; sign++) {
      open_function(w);
      if (strcmp(prepare, "below width") == 0)
        put("  %%z = urem i%u %%y, %u\n", w, w);
      else if (strcmp(prepare, "positive") == 0)
        put("  %%h = lshr i%u %%y, 1\n  %%z = or i%u %%h, 1\n", w, w);
      else
        put("  %%z = xor i%u %%y, 0\n", w);
      put("  %%r = %s i%u %%x, %%z\n", operation, w);
      close_function(w, sign ? "sext" : "zext");
    }
  }
  agree(module.bytes, module.functions);
}

Test(integers, are_added_and_the_like) {
  static const char *const operations[] = {"add", "sub", "mul",
                                           "and", "or",  "xor"};
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
    try_operation(operations[i], "", 1);
}

Test(integers, are_shifted) {
  static const char *const operations[] = {"shl", "lshr", "ashr"};
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
    try_operation(operations[i], "below width", 1);
}

Test(integers, are_divided) {
  static const char *const operations[] = {"udiv", "urem", "sdiv", "srem"};
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
    try_operation(operations[i], "positive", 3);
}

/* With a constant on either side. */
Test(integers, take_constants) {
  static const char *const forms[] = {
      "add i%u %%x, 77",     "sub i%u 77, %%x",   "sub i%u %%x, 77",
      "mul i%u %%x, 77",     "mul i%u %%x, -300", "and i%u -78, %%x",
      "or i%u %%x, 4660",    "xor i%u %%x, -1",   "shl i%u %%x, 3",
      "lshr i%u %%x, 5",     "ashr i%u %%x, 6",   "udiv i%u %%x, 10",
      "srem i%u %%x, 100",   "sdiv i%u %%x, -7",  "lshr i%u 1000, 4",
      "add i%u %%x, 1048576"};
  for (size_t f = 0; f < sizeof forms / sizeof *forms; f++) {
    begin();
    for (unsigned i = 0; i < WIDTHS; i++) {
      if (widths[i] < 24)
        continue;
      open_function(widths[i]);
      put("  %%r = ");
      char line[64];
      snprintf(line, sizeof line, forms[f], widths[i]);
      put("%s\n", line);
      close_function(widths[i], "sext");
    }
    agree(module.bytes, module.functions);
  }
}

static const char *const predicates[] = {"eq",  "ne",  "ugt", "uge", "ult",
                                         "ule", "sgt", "sge", "slt", "sle"};

/* As a value, for a branch, and for a selection; with a constant too. */
static void put_comparison(unsigned w, const char *predicate,
                           const char *right) {
  open_function(w);
  put("  %%r = icmp %s i%u %%x, %s\n", predicate, w, right);
  close_function(1, "zext");
  open_function(w);
  put("  %%c = icmp %s i%u %%x, %s\n"
      "  br i1 %%c, label %%yes, label %%no\n"
      "yes:\n  ret i64 11\nno:\n  ret i64 22\n}\n",
      predicate, w, right);
  open_function(w);
  put("  %%c = icmp %s i%u %%x, %s\n"
      "  %%s = select i1 %%c, i64 %%a, i64 %%b\n  ret i64 %%s\n}\n",
      predicate, w, right);
}

Test(integers, are_compared) {
  for (size_t p = 0; p < sizeof predicates / sizeof *predicates; p++) {
    begin();
    for (unsigned i = 0; i < WIDTHS; i++) {
      put_comparison(widths[i], predicates[p], "%y");
      put_comparison(widths[i], predicates[p], widths[i] == 1 ? "true" : "3");
      put_comparison(widths[i], predicates[p], widths[i] == 1 ? "false" : "-2");
      put_comparison(widths[i], predicates[p], widths[i] == 1 ? "false" : "0");
    }
    agree(module.bytes, module.functions);
  }
}

Test(integers, change_their_widths) {
  begin();
  for (unsigned i = 0; i < WIDTHS; i++)
    for (unsigned k = 0; k < i; k++)
      for (int sign = 0; sign < 2; sign++) {
        open_function(widths[i]);
        put("  %%n = trunc i%u %%x to i%u\n", widths[i], widths[k]);
        put("  %%r = %s i%u %%n to i%u\n", sign ? "sext" : "zext", widths[k],
            widths[i]);
        close_function(widths[i], sign ? "zext" : "sext");
      }
  agree(module.bytes, module.functions);
}

/* Stored over other bits, loaded, and with what lies beside it. */
Test(integers, are_stored_and_loaded) {
  begin();
  for (unsigned i = 0; i < WIDTHS; i++) {
    unsigned w = widths[i];
    open_function(w);
    put("  %%p = alloca [16 x i8], align 16\n"
        "  %%q = getelementptr i8, ptr %%p, i64 3\n"
        "  store volatile i64 %%b, ptr %%p\n"
        "  store volatile i64 -1, ptr %%q, align 1\n"
        "  store i%u %%x, ptr %%q, align 1\n"
        "  %%r = load i%u, ptr %%q, align 1\n",
        w, w);
    put("  %%k = load volatile i64, ptr %%q, align 1\n"
        "  %%l = load volatile i64, ptr %%p\n"
        "  %%o = xor i64 %%k, %%l\n");
    put("  %%w = %s i%u %%r to i%u\n", w == 64 ? "bitcast" : "sext", w, 64);
    put("  %%m = mul i64 %%w, 3\n  %%t = xor i64 %%m, %%o\n"
        "  ret i64 %%t\n}\n");
    open_function(w);
    put("  %%p = alloca i64\n  store i64 0, ptr %%p\n"
        "  store i%u -1, ptr %%p\n  %%k = load volatile i64, ptr %%p\n"
        "  ret i64 %%k\n}\n",
        w);
  }
  agree(module.bytes, module.functions);
}

struct intrinsic {
  const char *name;
  const char *more; /* arguments */
  unsigned operands;
};

Test(integers, have_intrinsics) {
  static const struct intrinsic intrinsics[] = {
      {"ctlz", ", i1 false", 1}, {"cttz", ", i1 false", 1},
      {"ctpop", "", 1},          {"abs", ", i1 false", 1},
      {"smax", "", 2},           {"smin", "", 2},
      {"umax", "", 2},           {"umin", "", 2}};
  for (size_t n = 0; n < sizeof intrinsics / sizeof *intrinsics; n++) {
    const struct intrinsic *in = &intrinsics[n];
    begin();
    for (unsigned i = 0; i < WIDTHS; i++) {
      unsigned w = widths[i];
      put("declare i%u @llvm.%s.i%u(i%u%s%s)\n", w, in->name, w, w,
          *in->more ? ", i1" : "", in->operands == 2 ? ", iN" : "");
      /* The declaration's second operand has the same width. */
      char *unknown = strstr(module.bytes, "iN)");
      if (unknown) {
        module.length = (size_t)(unknown - module.bytes);
        put("i%u)\n", w);
      }
      open_function(w);
      put("  %%r = call i%u @llvm.%s.i%u(i%u %%x", w, in->name, w, w);
      if (in->operands == 2)
        put(", i%u %%y", w);
      put("%s)\n", in->more);
      close_function(w, "zext");
    }
    agree(module.bytes, module.functions);
  }
}

Test(integers, swap_their_bytes_and_rotate) {
  begin();
  static const unsigned sizes[] = {16, 32, 64};
  for (size_t i = 0; i < 3; i++) {
    put("declare i%u @llvm.bswap.i%u(i%u)\n", sizes[i], sizes[i], sizes[i]);
    open_function(sizes[i]);
    put("  %%r = call i%u @llvm.bswap.i%u(i%u %%x)\n", sizes[i], sizes[i],
        sizes[i]);
    close_function(sizes[i], "zext");
  }
  for (size_t i = 1; i < 3; i++)
    for (int left = 0; left < 2; left++) {
      unsigned w = sizes[i];
      const char *name = left ? "fshl" : "fshr";
      put("declare i%u @llvm.%s.i%u(i%u, i%u, i%u)\n", w, name, w, w, w, w);
      open_function(w);
      put("  %%r = call i%u @llvm.%s.i%u(i%u %%x, i%u %%y, i%u %%y)\n", w, name,
          w, w, w, w);
      close_function(w, "zext");
      open_function(w);
      put("  %%r = call i%u @llvm.%s.i%u(i%u %%x, i%u %%y, i%u 9)\n", w, name,
          w, w, w, w);
      close_function(w, "zext");
    }
  agree(module.bytes, module.functions);
}

Test(integers, say_when_they_overflow) {
  static const char *const names[] = {"sadd", "uadd", "ssub",
                                      "usub", "smul", "umul"};
  static const unsigned sizes[] = {16, 32, 64, 8};
  begin();
  for (size_t n = 0; n < 6; n++)
    for (size_t i = 0; i < (n < 4 ? 4 : 3); i++) {
      unsigned w = sizes[i];
      put("declare { i%u, i1 } @llvm.%s.with.overflow.i%u(i%u, i%u)\n", w,
          names[n], w, w, w);
      open_function(w);
      put("  %%o = call { i%u, i1 } @llvm.%s.with.overflow.i%u(i%u %%x, i%u "
          "%%y)\n"
          "  %%v = extractvalue { i%u, i1 } %%o, 0\n"
          "  %%f = extractvalue { i%u, i1 } %%o, 1\n"
          "  %%r = select i1 %%f, i%u 5, i%u %%v\n",
          w, names[n], w, w, w, w, w, w, w);
      close_function(w, "zext");
    }
  agree(module.bytes, module.functions);
}

#endif
